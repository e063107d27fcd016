"""The box part of a player's impact: rates of the season so far, shrunk, against those of team mates."""

from __future__ import annotations

import numpy as np

from tasks.gold.impact.parameters import DEFENCE, MINUTES_KEPT, OFFENCE
from tasks.gold.impact.units import BOX, Day
from tasks.gold.model.arrays import Floats

TINY = 1e-9
AT = {name: place for place, name in enumerate(BOX)}


class Boxes:
    """Counts of the season so far by team and place, and the rates before it."""

    def __init__(self, before: Floats) -> None:
        """before: counts of the season before of the same athletes, shape (teams, places, counts); 0 if unknown."""
        self.before = before
        self.counts = np.zeros_like(before)

    def add(self, day: Day) -> None:
        """Add the box scores of a day."""
        np.add.at(self.counts, (day.team, day.place), day.box)

    @property
    def minutes(self) -> Floats:
        """Minutes of the season so far, shape (teams, places)."""
        found: Floats = self.counts[..., AT["minutes"]]
        return found

    @property
    def shares(self) -> Floats:
        """Share of the team's time of five players, which sums to 5 per team; 0 where a team has no minutes."""
        return 5 * _over(self.minutes, self.minutes.sum(axis=1, keepdims=True))

    def features(self) -> tuple[Floats, Floats]:
        """Rates behind offence and defence, shapes (teams, places, rates).

        In standard deviations among players, and centred by minutes within each team, because a team's sum is the
        subject of the team ratings.
        """
        counts, shares = self._rates(), self.shares
        used = counts["field_goals_attempted"] + 0.44 * counts["free_throws_attempted"]
        weight = self.minutes
        worth = _over((weight * counts["points"]).sum(), (weight * used).sum())
        rates = {
            "scoring": counts["points"] - worth * used,
            "use": used + counts["turnovers"],
            "offensive_rebounds": counts["rebounds_offensive"],
            "defensive_rebounds": counts["rebounds_defensive"],
            "share": shares,
            **{name: counts[name] for name in ("assists", "turnovers", "steals", "blocks", "fouls")},
        }
        ready = {name: _standard(rate, weight, shares) for name, rate in rates.items()}
        offence, defence = ([ready[name] for name in names] for names in (OFFENCE, DEFENCE))
        return np.stack(offence, axis=-1), np.stack(defence, axis=-1)

    def _rates(self) -> dict[str, Floats]:
        """Counts per minute, shrunk to the season before, and that season to the mean of all players."""
        totals = self.counts.sum(axis=(0, 1)) + self.before.sum(axis=(0, 1))
        league = _over(totals, totals[AT["minutes"]])
        earlier = self.before[..., AT["minutes"], None]
        prior = (self.before + MINUTES_KEPT * league) / (earlier + MINUTES_KEPT)
        now = (self.counts + MINUTES_KEPT * prior) / (self.minutes[..., None] + MINUTES_KEPT)
        return {name: now[..., place] for name, place in AT.items()}


def _over(part: Floats, whole: Floats) -> Floats:
    """A quotient that is 0 where the divisor is 0."""
    found: Floats = np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=np.abs(whole) > TINY)
    return found


def _standard(rate: Floats, weight: Floats, shares: Floats) -> Floats:
    """A rate around the mean of its team by minutes, in deviations of all players; 0 for who has not played."""
    inner = rate - (shares * rate).sum(axis=1, keepdims=True) / 5
    spread = np.sqrt(_over((weight * inner**2).sum(), weight.sum()))
    return np.where(weight > 0, _over(inner, spread), 0.0)
