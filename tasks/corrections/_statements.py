"""What the source said when: all answers to the requests behind a silver table, equal ones in a row as one."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from quality.dataset import Endpoint, Pattern, Table, registry
from tasks.lake.iceberg import month_of, next_month
from tasks.lake.lake import Lake
from tasks.lake.raw import RawObject
from tasks.layers.bronze import Source, statement
from tasks.layers.silver import EASTERN_DATE, months_of_routes, shape, silver_sources
from tasks.requests import DAY, is_cut, needs_schedule

NOTHING = hashlib.sha256(b"[]").hexdigest()[:8]
DAYS = re.compile(r"(?:^|,)(?:date|startDateRange|endDateRange)=(\d{4}-\d\d-\d\d)")  # in the key of a request


@dataclass(frozen=True)
class ResponseSpan:
    """One content of a request's answer, for as long as it was repeated.

    Attributes:
        raw: the newest response with this content.
        first: arrival of the first response with it.
        until: arrival of the response that said something else; None of the newest.
        current: bronze holds it.
    """

    endpoint: Endpoint
    raw: RawObject
    first: datetime
    until: datetime | None
    current: bool


def routes(table: Table) -> list[Endpoint]:
    """Endpoints that a silver table is made from."""
    return registry().routes(table.source) if table.source else []


def answers(lake: Lake, table: Table, season: int | None) -> list[ResponseSpan]:
    """Every answer that brought rows, in the order of arrival.

    Told apart by the hash in the names of the raw objects: nothing is read for answers that were only repeated.
    """
    present = {item.raw.path for item in silver_sources(lake, table, season)}
    found = [
        answer
        for route in routes(table)
        for versions in lake.raw.history(route.name, season).values()
        for answer in _of_request(route, versions[::-1], present)
    ]
    return sorted(found, key=lambda item: (item.first, item.raw))


def _of_request(route: Endpoint, versions: list[RawObject], present: set[str]) -> Iterator[ResponseSpan]:
    runs = [list(run) for sha, run in groupby(versions, key=_sha8) if sha != NOTHING]
    for number, run in enumerate(runs):
        current = run[-1].path in present
        until = runs[number + 1][0].fetched_at if number + 1 < len(runs) else None
        yield ResponseSpan(route, run[-1], run[0].fetched_at, None if current else until, current)
        if current:  # whatever came later brought no rows
            return


def is_monthly(table: Table) -> bool:
    """Whether rows of a table stay near the month of their game: they come once it was played, and it moves no more."""
    source = table.source
    return source is not None and needs_schedule(source) and not source.ahead and month_of_row(table) is not None


def month_of_row(table: Table) -> pl.Expr | None:
    """First day of the month of a row's game, by US Eastern date; None for tables without dates."""
    if table.month_column is not None:
        return pl.col(table.month_column).dt.month_start()
    return EASTERN_DATE.dt.month_start() if "start_at" in table.by_name else None


def by_month(lake: Lake, table: Table, season: int | None, found: list[ResponseSpan]) -> dict[date, list[ResponseSpan]]:
    """Answers of a table of played games by the months of the rows that they can bring."""
    dated = {item: months_asked(item.raw) for item in found if item.endpoint is table.source}
    of_key: dict[tuple[str, str], set[date]] = defaultdict(set)
    others = [item for item in found if item.endpoint is not table.source]
    rows = months_of_routes(lake, table, {season}) if others else {}
    for item in others:
        of_key[item.endpoint.name, item.raw.key] |= rows.get(item.raw.path, set())
    every = set().union(*dated.values(), *of_key.values())
    grouped: dict[date, list[ResponseSpan]] = defaultdict(list)
    for item in found:
        for month in dated.get(item) or of_key[item.endpoint.name, item.raw.key] or every:
            grouped[month].append(item)
    return dict(sorted(grouped.items()))


def months_asked(raw: RawObject) -> set[date]:
    """Months of the US Eastern dates that a request asks for, and of a day before and after: starts move by hours."""
    named = sorted(date.fromisoformat(day) for day in DAYS.findall(raw.key))
    assert named, f"{raw.path} names no date"
    months, last = [month_of(named[0] - 2 * DAY)], month_of(named[-1] + DAY)
    while months[-1] < last:
        months.append(next_month(months[-1]))
    return set(months)


def _sha8(raw: RawObject) -> str:
    return raw.path.rpartition("-")[2].partition(".")[0]


class Statements:
    """Rows of answers in a silver table's columns: of earlier ones from raw, of the current ones from bronze.

    An answer is parsed once: its rows wait for a second look in a temporary file, until the end of the block.
    """

    def __init__(self, lake: Lake, table: Table) -> None:
        self._lake, self._table = lake, table
        self._folder = tempfile.TemporaryDirectory()
        self._kept: dict[str, Path] = {}
        self._missing: dict[str, frozenset[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    def earlier(self, answer: ResponseSpan) -> pl.DataFrame:
        """Rows of one answer, one for each key; none of an answer that was cut at the row cap."""
        path = answer.raw.path
        if path in self._kept:
            return pl.read_ipc(self._kept[path])
        rows = self._read(answer)
        self._kept[path] = Path(self._folder.name, f"{len(self._kept)}.arrow")
        rows.write_ipc(self._kept[path], compression="lz4")
        return rows

    def _read(self, answer: ResponseSpan) -> pl.DataFrame:
        envelope, table = self._lake.raw.envelope(answer.raw.path), self._table
        if not envelope.records or is_cut(answer.endpoint, envelope.records):
            return pl.DataFrame(schema={column.name: column.dtype for column in table.columns})
        rows, missing = statement(self._lake, answer.endpoint, Source(answer.raw, envelope))
        self._missing[answer.raw.path] = frozenset(
            column.name for column in table.columns if column.path and _is_in(".".join(column.path), missing)
        )
        return shape(rows, table).drop_nulls(table.key).unique(table.key, keep="first", maintain_order=True)

    def missing(self, answer: ResponseSpan) -> frozenset[str]:
        """Columns that an answer did not send at all: that is another contract, not another value."""
        if answer.raw.path not in self._missing:
            self._read(answer)
        return self._missing.get(answer.raw.path, frozenset())

    def current(
        self, route: Endpoint, season: int | None, units: pl.DataFrame | None = None, month: date | None = None
    ) -> pl.LazyFrame:
        """Rows of a route's current answers, of all or of the given `table.version`s."""
        table, column = self._table, route.table.season_column
        if self._lake.iceberg(route.bronze) is None:
            return pl.LazyFrame(schema={column.name: column.dtype for column in table.columns})
        rows = self._lake.scan(route.bronze)
        if column is not None and season is not None:
            rows = rows.filter(pl.col(column) == season)
        if month is not None and route.pattern is Pattern.DATES:
            rows = rows.filter(pl.col("date").is_between(month - DAY, next_month(month) + DAY))
        if units is not None and len(table.version) == 1:
            rows = rows.filter(pl.col(table.version[0]).is_in(units.to_series().implode()))
        rows = shape(rows, table).drop_nulls(table.key)
        return rows if units is None else rows.join(units.lazy(), on=table.version, how="semi")


def _is_in(path: str, missing: set[str]) -> bool:
    return any(item == path or item.endswith(f"[].{path}") for item in missing)
