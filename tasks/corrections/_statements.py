"""All responses to the requests for a silver table, in order of arrival; equal ones in a row count as one."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

import polars as pl

from quality.dataset import Endpoint, Pattern, Table, registry
from quality.diff import compared
from tasks.errors import ContractViolation
from tasks.lake.iceberg import month_of, next_month
from tasks.lake.lake import Lake
from tasks.lake.raw import WHOLE_TEXT, Envelope, RawObject
from tasks.layers.bronze import statement
from tasks.layers.guard import holds, verdicts
from tasks.layers.inspection import contract_of
from tasks.layers.silver import days_of_routes, shape, silver_sources
from tasks.layers.slices import EASTERN_DATE
from tasks.layers.sources import Source
from tasks.requests import DAY, is_cut, needs_schedule

NO_GAMES: frozenset[int] = frozenset()
NOTHING = hashlib.sha256(b"[]").hexdigest()[:8]
DAYS = re.compile(r"(?:^|,)(?:date|startDateRange|endDateRange)=(\d{4}-\d\d-\d\d)")  # in the key of a request


@dataclass(frozen=True)
class ResponseSpan:
    """Successive responses to one request with the same content.

    Attributes:
        raw: the newest response with this content.
        first: arrival of the first response with it.
        until: arrival of the next response, which has other content; None for the newest.
        current: bronze has its rows.
        without: games that are held back from it (tasks/layers/guard.py).
        kept: games that bronze still takes from it, although a later response replaces it for all others.
        in_bronze: path of the response with the same content that bronze names, if it is another one.
    """

    endpoint: Endpoint
    raw: RawObject
    first: datetime
    until: datetime | None
    current: bool
    without: frozenset[int] = frozenset()
    kept: frozenset[int] = frozenset()
    in_bronze: str | None = None

    @property
    def path(self) -> str:
        """The raw object that its rows name."""
        return self.in_bronze or self.raw.path

    @property
    def identity(self) -> str:
        """The response and the part of it that counts, as text: an input of a fingerprint."""
        games = [f" {sorted(part)}" for part in (self.without, self.kept) if part]
        return f"{self.raw.path} {self.first.isoformat()} {self.current}{''.join(games)}"

    def of(self, table: Table) -> bool:
        """Whether it is from the table's endpoint itself, not from another route to its rows."""
        return table.source is not None and self.endpoint.name == table.source.name


def routes(table: Table) -> list[Endpoint]:
    """Endpoints that a silver table is made from."""
    return registry().routes(table.source) if table.source else []


def sent(table: Table) -> list[str]:
    """Columns whose values the source sends."""
    computed = {item.column.name for item in table.derived} | ({table.lookup.column.name} if table.lookup else set())
    return [name for name in compared(table) if name not in computed]


def responses(lake: Lake, table: Table, season: int | None) -> list[ResponseSpan]:
    """Every response with rows, in order of arrival.

    Responses are compared by the hash in the names of the raw objects, so repeated ones are not read.
    """
    sources = silver_sources(lake, table, season)
    present = {item.newest or item.raw.path: item.raw.path for item in sources if item.only is None}
    kept = {item.newest or item.raw.path: item.only for item in sources if item.only is not None}
    without = verdicts(holds(lake, table.source, season)).without if table.source else {}
    found = [
        replace(span, without=without.get(span.raw.path, NO_GAMES), kept=kept.get(span.raw.path, NO_GAMES))
        for route in routes(table)
        for versions in lake.raw.history(route.name, season).values()
        for span in _of_request(route, versions[::-1], present)
    ]
    return sorted(found, key=lambda item: (item.first, item.raw))


def _of_request(route: Endpoint, versions: list[RawObject], present: Mapping[str, str]) -> Iterator[ResponseSpan]:
    runs = [list(run) for sha, run in groupby(versions, key=lambda item: item.sha8) if sha != NOTHING]
    for number, run in enumerate(runs):
        current = run[-1].path in present
        until = runs[number + 1][0].fetched_at if number + 1 < len(runs) else None
        name = present.get(run[-1].path)
        yield ResponseSpan(route, run[-1], run[0].fetched_at, None if current else until, current, in_bronze=name)
        if current:  # later responses have no rows
            return


def is_monthly(table: Table) -> bool:
    """Whether a table's rows stay near the month of their game: they exist only after it, when it cannot be moved."""
    source = table.source
    return source is not None and needs_schedule(source) and not source.ahead and month_of_row(table) is not None


def month_of_row(table: Table) -> pl.Expr | None:
    """First day of the month of a row's game, by US Eastern date; None for tables without dates."""
    if table.month_column is not None:
        return pl.col(table.month_column).dt.month_start()
    return EASTERN_DATE.dt.month_start() if "start_at" in table.by_name else None


def by_month(lake: Lake, table: Table, season: int | None, found: list[ResponseSpan]) -> dict[date, list[ResponseSpan]]:
    """Responses of a table of played games by the months of the rows that they can have."""
    months = _months(lake, table, season, found)
    every = set().union(*months.values())
    grouped: dict[date, list[ResponseSpan]] = defaultdict(list)
    for item in found:
        for month in months[item.endpoint.name, item.raw.key] or every:
            grouped[month].append(item)
    return dict(sorted(grouped.items()))


