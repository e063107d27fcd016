"""The verdict on a game's plays: every kind of bad input has its flag, every game a row, and no number is rubbish."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings

from quality.contracts.possessions import FCT_GAME_PBP, PBP_FLAGS
from quality.validate import check
from tasks.pbp.game_pbp import FEW, game_pbp
from tasks.pbp.possessions import possessions
from tests.unit.pbp.grammar import AWAY, GAME, HOME, Game, frame, games, written

GAMES, PLAYS, POSSESSIONS, BOXES, PROBABILITIES = (item.schema for item in FCT_GAME_PBP.derivation.inputs)  # type: ignore[union-attr]
BASKETS = [
    (12, [], ("basket", "JumpShot")),
    (18, [], ("miss", 0)),
    (17, [], ("turnover", 1)),
    (18, [], ("trip", [True] * 2)),
]
PERIODS = [(BASKETS * 18)[:72], (BASKETS * 18)[:71]]


@pytest.fixture(scope="module")
def whole() -> Game:
    """A game of 143 possessions that the home team wins."""
    game = written(PERIODS, HOME, 1)
    assert game.score[HOME] > game.score[AWAY]
    return game


def judged(plays: pl.DataFrame, game: dict[str, Any] | None = None, boxes: list[dict[str, Any]] | None = None) -> Any:
    """The verdict on one game: plays, and what the schedule and the box say other than the plays."""
    row = {"game_id": GAME, "season": 2025, "game_date": plays["game_date"][0] if plays.height else None,
           "home_team_id": HOME, "away_team_id": AWAY, "status": "final", "home_period_points": [0, 0]}  # fmt: skip
    counted = possessions(plays.lazy())
    found = game_pbp(
        pl.LazyFrame([row | (game or {})], schema=GAMES),
        plays.lazy().select(list(PLAYS)),
        counted.select(list(POSSESSIONS)),
        pl.LazyFrame(boxes or [], schema=BOXES),
        pl.LazyFrame(schema=PROBABILITIES),
    )
    rows = found.select(list(FCT_GAME_PBP.by_name)).collect()
    assert rows.height == 1
    assert not any(isinstance(value, float) and not abs(value) < 1e6 for value in rows.row(0))
    return rows.row(0, named=True)


def result(game: Game, **values: Any) -> dict[str, Any]:
    return {"home_points": game.score[HOME], "away_points": game.score[AWAY]} | values


def box(fga: float | None = 60, **values: Any) -> list[dict[str, Any]]:
    names = ("field_goals_attempted", "rebounds_offensive", "turnovers_total", "free_throws_attempted")
    numbers = dict(zip((f"team_stats_{name}" for name in names), (fga, 10, 12, 20), strict=True)) | values
    return [{"game_id": GAME, "team_id": team} | numbers for team in (HOME, AWAY)]


def test_a_whole_game_is_usable(whole: Game):
    row = judged(whole.plays, result(whole))
    assert (row["pbp_flag"], row["is_pbp_usable"], row["pbp_reasons"]) == ("ok", True, "")
    assert (row["home_pbp_possessions"], row["away_pbp_possessions"]) == (72, 71)
    assert (row["rating_possessions"], row["rating_possessions_source"]) == (71.5, "plays")


TIE = {"home_points": 70, "away_points": 70}
BAD: list[tuple[str, dict[str, Any]]] = [
    ("not_final", {"status": "scheduled", "home_points": 0, "away_points": 0}),
    ("not_final", {"status": "in_progress"}),
    ("no_score", {"home_points": None, "away_points": None}),
    ("no_score", {"home_points": 0, "away_points": 0}),
    ("tie", TIE),
    ("unknown_team", {"away_team_id": -1}),
    ("unknown_team", {"away_team_id": HOME}),
    ("unknown_team", {"home_team_id": 5}),
    ("sides_exchanged", {"home_team_id": AWAY, "away_team_id": HOME}),
    ("truncated", {"home_points": 120}),
]


@pytest.mark.parametrize(("flag", "change"), BAD, ids=lambda value: value if isinstance(value, str) else "")
def test_a_schedule_that_the_plays_contradict(whole: Game, flag: str, change: dict[str, Any]):
    row = judged(whole.plays, result(whole) | change)
    assert row["pbp_flag"] == flag
    assert not row["is_pbp_usable"]
    assert flag in row["pbp_reasons"].split()


def test_no_plays_at_all(whole: Game):
    row = judged(whole.plays.clear(), result(whole), box())
    assert (row["pbp_flag"], row["recorded_plays"], row["home_pbp_points"]) == ("no_plays", 0, 0)
    assert (row["rating_possessions"], row["rating_possessions_source"]) == (60 - 10 + 12 + 9.5, "box")


def test_plays_that_stop_are_known_by_the_score(whole: Game):
    early = whole.plays.filter((pl.col("period") == 1) | (pl.col("seconds_remaining") > 300))
    assert judged(early, result(whole), box())["pbp_flag"] == "truncated"


def test_scoring_plays_that_are_missing_under_a_right_running_score(whole: Game):
    """As in 2022 and 2023: rows are gone, the score on the others counts them."""
    scoring = pl.col("scoring_play") & (pl.col("play_id") % 9 == 0)
    assert judged(whole.plays.filter(~scoring), result(whole))["pbp_flag"] == "scores_missing"


def test_inferred_baskets_are_counted_for_the_game(whole: Game):
    """A game whose baskets have lost type and words has the same points, and states how many are inferred."""
    scoring = pl.col("scoring_play").fill_null(value=False)
    blank = {"play_type": "Not Available", "play_text": None, "shot_info_range": None, "score_value": None}
    worded = [pl.when(~scoring).then(name).otherwise(pl.lit(value)).alias(name) for name, value in blank.items()]
    plays = whole.plays.with_columns(worded).cast(dict(whole.plays.schema))
    row = judged(plays, result(whole))
    assert (row["pbp_flag"], row["inferred_shots"]) == ("ok", whole.plays.filter(scoring).height)
    assert (row["home_pbp_points"], row["away_pbp_points"]) == (whole.score[HOME], whole.score[AWAY])
    assert judged(whole.plays, result(whole))["inferred_shots"] == 0


def test_too_many_points(whole: Game):
    first = whole.plays.filter(pl.col("scoring_play")).head(1).with_columns(play_id=pl.lit(99_999, pl.Int64))
    assert judged(pl.concat([whole.plays, first]), result(whole))["pbp_flag"] == "points_differ"


def test_possessions_of_one_team_are_missing(whole: Game):
    """Misses and turnovers are not in the score; that they are missing shows in the possessions alone."""
    miss = pl.col("play_type").is_in(["JumpShot", "Defensive Rebound"]) & ~pl.col("scoring_play")
    row = judged(whole.plays.filter(~(miss & (pl.col("seconds_remaining") > 900))), result(whole))
    assert row["pbp_flag"] == "possessions_uneven"


def with_other_team(plays: pl.DataFrame, number: int) -> pl.DataFrame:
    foul = plays.row(20, named=True) | {"team_id": 99, "play_type": "PersonalFoul", "scoring_play": False}
    fouls = [foul | {"play_id": 10**9 + n} for n in range(number)]
    return pl.concat([plays, pl.DataFrame(fouls, schema=plays.schema)])


def with_falling(plays: pl.DataFrame, number: int) -> pl.DataFrame:
    late = plays.filter(period=2).sort("seconds_remaining")["play_id"][40 : 40 + number]
    return plays.with_columns(
        pl.when(pl.col("play_id").is_in(late.implode())).then(1).otherwise("home_score").alias("home_score")
    )


def without_rebounds(plays: pl.DataFrame, number: int) -> pl.DataFrame:
    gone = plays.filter(pl.col("play_type") == "Defensive Rebound")["play_id"][1 : 1 + number]
    return plays.filter(~pl.col("play_id").is_in(gone.implode()))


FEW_OR_MANY = [
    ("other_team_plays", "other_teams", with_other_team),
    ("falling_scores", "scores_fall", with_falling),
    ("unrecorded_ends", "ends_missing", without_rebounds),
]


@pytest.mark.parametrize(("count", "flag", "change"), FEW_OR_MANY)
@pytest.mark.parametrize("number", [1, FEW, FEW + 1, 6])
def test_what_is_odd_is_counted_and_flagged_above_a_few(whole: Game, count: str, flag: str, change: Any, number: int):
    """Trap: plays of a third team and scores that fall left no trace, and six possessions were invented in silence."""
    row = judged(change(whole.plays, number), result(whole))
    assert row[count] == number
    assert row["pbp_flag"] == (flag if number > FEW else "ok")
    assert (row["home_pbp_points"], row["away_pbp_points"]) == (whole.score[HOME], whole.score[AWAY])


def test_plays_of_one_second_in_any_order_are_no_falling_scores(whole: Game):
    assert judged(whole.plays.reverse(), result(whole))["falling_scores"] == 0
    assert judged(whole.plays.sample(fraction=1, shuffle=True, seed=3), result(whole))["falling_scores"] == 0


def test_a_game_of_seven_possessions():
    short = written([BASKETS, BASKETS[:3]], HOME, 1)
    row = judged(short.plays, result(short) | {"home_points": short.score[HOME], "away_points": short.score[AWAY]})
    assert "possessions_out_of_range" in row["pbp_reasons"].split()
    assert row["rating_possessions"] is None


@pytest.mark.parametrize("fga", [None, 0, 5000])
@pytest.mark.parametrize("turnovers", [12.0, float("nan"), float("inf"), -9000.0])
def test_an_absurd_box_says_nothing_against_good_plays(whole: Game, fga: float | None, turnovers: float):
    row = judged(whole.plays, result(whole), box(fga, team_stats_turnovers_total=turnovers))
    assert (row["pbp_flag"], row["box_possessions"], row["rating_possessions_source"]) == ("ok", None, "plays")


def test_plays_that_disagree_with_the_box(whole: Game):
    row = judged(whole.plays, result(whole), box(80))
    assert (row["pbp_flag"], row["rating_possessions_source"]) == ("box_differs", "box")


def test_one_row_of_the_box_is_no_box(whole: Game):
    assert judged(whole.plays.clear(), result(whole), box()[:1])["rating_possessions"] is None


@settings(max_examples=20)
@given(games())
def test_whatever_the_plays_every_game_has_a_sound_verdict(game: Game):
    row = judged(game.plays, result(game))
    assert row["pbp_flag"] in PBP_FLAGS
    assert check(pl.DataFrame([row], schema=_types()), FCT_GAME_PBP).report.quarantined == 0
    assert not {"scores_missing", "points_differ", "possessions_uneven", "truncated"} & {*row["pbp_reasons"].split()}


def _types() -> dict[str, pl.DataType]:
    return {column.name: column.dtype for column in FCT_GAME_PBP.columns}


def test_no_games_no_verdicts():
    empty = [pl.LazyFrame(schema=schema) for schema in (GAMES, PLAYS, POSSESSIONS, BOXES, PROBABILITIES)]
    assert game_pbp(*empty).collect().is_empty()
    assert frame([]).is_empty()
