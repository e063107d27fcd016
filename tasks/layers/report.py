"""Report of a partition's build, the checks before publishing, and the storage of rejected rows."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import polars as pl

from quality.contracts.ops import QUARANTINE
from quality.dataset import Table
from quality.report import in_words
from quality.rules import RuleResult
from quality.validate import Checked, check, empty_quarantine
from tasks.errors import ContractViolation
from tasks.lake.iceberg import Days, RowsOf
from tasks.lake.lake import Lake
from tasks.parsing.drift import Drift, merge

BLOCK_SHARE = 0.1  # with a larger share of rejected rows, the partition is not published
REFUSED = "response refused"  # the rule of a response that cannot be used, in ops.quarantine
KEPT_REJECTS = 10_000  # maximum of rows per partition (or day) in ops.quarantine; the counts include all
CODE_VERSION = "3"  # increase it when a change of parsing or conforming changes the content of tables


@dataclass(frozen=True)
class Counts:
    """Rows of a build, or of some days of it: published, dropped as older or repeated, and rejected by rule."""

    rows_out: int = 0
    deduplicated: int = 0
    by_rule: Mapping[str, int] = field(default_factory=dict)

    @property
    def quarantined(self) -> int:
        """Rejected rows."""
        return sum(self.by_rule.values())

    @property
    def rows_in(self) -> int:
        """Rows before anything was dropped or rejected."""
        return self.rows_out + self.deduplicated + self.quarantined

    @property
    def as_list(self) -> list[object]:
        """The counts as a value of JSON, the same for equal counts."""
        return [self.rows_out, self.deduplicated, dict(sorted(self.by_rule.items()))]

    def since(self, earlier: Counts) -> Counts:
        """What has been counted after `earlier`."""
        return Counts(
            self.rows_out - earlier.rows_out,
            self.deduplicated - earlier.deduplicated,
            Counter(self.by_rule) - Counter(earlier.by_rule),
        )


@dataclass
class LayerReport:
    """Counts of one partition's build: `rows_in == rows_out + quarantined + deduplicated`.

    `added`, `removed` and `changed` compare it with the previous version. If there is none, or its files are missing or
    damaged (`before_unreadable`), every row counts as added. `refused` names the responses that cannot be used as a
    whole, each with the reason; each counts as one quarantined row. `warnings` say what is doubtful in what was built.
    """

    table: str
    partition: str
    rows_in: int = 0
    rows_out: int = 0
    quarantined: int = 0
    deduplicated: int = 0
    added: int = 0
    removed: int = 0
    changed: int = 0
    before_unreadable: bool = False
    by_rule: Counter[str] = field(default_factory=Counter)
    drift: list[Drift] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    rejects: pl.DataFrame = field(default_factory=empty_quarantine)
    published: bool = True
    rules: list[RuleResult] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def count(self, checked: Checked, deduplicated: int = 0) -> None:
        """Add the counts of one checked frame."""
        self.rows_in += checked.report.rows_in + deduplicated
        self.rows_out += checked.report.rows_out
        self.deduplicated += deduplicated
        self._reject(checked.quarantined, checked.report.by_rule)

    def reject(self, rows: pl.DataFrame) -> None:
        """Add rows that were rejected before the check."""
        self.rows_in += rows.height
        self._reject(rows, Counter(rows["rule"].to_list()))

    def refuse(self, path: str, reason: str, day: date | None = None) -> None:
        """Add a response that cannot be used as a whole, by its raw object, and its day in a table with months."""
        self.refused.append(
            f"raw/{path} is not used ({reason}). An older response to its request counts, if there is one; "
            "request it again with --refresh"
        )
        row = {
            "rule": REFUSED,
            "column_name": "record",
            "value": reason,
            "raw_object": path,
            "record": None,
            "day": day,
        }
        self.reject(pl.DataFrame([row], schema=empty_quarantine().schema))

    def _reject(self, rows: pl.DataFrame, by_rule: Mapping[str, int]) -> None:
        self.quarantined += rows.height
        self.by_rule.update(by_rule)
        found = pl.concat([self.rejects, rows])
        self.rejects = found.filter(pl.int_range(pl.len()).over("day") < KEPT_REJECTS)

    def take(self, kept: Counts) -> None:
        """Add the counts of days that stay as they are."""
        self.rows_in += kept.rows_in
        self.rows_out += kept.rows_out
        self.deduplicated += kept.deduplicated
        self.quarantined += kept.quarantined
        self.by_rule.update(kept.by_rule)

    @property
    def counts(self) -> Counts:
        """The counts so far."""
        return Counts(self.rows_out, self.deduplicated, Counter(self.by_rule))

    def add_drift(self, drift: Iterable[Drift]) -> None:
        """Add differences from the contract, each once with its first value."""
        self.drift = merge([*self.drift, *drift])

    def require_no_freeze(self) -> None:
        """Refuse to publish drift for which the dataset's policy says freeze.

        Raises:
            NotPublished: with the drift and what to do.
        """
        frozen = [item for item in self.drift if item.action == "freeze"]
        if frozen:
            facts = [*map(str, frozen[:3]), *(["..."] if frozen[3:] else []), *self._possible_rename(frozen)]
            raise NotPublished(
                self,
                f"the responses drifted from the contract ({'; '.join(facts)}); the previous version stays in place, "
                "and raw has the responses; update the contract in quality/contracts/ to match the API, or change the "
                "dataset's drift policy to accept this (docs/drift.md), and run again",
            )

    def _possible_rename(self, frozen: list[Drift]) -> list[str]:
        """A hint, where columns are missing and others are new."""
        new = [item.column for item in self.drift if item.kind == "new column"]
        missing = any(item.kind == "missing column" for item in frozen)
        return [f"new in the same responses: {', '.join(new[:3])}, a rename?"] if missing and new else []

    def require_enough(self, allowed: float = BLOCK_SHARE) -> None:
        """Refuse to publish when too many rows are bad.

        Raises:
            NotPublished: above the allowed share.
        """
        if self.rows_in and self.quarantined / self.rows_in > allowed:
            rules = ", ".join(f"{rule} ({count})" for rule, count in self.by_rule.most_common(3))
            raise NotPublished(
                self,
                f"{self.quarantined} of {self.rows_in} rows break the contract ({rules}); the previous version stays "
                "in place, and the rows are in ops.quarantine",
            )

    def require_rules(self, results: Iterable[RuleResult]) -> None:
        """Add the results of rules across tables, and refuse to publish if one is broken.

        Raises:
            NotPublished: with the broken rules.
        """
        self.rules += results
        self.warnings += [in_words(found) for found in self.rules if not (found.passed or found.fails_the_run)]
        if broken := [in_words(found) for found in self.rules if found.fails_the_run]:
            raise NotPublished(
                self,
                f"{'; '.join(broken)}; the previous version stays in place. docs/tables/{self.table}.md has the rule, "
                "and `cbbd-etl audit` shows whether the inputs are complete; fix these or the code, and run again",
            )


class NotPublished(ContractViolation):
    """A partition was built but not published. The previous version stays.

    Attributes:
        report: of the build, for the run's summary.
    """

    def __init__(self, report: LayerReport, reason: str) -> None:
        super().__init__(f"{report.table} {report.partition}: {reason}")
        self.report = report
        report.published = False


def fingerprint(table: Table, inputs: Iterable[str]) -> str:
    """Hash of a partition's inputs, its contract and the version of the code that builds it."""
    contract = [
        f"{column.name}:{column.dtype}:{column.nullable}:{column.bounds}:{column.values}:{column.percent}"
        for column in table.columns
    ]
    identity = f"{table.key}:{table.version}:{table.explode}:{[str(order) for order in table.prefer]}"
    identity += "".join(f":{rule.name}" for rule in table.rules)
    identity += "".join(f":{item.column.name}={item.expr}" for item in table.derived)
    if table.source is not None:
        identity += f":{table.source.drift}"
    text = "\n".join([CODE_VERSION, identity, *contract, *sorted(inputs)])
    return hashlib.sha256(text.encode()).hexdigest()


def keep_rejects(lake: Lake, report: LayerReport, days: Days | None = None) -> None:
    """Replace the rows of one partition in ops.quarantine, or of some days of it."""
    where = (("table_name", report.table), ("partition", report.partition))
    if report.rejects.is_empty() and lake.iceberg(QUARANTINE.qualified) is None:
        return
    rows = report.rejects.select([pl.lit(value).alias(name) for name, value in where] + [pl.all()])
    rows = rows.select(list(QUARANTINE.by_name))
    with lake.replace(QUARANTINE, RowsOf(where, days)) as out:
        out.add(check(rows, QUARANTINE))
