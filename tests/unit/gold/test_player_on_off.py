"""On and off the floor: worked by hand on one short game, and what holds of any stints."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.contracts.gold_players import PLAYER_ON_OFF
from quality.validate import check
from tasks.gold.player_on_off import COUNTS, merged, player_on_off

HOME, AWAY, GAME = 1, 2, 7
SUBSTITUTIONS, POSSESSIONS, VERDICTS, GAMES = (item.schema for item in PLAYER_ON_OFF.derivation.inputs)  # type: ignore[union-attr]


def stint(athlete: int, begin: tuple[int, int], end: tuple[int, int], team: int = HOME) -> tuple[object, ...]:
    return (2025, GAME, team, f"Team {team}", athlete, f"Athlete {athlete}", *begin, *end)


def floor(team: int, athletes: range) -> list[tuple[object, ...]]:
    """Athletes who play all 40 minutes."""
    return [stint(athlete, (1, 1200), (2, 0), team) for athlete in athletes]


# The home team scores 2 in the first minute, allows 3 in the second; after the break it scores 1.
PLAYED = [
    (GAME, 1, HOME, AWAY, 1200, 1140, 2),
    (GAME, 1, AWAY, HOME, 1140, 1080, 3),
    (GAME, 2, HOME, AWAY, 600, 580, 1),
]


def on_off(stints: list[tuple[object, ...]], *, usable: bool = True, has_result: bool = True) -> pl.DataFrame:
    rows = player_on_off(
        pl.LazyFrame(stints, SUBSTITUTIONS, orient="row"),
        pl.LazyFrame(PLAYED, POSSESSIONS, orient="row"),
        pl.LazyFrame([(GAME, usable)], VERDICTS, orient="row"),
        pl.LazyFrame([(GAME, HOME, AWAY, has_result, [30, 30])], GAMES, orient="row"),
    )
    checked = check(rows.select(list(PLAYER_ON_OFF.by_name)).collect(), PLAYER_ON_OFF)
    assert checked.report.quarantined == 0, checked.quarantined
    return checked.good


def of(rows: pl.DataFrame, athlete: int) -> dict[str, object]:
    return rows.filter(athlete_id=athlete).row(0, named=True)


def test_a_possession_belongs_to_those_on_the_floor_at_its_middle():
    first, second = stint(5, (1, 1200), (1, 1140)), stint(6, (1, 1140), (2, 0))
    rows = on_off([*floor(HOME, range(1, 5)), first, second])
    starter, substitute = of(rows, 5), of(rows, 6)
    assert [starter[f"on_{name}"] for name in COUNTS] == [1, 0, 2, 0]
    assert [starter[f"off_{name}"] for name in COUNTS] == [1, 1, 1, 3]
    assert [substitute[f"on_{name}"] for name in COUNTS] == [1, 1, 1, 3]
    assert substitute["on_net_per100"] == 100 - 300
    assert (starter["on_minutes"], substitute["on_minutes"]) == (1, 39)
    assert substitute["on_off_net_per100"] is None, "the opponents had no possession without him"
    assert (of(rows, 1)["flag"], of(rows, 5)["flag"]) == ("always_on", "few_possessions")


def test_overlapping_stints_count_once():
    twice = [stint(5, (1, 1200), (2, 600)), stint(5, (1, 900), (2, 0)), stint(5, (1, 800), (1, 700))]
    row = of(on_off([*floor(HOME, range(1, 5)), *twice]), 5)
    assert (row["on_minutes"], row["on_offence_possessions"], row["on_defence_possessions"]) == (40, 2, 1)


def test_games_whose_stints_do_not_fill_the_floor_are_left_out_and_counted():
    rows = on_off([*floor(HOME, range(1, 4)), *floor(AWAY, range(11, 16))])
    assert set(rows["team_id"]) == {AWAY}
    assert rows.select("team_stint_games", "team_games_left_out").unique().rows() == [(1, 0)]


def test_a_game_without_usable_plays_or_result_has_no_rows():
    stints = floor(HOME, range(1, 6))
    assert on_off(stints, usable=False).is_empty()
    assert on_off(stints, has_result=False).is_empty()


def test_no_stints_make_no_rows():
    assert on_off([]).is_empty()


moments = st.tuples(st.integers(0, 2400), st.integers(0, 2400)).map(sorted)


def wire(second: int) -> tuple[int, int]:
    return (1, 1200 - second) if second <= 1200 else (2, 2400 - second)


@given(st.lists(moments, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_merged_stints_cover_the_same_seconds_without_overlap(spans: list[list[int]]):
    stints = [stint(5, wire(begin), wire(end)) for begin, end in spans]
    found = merged(pl.LazyFrame(stints, SUBSTITUTIONS, orient="row")).collect()
    seconds = [second for begin, end in found.select("begin", "end").iter_rows() for second in range(begin, end)]
    assert sorted(seconds) == sorted({second for begin, end in spans for second in range(begin, end)})
