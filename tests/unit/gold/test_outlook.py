"""Seasons and tournaments that are played out many times: what must hold whatever the strengths are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.gold.model.bracket import Bracket, reach, standard_order
from tasks.gold.model.outcome import Spread
from tasks.gold.model.outlook import Fixtures, Outlook
from tasks.gold.model.race import Finish, Tally

RUNS = 2_000


def known(mean: list[float], sd: float = 4.0, shared: float = 0.0, drift: float = 0.02) -> Outlook:
    """Teams 0, 1, 2 ... with these strengths, uncertain by `sd`, of which a share is common to all of them."""
    size = len(mean)
    cov = sd**2 * (shared * np.ones((size, size)) + (1 - shared) * np.eye(size))
    return Outlook(np.arange(size), np.array(mean), cov, np.full(size, 3.0), drift, Spread(), 0.95)


def everyone(size: int, *, neutral: bool = False, ahead: int = 5) -> Fixtures:
    """Each team at home against each other."""
    pairs = [(home, away) for home in range(size) for away in range(size) if home != away]
    home, away = (np.array(side) for side in zip(*pairs, strict=True))
    return Fixtures(home, away, np.full(len(home), neutral), np.full(len(home), ahead))


def runs_of(outlook: Outlook, games: Fixtures, seed: int = 1) -> np.ndarray:
    return np.concatenate(list(outlook.played_out(games, RUNS, seed)))


def test_runs_win_as_often_as_the_formula_says():
    """Trap: strengths that are drawn anew for each game, or a drift that is added twice."""
    teams, games = known([8, 3, 0, -6]), everyone(4, ahead=40)
    assert runs_of(teams, games).mean(axis=0) == pytest.approx(teams.chances(games), abs=0.05)


def test_games_of_a_run_share_the_strength_of_its_teams():
    """Trap: independent games. A team that is better than thought wins more of all its games."""
    games = everyone(6, neutral=True)
    tally = Tally(games.home, games.away, 6, np.zeros(6, dtype=int), np.zeros(6, dtype=int))
    spread = {sd: tally.wins(runs_of(known([0.0] * 6, sd=sd), games)).std(axis=0).mean() for sd in (0.01, 6.0)}
    assert spread[6.0] > 1.3 * spread[0.01]


def test_what_is_uncertain_for_all_alike_decides_nothing():
    games = everyone(5, neutral=True)
    alike, apart = (known([4, 2, 0, -2, -4], sd=8.0, shared=shared).chances(games) for shared in (0.999, 0.0))
    assert np.abs(alike - 0.5).mean() > 1.1 * np.abs(apart - 0.5).mean()


def test_the_same_seed_gives_the_same_runs():
    teams, games = known([1, 0, -1]), everyone(3)
    assert (runs_of(teams, games, 7) == runs_of(teams, games, 7)).all()
    assert (runs_of(teams, games, 7) != runs_of(teams, games, 8)).any()


def test_no_game_left_leaves_the_record_as_it_is():
    nothing = Fixtures(*(np.zeros(0, dtype=int) for _ in range(2)), np.zeros(0, dtype=bool), np.zeros(0, dtype=int))
    wins = np.array([3, 1, 2])
    tally = Tally(nothing.home, nothing.away, 3, wins, np.array([3, 3, 3]))
    (won,) = known([0, 0, 0]).played_out(nothing, 10, 1)
    assert (tally.wins(won) == wins).all()


@settings(max_examples=30)
@given(st.lists(st.floats(-20, 20), min_size=2, max_size=9), st.integers(0, 9))
def test_wins_and_places_add_up(strengths: list[float], seed: int):
    """Each run has as many wins as games, each place is taken once, and a title alone is a title."""
    size, games = len(strengths), everyone(len(strengths))
    rng = np.random.default_rng(seed)
    before = rng.integers(0, 4, size)
    tally = Tally(games.home, games.away, size, before, np.full(size, 4))
    finish = Finish(size, seed)
    for won in known(strengths).played_out(games, 200, seed):
        wins = tally.wins(won)
        assert (wins.sum(axis=1) == before.sum() + len(games)).all()
        finish.count(tally.shares(won))
    race = finish.race()
    assert race.places.sum(axis=0) == pytest.approx(np.ones(size))
    assert race.places.sum(axis=1) == pytest.approx(np.ones(size))
    assert (race.outright <= race.title + 1e-12).all()
    assert race.title.sum() >= 1 - 1e-9
    assert (race.places[:, 0] <= race.title + 1e-12).all()


def test_a_lead_that_nobody_can_reach_is_a_title():
    games = Fixtures(np.array([0]), np.array([1]), np.array([True]), np.array([1]))
    tally, finish = Tally(games.home, games.away, 2, np.array([9, 2]), np.array([10, 10])), Finish(2, 1)
    for won in known([-30, 30]).played_out(games, 500, 1):
        finish.count(tally.shares(won))
    assert (finish.race().title[0], finish.race().outright[0]) == (1.0, 1.0)


def test_two_teams_with_equal_records_share_the_title():
    finish = Finish(2, 1)
    finish.count(np.full((4_000, 2), 0.5))
    race = finish.race()
    assert (race.title == 1.0).all()
    assert (race.outright == 0.0).all()
    assert race.places == pytest.approx(np.full((2, 2), 0.5), abs=0.03)


def test_the_order_of_seeds_is_that_of_the_ncaa():
    ours, ncaa = standard_order(16), [1, 16, 8, 9, 5, 12, 4, 13, 6, 11, 3, 14, 7, 10, 2, 15]
    for size in (2, 4, 8):
        groups = [{frozenset(order[place : place + size]) for place in range(0, 16, size)} for order in (ours, ncaa)]
        assert groups[0] == groups[1]


@pytest.mark.parametrize("size", [1, 2, 4, 8, 16, 32, 64])
def test_the_best_seeds_meet_as_late_as_possible(size: int):
    order = standard_order(size)
    assert sorted(order) == list(range(1, size + 1))
    while len(order) > 1:
        pairs = list(zip(order[::2], order[1::2], strict=True))
        assert {one + two for one, two in pairs} == {len(order) + 1}
        order = [min(pair) for pair in pairs]


@settings(max_examples=20)
@given(st.integers(1, 4), st.integers(0, 3), st.data())
def test_each_round_is_full(rounds: int, doubles: int, data: st.DataObject):
    """As many teams reach each round as it has places, also with play-in games."""
    lines, code = [], 0
    for number in range(2**rounds):
        two = number < min(doubles, 2**rounds)
        lines.append((code, code + 1) if two else (code,))
        code += 2 if two else 1
    strengths = data.draw(st.lists(st.floats(-15, 15), min_size=code, max_size=code))
    shares = reach(known(strengths), Bracket(tuple(lines)), 300, 1)
    assert shares.sum(axis=0) == pytest.approx([2.0**left for left in range(rounds, -1, -1)])
    assert (np.diff(shares, axis=1) <= 1e-12).all(), "nobody is in a round without the one before"


def test_what_was_played_is_decided():
    """Trap: a team that is out is still given a chance."""
    bracket = Bracket(((0,), (1,), (2,), (3,)), results=((1, 0), (2, 3)))
    shares = reach(known([30, 0, 0, 30]), bracket, 500, 1)
    assert shares[:, 1].tolist() == [0.0, 1.0, 1.0, 0.0]
    assert shares[:, 2] == pytest.approx([0, 0.5, 0.5, 0], abs=0.07)
