"""Responses into a lake and a lake from responses, by the code that runs in production."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from polars.testing import assert_frame_equal

from quality.dataset import Endpoint, Pattern, Table
from tasks.lake.lake import Lake
from tasks.lake.raw import Envelope, RawObject
from tasks.lake.relocation import Relocation
from tasks.lake.site import Site
from tasks.layers.report import LayerReport
from tasks.requests import Request, season_requests, wire_value
from tasks.runs.engine import Built, Engine
from tasks.settings import Settings
from tests.support.records import count_records

NOON = datetime(2025, 6, 1, 12, tzinfo=UTC)
REMAINING: int | None = None  # calls left, as the envelopes of kept responses say


def new_lake(folder: Path) -> Lake:
    """An empty lake that knows where its data comes from."""
    lake = Lake.open(folder, create=True)
    lake.claim({"source": "test"})
    return lake


def copy_lake(source: str | Path, target: Path) -> None:
    """A copy of a lake that stands on its own."""
    shutil.copytree(source, target)
    Relocation.of(Site.of(str(target), "cbbd_")).run()


def request_of(endpoint: Endpoint, season: int | None, day: date | None = None, window: int = 0) -> Request:
    """A request as the plan makes it: of a day, of the nth window of a season, of a season, or of neither."""
    if endpoint.pattern is Pattern.DATES:
        return Request(endpoint.name, (("date", day),), season)
    return Request(endpoint.name) if season is None else season_requests(endpoint, season)[window]


def envelope_of(request: Request, body: bytes, at: datetime = NOON, records: int | None = None) -> Envelope:
    """The envelope that a run would write."""
    return Envelope(
        endpoint=request.endpoint,
        params={name: wire_value(value) for name, value in request.params},
        season=request.season,
        url=f"http://api.test/{request.endpoint}",
        status=200,
        fetched_at=at.isoformat(),
        elapsed_seconds=0.1,
        records=count_records(body) if records is None else records,
        sha256=hashlib.sha256(body).hexdigest(),
        bytes=len(body),
        remaining_calls=REMAINING,
        contract="test",
    )


def keep(lake: Lake, request: Request, rows: object, at: datetime = NOON) -> RawObject:
    """Keep a response whose body is `rows` as JSON."""
    body = rows if isinstance(rows, bytes) else orjson.dumps(rows)
    return lake.raw.put(request, envelope_of(request, body, at), body)


def build(lake: Lake, endpoint: Endpoint, season: int | None = 2025) -> Built:
    """Bring bronze and silver of one dataset and season up to date."""
    with Engine(Settings(_env_file=None, source="api", api_key="test"), lake) as session:
        return session.build(endpoint, season, lambda _: None)


def built(lake: Lake, endpoint: Endpoint, season: int | None = 2025) -> dict[str, LayerReport]:
    """Like `build`, where nothing may fail: the report of each partition by table and partition."""
    done = build(lake, endpoint, season)
    assert done.failed == []
    for report in done.reports:
        assert_conserved(report)
    return {f"{report.table} {report.partition}": report for report in done.reports}


def assert_conserved(report: LayerReport) -> None:
    """No row appears or goes away without being counted."""
    assert report.rows_in == report.rows_out + report.quarantined + report.deduplicated


def rows(lake: Lake, table: Table | str, *columns: str) -> list[Any]:
    """Sorted values of a table: of one column as values, of several as tuples."""
    frame = lake.scan(table if isinstance(table, str) else table.qualified).select(columns).collect()
    return sorted(frame.to_series().to_list() if len(columns) == 1 else frame.rows())


def content(lake: Lake, tables: Iterable[str] | None = None) -> dict[str, pl.DataFrame]:
    """All rows of all tables in an order of their own, to compare lakes."""
    names = lake.tables() if tables is None else tables
    return {name: _in_order(lake.scan(name).collect()) for name in names}


def assert_same(one: Lake, other: Lake) -> None:
    """Every row of every table is the same, with what was rejected, what was corrected and where each row is from."""
    left, right = ({name: rows for name, rows in content(lake).items() if rows.height} for lake in (one, other))
    assert list(left) == list(right)
    for name, frame in left.items():
        assert_frame_equal(frame, right[name])


def files_of(lake: Lake, table: Table | str) -> set[str]:
    """Addresses of the data files of a table's newest version."""
    found = lake.iceberg(table if isinstance(table, str) else table.qualified)
    assert found is not None
    return {task.file.file_path for task in found.scan().plan_files()}


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    order = pl.Series("order", [repr(row) for row in frame.iter_rows()], dtype=pl.String)
    return frame.with_columns(order).sort("order").drop("order")
