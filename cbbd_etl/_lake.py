"""Opening a lake, and versions of its tables."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

import polars as pl
from pyiceberg.table import Table as IcebergTable

from quality.calendar import EASTERN
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.settings import load_settings
from tasks.sql.catalog import ranges
from tasks.sql.facts import Facts, facts, season_column
from tasks.sql.names import table_named
from tasks.sql.views import views

Place = Lake | str | Path | None
"""Where a lake is: a folder, `s3://bucket/prefix`, an open lake, or None for the setting CBBD_LAKE."""

Moment = str | date | datetime | None
"""A time: with time zone, or a day, which means its first moment in US Eastern."""

Seasons = bool | int | list[int] | tuple[int, ...] | range | None
"""Seasons by the year they end in: one or several, True for all, None for the newest of the table."""


def open_lake(place: Place) -> Lake:
    """The lake at a place, for reading. A warning says when its tables are those of another place.

    Raises:
        BadInput: when there is no lake.
    """
    if isinstance(place, Lake):
        return place
    lake = load_settings(lake=None if place is None else str(place)).open_lake()
    if text := lake.home.warning():
        warnings.warn(text, stacklevel=3)
    return lake


@dataclass(frozen=True)
class Version:
    """One version of a table.

    Attributes:
        name: of the table with its layer.
        snapshot: id of the version; None for the newest.
    """

    name: str
    table: IcebergTable
    snapshot: int | None = None

    @classmethod
    def of(cls, lake: Lake, name: str, as_of: Moment = None) -> Version:
        """The version of a table as of a time; by default the newest.

        Raises:
            BadInput: when the lake has no such table, or keeps no version of that time.
        """
        if name.removeprefix("gold.") in views():
            raise BadInput(
                f'{name} is a view, not a table: cbb.query("from gold.{name.removeprefix("gold.")}") reads it'
            )
        found = table_named(name, lake)
        table = lake.iceberg(found)
        assert table is not None, f"{found} was there a moment ago"
        return cls(found, table, None if as_of is None else _snapshot(found, table, moment(as_of)))

    @cached_property
    def facts(self) -> Facts:
        """What this version holds."""
        return facts(self.table, self.snapshot)

    @cached_property
    def schema(self) -> pl.Schema:
        """Columns with their types."""
        return self.scan().collect_schema()

    def scan(self) -> pl.LazyFrame:
        """All rows."""
        return pl.scan_iceberg(self.table, snapshot_id=self.snapshot)

    def of_seasons(self, wanted: Seasons) -> pl.LazyFrame:
        """Rows of some seasons.

        Raises:
            BadInput: when the table does not have one of them, or has no seasons.
        """
        column, chosen = season_column(self.table), as_list(wanted)
        if chosen is None or (column is None and wanted is None):
            return self.scan()
        if column is None:
            raise BadInput(f"{self.name} has no column of seasons: leave `seasons` out")
        present = self.facts.seasons
        if missing := sorted(set(chosen) - set(present)):
            has = f"its seasons: {ranges(present)}" if present else "it has no rows"
            raise BadInput(f"{self.name} has no season {', '.join(map(str, missing))}; {has}")
        return self.scan().filter(pl.col(column).is_in(chosen or list(present[-1:])))


def as_list(wanted: Seasons) -> list[int] | None:
    """Seasons as a list: empty for the newest, None for all.

    Raises:
        BadInput: when they are no seasons.
    """
    if wanted is True:
        return None
    chosen = [] if wanted is None else [wanted] if isinstance(wanted, int) else list(wanted)
    if wanted is False or (wanted is not None and not chosen):
        raise BadInput("seasons: give a year, several years, or True for all; leave it out for the newest")
    if wrong := [item for item in chosen if isinstance(item, bool) or not isinstance(item, int)]:
        raise BadInput(f"seasons: {wrong[0]!r} is not a year, such as 2025")
    return chosen


def day(value: str | date) -> date:
    """A day.

    Raises:
        BadInput: when a text is no day.
    """
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value.strip())
    except ValueError as error:
        raise BadInput(f"{value!r} is not a day; write YYYY-MM-DD") from error


def moment(value: str | date | datetime) -> datetime:
    """A time in UTC.

    Raises:
        BadInput: when it is no time, or a time of day without a time zone.
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip()) if len(value.strip()) > 10 else day(value)
        except ValueError as error:
            raise BadInput(f"as_of: {value!r} is no time; write 2025-01-15 or 2025-01-15T12:00Z") from error
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=EASTERN)
    if value.tzinfo is None:
        raise BadInput(f"as_of: {value} has no time zone; write {value.isoformat()}Z for UTC")
    return value.astimezone(UTC)


def _snapshot(name: str, table: IcebergTable, at: datetime) -> int:
    found = table.snapshot_as_of_timestamp(int(at.timestamp() * 1000))
    if found is not None:
        return found.snapshot_id
    times = [item.timestamp_ms for item in table.metadata.snapshots]
    oldest = f"the oldest is of {datetime.fromtimestamp(min(times) / 1000, UTC):%Y-%m-%d %H:%M} UTC" if times else ""
    raise BadInput(
        f"{name} keeps no version of {at:%Y-%m-%d %H:%M} UTC; {oldest or 'it has no rows yet'}. Maintenance deletes "
        "old versions; `cbbd-etl gold --as-of` computes gold as of a day"
    )
