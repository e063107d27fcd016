"""Raw objects that an older release kept and that must not be parsed: named, and no later run is harmed by them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import polars as pl
import pytest

from quality.contracts.games import GAMES
from quality.dataset import Endpoint
from tasks.lake.lake import Lake
from tasks.layers.bronze import build_bronze, stale_partitions
from tasks.layers.report import LayerReport, NotPublished
from tasks.layers.sources import sources
from tests.support.drifted import answer
from tests.support.lakes import NOON, assert_conserved, built, envelope_of, keep, request_of
from tests.support.toys import BOXES

LATER = NOON + timedelta(days=1)


def box(game: int, shine: float = 50) -> dict[str, object]:
    return {"gameId": game, "season": 2025, "shine": shine, "state": "old"}


def poison(depth: int) -> bytes:
    return json.dumps([box(1, 1)]).replace("}]", ', "extra": ' + '{"a":' * depth + "1" + "}" * depth + "}]").encode()


def put(lake: Lake, body: bytes, at: datetime = NOON, window: int = 0) -> str:
    request = request_of(BOXES, 2025, window=window)
    return lake.raw.put(request, envelope_of(request, body, at, records=1), body).path


def build(lake: Lake, endpoint: Endpoint = BOXES) -> LayerReport:
    ((key, items),) = stale_partitions(lake, endpoint, sources(lake, endpoint, 2025)).items()
    report = build_bronze(lake, endpoint, key, items)
    assert_conserved(report)
    return report


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_l4_a_kept_poison_pill_is_named_and_the_version_before_counts(lake: Lake, depth: int):
    """Trap: one such answer was kept as good, and ended this ingest, every later one and each replay."""
    good = put(lake, json.dumps([box(n) for n in range(1, 20)]).encode())
    bad = put(lake, poison(depth), LATER)
    put(lake, json.dumps([box(n) for n in range(20, 40)]).encode(), window=1)
    report = build(lake)
    assert (report.rows_out, report.by_rule) == (39, {"response refused": 1})
    assert bad in report.refused[0]
    assert "deep" in report.refused[0]
    rows = lake.scan("bronze.boxes").collect()
    assert rows.filter(pl.col("game_id") == 1)["raw_object"].to_list() == [good]
    assert lake.scan("ops.quarantine").collect()["raw_object"].to_list() == [bad]
    assert stale_partitions(lake, BOXES, sources(lake, BOXES, 2025)) == {}, "the next run has nothing to do"


def test_l4_a_poison_pill_alone_is_not_published(lake: Lake):
    put(lake, poison(1_000))
    with pytest.raises(NotPublished, match="response refused"):
        build(lake)


def test_l4_a_newer_healthy_response_supersedes_it(lake: Lake):
    put(lake, poison(1_000))
    put(lake, json.dumps([box(1)]).encode(), LATER)
    assert build(lake).refused == []


def test_l4_corrections_read_every_version_but_not_the_poison_pill(lake: Lake):
    """Trap: a refresh from a healthy source failed too, because corrections parse all responses to a request."""
    rows, request = answer(GAMES)[:50], request_of(GAMES, 2025)
    keep(lake, request, rows)
    body = json.dumps([rows[0]]).replace("}]", ', "extra": ' + '{"a":' * 1_000 + "1" + "}" * 1_000 + "}]").encode()
    lake.raw.put(request, envelope_of(request, body, LATER, records=1), body)
    keep(lake, request, [rows[0] | {"attendance": 4_321}, *rows[1:]], LATER + timedelta(days=1))
    assert built(lake, GAMES)["silver.fct_games season=2025"].rows_out == 50
    changed = lake.scan("ops.corrections").filter(pl.col("column_name") == "attendance").collect()
    assert changed["new"].to_list() == ["4321"]
