"""What a margin says about two teams: the score, less shooting luck, plus what the rest of the box score foretells.

Three-pointers are 0.3 to 0.4 successes in an attempt with little lasting skill on either side, so part of the points
above the division's average percentage is taken out. Assists and blocks foretell a little more than the score.
"""

from __future__ import annotations

import numpy as np

from tasks.gold.model._field import Floats, Ints
from tasks.gold.model.games import Games
from tasks.gold.model.parameters import (
    BARE_SCALE,
    BARE_SD,
    BOX_LIMIT,
    LUCK_THREE,
    MARGIN,
    MARGIN_SCALE,
    PACE,
    THREE_PCT,
    WORTH_ASSIST,
    WORTH_BLOCK,
)

THREE_TRUST = 20_000.0  # attempts that the starting percentage counts for
HOME_SHARE_TRUST = 500.0  # games that no share at all counts for
THREE_MEMORY = 40_000.0  # attempts after which the past fades


class ThreePoint:
    """The division's three-point percentage, as known so far."""

    def __init__(self) -> None:
        self._made, self._tried = THREE_PCT * THREE_TRUST, THREE_TRUST

    @property
    def pct(self) -> float:
        """Made per attempt, 0 to 1."""
        return self._made / self._tried

    def learn(self, games: Games, rows: Ints) -> None:
        """Take in the games of a day; rows without a box score count for nothing."""
        made, tried = (games.box[f"home_{name}"][rows] + games.box[f"away_{name}"][rows] for name in ("fg3m", "fg3a"))
        known = np.isfinite(made + tried) & (tried >= made)
        fade = min(1.0, THREE_MEMORY / self._tried)
        self._made = self._made * fade + float(made[known].sum())
        self._tried = self._tried * fade + float(tried[known].sum())


def foretold_margin(games: Games, rows: Ints, three_pct: float) -> tuple[Floats, Floats]:
    """Margins of some games as evidence of strength, and the standard deviation of each around it.

    With a box score: the margin without what was luck as far as the box tells. Without one: the margin, a bit noisier.
    """

    def edge(name: str) -> Floats:
        result: Floats = games.box[f"home_{name}"][rows] - games.box[f"away_{name}"][rows]
        return result

    margin = games.margin[rows]
    luck = 3.0 * LUCK_THREE * (edge("fg3m") - three_pct * edge("fg3a"))
    told = MARGIN_SCALE * margin - luck + WORTH_ASSIST * edge("ast") + WORTH_BLOCK * edge("blk")
    sane = np.abs(told - margin) <= BOX_LIMIT
    return np.where(sane, told, BARE_SCALE * margin), np.where(sane, MARGIN.game_sd, BARE_SD)


class HomeShare:
    """What the home side on average loses when luck is taken out, given back so that the home edge stays whole."""

    def __init__(self) -> None:
        self._games, self._sum = HOME_SHARE_TRUST, 0.0

    @property
    def points(self) -> float:
        """Per game that is not on neutral ground."""
        return self._sum / self._games

    def learn(self, gap: Floats) -> None:
        """Take in margins minus told margins of games at home."""
        self._games += len(gap)
        self._sum += float(gap.sum())


def pace_scale(possessions: Floats) -> Floats:
    """Factor that brings a margin to the reference pace: margins grow with the root of possessions, as chance does."""
    scale = np.sqrt(PACE / possessions)
    return np.where(np.isfinite(scale), scale, 1.0)
