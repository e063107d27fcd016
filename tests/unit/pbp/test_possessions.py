"""Possessions from plays: games whose possessions are known are found again, whatever order and ids the plays have."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from tasks.pbp.possessions import possessions
from tests.unit.pbp.grammar import AWAY, GAME, HOME, Game, Writer, frame, games, rows_of, shuffled, written

FOUND = ["offence_team_id", "period", "end_type", "points", "offensive_rebounds", "turnovers"]


FEW = settings(max_examples=25)


def found(plays: pl.DataFrame) -> pl.DataFrame:
    return possessions(plays.lazy()).collect().sort("game_id", "possession_number")


@given(games())
def test_a_written_game_is_read_back(game: Game):
    assert found(game.plays).select(FOUND).rows() == list(rows_of(game))


@FEW
@given(games())
def test_invariants_of_every_game(game: Game):
    rows = found(game.plays)
    assert rows["possession_number"].to_list() == list(range(1, rows.height + 1))
    assert {team: rows.filter(offence_team_id=team)["points"].sum() for team in (HOME, AWAY)} == game.score
    home = rows.group_by("period").agg(d=(pl.col("offence_team_id") == HOME).cast(pl.Int64).sum() * 2 - pl.len())
    assert home["d"].abs().max() <= 1  # type: ignore[operator]
    assert rows["duration_seconds"].min() >= 0  # type: ignore[operator]
    same = (pl.col("period") == pl.col("period").shift(1)).fill_null(value=False)
    joined = rows.filter(same & (pl.col("start_seconds_remaining") != pl.col("end_seconds_remaining").shift(1)))
    assert joined.is_empty()
    numbers = rows.select(pl.selectors.numeric())
    assert numbers.null_count().sum_horizontal().item() == 0


# Both teams shoot and rebound in the first second of a period and nobody is seen to lose the ball: who had it first?
BASKET, DEAD, AGAIN = ("basket", "JumpShot"), ("dead_ball", None), ("rebounded_miss", "JumpShot")
FIRST_SECOND = written([[(0, [], BASKET), (0, [], DEAD)], [(0, [AGAIN], DEAD), (0, [AGAIN], BASKET)]], HOME, 0)


@given(games(least=0), st.integers(0, 1000))
@example(FIRST_SECOND, 0)
@example(FIRST_SECOND, 2)
def test_order_and_ids_within_a_second_say_nothing(game: Game, seed: int):
    again = frame(shuffled([{**row} for row in game.plays.drop("play_id").iter_rows(named=True)], seed))
    assert_frame_equal(found(again), found(game.plays))


@FEW
@given(games())
def test_relabelled_teams_mirror(game: Game):
    swap = {HOME: 3, AWAY: 99}
    renamed = game.plays.with_columns(pl.col("team_id", "opponent_id").replace(swap))
    back = pl.col("offence_team_id", "defence_team_id").replace({other: team for team, other in swap.items()})
    assert_frame_equal(found(renamed).with_columns(back), found(game.plays), check_column_order=False)


@FEW
@given(games(), games())
def test_games_do_not_touch_each_other(one: Game, two: Game):
    other = two.plays.with_columns(pl.col("game_id") + 1, pl.col("play_id") + 10_000)
    both = found(pl.concat([one.plays, other]))
    assert_frame_equal(both.filter(game_id=GAME), found(one.plays))
    assert_frame_equal(both.filter(game_id=GAME + 1), found(other))


def game_of(*steps: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Possessions of a period's rows: (second, kind, team, points or None), whatever ids these come with."""
    writer = Writer()
    for second, kind, team, *points in steps:
        writer.clock = second
        writer.possessions.clear()
        writer.play(kind, team, points=points[0] if points else None)
    told = ("offence_team_id", "end_type", "points")
    one, *others = (found(frame(shuffled(writer.plays, seed))).select(told).rows() for seed in range(6))
    assert others == [one] * 5
    return one


