"""Tables and columns that are computed from other tables: right, only as often as needed, in any order of arrival."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from quality.contracts.athletes import DIM_ATHLETES
from quality.contracts.game_players import FCT_GAME_PLAYERS, GAME_PLAYERS
from quality.contracts.play_parts import FCT_PLAY_ON_FLOOR, FCT_PLAY_PARTICIPANTS
from quality.contracts.player_stats import STATS_PLAYER_SEASON
from quality.contracts.plays import PLAYS
from quality.contracts.rosters import ROSTERS
from quality.dataset import Table
from tasks.lake.lake import Lake
from tasks.layers.report import LayerReport
from tasks.runs.engine import Engine, is_derived_stale
from tasks.settings import Settings
from tests.support.lakes import NOON, assert_conserved, built, content, keep, new_lake, request_of, rows
from tests.support.records import record

DAY = timedelta(days=1)


def derived(lake: Lake, *named: str, seasons: tuple[int, ...] = (2025,)) -> dict[str, LayerReport]:
    """Bring derived tables up to date: reports by table and partition."""
    with Engine(Settings(_env_file=None, source="api", api_key="test"), lake) as session:
        done = session.derive([*seasons], [*named], lambda _: None)
    assert done.failed == []
    for report in done.reports:
        assert_conserved(report)
    return {f"{report.table} {report.partition}": report for report in done.reports}


def of(table: Table, reports: dict[str, LayerReport]) -> dict[str, LayerReport]:
    """The reports of one table."""
    return {name: report for name, report in reports.items() if report.table == table.qualified}


def on_roster(lake: Lake, *ids: tuple[int, str], season: int = 2025, at: int = 0, **values: Any) -> None:
    player = record(ROSTERS.record, 1)["players"][0]
    players = [player | {"id": athlete, "sourceId": source} | values for athlete, source in ids]
    keep(
        lake, request_of(ROSTERS, season), [record(ROSTERS.record, 1, season=season, players=players)], NOON + at * DAY
    )
    built(lake, ROSTERS, season)


def with_stats(lake: Lake, *ids: tuple[int, str], season: int = 2025, at: int = 0, **values: Any) -> None:
    body = [
        record(STATS_PLAYER_SEASON.record, 1, season=season, athleteId=athlete, athleteSourceId=source, **values)
        for athlete, source in ids
    ]
    keep(lake, request_of(STATS_PLAYER_SEASON, season), body, NOON + at * DAY)
    built(lake, STATS_PLAYER_SEASON, season)


def with_boxes(lake: Lake, *sources: str) -> None:
    player = record(GAME_PLAYERS.record, 1)["players"][0]
    players = [player | {"athleteSourceId": source, "athleteId": 4_287_417} for source in sources]
    keep(lake, request_of(GAME_PLAYERS, 2025), [record(GAME_PLAYERS.record, 1, players=players)])
    built(lake, GAME_PLAYERS)


def resolved(lake: Lake) -> list[Any]:
    found = lake.scan(FCT_GAME_PLAYERS.qualified).select("athlete_source_id", "athlete_id").collect()
    return sorted(found.rows())


# -- the athlete of a box score ---------------------------------------------------------------------------------------


def test_box_scores_get_the_true_athlete(lake: Lake):
    """Trap: the athleteId of /games/players is the id of a stat row; joined on, it finds other people."""
    on_roster(lake, (208, "10"))
    with_stats(lake, (209, "20"))
    with_boxes(lake, "10", "20", "30")
    assert resolved(lake) == [("10", 208), ("20", 209), ("30", None)]
    assert set(rows(lake, FCT_GAME_PLAYERS, "box_row_id")) == {4_287_417}


def test_who_is_known_twice_is_not_known(lake: Lake):
    """Never the wrong one: a source id that two athletes claim stays unresolved."""
    on_roster(lake, (1, "10"), (2, "20"))
    with_stats(lake, (1, "10"), (3, "20"))
    with_boxes(lake, "10", "20")
    assert resolved(lake) == [("10", 1), ("20", None)]


def test_a_roster_that_comes_later_resolves_what_is_there(lake: Lake):
    """In whatever order the answers come, the lake is the same."""
    with_boxes(lake, "10")
    assert resolved(lake) == [("10", None)]
    on_roster(lake, (208, "10"))
    assert is_derived_stale(lake, [2025], [], [])
    assert "silver.fct_game_players season=2025" in derived(lake)
    assert resolved(lake) == [("10", 208)]
    assert not is_derived_stale(lake, [2025], [], [])
    assert derived(lake) == {}


def test_another_seasons_roster_rebuilds_nothing(lake: Lake):
    on_roster(lake, (208, "10"))
    with_boxes(lake, "10")
    derived(lake)
    on_roster(lake, (208, "10"), season=2024)
    assert list(derived(lake)) == ["silver.dim_athletes all"]


# -- athletes ---------------------------------------------------------------------------------------------------------


def test_an_athlete_is_as_he_was_last_seen(lake: Lake):
    on_roster(lake, (1, "10"), season=2024, at=9, name="Old Toy", position="Guard")
    with_stats(lake, (1, "10"), (2, "20"), season=2025, name="New Toy", position="G", team="Aton")
    derived(lake)
    found = lake.scan(DIM_ATHLETES.qualified).sort("athlete_id").collect().select(
        "athlete_id", "athlete_source_id", "name", "position", "last_season"
    )  # fmt: skip
    assert found.rows() == [(1, "10", "New Toy", "G", 2025), (2, "20", "New Toy", "G", 2025)]


def test_two_athletes_with_one_source_id_are_reported(lake: Lake):
    """The key of every join to box scores: the one seen last stays, the other is put aside by name."""
    on_roster(lake, *((number, str(number)) for number in range(20)), season=2024)
    with_stats(lake, (77, "5"))
    report = derived(lake)["silver.dim_athletes all"]
    assert (report.rows_in, report.by_rule) == (21, {"athlete_source_id is unique": 1})
    assert (77, "5") in rows(lake, DIM_ATHLETES, "athlete_id", "athlete_source_id")
    assert 5 not in rows(lake, DIM_ATHLETES, "athlete_id")


# -- people in plays --------------------------------------------------------------------------------------------------


def with_plays(lake: Lake, day: date, *athletes: list[int], at: int = 0) -> None:
    body = [
        record(
            PLAYS.record,
            100 * day.day + number,
            gameStartDate=f"{day}T18:00:00.000Z",
            participants=[{"id": athlete, "name": f"Toy {athlete}"} for athlete in people],
            onFloor=[{"id": athlete, "name": f"Toy {athlete}", "team": "Aton"} for athlete in range(10)],
        )
        for number, people in enumerate(athletes)
    ]
    keep(lake, request_of(PLAYS, 2025, day), body, NOON + at * DAY)
    built(lake, PLAYS)


def test_people_of_plays_are_rows(lake: Lake):
    with_plays(lake, date(2025, 1, 15), [1, 2], [], [2, 2])
    with_plays(lake, date(2025, 1, 31), [3])
    report = derived(lake)["silver.fct_play_participants season=2025/month=2025-01"]
    assert rows(lake, FCT_PLAY_PARTICIPANTS, "play_id", "athlete_id") == [(1500, 1), (1500, 2), (1502, 2), (3100, 3)]
    assert (report.rows_in, report.deduplicated) == (5, 1)
    assert lake.iceberg(FCT_PLAY_ON_FLOOR.qualified) is None, "20 million rows a season, for who asks for them"


def test_only_months_whose_plays_changed_are_exploded_again(lake: Lake):
    for month in (1, 2, 3):
        with_plays(lake, date(2025, month, 15), [month])
    assert len(of(FCT_PLAY_PARTICIPANTS, derived(lake))) == 3
    with_plays(lake, date(2025, 2, 15), [9], at=1)
    again = of(FCT_PLAY_PARTICIPANTS, derived(lake))
    assert list(again) == ["silver.fct_play_participants season=2025/month=2025-02"]
    assert rows(lake, FCT_PLAY_PARTICIPANTS, "athlete_id") == [1, 3, 9]


def test_a_table_on_request_is_kept_up_to_date_once_it_is_there(lake: Lake):
    with_plays(lake, date(2025, 1, 15), [1])
    derived(lake, FCT_PLAY_ON_FLOOR.name)
    assert len(rows(lake, FCT_PLAY_ON_FLOOR, "athlete_id")) == 10
    with_plays(lake, date(2025, 2, 15), [1], [2])
    assert len(of(FCT_PLAY_ON_FLOOR, derived(lake))) == 1
    assert len(rows(lake, FCT_PLAY_ON_FLOOR, "athlete_id")) == 30


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2)])
def test_derived_tables_do_not_depend_on_the_order_of_arrival(tmp_path: Path, order: tuple[int, ...]):
    steps = [
        lambda lake: on_roster(lake, (1, "10"), (2, "20"), at=2),
        lambda lake: with_stats(lake, (1, "10"), (3, "20"), *((n, str(n)) for n in range(40, 60)), at=1),
        lambda lake: with_boxes(lake, "10", "20", "40"),
        lambda lake: with_plays(lake, date(2025, 1, 15), [1, 2]),
    ]
    lakes = [new_lake(tmp_path / name) for name in ("one", "other")]
    for step in steps:
        step(lakes[0])
    for number in order:
        steps[number](lakes[1])
        derived(lakes[1])
    derived(lakes[0])
    one, other = (content(lake) for lake in lakes)
    assert list(one) == list(other)
    for name, frame in one.items():
        assert_frame_equal(frame, other[name])
