"""On and off the floor: worked by hand on the stints of one short game."""

from __future__ import annotations

import polars as pl

from quality.contracts.floor import COUNTS
from quality.contracts.gold_players import PLAYER_ON_OFF
from quality.validate import check
from tasks.gold.player_on_off import player_on_off

HOME, AWAY, GAME = 1, 2, 7
STINTS, FLOORS, VERDICTS, GAMES = (item.schema for item in PLAYER_ON_OFF.derivation.inputs)  # type: ignore[union-attr]
FIRST, SECOND, VISITORS = [1, 2, 3, 4, 5], [1, 2, 3, 4, 6], [11, 12, 13, 14, 15]


def stint(five: list[int], seconds: int, counts: tuple[int, ...], team: int = HOME) -> tuple[object, ...]:
    names = [f"Athlete {athlete}" for athlete in five]
    return (GAME, 2025, team, f"Team {team}", five, names, seconds, *counts)


# The home team scores 2 in the first minute and allows 3 in the second; after the break it scores 1.
PLAYED = [
    stint(FIRST, 60, (1, 0, 2, 0)),
    stint(SECOND, 2340, (1, 1, 1, 3)),
    stint(VISITORS, 2400, (1, 2, 3, 3), AWAY),
]


def on_off(
    stints: list[tuple[object, ...]], *, usable: bool = True, has_result: bool = True, flag: str = "ok"
) -> pl.DataFrame:
    rows = player_on_off(
        pl.LazyFrame(stints, STINTS, orient="row"),
        pl.LazyFrame([(GAME, flag)], FLOORS, orient="row"),
        pl.LazyFrame([(GAME, usable)], VERDICTS, orient="row"),
        pl.LazyFrame([(GAME, HOME, AWAY, has_result), (GAME + 1, HOME, AWAY, True)], GAMES, orient="row"),
    )
    checked = check(rows.select(list(PLAYER_ON_OFF.by_name)).collect(), PLAYER_ON_OFF)
    assert checked.report.quarantined == 0, checked.quarantined
    return checked.good


def of(rows: pl.DataFrame, athlete: int) -> dict[str, object]:
    return rows.filter(athlete_id=athlete).row(0, named=True)


def test_a_starter_and_a_substitute_share_the_game():
    rows = on_off(PLAYED)
    starter, substitute = of(rows, 5), of(rows, 6)
    assert [starter[f"on_{name}"] for name in COUNTS] == [1, 0, 2, 0]
    assert [starter[f"off_{name}"] for name in COUNTS] == [1, 1, 1, 3]
    assert [substitute[f"on_{name}"] for name in COUNTS] == [1, 1, 1, 3]
    assert substitute["on_net_per100"] == 100 - 300
    assert (starter["on_minutes"], substitute["on_minutes"]) == (1, 39)
    assert substitute["on_off_net_per100"] is None, "the opponents had no possession without him"
    assert (of(rows, 1)["flag"], of(rows, 5)["flag"]) == ("always_on", "few_possessions")
    assert of(rows, 5)["athlete"] == "Athlete 5"


def test_a_stint_without_a_known_line_up_counts_for_nobody():
    rows = on_off([*PLAYED[:2], stint([], 100, (5, 5, 9, 9))])
    assert [of(rows, 5)[f"off_{name}"] for name in COUNTS] == [1, 1, 1, 3]


def test_games_that_are_not_usable_are_left_out_and_counted():
    rows = on_off(PLAYED)
    assert rows.select("team_stint_games", "team_games_left_out").unique().rows() == [(1, 1)]


def test_a_game_without_usable_plays_line_ups_or_result_has_no_rows():
    assert on_off(PLAYED, usable=False).is_empty()
    assert on_off(PLAYED, has_result=False).is_empty()
    assert on_off(PLAYED, flag="contradicts_substitutions").is_empty()
    assert on_off(PLAYED, flag="incomplete").is_empty()


def test_no_stints_make_no_rows():
    assert on_off([]).is_empty()
