"""A CachedLake loads each table once, and nothing is written through it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from pyiceberg.catalog.sql import SqlCatalog

from quality.contracts.plays import PLAYS
from tasks.build import is_stale
from tasks.lake.cached import CachedLake
from tasks.lake.lake import Lake
from tasks.lake.raw import Envelope, RawStore
from tasks.layers.rules import check_rules
from tests.support.engine import SEASON, ingest, job_of, sandbox_settings
from tests.support.lakes import NOON, keep, request_of
from tests.support.tables import S2025, TOYS, present, replace, toys


def test_a_check_of_a_whole_season_loads_every_table_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Trap: every access to a table opens it again, and a run with nothing to do makes hundreds of them."""
    settings, names = sandbox_settings(tmp_path, datetime(2025, 6, 1, 12, tzinfo=UTC)), ("teams", "games", "rankings")
    ingest(settings, *names)
    job, loads, load = job_of(settings, *names), Counter[Any](), SqlCatalog.load_table

    def counted(catalog: SqlCatalog, name: Any) -> Any:
        loads[name] += 1
        return load(catalog, name)

    monkeypatch.setattr(SqlCatalog, "load_table", counted)
    cached = CachedLake(job.open_lake())
    assert not any(item.due for item in job.plan_of(cached))
    assert not any(is_stale(cached, endpoint, season, []) for endpoint, season in job.order())
    assert check_rules(cached, [SEASON])
    assert ("silver", "fct_games") in loads
    assert set(loads.values()) == {1}


def test_a_cached_lake_keeps_what_it_read_and_the_next_one_sees_the_change(lake: Lake):
    replace(lake, S2025, toys(2025, 1), inputs="first")
    cached = CachedLake(lake)
    assert (present(cached), cached.inputs(TOYS)) == ([1], {"season=2025": "first"})
    replace(Lake.open(lake.location), S2025, toys(2025, 2, 3), inputs="second")
    assert (present(cached), cached.inputs(TOYS)) == ([1], {"season=2025": "first"})
    assert (present(CachedLake(lake)), CachedLake(lake).inputs(TOYS)) == ([2, 3], {"season=2025": "second"})


def test_nothing_is_replaced_through_a_cached_lake(lake: Lake):
    """Trap: a writer that starts from an old version would not notice that it was overtaken."""
    replace(lake, S2025, toys(2025, 1))
    with pytest.raises(TypeError, match="through the lake itself"):
        replace(CachedLake(lake), S2025, toys(2025, 2))
    assert present(lake) == [1]


def test_an_envelope_is_read_once_by_all_views_of_a_lake(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: each step of a run looks at its dataset anew, so each envelope was opened five times."""
    request = request_of(PLAYS, SEASON, date(2025, 1, 30))
    paths = [keep(lake, request, [], NOON + timedelta(days=number)).path for number in range(3)]
    opened, read = Counter[str](), RawStore.envelope

    def counted(store: RawStore, path: str) -> Envelope:
        opened[path] += 1
        return read(store, path)

    monkeypatch.setattr(RawStore, "envelope", counted)
    monkeypatch.setattr("tasks.lake.cached.MOST_ENVELOPES", 3)
    for _ in range(2):
        assert set(CachedLake(lake).raw.envelopes(paths[:2])) == set(paths[:2])
    assert opened == dict.fromkeys(paths[:2], 1)
    assert set(CachedLake(lake).raw.envelopes(paths)) == set(paths)
    assert opened == {paths[0]: 1, paths[1]: 1, paths[2]: 1}
    more = keep(lake, request, [], NOON + timedelta(days=9)).path
    assert list(CachedLake(lake).raw.envelopes([more, paths[0]])) == [more, paths[0]], "more than are kept at a time"


def test_a_small_table_is_read_once_by_all_views_of_a_lake(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: rules and plans read the schedule dozens of times, and each time its files are looked up."""
    replace(lake, S2025, toys(2025, 1, 2))
    scans, scan = Counter[str](), Lake.scan

    def counted(self: Lake, name: str) -> pl.LazyFrame:
        scans[name] += 1
        return scan(self, name)

    monkeypatch.setattr(Lake, "scan", counted)
    assert [present(CachedLake(lake)) for _ in range(3)] == [[1, 2]] * 3
    assert scans == {TOYS.qualified: 1}
    replace(lake, S2025, toys(2025, 3))
    assert present(CachedLake(lake)) == [3], "another version is read anew"
    monkeypatch.setattr("tasks.lake.cached.SMALL", 0)
    assert [present(CachedLake(lake)) for _ in range(2)] == [[3]] * 2
    assert scans == {TOYS.qualified: 4}, "rows of a large table are not kept"