FREE, MISSED = ("MadeFreeThrow", HOME, 1), ("MadeFreeThrow", HOME, 0)
NEXT = (500, "JumpShot", AWAY, 2)
LAST = (AWAY, "field_goal", 2)


@pytest.mark.parametrize(
    ("what", "steps", "expected"),
    [
        ("bonus free throws end a possession", [(600, *FREE), (600, *FREE), NEXT], [(HOME, "free_throw", 2), LAST]),
        (
            "a rebound that stands a second before its miss",
            [(601, "Defensive Rebound", AWAY), (600, "JumpShot", HOME, 0), NEXT],
            [(HOME, "unrecorded", 0), LAST],
        ),
        (
            "a miss whose rebound is not recorded",
            [(600, "JumpShot", HOME, 0), NEXT],
            [(HOME, "unrecorded", 0), LAST],
        ),
        (
            "a rebounder who loses the ball at once",
            [(600, "JumpShot", HOME, 0), (600, "Defensive Rebound", AWAY), (599, "LayUpShot", HOME, 2), NEXT],
            [(HOME, "defensive_rebound", 0), (AWAY, "unrecorded", 0), (HOME, "field_goal", 2), LAST],
        ),
        (
            "player's and team's rebound of one miss",
            [(600, *MISSED), (600, "Defensive Rebound", AWAY), (600, "Dead Ball Rebound", AWAY), NEXT],
            [(HOME, "defensive_rebound", 0), LAST],
        ),
        (
            "technical shots after an own basket do not cost the opponent its possession",
            [(600, "JumpShot", HOME, 2), (600, "Technical Foul", AWAY), (600, *FREE), (600, *FREE), NEXT],
            [(HOME, "field_goal", 4), LAST],
        ),
        (
            "two possessions in one second",
            [(700, *NEXT[1:]), (600, "Lost Ball Turnover", HOME), (600, "Steal", AWAY),
             (600, "Lost Ball Turnover", AWAY), (590, "JumpShot", HOME, 2)],
            [LAST, (HOME, "turnover", 0), (AWAY, "turnover", 0), (HOME, "field_goal", 2)],
        ),
        (
            "both teams lose the ball in the first second of a period: who has it after had it first",
            [(1200, "Lost Ball Turnover", HOME), (1200, "Lost Ball Turnover", AWAY), (1190, "JumpShot", HOME, 2), NEXT],
            [(HOME, "turnover", 0), (AWAY, "turnover", 0), (HOME, "field_goal", 2), LAST],
        ),
        (
            "both teams miss in the first second of a period: who has it after had it last",
            [(1200, "JumpShot", HOME, 0), (1200, "JumpShot", AWAY, 0), (1199, "Offensive Rebound", AWAY), NEXT],
            [(HOME, "unrecorded", 0), LAST],
        ),
        (
            "who lost the ball more often in a second has not got it in the next",
            [(700, *NEXT[1:]), (601, "Lost Ball Turnover", HOME), (601, "JumpShot", AWAY, 0),
             (600, "Lost Ball Turnover", HOME), (600, "Lost Ball Turnover", AWAY), NEXT],
            [LAST, (HOME, "turnover", 0), (AWAY, "turnover", 0), (HOME, "turnover", 0), LAST],
        ),
        (
            "a turnover beside a rebound of the other team came later",
            [(600, "JumpShot", HOME, 0), (600, "Defensive Rebound", AWAY), (600, "Lost Ball Turnover", HOME), NEXT],
            [(HOME, "defensive_rebound", 0), (AWAY, "unrecorded", 0), (HOME, "turnover", 0), LAST],
        ),
        (
            "three possessions in one second",
            [(700, *NEXT[1:]), (600, "JumpShot", HOME, 0), (600, "Defensive Rebound", AWAY),
             (600, "Lost Ball Turnover", AWAY), (600, "Lost Ball Turnover", HOME), NEXT],
            [LAST, (HOME, "defensive_rebound", 0), (AWAY, "turnover", 0), (HOME, "turnover", 0), LAST],
        ),
        (
            "the putback in the second of the miss",
            [(600, "LayUpShot", HOME, 0), (600, "Offensive Rebound", HOME), (600, "TipShot", HOME, 2), NEXT],
            [(HOME, "field_goal", 2), LAST],
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_single_cases(what: str, steps: list[Any], expected: list[Any]):
    assert game_of(*steps) == expected, what


def test_an_untyped_play_is_read_by_its_words():
    """`Not Available` and types that are new; "makes" is the wording of 2026."""
    kinds = ("Not Available", "Some New Type", "Not Available")
    words = ["Ada Lee makes three point jumper (Bo Ray assists)", "Bo Ray Deadball Team Rebound.", "Foul on Ada Lee."]
    plays = frame(
        [
            {"play_id": n, "game_id": 1, "play_type": kind, "team_id": 1, "opponent_id": 2, "period": 1, "season": 2026,
             "seconds_remaining": 9 - n, "home_score": 3, "away_score": 0, "play_text": text}
            for n, (kind, text) in enumerate(zip(kinds, words, strict=True))
        ]
    )  # fmt: skip
    (row,) = found(plays).iter_rows(named=True)
    told = ("points", "three_point_field_goals_made", "assists", "offence_fouls", "end_type")
    assert [row[name] for name in told] == [3, 1, 1, 1, "field_goal"]


@pytest.mark.parametrize(
    ("kind", "text", "value", "made", "three"),
    [
        ("JumpShot", None, 3.0, True, True),
        ("JumpShot", None, 3.0, False, True),
        ("RegularJumpShot", None, 3.0, True, True),
        ("JumpShot", None, 2.0, True, False),
        ("JumpShot", None, None, False, False),
        ("LayUpShot", None, 3.0, True, False),
        ("JumpShot", "Ada Lee made Jumper.", 3.0, True, False),
        ("JumpShot", "Ada Lee made Three Point Jumper.", 3.0, True, True),
    ],
)
def test_a_jump_shot_without_words_is_a_three_by_its_value(
    kind: str, text: str | None, value: float | None, made: bool, three: bool
):
    """Trap: the range comes from the text, so 2,845 threes without text were "jumpers" and counted as twos."""
    words = text is not None and "Three" in text
    plays = frame(
        [
            {"play_id": 1, "game_id": 1, "play_type": kind, "team_id": 1, "opponent_id": 2, "period": 1, "season": 2024,
             "seconds_remaining": 9, "home_score": 3, "away_score": 0, "play_text": text, "score_value": value,
             "shot_info_range": "three_pointer" if words else "jumper", "shot_info_made": made, "scoring_play": made}
        ]
    )  # fmt: skip
    (row,) = found(plays).iter_rows(named=True)
    told = ("field_goals_attempted", "three_point_field_goals_attempted", "three_point_field_goals_made")
    assert [row[name] for name in told] == [1, int(three), int(three and made)]


@pytest.mark.parametrize(("kind", "value"), [("Shot", 3.0), ("Shot", 2.0), ("Three Pointer", None)])
def test_a_shot_without_words_and_range_is_a_three_by_its_value(kind: str, value: float | None):
    """Trap: neither type, text nor range tells the value, so the shot was a two whatever the source said."""
    plays = frame(
        [
            {"play_id": 1, "game_id": 1, "play_type": kind, "team_id": 1, "opponent_id": 2, "period": 1, "season": 2024,
             "seconds_remaining": 9, "home_score": 3, "away_score": 0, "score_value": value, "scoring_play": True}
        ]
    )  # fmt: skip
    (row,) = found(plays).iter_rows(named=True)
    assert row["three_point_field_goals_made"] == int(value != 2.0)


def test_nothing_comes_of_nothing():
    assert found(frame([])).is_empty()
    assert found(written([[], []], HOME, 1).plays.filter(pl.col("team_id").is_null())).is_empty()
