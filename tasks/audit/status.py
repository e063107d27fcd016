"""Result of an audit as a value. It is stored as `status.json`; the report and the heat map are views of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from quality.rules import RuleResult
from tasks.completeness.gaps import Gap, Reason, State
from tasks.completeness.season import Coverage

SCHEMA_VERSION = 1  # of status.json; increase it when a field is removed or changes its meaning
SHOWN_GAPS = 200  # maximum of gaps per dataset and season, unexplained ones first; the counts include all


class GapStatus(BaseModel):
    """One gap: the subject, what is missing, why, and the evidence."""

    subject: str
    about: str
    reason: Reason
    state: State
    over_at: datetime
    detail: str
    evidence: str
    times_asked: int
    answered_at: datetime | None
    raw_object: str | None

    @classmethod
    def of(cls, gap: Gap) -> GapStatus:
        """From a gap with its responses."""
        last = gap.responses[-1] if gap.responses else None
        return cls(
            subject=gap.subject,
            about=gap.about,
            reason=gap.reason,
            state=gap.state,
            over_at=gap.over_at,
            detail=gap.detail,
            evidence=gap.evidence,
            times_asked=gap.times_requested,
            answered_at=last.fetched_at if last else None,
            raw_object=last.path if last else None,
        )


class DatasetStatus(BaseModel):
    """Completeness of one dataset, or an aspect of it, in one season.

    `expected == present + known_absent + quarantined + unexplained`. `partial` counts gaps of any state with some rows,
    and `late` unexplained gaps of recent games, for which the source may still get the data.
    """

    dataset: str
    endpoint: str
    season: int | None
    subject: str
    statement: str
    expected: int
    present: int
    known_absent: int
    quarantined: int
    unexplained: int
    partial: int
    late: int
    answered_at: datetime | None
    gaps: list[GapStatus]

    @classmethod
    def of(cls, coverage: Coverage, late_since: datetime, answered_at: datetime | None) -> DatasetStatus:
        """From the coverage of an expectation.

        Args:
            late_since: games that were over after this may still get their details.
            answered_at: time of the newest response of the dataset.
        """
        item, gaps = coverage.expectation, coverage.gaps
        shown = sorted(gaps, key=lambda gap: (gap.state != "unexplained", gap.over_at, gap.subject))[:SHOWN_GAPS]
        return cls(
            dataset=item.name,
            endpoint=item.endpoint.name,
            season=coverage.season,
            subject=item.of,
            statement=item.statement,
            expected=coverage.expected,
            present=coverage.present,
            known_absent=coverage.count("known absent"),
            quarantined=coverage.count("quarantined"),
            unexplained=coverage.count("unexplained"),
            partial=sum(gap.reason == "partial" for gap in gaps),
            late=sum(gap.state == "unexplained" and gap.over_at > late_since for gap in gaps),
            answered_at=answered_at,
            gaps=[GapStatus.of(gap) for gap in shown],
        )

    @property
    def share(self) -> float | None:
        """Share of the expected data that is complete, 0-1; None if nothing is expected."""
        return self.present / self.expected if self.expected else None


class NullStatus(BaseModel):
    """A column's share of nulls (0-1) in a table's season, and its limit, if any."""

    column: str
    share: float
    allowed: float | None = None
    reason: str | None = None

    @property
    def passed(self) -> bool:
        """Whether the share is within the limit."""
        return self.allowed is None or self.share <= self.allowed


class TableStatus(BaseModel):
    """One table and season: number of rows, rows with a repeated key, and columns with nulls."""

    table: str
    season: int | None
    rows: int
    duplicates: int
    nulls: list[NullStatus]

    @property
    def broken(self) -> list[NullStatus]:
        """Columns with more nulls than their limit allows."""
        return [item for item in self.nulls if not item.passed]

    @property
    def empty_columns(self) -> list[str]:
        """Columns without any value."""
        return [item.column for item in self.nulls if item.share == 1]


class SampledKey(BaseModel):
    """A settled request that was re-fetched: records before and after, and how many of them differ."""

    dataset: str
    season: int | None
    key: str
    records_before: int
    records_after: int
    changed: int


class SampleStatus(BaseModel):
    """Drift of settled responses: what the source sends today, compared with the lake's responses."""

    seed: int
    wanted: int
    calls: int
    sampled: list[SampledKey]
    not_asked: int = 0
    failed: list[str] = Field(default_factory=list)

    @property
    def records(self) -> int:
        """Number of records compared."""
        return sum(max(item.records_before, item.records_after) for item in self.sampled)

    @property
    def drift_rate(self) -> float:
        """Share of records that were changed, added or removed, 0-1."""
        return sum(item.changed for item in self.sampled) / self.records if self.records else 0.0


class QuarantinedGame(BaseModel):
    """A game of the schedule in quarantine. Details are only requested if its id and its date could be read."""

    season: int
    game_id: int | None
    start_at: datetime | None
    rule: str
    column: str | None
    value: str | None

    @property
    def requested(self) -> bool:
        """Whether its details are requested."""
        return self.game_id is not None and self.start_at is not None


class AuditStatus(BaseModel):
    """A whole audit. Datasets that were never requested are `not_kept`; nothing is expected of them."""

    schema_version: int = SCHEMA_VERSION
    lake: str
    source: dict[str, Any]
    audited_at: datetime
    seasons: list[int]
    not_kept: list[str] = Field(default_factory=list)
    quarantined_games: list[QuarantinedGame] = Field(default_factory=list)
    datasets: list[DatasetStatus] = Field(default_factory=list)
    tables: list[TableStatus] = Field(default_factory=list)
    rules: list[RuleResult] = Field(default_factory=list)
    sample: SampleStatus | None = None
    unexplained: int = 0
    problems: list[str] = Field(default_factory=list)
    passed: bool = True

    def judge(self) -> None:
        """Set the result: an unexplained gap, a repeated key, too many nulls or a broken rule fails the audit."""
        self.unexplained = sum(item.unexplained for item in self.datasets)
        self.problems = list(self._problems())
        self.passed = not self.problems

    def _problems(self) -> Iterator[str]:
        for item in self.datasets:
            if item.unexplained:
                yield f"{item.dataset} {item.season or ''}: {item.unexplained:,} of {item.expected:,} unexplained"
        for table in self.tables:
            yield from _table_problems(table)
        for rule in self.rules:
            if rule.fails_the_run:
                yield f"{rule.rule} {rule.season}: {rule.violations:,} of {rule.checked:,} do not hold"
        yield from self.sample.failed if self.sample else ()


def _table_problems(table: TableStatus) -> Iterator[str]:
    where = f"{table.table} {table.season or ''}".strip()
    if table.duplicates:
        yield f"{where}: {table.duplicates:,} rows share their key with another"
    for item in table.broken:
        yield f"{where}: {item.column} is null in {item.share:.1%}, allowed {item.allowed:.1%}"
