"""Summary of a run as a value. The JSON in the lake, the Prefect artifact and the terminal are views of it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator

from quality.rules import RuleResult
from tasks.crash import failpoint
from tasks.lake.lake import Lake
from tasks.layers.guard import Hold
from tasks.layers.report import LayerReport
from tasks.parsing.drift import Drift, merge
from tasks.runs.gap_summary import GapSummary
from tasks.source.fetch import Outcome

RUNS = "ops/runs"
WARN_SHARE = 0.01  # a larger share of quarantined rows is a warning; see tasks.layers.report for the limit to publish
Status = Literal["running", "completed", "failed", "stopped", "interrupted"]


class LayerSummary(BaseModel):
    """Build of one partition; `rows_in == rows_out + quarantined + deduplicated`.

    `added`, `removed` and `changed` compare it with the previous version.
    """

    table: str
    partition: str
    rows_in: int
    rows_out: int
    quarantined: int
    deduplicated: int
    added: int = 0
    removed: int = 0
    changed: int = 0
    before_unreadable: bool = False
    by_rule: dict[str, int]
    drift: list[Drift]
    refused: list[str] = Field(default_factory=list)
    published: bool = True
    warnings: list[str] = Field(default_factory=list)

    @field_validator("drift", mode="before")
    @classmethod
    def _without_texts(cls, found: list[object]) -> list[object]:
        """Summaries of earlier releases have lines of text here."""
        return [item for item in found if not isinstance(item, str)]

    @classmethod
    def of(cls, report: LayerReport) -> LayerSummary:
        """From the report of a build."""
        same = cls.model_fields.keys() - {"by_rule"}
        return cls(by_rule=dict(report.by_rule), **{name: getattr(report, name) for name in same})


class FailedKey(BaseModel):
    """A request or a partition that failed, and why."""

    dataset: str
    season: int | None
    key: str
    error: str


class HeldBack(BaseModel):
    """A game for which newer responses are held back: they have fewer rows than the response in force.

    `subject` is the game's id, or None for a whole response. `days` counts the days on which the source has sent this
    number of rows.
    """

    subject: int | None
    rows: int
    before: int
    days: int
    raw_object: str
    in_force: str

    @classmethod
    def of(cls, hold: Hold) -> HeldBack:
        """From the guard."""
        return cls(
            subject=hold.subject,
            rows=hold.rows,
            before=hold.before,
            days=hold.days,
            raw_object=hold.refused[-1].path,
            in_force=hold.served.path,
        )


class DatasetSummary(BaseModel):
    """One dataset and season of a run; `left` has the keys of the requests that were not sent."""

    dataset: str
    season: int | None
    expected: int = 0
    due: int = 0
    calls: int = 0
    kept: int = 0
    empty: int = 0
    records: int = 0
    bytes: int = 0
    not_asked: int = 0
    left: list[str] = Field(default_factory=list)
    not_available: str | None = None
    seconds: float = 0.0
    layers: list[LayerSummary] = Field(default_factory=list)
    failed: list[FailedKey] = Field(default_factory=list)
    held: list[HeldBack] = Field(default_factory=list)

    def add(self, outcomes: list[Outcome]) -> None:
        """Add the outcomes of requests."""
        for outcome in outcomes:
            self.calls += outcome.calls
            self.records += outcome.records
            self.bytes += outcome.bytes
            self.kept += outcome.status == "kept"
            self.empty += outcome.status == "kept" and not outcome.records
            self.not_asked += outcome.status == "not_asked"
            self.left += [outcome.request.key] if outcome.status == "not_asked" else []
            if outcome.status == "not_available":
                self.not_available = outcome.error
            if outcome.status == "failed":
                self.fail(outcome.request.key, outcome.error or "unknown")

    def take(self, reports: list[LayerReport], failed: list[tuple[str, str]], held: Iterable[Hold] = ()) -> None:
        """Add the reports of builds, the failures, and the games whose newer responses are held back."""
        self.held = [HeldBack.of(hold) for hold in held]
        self.layers += [LayerSummary.of(report) for report in reports]
        for key, error in failed:
            self.fail(key, error)

    def fail(self, key: str, error: str) -> None:
        """Add a request or partition that failed."""
        self.failed.append(FailedKey(dataset=self.dataset, season=self.season, key=key, error=error))


class RunSummary(BaseModel):
    """One run, finished or not. The file of a run that was killed keeps the status `running`.

    `waiting` names the tables that were not built, each with the inputs of which the lake has no rows; `to_fetch` names
    the endpoints that fill these inputs.
    """

    run_id: str
    flow: str
    status: Status = "running"
    started_at: datetime
    finished_at: datetime | None = None
    seen_at: datetime = Field(default_factory=lambda: datetime.now(UTC))
    host: str = Field(default_factory=socket.gethostname)
    pid: int = Field(default_factory=os.getpid)
    lake: str
    source: dict[str, Any]
    parameters: dict[str, Any]
    remaining_calls: int | None = None
    stopped_because: str | None = None
    unfinished_before: list[str] = Field(default_factory=list)
    parent: str | None = None
    notes: list[str] = Field(default_factory=list)
    datasets: list[DatasetSummary] = Field(default_factory=list)
    gaps: list[GapSummary] = Field(default_factory=list)
    rules: list[RuleResult] = Field(default_factory=list)
    waiting: dict[str, list[str]] = Field(default_factory=dict)
    to_fetch: list[str] = Field(default_factory=list)
    tables: dict[str, int] = Field(default_factory=dict)

    @property
    def calls(self) -> int:
        """Calls sent, including retries."""
        return sum(item.calls for item in self.datasets)

    @property
    def failed(self) -> list[FailedKey]:
        """All requests and partitions that failed."""
        return [key for item in self.datasets for key in item.failed]

    @property
    def not_available(self) -> dict[str, str]:
        """Datasets that the key's tier does not include, each once, with the reason."""
        found: dict[str, str] = {}
        for item in self.datasets:
            if item.not_available:
                found.setdefault(item.dataset, item.not_available)
        return found

    @property
    def broken_rules(self) -> list[RuleResult]:
        """Rules across tables that are broken in the seasons of this run and make it fail."""
        return [result for result in self.rules if result.fails_the_run]

    @property
    def quarantined(self) -> int:
        """Rows that this run quarantined."""
        return sum(layer.quarantined for item in self.datasets for layer in item.layers)

    @property
    def warnings(self) -> list[str]:
        """Responses that cannot be used, doubts about built tables, and partitions with many rows quarantined.

        Many is more than `WARN_SHARE`.
        """
        layers = [layer for item in self.datasets for layer in item.layers]
        refused = [f"{layer.table} {layer.partition}: {text}" for layer in layers for text in layer.refused]
        return [*refused, *_doubts(layers)] + [
            f"{layer.table} {layer.partition}: {layer.quarantined:,} of {layer.rows_in:,} rows quarantined"
            for layer in layers
            if layer.quarantined > WARN_SHARE * layer.rows_in
        ]

    @property
    def held_back(self) -> list[str]:
        """Datasets with responses that are held back, one line each, with the first of their games."""
        return [_held_line(item) for item in self.datasets if item.held]

    @property
    def not_asked(self) -> int:
        """Requests left for a later run, because the quota was used up or the key was refused."""
        return sum(item.not_asked for item in self.datasets)

    @property
    def drift(self) -> list[str]:
        """Differences from the contract, one line each, with the table."""
        tables: dict[str, list[Drift]] = {}
        for layer in (layer for item in self.datasets for layer in item.layers):
            tables[layer.table] = merge([*tables.get(layer.table, []), *layer.drift])
        return [f"{table}: {drift}" for table, found in tables.items() for drift in found]

    def finish(self, now: datetime) -> None:
        """Set the end and the status."""
        failpoint("summary")
        self.finished_at = now
        if self.status == "running":
            failed = self.failed or self.broken_rules
            self.status = "failed" if failed else "stopped" if self.not_asked else "completed"

    def save(self, lake: Lake) -> None:
        """Write the summary to the lake, over its earlier state. It also shows that the run is alive."""
        if self.status == "running":
            self.seen_at = datetime.now(UTC)
        lake.write_json(f"{RUNS}/{self.run_id}.json", self.model_dump(mode="json"))


def _doubts(layers: list[LayerSummary]) -> list[str]:
    """Warnings about tables; one that several tables share is a single line."""
    tables: dict[str, list[str]] = {}
    for layer in layers:
        for text in layer.warnings:
            tables.setdefault(text, []).append(f"{layer.table} {layer.partition}")
    return [f"{', '.join(names)}: {text}" for text, names in tables.items()]


def _held_line(item: DatasetSummary) -> str:
    first, games = item.held[0], sum(found.subject is not None for found in item.held)
    what = f"{games:,} games" if games > 1 else f"game {first.subject}" if games else "a whole response"
    where = f" {item.season}" if item.season is not None else ""
    return (
        f"{item.dataset}{where}: {what} with fewer rows than before ({first.rows:,} instead of {first.before:,} in "
        f"raw/{first.raw_object}); the earlier rows stay, and the next run asks again"
    )


def new_run_id(now: datetime) -> str:
    """A unique run id that sorts by time."""
    return f"{now:%Y%m%dT%H%M%SZ}-{token_hex(2)}"
