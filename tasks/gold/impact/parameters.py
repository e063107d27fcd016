"""Constants of the impact model. docs/players.md says where each comes from, and what it was measured on."""

from __future__ import annotations

from dataclasses import dataclass

POSSESSION_SD = 112.0  # points per 100 possessions: deviation of the points of one possession, times 100
FIXED_WEIGHT = 300.0  # possessions that the level and the home edge of the ratings are worth
MINUTES_KEPT = 200.0  # minutes at which this season's box rates count as much as what was known before it
STEPS = 3  # of conjugate gradients per morning; each starts from the morning before

# Weights of box rates at the start, in points per 100 possessions for one standard deviation of the rate among players.
OFFENCE = {"scoring": 0.8, "use": 0.4, "assists": 0.4, "offensive_rebounds": 0.2, "turnovers": -0.3, "share": 0.6}
DEFENCE = {"steals": 0.5, "blocks": 0.4, "defensive_rebounds": 0.3, "fouls": -0.1, "share": 0.4}


@dataclass(frozen=True)
class Prior:
    """How far players and weights may differ from what is expected.

    Attributes:
        player_sd: deviation of a player's offence, and of the defence, from the box part; points per 100 possessions.
        weight_sd: deviation of the weight of a box rate from its start.
        start: factor on the weights of box rates at the start; 0 begins without them.
        inflation: factor on the standard deviations, because blocks of the precision understate them.
    """

    player_sd: float = 1.5
    weight_sd: float = 0.2
    start: float = 1.0
    inflation: float = 1.1

    @property
    def penalty(self) -> float:
        """Possessions with which a player's expectation counts."""
        return (POSSESSION_SD / self.player_sd) ** 2


PRIOR = Prior()
