"""Win probability of plays: each has a row with a probability or the reason why not; the last one is the result."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import assume, given, settings
from polars.testing import assert_frame_equal

from quality.contracts.win_probability import FCT_PLAY_WIN_PROBABILITY
from quality.validate import check
from tests.unit.pbp.chances import chances, line, schedule
from tests.unit.pbp.grammar import AWAY, HOME, Game, games, written
from tests.unit.pbp.test_game_pbp import BASKETS, PERIODS, with_falling, with_other_team

MODEL, ADDED, FLAG = "model_home_win_probability", "home_win_probability_added", "win_probability_flag"


@pytest.fixture(scope="module")
def whole() -> Game:
    """A game that the home team wins."""
    return written(PERIODS, HOME, 1)


def assert_sound(rows: pl.DataFrame, plays: pl.DataFrame) -> None:
    """Every play has one row; a probability exactly where the flag is ok; no NaN; the sum of changes is the result."""
    assert sorted(rows["play_id"]) == sorted(plays["play_id"])
    ok = rows[FLAG] == "ok"
    for name in (MODEL, ADDED):
        assert (rows[name].is_not_null() == ok).all()
        assert not rows[name].is_nan().any()
    filled = rows.with_columns(fetched_at=pl.lit(0).cast(pl.Datetime("us", "UTC")), raw_object=pl.lit("toy"))
    assert check(filled, FCT_PLAY_WIN_PROBABILITY).report.quarantined == 0


def assert_ends_with(rows: pl.DataFrame, result: float) -> None:
    known = rows.filter(pl.col(FLAG) == "ok")
    assert known[MODEL].last() == result
    tip_off = known[MODEL].first() - known[ADDED].first()  # type: ignore[operator]
    assert tip_off + known[ADDED].sum() == pytest.approx(result)


@settings(max_examples=30)
@given(games())
def test_any_game_has_sound_rows_that_end_with_its_result(game: Game):
    assume(game.score[HOME] != game.score[AWAY])
    rows = chances(game.plays, schedule(game))
    assert_sound(rows, game.plays)
    assert set(rows[FLAG]) == {"ok"}
    assert_ends_with(rows, float(game.score[HOME] > game.score[AWAY]))


@settings(max_examples=15)
@given(games())
def test_the_other_teams_view_is_the_rest_to_one(game: Game):
    """At a neutral site nothing but the name distinguishes home and away."""
    assume(game.score[HOME] != game.score[AWAY])
    rows = chances(game.plays, schedule(game, neutral_site=True))
    swapped = game.plays.with_columns(home_score="away_score", away_score="home_score")
    sides = {"home_team_id": AWAY, "away_team_id": HOME}
    points = {"home_points": game.score[AWAY], "away_points": game.score[HOME]}
    other = chances(swapped, schedule(game, neutral_site=True, **sides, **points))
    both = rows.join(other, on="play_id", suffix="_other")
    assert (both[MODEL] + both[f"{MODEL}_other"]).to_list() == pytest.approx([1.0] * both.height)
    assert both["possession_team_id"].equals(both["possession_team_id_other"])


def test_possession_follows_the_plays(whole: Game):
    rows = chances(whole.plays, schedule(whole)).join(whole.plays, on="play_id").sort("play_number")
    after = rows.select("play_type", "team_id", "possession_team_id").rows()
    assert after[0] == ("Jumpball", HOME, None)
    turnovers = [holder != team for kind, team, holder in after if kind == "Lost Ball Turnover"]
    assert turnovers
    assert all(turnovers)
    rebounds = [holder == team for kind, team, holder in after if kind == "Defensive Rebound"]
    assert rebounds
    assert all(rebounds)
    made = rows.filter((pl.col("play_type") == "JumpShot") & pl.col("scoring_play"))
    assert (made["possession_team_id"] != made["team_id"]).all()
    missed = rows.filter((pl.col("play_type") == "JumpShot") & ~pl.col("scoring_play"))
    assert missed["possession_team_id"].null_count() == missed.height > 0


def test_order_of_rows_and_ids_of_one_second_do_not_matter(whole: Game):
    rows = chances(whole.plays, schedule(whole))
    assert_frame_equal(chances(whole.plays.reverse(), schedule(whole)), rows)
    assert_frame_equal(chances(whole.plays.sample(fraction=1, shuffle=True, seed=3), schedule(whole)), rows)


def test_overtime_starts_fair_and_ends_exactly():
    half = [BASKETS[0]] * 10
    game = written([half, half, [BASKETS[0]] * 5], HOME, 1)
    assert game.score[HOME] != game.score[AWAY]
    rows = chances(game.plays, schedule(game, neutral_site=True))
    joined = rows.join(game.plays.select("play_id", "period", "play_type"), on="play_id").sort("play_number")
    level = joined.filter(period=2, play_type="End Period").row(0, named=True)
    assert level["home_lead"] == 0
    assert level[MODEL] == pytest.approx(0.5, abs=1e-6)
    assert joined.filter(period=3)["seconds_left"].max() <= 300
    assert_ends_with(rows, float(game.score[HOME] > game.score[AWAY]))


# -- strength before the game -----------------------------------------------------------------------------------------

ELO = {"home_team_elo_start": 1600, "away_team_elo_start": 1500}
SOURCES: list[tuple[dict[str, Any], tuple[dict[str, Any], ...], str, float]] = [
    ({}, (line(-7.0),), "closing_line", 7.0),
    (ELO, (line(-7.0), line(-3.0, "Other"), line(-5.0, "Third")), "closing_line", 5.0),
    ({}, (line(-7.0), line(30.0, "consensus")), "closing_line", 7.0),
    ({}, (line(4.0, "consensus"),), "closing_line", -4.0),
    (ELO, (line(None, is_spread_pick_em=True),), "closing_line", 0.0),
    (ELO, (line(9.0, is_spread_sign_suspect=True),), "elo", 10.2),
    (ELO, (line(float("nan")),), "elo", 10.2),
    (ELO, (line(None),), "elo", 10.2),
    (ELO | {"neutral_site": True}, (), "elo", 6.0),
    (ELO | {"home_team_elo_start": 10**9}, (), "elo", 60.0),
    (ELO | {"away_team_elo_start": None}, (), "home_edge", 5.4),
    ({"neutral_site": True}, (), "home_edge", 0.0),
]


@pytest.mark.parametrize(("game", "lines", "source", "margin"), SOURCES)
def test_strength_before_the_game_and_its_source(
    whole: Game, game: dict[str, Any], lines: tuple[dict[str, Any], ...], source: str, margin: float
):
    rows = chances(whole.plays, schedule(whole, **game), lines=lines)
    assert rows["pregame_source"].unique().to_list() == [source]
    assert rows["pregame_home_margin"].unique().to_list() == [pytest.approx(margin)]
    assert_sound(rows, whole.plays)


def test_nothing_after_tip_off_moves_the_chance_before_it(whole: Game):
    """The last play is the result; all others know only what was played until then."""
    lost = schedule(whole, status="in_progress", has_result=False, home_points=0, away_points=0)
    won, running = chances(whole.plays, schedule(whole)), chances(whole.plays, lost)
    assert won[MODEL].head(-1).equals(running[MODEL].head(-1))
    early = whole.plays.filter(period=1)
    assert chances(early, lost)[MODEL].equals(running[MODEL].head(early.height))


# -- bad input --------------------------------------------------------------------------------------------------------


def flags(rows: pl.DataFrame) -> dict[str, int]:
    return dict(rows[FLAG].value_counts().iter_rows())


GAMES: list[tuple[str, dict[str, Any]]] = [
    ("unknown_game", {"away_team_id": -1}),
    ("unknown_game", {"home_team_id": AWAY}),
    ("unknown_game", {"home_team_id": 5}),
    ("unknown_game", {"home_team_id": None}),
    ("no_result", {"has_result": False, "home_points": 0, "away_points": 0}),
    ("no_result", {"home_points": 70, "away_points": 70, "has_result": False}),
    ("no_result", {"home_points": None, "away_points": None, "has_result": False}),
    ("result_differs", {"home_points": 130}),
    ("result_differs", {"home_points": 1, "away_points": 0}),
]


@pytest.mark.parametrize(("flag", "change"), GAMES)
def test_a_game_that_its_schedule_contradicts_has_no_probability(whole: Game, flag: str, change: dict[str, Any]):
    rows = chances(whole.plays, schedule(whole) | change)
    assert flags(rows) == {flag: whole.plays.height}
    assert_sound(rows, whole.plays)


def test_plays_without_a_game_are_kept(whole: Game):
    rows = chances(whole.plays)
    assert flags(rows) == {"unknown_game": whole.plays.height}
    assert_sound(rows, whole.plays)


def test_plays_that_stop_early(whole: Game):
    early = whole.plays.filter((pl.col("period") == 1) | (pl.col("seconds_remaining") > 300))
    assert flags(chances(early, schedule(whole))) == {"result_differs": early.height}


FIVE = pl.col("play_id").is_between(101, 105)
BAD: list[tuple[str, list[pl.Expr]]] = [
    ("clock_impossible", [pl.when(FIVE).then(5000).otherwise("seconds_remaining").alias("seconds_remaining")]),
    ("clock_impossible", [pl.when(FIVE).then(None).otherwise("seconds_remaining").alias("seconds_remaining")]),
    ("clock_impossible", [pl.when(FIVE).then(0).otherwise("period").alias("period")]),
    ("clock_impossible", [pl.when(FIVE).then(99).otherwise("period").alias("period")]),
    ("score_unknown", [pl.when(FIVE).then(None).otherwise("home_score").alias("home_score")]),
    ("score_out_of_order", [pl.when(FIVE).then(290).otherwise("home_score").alias("home_score")]),
    ("score_out_of_order", [pl.when(FIVE).then(0).otherwise("away_score").alias("away_score")]),
]


@pytest.mark.parametrize(("flag", "change"), BAD)
def test_plays_that_cannot_be_right_lose_their_own_probability_only(whole: Game, flag: str, change: list[pl.Expr]):
    """Trap: one score that is too high makes all later ones fall; they are right, and it is wrong."""
    plays = whole.plays.with_columns(change)
    rows = chances(plays, schedule(whole))
    assert flags(rows) == {flag: 5, "ok": plays.height - 5}
    assert_sound(rows, plays)
    assert_ends_with(rows, 1.0)


@pytest.mark.parametrize(("flag", "change"), [("other_team", with_other_team), ("score_out_of_order", with_falling)])
def test_few_odd_plays_are_counted_and_have_no_probability(whole: Game, flag: str, change: Any):
    plays = change(whole.plays, 4)
    rows = chances(plays, schedule(whole))
    assert flags(rows) == {flag: 4, "ok": plays.height - 4}
    assert_sound(rows, plays)


def test_no_plays_no_rows(whole: Game):
    assert chances(whole.plays.clear(), schedule(whole)).is_empty()
    assert chances(whole.plays.clear()).is_empty()
