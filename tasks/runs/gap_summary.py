"""Summary of the gaps that a gap-fill found, by expectation and season."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel

from tasks.completeness.filling import Filling
from tasks.completeness.season import Coverage


class GapSummary(BaseModel):
    """Gaps of one expectation and season: `found` at the start, and the number in each state at the end."""

    dataset: str
    season: int | None
    expected: int
    found: int = 0
    asked: int = 0
    filled: int = 0
    known_absent: int = 0
    quarantined: int = 0
    unexplained: int = 0


def summary_of(before: Filling, after: Iterable[Coverage]) -> list[GapSummary]:
    """Summary of gap-fill: gaps that exist only in `before` were filled."""
    requested = {(gap.dataset, gap.subject) for gap in before.asked}
    found = []
    for old, new in zip(before.coverage, after, strict=True):
        left = {gap.subject for gap in new.gaps}
        name = old.expectation.name
        found.append(
            GapSummary(
                dataset=name,
                season=old.season,
                expected=new.expected,
                found=len(old.gaps),
                asked=sum((name, gap.subject) in requested for gap in old.gaps),
                filled=sum(gap.subject not in left for gap in old.gaps),
                known_absent=new.count("known absent"),
                quarantined=new.count("quarantined"),
                unexplained=new.count("unexplained"),
            )
        )
    return found
