"""Line-ups, pairs and triples: worked by hand on the stints of one short game."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.contracts.gold_lineups import ADDED, LINEUP_RATINGS
from quality.contracts.gold_players import PLAYER_ON_OFF
from quality.validate import check
from tasks.gold.lineup_ratings import lineup_ratings
from tasks.gold.player_on_off import player_on_off
from tests.unit.gold.test_player_on_off import AWAY, FIRST, GAME, HOME, PLAYED, SECOND, stint

STINTS, FLOORS, VERDICTS, GAMES = (item.schema for item in LINEUP_RATINGS.derivation.inputs)  # type: ignore[union-attr]
Stints = list[tuple[object, ...]]


def inputs(stints: Stints, flag: str = "ok", *, usable: bool = True) -> list[pl.LazyFrame]:
    return [
        pl.LazyFrame(stints, STINTS, orient="row"),
        pl.LazyFrame([(GAME, flag)], FLOORS, orient="row"),
        pl.LazyFrame([(GAME, usable)], VERDICTS, orient="row"),
        pl.LazyFrame([(GAME, HOME, AWAY, True)], GAMES, orient="row"),
    ]


def rated(stints: Stints, flag: str = "ok", *, usable: bool = True) -> pl.DataFrame:
    made = lineup_ratings(*inputs(stints, flag, usable=usable))
    checked = check(made.select(list(LINEUP_RATINGS.by_name)).collect(), LINEUP_RATINGS)
    assert checked.report.quarantined == 0, checked.quarantined
    assert not any(checked.good.select(pl.col(pl.Float64).is_nan().any()).row(0))
    return checked.good.sort(LINEUP_RATINGS.key)


def of(rows: pl.DataFrame, name: str) -> dict[str, object]:
    return rows.filter(lineup_id=name).row(0, named=True)


def test_a_line_up_has_its_results_and_those_without_it():
    row = of(rated(PLAYED), "1-2-3-4-6")
    assert (row["lineup_size"], row["lineup_minutes"], row["lineup_games"]) == (5, 39, 1)
    assert (row["lineup_points"], row["lineup_opponent_points"], row["lineup_net_per100"]) == (1, 3, -200)
    assert (row["without_points"], row["without_offence_per100"], row["without_net_per100"]) == (2, 200, None)
    assert row["lineup_time_pct"] == pytest.approx(2340 / 2400)
    assert row["lineup_names"] == ", ".join(f"Athlete {who}" for who in SECOND)


def test_rates_are_shrunk_to_the_rate_of_the_team():
    """The team has 3 points in 2 possessions; the line-up 2 in 1."""
    row = of(rated(PLAYED), "1-2-3-4-5")
    assert row["shrunk_offence_per100"] == pytest.approx(100 * (2 + 1.5 * ADDED[5]) / (1 + ADDED[5]))
    assert row["shrunk_defence_per100"] == pytest.approx(300), "without a possession it is the team's rate"
    assert row["flag"] == "few_possessions"


def test_pairs_and_triples_add_up_over_line_ups():
    rows = rated(PLAYED)
    assert of(rows, "1-2")["lineup_offence_possessions"] == of(rows, "2-3-4")["lineup_offence_possessions"] == 2
    assert of(rows, "1-5")["lineup_points"] == 2
    assert of(rows, "1-2")["without_net_per100"] is None
    assert rows.filter(team_id=HOME).group_by("lineup_size").len().sort("lineup_size").rows() == [
        (2, 14),
        (3, 16),
        (5, 2),
    ]


def test_unknown_line_ups_and_games_that_are_not_usable_do_not_count():
    four = stint([1, 2, 3, 4], 100, (5, 5, 9, 9))
    unknown = stint([], 100, (5, 5, 9, 9))
    assert rated([*PLAYED, unknown]).equals(rated(PLAYED))
    assert rated([*PLAYED, four]).equals(rated(PLAYED)), "trap: a line-up of four"
    assert rated(PLAYED, "incomplete").is_empty()
    assert rated(PLAYED, usable=False).is_empty()
    assert rated([]).is_empty()


counts = st.tuples(*[st.integers(0, 4)] * 4)


@given(st.lists(st.tuples(st.sampled_from([FIRST, SECOND, [2, 3, 4, 5, 6]]), counts), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
def test_players_on_the_floor_have_five_times_the_possessions_of_line_ups(played: list[tuple[list[int], tuple[int]]]):
    stints = [stint(five, 60, one) for five, one in played]
    lineups, players = rated(stints), player_on_off(*inputs(stints)).select(list(PLAYER_ON_OFF.by_name))
    fives = lineups.filter(lineup_size=5)["lineup_offence_possessions"].sum()
    assert players.collect()["on_offence_possessions"].sum() == 5 * fives
    pairs = lineups.filter(lineup_size=2)["lineup_minutes"]
    assert pairs.sum() == pytest.approx(10 * len(played))
