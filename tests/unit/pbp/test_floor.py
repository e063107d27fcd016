"""Line-ups from the players that plays list on the floor: by hand on short games, and what holds of any game."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.contracts.floor import FCT_FLOOR_STINTS, FCT_GAME_FLOOR, STINT_COUNTS
from quality.validate import check
from tasks.pbp.floor import floor_stints
from tasks.pbp.game_floor import game_floor, merged

GAME, HOME, AWAY = 7, 1, 2
NAMES = {HOME: "Home", AWAY: "Away"}
PLAYS, POSSESSIONS = (item.schema for item in FCT_FLOOR_STINTS.derivation.inputs)  # type: ignore[union-attr]
SUBSTITUTIONS = FCT_GAME_FLOOR.derivation.inputs[1].schema  # type: ignore[union-attr]
FETCHED = datetime(2025, 1, 2, tzinfo=UTC)
STARTERS, BENCH = range(1, 6), range(2, 7)  # 6 comes in for 1
VISITORS = range(11, 16)


def listed(home: object = STARTERS, away: object = VISITORS, **more: int) -> list[dict[str, object]]:
    """A list of a play. more: further athletes by name of their team."""
    both = [(HOME, home), (AWAY, away)]
    people = [{"team": NAMES[team], "name": f"P{who}", "athlete_id": who} for team, ids in both for who in ids]  # type: ignore[attr-defined]
    return people + [{"team": team, "name": f"P{who}", "athlete_id": who} for team, who in more.items()]


def play(second: int, floor: list[dict[str, object]], team: int | None = HOME) -> dict[str, object]:
    """A play of the first half, by seconds since the tip."""
    other = None if team is None else HOME + AWAY - team
    names = {"team": None if team is None else NAMES[team], "opponent": None if other is None else NAMES[other]}
    head = {"game_id": GAME, "season": 2025, "game_date": date(2025, 1, 1), "fetched_at": FETCHED, "raw_object": "r"}
    at = {"period": 1, "seconds_remaining": 1200 - second, "team_id": team, "opponent_id": other}
    return head | at | names | {"on_floor": floor}


def possession(start: int, end: int, team: int = HOME, points: int = 0, *, garbage: bool = False) -> dict[str, object]:
    at = {"start_seconds_remaining": 1200 - start, "end_seconds_remaining": 1200 - end, "period": 1}
    head = {"game_id": GAME, "game_date": date(2025, 1, 1), "offence_team_id": team}
    return head | at | {"points": points, "is_garbage_time": garbage}


def stints(plays: list[dict[str, object]], *played: dict[str, object]) -> pl.DataFrame:
    made = floor_stints(pl.LazyFrame(plays, PLAYS), pl.LazyFrame(list(played), POSSESSIONS)).collect()
    checked = check(made, FCT_FLOOR_STINTS)
    assert checked.report.quarantined == 0, checked.quarantined
    return checked.good.sort(FCT_FLOOR_STINTS.key)


def game(rows: pl.DataFrame, substitutions: list[dict[str, object]] | None = None) -> dict[str, object]:
    made = game_floor(rows.lazy(), pl.LazyFrame(substitutions or [], SUBSTITUTIONS)).collect()
    checked = check(made, FCT_GAME_FLOOR)
    assert checked.report.quarantined == 0, checked.quarantined
    return checked.good.row(0, named=True)


def lineups(rows: pl.DataFrame, team: int = HOME) -> list[tuple[list[int], int, int]]:
    own = rows.filter(team_id=team)
    return list(own.select("athlete_ids", "begin_elapsed_seconds", "end_elapsed_seconds").iter_rows())


CHANGED = [(list(STARTERS), 0, 100), (list(BENCH), 100, 200)]


def test_a_list_of_five_is_the_line_up_from_its_second_on():
    rows = stints([play(0, listed()), play(60, listed()), play(100, listed(BENCH)), play(200, [])])
    assert lineups(rows) == CHANGED
    assert rows.filter(team_id=AWAY)["opponent_athlete_ids"].to_list() == [list(STARTERS), list(BENCH)]
    assert rows["athlete_names"][0].to_list() == ["P1", "P2", "P3", "P4", "P5"]
    assert game(rows) | {"floor_flag": "ok", "floor_seconds": 200, "known_floor_seconds": 200} == game(rows)


def test_lists_with_those_who_leave_and_those_who_come_give_the_same_line_ups():
    """Trap: a source whose stints include their last second lists more than ten at a substitution."""
    both = range(1, 7)
    rows = stints([play(0, listed()), play(60, listed()), play(100, listed(both)), play(200, listed(BENCH))])
    assert lineups(rows) == CHANGED
    assert game(rows)["odd_moments"] == 1


def test_a_possession_belongs_to_those_on_the_floor_at_its_middle():
    """A substitution at the second of the last free throw follows the possession that the free throw ended."""
    rows = stints(
        [play(0, listed()), play(100, listed(BENCH)), play(200, [])],
        possession(80, 100, points=2),
        possession(100, 120, AWAY, points=3),
        possession(120, 200, points=1, garbage=True),
    )
    counted = rows.filter(team_id=HOME).select(*STINT_COUNTS, "stint_garbage_time_points")
    assert counted.rows() == [(1, 0, 2, 0, 0), (1, 1, 1, 3, 1)]


@pytest.mark.parametrize(
    ("wrong", "odd", "repaired"),
    [(listed(range(1, 5)), 1, 30), (listed(range(1, 7)), 1, 0), ([], 2, 60), (listed(STARTERS, range(11, 17)), 1, 0)],
    ids=["four", "six", "nobody", "eleven"],
)
def test_a_gap_between_the_same_five_is_repaired_and_counted(wrong: list[dict[str, object]], odd: int, repaired: int):
    """Trap: a line-up of four, of six (five of whom stay), or nobody at all."""
    plays = [play(0, listed()), play(50, wrong), play(80, listed()), play(200, [])]
    rows = stints(plays)
    found = game(rows)
    assert lineups(rows) == [(list(STARTERS), 0, 200)]
    assert found["floor_flag"] == "ok"
    assert (found["odd_moments"], found["repaired_seconds"]) == (odd, repaired)


def test_what_neighbours_do_not_decide_stays_unknown_and_its_possessions_are_counted():
    plays = [play(0, listed()), play(100, listed([1, 2, 3, 4])), play(150, listed([2, 3, 4, 5, 7])), play(200, [])]
    rows = stints(plays, possession(100, 140, AWAY, points=2))
    assert [five for five, *_ in lineups(rows)] == [list(STARTERS), [], [2, 3, 4, 5, 7]]
    found = game(rows)
    assert (found["floor_flag"], found["known_floor_seconds"]) == ("incomplete", 150)
    assert (found["floor_possessions"], found["unknown_floor_possessions"]) == (1, 1)


def test_a_long_gap_is_not_repaired():
    rows = stints([play(0, listed()), play(100, []), play(300, listed()), play(400, [])])
    assert [(len(five), begin) for five, begin, _ in lineups(rows)] == [(5, 0), (0, 100), (5, 300)]


def test_a_game_before_2024_has_one_unknown_stint_and_a_flag():
    """Trap: plays without players on the floor, as in every season before 2024."""
    rows = stints([play(0, []), play(100, []), play(200, [])], possession(0, 100, points=2))
    assert lineups(rows) == [([], 0, 200)]
    assert game(rows)["floor_flag"] == "no_floor"
    assert rows["stint_points"].sum() == 2


def test_an_athlete_on_both_teams_counts_for_the_one_that_lists_him_more_often():
    """Trap: an athlete on two teams of one game."""
    plays = [play(0, listed()), play(50, listed(Away=1)), play(100, listed()), play(200, [])]
    rows = stints(plays)
    assert lineups(rows, AWAY) == [(list(VISITORS), 0, 200)]
    assert game(rows)["strangers"] == 1


def test_entries_without_an_athlete_are_left_out_and_counted():
    nobody = [*listed([1, 2, 3, 4]), {"team": "Home", "name": "X", "athlete_id": None}]
    rows = stints([play(0, listed()), play(50, nobody), play(100, listed()), play(200, [])])
    assert lineups(rows) == [(list(STARTERS), 0, 200)]
    assert game(rows)["strangers"] == 1


def test_two_lists_of_one_second_give_the_same_in_any_order():
    """Trap: plays of one second arrive in no order."""
    plays = [play(0, listed()), play(50, listed()) | {"play_id": 1}, play(50, listed(BENCH)) | {"play_id": 2}]
    plays.append(play(200, []))
    assert lineups(stints(plays)) == lineups(stints(plays[::-1])) == [(list(STARTERS), 0, 200)]


def test_no_plays_make_no_rows():
    assert stints([]).is_empty()
    assert stints([play(0, listed(), team=None)]).is_empty(), "no play names the teams"


def stint(athlete: int, begin: int, end: int, team: int = HOME) -> dict[str, object]:
    at = {"sub_in_seconds_remaining": 1200 - begin, "sub_out_seconds_remaining": 1200 - end}
    head = {"game_id": GAME, "game_date": date(2025, 1, 1), "team_id": team, "athlete_id": athlete}
    return head | at | {"sub_in_period": 1, "sub_out_period": 1}


ALL = [stint(athlete, 0, 200) for athlete in range(1, 6)]


@pytest.mark.parametrize(
    ("substitutions", "agreed", "flag"),
    [
        ([], None, "ok"),
        (ALL, 1.0, "ok"),
        ([*ALL[:4], stint(5, 0, 100)], 2 * 900 / 1900, "ok"),
        ([stint(athlete, 0, 200) for athlete in range(21, 26)], 0.0, "contradicts_substitutions"),
    ],
    ids=["none", "same", "one leaves early", "others"],
)
def test_substitutions_are_the_check(substitutions: list[dict[str, object]], agreed: float | None, flag: str):
    """Trap: substitutions that contradict the plays; and those of one team only, which are fetched by team."""
    found = game(stints([play(0, listed()), play(100, listed()), play(200, [])]), substitutions)
    assert found["substitution_agreement_pct"] == (None if agreed is None else pytest.approx(agreed))
    assert found["floor_flag"] == flag


floors = st.lists(st.sets(st.integers(1, 7), max_size=7), min_size=2, max_size=12)


@given(floors, st.lists(st.tuples(st.integers(0, 11), st.integers(0, 3)), max_size=10))
@settings(max_examples=60, deadline=None)
def test_seconds_possessions_and_points_add_up_whatever_is_listed(lists: list[set[int]], played: list[tuple[int, int]]):
    plays = [play(20 * number, listed(sorted(people))) for number, people in enumerate(lists)]
    owned = [possession(20 * at, 20 * at + 10, (HOME, AWAY)[at % 2], points) for at, points in played]
    rows = stints(plays, *owned)
    for team in (HOME, AWAY):
        own = rows.filter(team_id=team)
        assert own["stint_seconds"].sum() == 20 * (len(lists) - 1)
        assert (own["end_elapsed_seconds"] - own["begin_elapsed_seconds"] == own["stint_seconds"]).all()
        assert own["stint_points"].sum() == sum(row["points"] for row in owned if row["offence_team_id"] == team)  # type: ignore[misc]
    assert rows["stint_offence_possessions"].sum() == rows["stint_defence_possessions"].sum() == len(played)
    assert set(rows["athlete_ids"].list.len()) <= {0, 5}


moments = st.tuples(st.integers(0, 1200), st.integers(0, 1200)).map(sorted)


@given(st.lists(moments, min_size=1, max_size=8))
@settings(max_examples=60, deadline=None)
def test_merged_substitutions_cover_the_same_seconds_without_overlap(spans: list[list[int]]):
    found = merged(pl.LazyFrame([stint(5, begin, end) for begin, end in spans], SUBSTITUTIONS)).collect()
    seconds = [second for begin, end in found.select("begin", "end").iter_rows() for second in range(begin, end)]
    assert sorted(seconds) == sorted({second for begin, end in spans for second in range(begin, end)})