def _months(
    lake: Lake, table: Table, season: int | None, found: list[ResponseSpan]
) -> dict[tuple[str, str], set[date]]:
    """Months of each request, by endpoint and key: from its dates, or from the rows that it has in bronze."""
    months: dict[tuple[str, str], set[date]] = defaultdict(set)
    others = [item for item in found if not item.of(table)]
    days = days_of_routes(lake, table, {season}) if others else {}
    rows = {path: {month_of(day) for day in found} for path, found in days.items()}
    for item in found:
        dates = requested_months(item.raw) if item.of(table) else rows.get(item.raw.path, set())
        months[item.endpoint.name, item.raw.key] |= dates
    return months


def requested_months(raw: RawObject) -> set[date]:
    """Months of a request's dates and of one day before and after them, US Eastern: starts move by hours."""
    named = sorted(date.fromisoformat(day) for day in DAYS.findall(raw.key))
    assert named, f"{raw.path} names no date"
    months, last = [month_of(named[0] - 2 * DAY)], month_of(named[-1] + DAY)
    while months[-1] < last:
        months.append(next_month(months[-1]))
    return set(months)


def rows_by_game(envelope: Envelope, endpoint: Endpoint) -> Mapping[str, int] | None:
    """Rows of each game in a response, by game id as text; None if they were counted by another contract."""
    return envelope.tally if envelope.checked_by in {None, contract_of(endpoint)} else None


def dates_with(lake: Lake, history: list[ResponseSpan], games: Iterable[int]) -> tuple[date, date] | None:
    """First and last requested date whose response may have rows of some games; None if the envelopes do not say."""
    wanted = {str(game) for game in games} | {WHOLE_TEXT}
    envelopes, days = lake.raw.envelopes([item.raw.path for item in history]), list[str]()
    for item in history:
        rows = rows_by_game(envelopes[item.raw.path], item.endpoint)
        if rows is None or not wanted.isdisjoint(rows):
            days += DAYS.findall(item.raw.key)
    return (date.fromisoformat(min(days)), date.fromisoformat(max(days))) if days else None


class Statements:
    """Rows of responses in a silver table's columns: earlier responses from raw, current ones from bronze.

    Each response is parsed once. Its rows are cached in a temporary file until the end of the block.
    """

    def __init__(self, lake: Lake, table: Table) -> None:
        self.lake, self.table = lake, table
        self._folder = tempfile.TemporaryDirectory()
        self._kept: dict[str, Path] = {}
        self._missing: dict[str, frozenset[str]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._folder.cleanup()

    @property
    def _empty(self) -> pl.DataFrame:
        return pl.DataFrame(schema={column.name: column.dtype for column in self.table.columns})

    def earlier(self, response: ResponseSpan) -> pl.DataFrame:
        """Rows of one response, one per key; none if the response was truncated at the row cap."""
        path = response.raw.path
        if path in self._kept:
            return pl.read_ipc(self._kept[path])
        rows = self._read(response)
        self._kept[path] = Path(self._folder.name, f"{len(self._kept)}.arrow")
        rows.write_ipc(self._kept[path], compression="lz4")
        return rows

    def _read(self, response: ResponseSpan) -> pl.DataFrame:
        envelope, table = self.lake.raw.envelope(response.raw.path), self.table
        if not envelope.records or is_cut(response.endpoint, envelope.records):
            return self._empty
        try:
            rows, missing = statement(self.lake, response.endpoint, Source(response.raw, envelope))
        except ContractViolation:
            return self._empty  # it was never published; where it is the newest one, the build of bronze names it
        self._missing[response.raw.path] = frozenset(
            column.name for column in table.columns if column.path and _is_in(".".join(column.path), missing)
        )
        return shape(rows, table).drop_nulls(table.key).unique(table.key, keep="first", maintain_order=True)

    def missing(self, response: ResponseSpan) -> frozenset[str]:
        """Columns that are missing from a response. That is a difference of contracts, not of values."""
        if response.raw.path not in self._missing:
            self._read(response)
        return self._missing.get(response.raw.path, frozenset())

    def current(
        self,
        route: Endpoint,
        season: int | None,
        units: pl.DataFrame | None = None,
        dates: tuple[date, date] | None = None,
    ) -> pl.LazyFrame:
        """Rows of a route's current responses: all, or those of the given `table.version`s.

        Args:
            dates: first and last requested date, for a route with a request per date.
        """
        table = self.table
        if self.lake.iceberg(route.bronze) is None:
            return self._empty.lazy()
        rows = _filtered(self.lake.scan(route.bronze), route, season, dates)
        if units is not None and len(table.version) == 1:
            rows = rows.filter(pl.col(table.version[0]).is_in(units.to_series().implode()))
        rows = shape(rows, table).drop_nulls(table.key)
        return rows if units is None else rows.join(units.lazy(), on=table.version, how="semi")


def _filtered(rows: pl.LazyFrame, route: Endpoint, season: int | None, dates: tuple[date, date] | None) -> pl.LazyFrame:
    """Bronze rows of a season, and of requests for some dates if they are given."""
    column = route.table.season_column
    if column is not None and season is not None:
        rows = rows.filter(pl.col(column) == season)
    if dates is not None and route.pattern is Pattern.DATES:
        rows = rows.filter(pl.col("date").is_between(*dates))
    return rows


def _is_in(path: str, missing: set[str]) -> bool:
    return any(item == path or item.endswith(f"[].{path}") for item in missing)
