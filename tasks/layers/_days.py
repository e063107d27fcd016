"""Months are kept in pieces of neighbouring days, so that a build repeats only the days whose inputs changed.

The commit of a month stores its pieces: the fingerprint of each day's inputs, and the counts of the rows. A later build
keeps the pieces of which every day has the same inputs, and replaces the others (docs/decisions/0021).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta

import orjson

from quality.dataset import Table
from tasks.lake.iceberg import Days, DaysOf, PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.replacement import DAYS, INPUTS
from tasks.layers.report import Counts, LayerReport

DIGITS = 16  # of a day's fingerprint: enough to distinguish versions of one day
UNIQUE = "unique"  # the rule of rows whose key another row has, perhaps one of another day

Span = tuple[date, date]  # first and last day


@dataclass(frozen=True)
class Piece:
    """Neighbouring days that were built and written together.

    Attributes:
        inputs: the fingerprint of each day's inputs.
    """

    inputs: Mapping[date, str]
    counts: Counts

    def is_of(self, wanted: Mapping[date, str]) -> bool:
        """Whether the piece has the wanted inputs on all of its days.

        A row that was rejected because another one has its key may have to come back if that one changes, so a piece
        with such rows is never taken as it is.
        """
        return UNIQUE not in self.counts.by_rule and all(wanted.get(day) == text for day, text in self.inputs.items())


@dataclass
class Plan:
    """Which days of a partition are built, and which stay.

    Attributes:
        wanted: the fingerprint of each day's inputs; empty for a partition that is always built as a whole.
        kept: pieces that stay as they are; without any, the partition is replaced as a whole.
        left: days of earlier pieces that are replaced.
        same: those of them whose inputs are the same. They are built only because their piece is replaced.
        built: pieces of this build.
    """

    key: PartitionKey
    wanted: Mapping[date, str] = field(default_factory=dict)
    kept: tuple[Piece, ...] = ()
    left: frozenset[date] = frozenset()
    same: frozenset[date] = frozenset()
    built: list[Piece] = field(default_factory=list)

    @classmethod
    def of(
        cls, lake: Lake, table: Table, key: PartitionKey, wanted: Mapping[date, str], *, rebuild_all: bool = False
    ) -> Plan:
        """The plan of a build, by what the last commit stored.

        Args:
            wanted: see `Plan.wanted`.
            rebuild_all: build all days.
        """
        known = [] if rebuild_all or not wanted else pieces(lake, table, key)
        kept = tuple(piece for piece in known if piece.is_of(wanted))
        left = {day: text for piece in known if piece not in kept for day, text in piece.inputs.items()}
        same = frozenset(day for day, text in left.items() if wanted.get(day) == text)
        return cls(key, wanted, kept, frozenset(left), same)

    def whole(self) -> Plan:
        """The same build without a day that stays."""
        return Plan(self.key, self.wanted)

    @property
    def part(self) -> PartitionKey | DaysOf:
        """The part of the table that the commit replaces."""
        return self.key if self.days is None else DaysOf(self.key, self.days)

    @property
    def days(self) -> Days | None:
        """The days that the commit replaces; None for the whole partition."""
        return Days((*self.left, *self._to_build)) if self.kept else None

    @property
    def _to_build(self) -> list[date]:
        return sorted(self.wanted.keys() - {day for piece in self.kept for day in piece.inputs})

    @property
    def kept_rows(self) -> int:
        """Number of rows that stay as they are."""
        return sum(piece.counts.rows_out for piece in self.kept)

    def spans(self, size: Callable[[Span], int], limit: int) -> list[Span]:
        """The days to build, in spans of neighbouring days with a size within a limit, if a day alone is not larger.

        Days that are built only because their piece is replaced are in spans of their own, so that pieces become finer
        where the source changes.
        """
        found: list[Span] = []
        for day in self._to_build:
            if found and self._is_next(found[-1][1], day) and size((found[-1][0], day)) <= max(limit, size(found[-1])):
                found[-1] = (found[-1][0], day)
            else:
                found.append((day, day))
        return found

    def _is_next(self, one: date, other: date) -> bool:
        """Whether no day with rows is between two days, and both are built for the same reason."""
        between = {one + timedelta(days=number) for number in range(1, (other - one).days)}
        return between.isdisjoint(self.wanted) and (one in self.same) == (other in self.same)

    @contextmanager
    def piece(self, report: LayerReport, span: Span | None) -> Iterator[None]:
        """Record the days of a span and what is counted in the block as one piece."""
        before = report.counts
        yield
        if span is not None and self.wanted:
            inputs = {day: text for day, text in self.wanted.items() if span[0] <= day <= span[1]}
            self.built.append(Piece(inputs, report.counts.since(before)))

    def conclude(self, report: LayerReport) -> str | None:
        """Add the rows that stay to a report; returns what the commit stores about the days."""
        for piece in self.kept:
            report.take(piece.counts)
        return _as_text((*self.kept, *self.built)) if self.wanted else None


def pieces(lake: Lake, table: Table, key: PartitionKey) -> list[Piece]:
    """The published pieces of a month; none if an earlier release, or nothing, has built it."""
    found = lake.iceberg(table.qualified)
    if found is None or f"{INPUTS}{key}" not in found.properties:
        return []
    return [] if (text := found.properties.get(f"{DAYS}{key}")) is None else [*_from_text(text)]


def inputs_by_day(lake: Lake, table: Table, key: PartitionKey) -> dict[date, str]:
    """The fingerprint of the inputs of each published day, for tables that are made from it.

    Whether a row is rejected because of its key may depend on other days, so such a day is different if any day is.
    """
    found = pieces(lake, table, key)
    whole = lake.inputs(table).get(str(key), "") if any(UNIQUE in piece.counts.by_rule for piece in found) else ""
    return {
        day: text + (whole if UNIQUE in piece.counts.by_rule else "")
        for piece in found
        for day, text in piece.inputs.items()
    }


def _as_text(found: Iterable[Piece]) -> str:
    rows = [
        [
            {day.isoformat(): text for day, text in sorted(piece.inputs.items())},
            piece.counts.as_list,
        ]
        for piece in sorted(found, key=lambda item: min(item.inputs, default=date.max))
        if piece.inputs
    ]
    return orjson.dumps(rows).decode()


def _from_text(text: str) -> Iterator[Piece]:
    for inputs, counts in orjson.loads(text):
        yield Piece({date.fromisoformat(day): value for day, value in inputs.items()}, Counts(*counts))
