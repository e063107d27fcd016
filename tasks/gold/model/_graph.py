"""Groups of teams that are connected by games."""

from __future__ import annotations

import numpy as np

from tasks.gold.model.arrays import Ints


def components(home: Ints, away: Ints, size: int) -> Ints:
    """A label per team, equal for teams that are connected by a chain of games: the smallest code among them."""
    label = np.arange(size)
    while True:
        lowest = label.copy()
        np.minimum.at(lowest, home, label[away])
        np.minimum.at(lowest, away, label[home])
        lowest = lowest[lowest]
        if (lowest == label).all():
            return label
        label = lowest
