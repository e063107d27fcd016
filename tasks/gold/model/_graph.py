"""Which teams are linked by games."""

from __future__ import annotations

import numpy as np

from tasks.gold.model._field import Ints


def components(home: Ints, away: Ints, size: int) -> Ints:
    """A label per team, the same for teams that a chain of games links: the smallest code among them."""
    label = np.arange(size)
    while True:
        lowest = label.copy()
        np.minimum.at(lowest, home, label[away])
        np.minimum.at(lowest, away, label[home])
        lowest = lowest[lowest]
        if (lowest == label).all():
            return label
        label = lowest
