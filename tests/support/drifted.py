"""Answers of the sandbox as the API sent them earlier, contracts as they were then, and builds of one by the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

import orjson
import polars as pl

from quality.columns import Field, ListOf, Record
from quality.dataset import Endpoint, Table
from quality.drift import DriftPolicy
from sandbox import FaultRule, Sandbox, SandboxConfig
from tasks.lake.lake import Lake
from tasks.layers.bronze import build_bronze, stale_partitions
from tasks.layers.report import LayerReport, NotPublished
from tasks.layers.silver import build_silver, silver_sources, stale_silver
from tasks.layers.sources import sources
from tasks.parsing.drift import Drift
from tests.support.lakes import NOON, assert_conserved, keep, request_of

Rows = list[dict[str, Any]]
Back = Callable[[dict[str, Any]], dict[str, Any]]


@cache
def _body(path: str, season: int | None, fault: str = "") -> bytes:
    """A true answer of the sandbox, or one with rows edited by its fault."""
    faults = (FaultRule("edit", path=path, edit=orjson.loads(fault)),) if fault else ()
    name = "year" if path.startswith("/recruiting") else "season"
    with Sandbox(SandboxConfig(faults=faults, now=NOON)).client() as client:
        return client.get(path, params={} if season is None else {name: season}).content


def answer(endpoint: Endpoint, season: int | None = 2025, **edit: Any) -> Rows:
    """What the sandbox answers today; `edit` as in its fault of that name."""
    rows: Rows = orjson.loads(_body(endpoint.path, season, orjson.dumps(edit).decode() if edit else ""))
    return rows


def without(*names: str) -> Back:
    """Leaves fields out of a row: `logos`, `teamStats.freeThrows`."""
    return lambda row: _without(row, [name.split(".") for name in names])


def _without(row: dict[str, Any], paths: list[list[str]]) -> dict[str, Any]:
    gone = {path[0] for path in paths if len(path) == 1}
    deeper = {path[0] for path in paths if len(path) > 1}
    return {
        name: _without(value, [path[1:] for path in paths if path[0] == name]) if name in deeper else value
        for name, value in row.items()
        if name not in gone
    }


def renamed(**names: str) -> Back:
    """Gives fields the names that they had."""
    return lambda row: {names.get(name, name): value for name, value in row.items()}


def contract_without(record: Record, *names: str) -> Record:
    """A contract that does not know these fields yet."""
    kept = []
    for item in record:
        inner = [name.removeprefix(f"{item.wire}.") for name in names if name.startswith(f"{item.wire}.")]
        if item.wire not in names:
            assert isinstance(item.type, Record) or not inner
            kept.append(replace(item, type=contract_without(item.type, *inner)) if inner else item)  # type: ignore[arg-type]
    return Record(tuple(kept))


def contract_with(record: Record, changed: Field) -> Record:
    """A contract in which a field reads like this."""
    return Record(tuple(changed if item.wire == changed.wire else item for item in record))


@dataclass(frozen=True)
class Replayed:
    """What became of a response: the report of its bronze partition, and the rows of both layers."""

    report: LayerReport
    error: str | None
    bronze: pl.DataFrame
    silver: pl.DataFrame
    raw_object: str

    @property
    def drift(self) -> list[tuple[str, str, str]]:
        """Case, column and action of each difference."""
        return [(item.kind, item.column, item.action) for item in self.report.drift]

    def entry(self, column: str) -> Drift:
        """The entry of one column, which names the response it was first seen in."""
        (found,) = (item for item in self.report.drift if item.column == column)
        assert found.raw_object == self.raw_object
        return found


def contract(table: Table, record: Record | None = None, **words: Any) -> Table:
    """A silver table whose endpoint has another contract, or other words for drift."""
    assert table.source is not None
    source = replace(table.source, record=record or table.source.record, drift=DriftPolicy(**words))
    known = {column.name: column for column in (*source.fields, *(c for f in source.list_fields.values() for c in f))}
    inside = {*known, *(column.name for column in table.columns if not column.path)}
    columns = tuple(
        replace(column, dtype=now.dtype, open_values=now.open_values) if (now := known.get(column.name)) else column
        for column in table.columns
        if column.name in inside
    )
    return replace(table, source=source, columns=columns)


def replay(lake: Lake, table: Table, rows: Rows, season: int | None = 2025, at: datetime = NOON) -> Replayed:
    """A response raw to silver, by this table's contract."""
    source = table.source
    assert source is not None
    kept = keep(lake, request_of(source, season), rows, at)
    ((key, items),) = stale_partitions(lake, source, sources(lake, source, season)).items()
    error = None
    try:
        report = build_bronze(lake, source, key, items)
        for part, found in stale_silver(lake, table, silver_sources(lake, table, season), ()).items():
            assert build_silver(lake, table, part, found).published
    except NotPublished as refused:
        report, error = refused.report, str(refused)
    assert_conserved(report)
    return Replayed(report, error, _rows(lake, source.bronze), _rows(lake, table.qualified), kept.path)


def _rows(lake: Lake, name: str) -> pl.DataFrame:
    return lake.scan(name).collect() if lake.iceberg(name) is not None else pl.DataFrame()


def list_of(item: Field) -> Record:
    """The record of the objects in a list field."""
    assert isinstance(item.type, ListOf)
    assert isinstance(item.type.item, Record)
    return item.type.item
