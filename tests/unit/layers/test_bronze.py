"""Raw to bronze: each record typed as sent, the newest answers that brought rows, bad rows aside and named."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from quality.contracts.games import GAMES
from quality.contracts.plays import PLAYS
from quality.dataset import Endpoint
from tasks.errors import ContractViolation
from tasks.lake.lake import Lake
from tasks.layers.bronze import build_bronze, stale_partitions
from tasks.layers.report import fingerprint
from tasks.layers.sources import sources
from tasks.requests import split
from tests.support.lakes import NOON, build, built, keep, request_of, rows
from tests.support.records import record
from tests.support.toys import BOXES

DAY = timedelta(days=1)
SEASON = "season=2025"


def game(number: int, **values: Any) -> dict[str, Any]:
    return record(GAMES.record, number, **values)


def play(number: int, at: str = "2025-01-15T18:30:00.000Z", **values: Any) -> dict[str, Any]:
    return record(PLAYS.record, number, gameStartDate=at, **values)


def box(number: int, **values: Any) -> dict[str, Any]:
    return {"gameId": number, "season": 2025, "shine": 50.0, "state": "new"} | values


def bronze(lake: Lake, endpoint: Endpoint = BOXES) -> Any:
    """Build what is stale of bronze only; the report of the single partition."""
    ((key, items),) = stale_partitions(lake, endpoint, sources(lake, endpoint, 2025)).items()
    return build_bronze(lake, endpoint, key, items)


def test_rows_carry_where_they_come_from(lake: Lake):
    kept = keep(lake, request_of(PLAYS, 2025, date(2025, 1, 15)), [play(1)])
    built(lake, PLAYS)
    (row,) = lake.scan(PLAYS.bronze).collect().to_dicts()
    assert (row["date"], row["fetched_at"], row["raw_object"]) == (date(2025, 1, 15), NOON, kept.path)
    assert row["play_id"] == row["game_id"] == 1


def test_all_windows_of_a_season_are_one_partition(lake: Lake):
    for window in range(3):
        keep(lake, request_of(GAMES, 2025, window=window), [game(window)])
    built(lake, GAMES)
    assert rows(lake, GAMES.bronze, "game_id") == [0, 1, 2]
    keep(lake, request_of(GAMES, 2025, window=1), [game(1), game(5)], NOON + DAY)
    built(lake, GAMES)
    assert rows(lake, GAMES.bronze, "game_id") == [0, 1, 2, 5]
    assert build(lake, GAMES).reports == [], "nothing is stale any more"


def test_the_newest_answer_to_a_request_wins(lake: Lake):
    """Trap: the oldest copy won, and a scheduled row hid the final score for ever."""
    request = request_of(GAMES, 2025)
    keep(lake, request, [game(1, homePoints=70), game(2)], NOON)
    keep(lake, request, [game(1, homePoints=0)], NOON - DAY)
    built(lake, GAMES)
    assert rows(lake, GAMES.bronze, "game_id", "home_points") == [(1, 70), (2, 2)]


def test_an_empty_answer_takes_no_rows_away(lake: Lake):
    """Trap: a false `[]` for a window that had games would silently drop them from a season of others."""
    request, other = request_of(GAMES, 2025), request_of(GAMES, 2025, window=1)
    keep(lake, request, [game(1)])
    keep(lake, other, [game(2)])
    keep(lake, request, [], NOON + DAY)
    keep(lake, request, [], NOON + 2 * DAY)
    built(lake, GAMES)
    assert rows(lake, GAMES.bronze, "game_id") == [1, 2]
    keep(lake, request, [game(1), game(3)], NOON + 3 * DAY)
    built(lake, GAMES)
    assert rows(lake, GAMES.bronze, "game_id") == [1, 2, 3]


def test_empty_answers_alone_make_no_table(lake: Lake):
    keep(lake, request_of(GAMES, 2025), [])
    assert build(lake, GAMES).reports == []
    assert lake.tables() == []


def test_an_answer_cut_at_the_cap_gives_way_to_its_halves(lake: Lake):
    """Trap: 30-day windows hit the caps; player box scores of a third of the games."""
    request = request_of(BOXES, 2025)
    keep(lake, request, [box(number) for number in range(50)])
    assert sources(lake, BOXES, 2025) == []
    first, second = split(BOXES, request)
    keep(lake, first, [box(number) for number in range(49)], NOON + DAY)
    keep(lake, second, [box(number) for number in range(49, 60)], NOON + DAY)
    bronze(lake)
    assert rows(lake, BOXES.bronze, "game_id") == list(range(60))


def test_a_season_that_was_not_asked_for_is_quarantined(lake: Lake):
    """Trap: season = calendar year. The payload says what it is; it must agree with what was asked."""
    keep(lake, request_of(BOXES, 2025), [*(box(number) for number in range(19)), box(77, season=2024)])
    report = bronze(lake)
    assert (report.rows_in, report.rows_out) == (20, 19)
    assert report.by_rule == {"season is the one asked for": 1}
    assert 77 not in rows(lake, BOXES.bronze, "game_id")


def test_a_play_of_another_date_is_quarantined(lake: Lake):
    """Both ends of a date count: 00:00:00Z of the next day is sent, 00:00:01Z is not."""
    times = {
        1: "2025-01-15T00:00:00.000Z",
        2: "2025-01-15T23:59:59.000Z",
        3: "2025-01-16T00:00:00.000Z",
        4: "2025-01-16T00:00:01.000Z",
        5: "2025-01-14T23:59:59.000Z",
    }
    good = [play(100 + number) for number in range(40)]
    keep(lake, request_of(PLAYS, 2025, date(2025, 1, 15)), [*(play(n, at) for n, at in times.items()), *good])
    report = built(lake, PLAYS)["bronze.plays season=2025/month=2025-01"]
    assert report.by_rule == {"starts on the date asked for": 2}
    assert rows(lake, PLAYS.bronze, "play_id")[:3] == [1, 2, 3]


def test_bad_records_are_described_in_ops_quarantine(lake: Lake):
    body = [*(box(number) for number in range(30)), box("x"), box(31, state="lost"), box(None)]
    kept = keep(lake, request_of(BOXES, 2025), body)
    report = bronze(lake)
    assert (report.rows_in, report.rows_out, report.quarantined) == (33, 30, 3)
    found = lake.scan("ops.quarantine").sort("rule").collect().to_dicts()
    assert [(row["rule"], row["column_name"], row["value"]) for row in found] == [
        ("isin(['old', 'new'])", "state", "lost"),
        ("not_nullable", "game_id", "None"),
        ("type change", "gameId", "x"),
    ]
    assert {(row["table_name"], row["partition"], row["raw_object"]) for row in found} == {
        ("bronze.boxes", SEASON, kept.path)
    }


def test_a_good_answer_clears_the_quarantine_of_its_partition(lake: Lake):
    body = [box(number) for number in range(30)]
    keep(lake, request_of(BOXES, 2025), [*body, box("x")])
    bronze(lake)
    keep(lake, request_of(BOXES, 2025), body, NOON + DAY)
    bronze(lake)
    assert rows(lake, "ops.quarantine", "rule") == []


def test_too_many_bad_rows_block_and_the_old_version_stays(lake: Lake):
    """What is published never gets worse on bad input; the next good answer mends it."""
    good = [box(number) for number in range(9)]
    keep(lake, request_of(BOXES, 2025), good)
    bronze(lake)
    keep(lake, request_of(BOXES, 2025), [*good[:8], box("x"), box("y")], NOON + DAY)
    with pytest.raises(
        ContractViolation, match=r"2 of 11 rows break .*type change \(2\).*the previous version stays in place"
    ):
        bronze(lake)
    assert rows(lake, BOXES.bronze, "game_id") == list(range(9))
    assert rows(lake, "ops.quarantine", "value") == ["x", "y"]
    assert stale_partitions(lake, BOXES, sources(lake, BOXES, 2025)), "it is tried again"
    keep(lake, request_of(BOXES, 2025), [*good, box(9)], NOON + 2 * DAY)
    bronze(lake)
    assert rows(lake, BOXES.bronze, "game_id") == list(range(10))


def test_one_bad_row_in_ten_is_still_published(lake: Lake):
    keep(lake, request_of(BOXES, 2025), [*(box(number) for number in range(9)), box("x")])
    assert bronze(lake).quarantined == 1


def test_a_partition_that_fails_stops_no_other(lake: Lake):
    for day in (date(2025, 1, 15), date(2025, 2, 15)):
        keep(
            lake,
            request_of(PLAYS, 2025, day),
            [play(day.month, f"{day}T18:00:00.000Z", clock=day.month == 1 or "9:00")],
        )
    done = build(lake, PLAYS)
    assert [name for name, _ in done.failed] == ["bronze.plays season=2025/month=2025-01"]
    assert [f"{report.table} {report.partition}" for report in done.reports if report.published] == [
        "bronze.plays season=2025/month=2025-02"
    ]


def test_drift_is_reported_once_and_costs_nothing(lake: Lake):
    lacking = {name: value for name, value in game(1).items() if name != "excitement"}
    kept = [
        keep(lake, request_of(GAMES, 2025, window=0), [game(0) | {"mood": "high"}], NOON),
        keep(lake, request_of(GAMES, 2025, window=1), [lacking], NOON + DAY),
        keep(lake, request_of(GAMES, 2025, window=2), [game(2) | {"mood": "low"}], NOON + 2 * DAY),
    ]
    report = built(lake, GAMES)[f"bronze.games {SEASON}"]
    assert report.rows_out == 3
    assert [(d.kind, d.column, d.value, d.count, d.raw_object) for d in report.drift] == [
        ("new column", "mood", '"high"', 2, kept[0].path),
        ("missing column", "excitement", None, 1, kept[1].path),
    ]


def test_large_seasons_are_typed_in_pieces(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tasks.layers.bronze.CHUNK_BYTES", 1)
    for window in range(4):
        keep(lake, request_of(GAMES, 2025, window=window), [game(window)])
    report = built(lake, GAMES)[f"bronze.games {SEASON}"]
    assert (report.rows_in, report.rows_out, rows(lake, GAMES.bronze, "game_id")) == (4, 4, [0, 1, 2, 3])


@pytest.mark.parametrize(
    "change",
    [
        {"nullable": True},
        {"values": ("new", "old", "ancient")},
        {"percent": True},
        {"name": "other"},
    ],
    ids=str,
)
def test_a_changed_contract_makes_a_partition_stale(change: dict[str, Any]):
    """Trap: a new enum value is allowed, and its rows stay in quarantine because nothing looks changed."""
    table = BOXES.table
    columns = tuple(replace(c, **change) if c.name == "state" else c for c in table.columns)
    changed = replace(table, columns=columns)
    assert fingerprint(changed, ["a"]) != fingerprint(table, ["a"])


def test_a_fingerprint_is_of_the_inputs_whatever_their_order():
    table = BOXES.table
    assert fingerprint(table, ["a", "b"]) == fingerprint(table, ["b", "a"]) != fingerprint(table, ["a"])
    assert fingerprint(replace(table, key=("season",)), ["a"]) != fingerprint(table, ["a"])


def test_sources_are_in_order_of_arrival(lake: Lake):
    times = [datetime(2025, 6, day, tzinfo=UTC) for day in (3, 1, 2)]
    for window, at in enumerate(times):
        keep(lake, request_of(GAMES, 2025, window=window), [game(window)], at)
    assert [item.raw.fetched_at for item in sources(lake, GAMES, 2025)] == sorted(times)
