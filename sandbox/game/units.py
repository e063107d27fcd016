"""Counts of one unit (a lineup, team or player) from events, separate for every kind of shot."""

from dataclasses import dataclass, field

from sandbox.atlas.jsnum import Number, percent, ratio
from sandbox.game import events as ev

SHOTS = (ev.LAYUP, ev.DUNK, ev.TIP, ev.JUMPER, ev.THREE)
KINDS = ev.FREE_THROW + 1


@dataclass(slots=True)
class Unit:
    """made, tried, assisted: shots by kind of event; plain: other events by kind."""

    made: list[int] = field(default_factory=lambda: [0] * KINDS)
    tried: list[int] = field(default_factory=lambda: [0] * KINDS)
    assisted: list[int] = field(default_factory=lambda: [0] * KINDS)
    plain: list[int] = field(default_factory=lambda: [0] * ev.FOUL)

    def add(self, event: ev.Event) -> None:
        """Count an event of the unit."""
        kind = event.kind
        if kind in ev.VALUE:
            self.tried[kind] += 1
            if event.made:
                self.made[kind] += 1
                self.assisted[kind] += event.two >= 0
        elif kind < ev.FOUL:
            self.plain[kind] += 1

    def merge(self, other: "Unit") -> None:
        """Add the counts of another unit."""
        for mine, theirs in (
            (self.made, other.made),
            (self.tried, other.tried),
            (self.assisted, other.assisted),
            (self.plain, other.plain),
        ):
            for kind, count in enumerate(theirs):
                mine[kind] += count

    @property
    def points(self) -> int:
        """Points scored."""
        return sum(value * self.made[kind] for kind, value in ev.VALUE.items())

    @property
    def shots(self) -> int:
        """Field goals attempted."""
        return sum(self.tried) - self.tried[ev.FREE_THROW]

    @property
    def baskets(self) -> int:
        """Field goals made."""
        return sum(self.made) - self.made[ev.FREE_THROW]

    def sums(self, *kinds: int) -> tuple[int, int]:
        """Made and attempted shots of some kinds."""
        return sum(self.made[kind] for kind in kinds), sum(self.tried[kind] for kind in kinds)


def line(counts: tuple[int, int]) -> dict[str, Number]:
    """Made, attempted and percentage (0-100; 0 without an attempt)."""
    return {"made": counts[0], "attempted": counts[1], "pct": percent(*counts)}


def effective_pct(unit: Unit) -> Number | None:
    """Effective field goal percentage, 0-100."""
    return ratio(unit.baskets + 0.5 * unit.made[ev.THREE], unit.shots, 100)


def true_pct(unit: Unit) -> Number | None:
    """True shooting percentage, 0-100."""
    return ratio(unit.points, 2 * (unit.shots + 0.44 * unit.tried[ev.FREE_THROW]), 100)


def free_rate(unit: Unit) -> Number | None:
    """Free throws per 100 field goal attempts."""
    return ratio(unit.tried[ev.FREE_THROW], unit.shots, 100)
