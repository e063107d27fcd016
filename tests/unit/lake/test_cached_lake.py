"""A glance asks each question once, and what is written after it never depends on it."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pyiceberg.catalog.sql import SqlCatalog

from tasks.build import is_stale
from tasks.lake.cached import CachedLake
from tasks.lake.lake import Lake
from tasks.layers.rules import check_rules
from tests.support.engine import SEASON, ingest, job_of, sandbox_settings
from tests.support.tables import S2025, TOYS, present, replace, toys


def test_a_look_at_a_whole_season_loads_every_table_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Trap: every question about a table opens it anew, and a run that has nothing to do asks hundreds."""
    settings, names = sandbox_settings(tmp_path, datetime(2025, 6, 1, 12, tzinfo=UTC)), ("teams", "games", "rankings")
    ingest(settings, *names)
    job, loads, load = job_of(settings, *names), Counter[Any](), SqlCatalog.load_table

    def counted(catalog: SqlCatalog, name: Any) -> Any:
        loads[name] += 1
        return load(catalog, name)

    monkeypatch.setattr(SqlCatalog, "load_table", counted)
    look = CachedLake(job.open_lake())
    assert not any(item.due for item in job.plan_of(look))
    assert not any(is_stale(look, endpoint, season, []) for endpoint, season in job.order())
    assert check_rules(look, [SEASON])
    assert ("silver", "fct_games") in loads
    assert set(loads.values()) == {1}


def test_a_glance_keeps_what_it_saw_and_the_next_one_sees_the_change(lake: Lake):
    replace(lake, S2025, toys(2025, 1), inputs="first")
    look = CachedLake(lake)
    assert (present(look), look.inputs(TOYS)) == ([1], {"season=2025": "first"})
    replace(Lake.open(lake.location), S2025, toys(2025, 2, 3), inputs="second")
    assert (present(look), look.inputs(TOYS)) == ([1], {"season=2025": "first"})
    assert (present(CachedLake(lake)), CachedLake(lake).inputs(TOYS)) == ([2, 3], {"season=2025": "second"})


def test_nothing_is_replaced_through_a_glance(lake: Lake):
    """Trap: a writer that starts from an old version would not notice that it was overtaken."""
    replace(lake, S2025, toys(2025, 1))
    with pytest.raises(TypeError, match="through the lake itself"):
        replace(CachedLake(lake), S2025, toys(2025, 2))
    assert present(lake) == [1]
