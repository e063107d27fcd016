"""Rules across tables, and how they judge the rows of a season.

A rule judges cases (games, box-score rows, providers) and states for each whether it holds. A case that it does not
judge, such as a game without plays, does not count: missing data belongs in the gap report, wrong data here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from quality.dataset import Table

Severity = Literal["warn", "error"]
HOLDS = "holds"
SAMPLE = 5  # violations that are shown with their values; the count includes all


@dataclass(frozen=True)
class Reads:
    """A table and the columns that a rule reads from it.

    Args:
        seasons: first and last season that are read, as offsets from the season that is judged.
        per_game: aggregates by name, if the rule needs one row per game with these instead of the rows. Those of all
            rules about a table are computed in one scan of it.
    """

    table: Table
    columns: tuple[str, ...]
    seasons: tuple[int, int] = (0, 0)
    per_game: Mapping[str, pl.Expr] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        unknown = [name for name in self.columns if name not in self.table.by_name]
        if unknown:
            raise ValueError(f"{self.table.qualified} has no column {', '.join(unknown)}")

    def of(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """What the rule judges: the rows, or one row per game with its aggregates."""
        return rows.group_by("game_id").agg(**self.per_game) if self.per_game else rows


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A statement about rows of several tables of one season.

    Args:
        per: the case that is judged and counted: game, game and team, provider.
        judge: function from the frames of `reads`, in this order and of one season, each as `Reads.of` gives it, to one
            row per case: its key, the Boolean `holds` (null counts as false), and the compared values.
        severity: whether more violations than allowed fail the run or are only reported.
        allowed: share of violations that is tolerated, 0-1.
    """

    name: str
    description: str
    per: str
    reads: tuple[Reads, ...]
    judge: Callable[..., pl.LazyFrame] = field(compare=False)
    severity: Severity = "error"
    allowed: float = 0.0


@dataclass(frozen=True, kw_only=True)
class KnownSeason:
    """A season in which the source itself breaks a rule: the tolerated share, and the reason."""

    rule: str
    season: int
    allowed: float
    reason: str


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """The result of a rule for one season.

    Attributes:
        checked: number of judged cases; `violations` do not hold, and `share` is the quotient (0 without any case).
        allowed: share that is tolerated in this season.
        sample: the first violations as text: key and compared values.
        known: reason why this season has a tolerance of its own, if it has one.
    """

    rule: str
    season: int
    severity: Severity
    checked: int
    violations: int
    share: float
    allowed: float
    passed: bool
    sample: tuple[str, ...] = ()
    known: str | None = None

    @property
    def fails_the_run(self) -> bool:
        """Whether the rule is broken and has the severity error."""
        return self.severity == "error" and not self.passed


def judged_by(rule: Rule, frames: Iterable[pl.LazyFrame], *, reduced: bool = False) -> tuple[int, pl.DataFrame]:
    """Number of judged cases, and those that break the rule: key and compared values.

    Args:
        frames: the tables of `rule.reads` for one season, in the same order.
        reduced: the frames are what `Reads.of` makes of the tables.
    """
    given = list(frames) if reduced else [item.of(rows) for item, rows in zip(rule.reads, frames, strict=True)]
    judged = rule.judge(*given).collect(engine="streaming")
    return judged.height, judged.filter(~pl.col(HOLDS).fill_null(value=False)).drop(HOLDS)


def evaluate(
    rule: Rule,
    season: int,
    frames: Iterable[pl.LazyFrame],
    known: Iterable[KnownSeason] = (),
    *,
    reduced: bool = False,
) -> RuleResult:
    """Judge one season by one rule.

    Args:
        frames: the tables of `rule.reads` for this season, in the same order.
        known: seasons with a tolerance of their own; entries for other rules and seasons are ignored.
        reduced: the frames are what `Reads.of` makes of the tables.
    """
    checked, broken = judged_by(rule, frames, reduced=reduced)
    share = broken.height / checked if checked else 0.0
    exception = next((item for item in known if (item.rule, item.season) == (rule.name, season)), None)
    allowed = exception.allowed if exception else rule.allowed
    return RuleResult(
        rule=rule.name,
        season=season,
        severity=rule.severity,
        checked=checked,
        violations=broken.height,
        share=share,
        allowed=allowed,
        passed=share <= allowed,
        sample=tuple(_text(row) for row in broken.sort(broken.columns[0]).head(SAMPLE).iter_rows(named=True)),
        known=exception.reason if exception else None,
    )


def _text(row: dict[str, object]) -> str:
    return ", ".join(
        f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}" for name, value in row.items()
    )
