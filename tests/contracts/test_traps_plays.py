"""Traps of plays, substitutions and line-ups, from outside: two simulated evenings, raw to silver."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import orjson
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quality.contracts.games import GAMES
from quality.contracts.lineups import LINEUPS
from quality.contracts.plays import FCT_PLAYS, PLAYS
from quality.contracts.reference import PLAY_TYPES
from quality.contracts.substitutions import SUBSTITUTIONS_BY_GAME
from quality.rules.plays import PLAY_RULES
from tests.support.lakes import NOON, built, keep, new_lake, request_of
from tests.support.simulated import Rows, Simulated

pytestmark = pytest.mark.xdist_group("traps of plays")
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    """Two dates of plays, the second of which repeats the games at midnight."""
    return Simulated(new_lake(tmp_path_factory.mktemp("plays")))


@pytest.fixture(scope="module")
def days(api: Simulated) -> list[date]:
    """A date with games, and the next one, at whose first second games begin."""
    starts = [row["startDate"] for row in api.bring(GAMES) if row["status"] == "final"]
    busy = {date.fromisoformat(start[:10]) for start in starts}
    first = min(day for day in busy if f"{day + DAY}T00:00:00.000Z" in starts)
    return [first, first + DAY]


@pytest.fixture(scope="module")
def sent(api: Simulated, days: list[date]) -> list[Rows]:
    answers = [api.ask(PLAYS, request_of(PLAYS, 2025, day)) for day in days]
    api.reports = built(api.lake, PLAYS)
    return answers


@pytest.fixture(scope="module")
def plays(api: Simulated, sent: list[Rows]) -> pl.DataFrame:
    return api.table("fct_plays")


def test_a_play_of_two_dates_is_one_row(sent: list[Rows], plays: pl.DataFrame):
    """Trap: dates overlap at midnight UTC, where a fifth of all games begin: 18 % of the rows came twice."""
    first, second = ({play["id"] for play in answer} for answer in sent)
    assert first & second
    assert plays["play_id"].is_unique().all()
    assert set(plays["play_id"]) == first | second


def test_order_within_a_second_is_the_same_however_it_was_sent(
    sent: list[Rows], plays: pl.DataFrame, days: list[date], tmp_path: Path
):
    """Trap: plays of one second, and the people of a play, come in no order."""
    lake = new_lake(tmp_path / "shuffled")
    for day, answer in zip(days, sent, strict=True):
        mixed = [play | {"participants": play["participants"][::-1]} for play in answer]
        random.Random(7).shuffle(mixed)
        keep(lake, request_of(PLAYS, 2025, day), mixed, NOON)
    built(lake, PLAYS)
    columns = ["play_id", "game_id", "period", "seconds_remaining", "home_score", "play_text"]
    assert_frame_equal(lake.scan(FCT_PLAYS.qualified).select(columns).collect(), plays.select(columns))
    ties = plays.group_by("game_id", "period", "seconds_remaining").len()
    assert (ties["len"] > 1).any()


def test_missed_free_throws_are_called_made(plays: pl.DataFrame):
    """Trap: MadeFreeThrow is the name of makes and misses; `scoring_play` and `shot_info_made` tell them apart."""
    throws = plays.filter(play_type="MadeFreeThrow")
    assert 0.5 < throws["scoring_play"].mean() < 0.9
    assert (throws["scoring_play"] == throws["shot_info_made"]).all()
    assert set(throws["shot_info_range"]) == {"free_throw"}


def test_nobody_is_null_and_not_an_object_of_nulls(plays: pl.DataFrame):
    """Trap: shooter and passer are objects of nulls; a location is often missing and is not the corner of the court."""
    shots = plays.filter(pl.col("shot_info_range").is_not_null())
    assert 0 < shots["shot_info_assisted_by_id"].null_count() < shots.height
    assert shots["shot_info_shooter_id"].null_count() == 0
    places = shots.select("shot_info_location_x", "shot_info_location_y")
    assert 0 < places["shot_info_location_x"].null_count() < shots.height
    assert places.filter(pl.all_horizontal(pl.all() == 0)).is_empty()
    others = plays.filter(pl.col("shot_info_range").is_null())
    assert others["shot_info_made"].null_count() == others.height > 0


def test_plays_of_no_team_are_kept(sent: list[Rows], plays: pl.DataFrame):
    """Trap: time-outs and ends of periods have no team; some plays have no text."""
    nobody = plays.filter(pl.col("team_id").is_null())
    assert {row["id"] for rows in sent for row in rows if row["teamId"] is None} == set(nobody["play_id"])
    assert nobody.height > 0
    assert nobody["is_home_team"].null_count() == nobody.height
    assert FCT_PLAYS.by_name["play_text"].nullable


def test_the_size_of_the_floor_is_kept(plays: pl.DataFrame):
    """Trap: ten are on the floor in 97-98 % of the rows; at the last second of a game nobody is."""
    people = plays["on_floor"].list.len()
    assert set(people) == {0, 10}
    assert (people == 10).mean() > 0.9


def test_more_than_ten_on_the_floor_are_kept(
    tmp_path: Path, api: Simulated, days: list[date], monkeypatch: pytest.MonkeyPatch
):
    """Trap: a source with stints that include their last second lists both who goes and who comes: 11 to 18."""
    world = api.sandbox.world
    monkeypatch.setattr(world, "config", replace(world.config, closed_stints=True))
    closed = Simulated(new_lake(tmp_path), api.sandbox)
    closed.bring(GAMES)
    closed.ask(PLAYS, request_of(PLAYS, 2025, days[0]))
    built(closed.lake, PLAYS)
    people = closed.table("fct_plays")["on_floor"].list.len()
    assert 10 < people.max() <= 20
    assert (people == 10).mean() > 0.5


def test_names_of_play_types_repeat(api: Simulated, plays: pl.DataFrame):
    """Trap: plays carry names, and two kinds share one: a join by name would double the rows."""
    api.bring(PLAY_TYPES, None)
    kinds = api.table("dim_play_types")
    assert kinds["play_type_id"].is_unique().all()
    assert not kinds["name"].is_unique().all()
    assert set(plays["play_type"]) <= set(kinds["name"])
    assert "play_type_id" not in plays.columns


def test_the_time_of_day_of_a_play_dates_nothing(plays: pl.DataFrame):
    """Trap: `wallclock` is Eastern time marked as UTC; dates come from the start of the game."""
    eastern = plays["start_at"].dt.convert_time_zone("America/New_York").dt.date()
    assert (plays["game_date"] == eastern).all()
    assert "although marked as UTC" in FCT_PLAYS.by_name["wallclock"].description


def test_no_rule_believes_the_side_or_the_words_of_a_play():
    """Traps: sides are exchanged in some games, and the wording changed in 2026."""
    read = {name for rule in PLAY_RULES for item in rule.reads for name in item.columns}
    assert not read & {"is_home_team", "team_id", "play_text", "play_type"}


@pytest.fixture(scope="module")
def game(api: Simulated) -> int:
    number: int = next(row["id"] for row in api.bring(GAMES) if row["status"] == "final")
    return number


def test_line_ups_are_five_ids_in_numerical_order(api: Simulated, game: int):
    api.bring(LINEUPS, gameId=game)
    for row in api.table("fct_lineups").iter_rows(named=True):
        ids = sorted(person["athlete_id"] for person in row["athletes"])
        assert row["id_hash"] == "-".join(map(str, ids))
        assert len(ids) == 5


def test_line_ups_of_no_second_are_kept_with_null_rates(api: Simulated, game: int):
    """Trap: divisions by zero are null, although the model calls the rates required."""
    sent = api.bring(LINEUPS, gameId=game)
    found = api.table("fct_lineups").filter(game_id=game)
    idle = found.filter(pl.col("team_stats_possessions") == 0)
    assert found.height == len(sent)
    assert idle.height > 0
    assert idle["offense_rating"].null_count() == idle.height
    floats = found.select(pl.selectors.float())
    assert floats.select(pl.any_horizontal(pl.all().is_infinite() | pl.all().is_nan()).any()).item() is False


def test_a_substitution_is_a_stint_with_a_key_of_its_own(api: Simulated, game: int):
    """Trap: rows have no id; an athlete comes in once at a time."""
    sent = api.bring(SUBSTITUTIONS_BY_GAME, gameId=game)
    found = api.table("fct_substitutions").filter(game_id=game)
    assert found.height == len(sent) > 20
    later = (pl.col("sub_out_period") > pl.col("sub_in_period")) | (
        pl.col("sub_in_seconds_remaining") >= pl.col("sub_out_seconds_remaining")
    )
    assert found.select(later.all()).item()


def test_answers_are_not_empty(sent: list[Rows]):
    """The other tests would say nothing about no plays."""
    assert min(len(orjson.dumps(answer)) for answer in sent) > 100_000
