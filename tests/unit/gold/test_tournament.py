"""The field of a tournament: as drawn from its games, what they show before each morning, and the projection."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from tasks.gold._tournament import drawn, known_from, projected

REGIONS = ("East", "Midwest", "South", "West")
FIRST = date(2025, 3, 20)
SEMIFINAL = date(2025, 4, 5)


def game(day: date, region: str | None, home: tuple[int, int], away: tuple[int, int]) -> dict[str, object]:
    """A game of the tournament; a team is its id and its seed."""
    sides = {"home": home, "away": away}
    return {"game_date": day, "region": region} | {
        f"{side}_{name}": value
        for side, pair in sides.items()
        for name, value in zip(("team_id", "seed"), pair)  # noqa: B905
    }


def field() -> list[dict[str, object]]:
    """Four regions of four teams: 11 to 14 in the East, 21 to 24 in the Midwest, ..."""
    first = []
    for number, region in enumerate(REGIONS, start=1):
        first += [game(FIRST, region, (10 * number + 1, 1), (10 * number + 4, 4))]
        first += [game(FIRST, region, (10 * number + 2, 2), (10 * number + 3, 3))]
    return first


def frame(rows: list[dict[str, object]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema_overrides={"region": pl.String})


WITH_SEMIFINALS = [*field(), game(SEMIFINAL, None, (11, 1), (31, 1)), game(SEMIFINAL, None, (21, 1), (42, 2))]


def pairs(day: date) -> set[frozenset[frozenset[str]]]:
    """The ways in which regions can meet in the semifinals, as known on a morning."""
    found = drawn(frame(WITH_SEMIFINALS), day)
    assert found is not None
    return {frozenset((frozenset(order[:2]), frozenset(order[2:]))) for order in found.orders}


def test_which_regions_meet_is_known_once_they_have_met():
    """Trap: in March the pairing was read from games of April, so a lake that stopped had another bracket."""
    assert len(pairs(FIRST)) == 3
    assert pairs(SEMIFINAL) == pairs(FIRST), "a game of the day itself is not known"
    met = frozenset((frozenset(("East", "South")), frozenset(("Midwest", "West"))))
    assert pairs(SEMIFINAL + timedelta(days=1)) == {met}


def test_every_bracket_has_each_team_once_and_the_best_seeds_apart():
    found = drawn(frame(WITH_SEMIFINALS), FIRST)
    assert found is not None
    ids = [10 * region + seed for region in range(1, 5) for seed in range(1, 5)]
    for bracket in found.brackets({team: team for team in ids}):
        assert sorted(bracket.teams) == ids
        assert {frozenset(team % 10 for team in bracket.teams[place : place + 2]) for place in range(0, 16, 2)} == {
            frozenset((1, 4)),
            frozenset((2, 3)),
        }


@pytest.mark.parametrize(
    "rows",
    [
        [],
        field()[:-1],  # a region lacks two teams
        [*field(), game(FIRST, "East", (99, 5), (98, 6))],  # six teams in a region
        [*field(), game(FIRST, "West", (11, 4), (98, 4))],  # a team in two regions
    ],
)
def test_a_field_that_is_not_whole_is_none(rows: list[dict[str, object]]):
    empty = frame(field()).clear()
    assert drawn(frame(rows) if rows else empty) is None


def test_a_play_in_game_is_two_teams_on_one_line():
    found = drawn(frame([*field(), game(FIRST, "East", (14, 4), (15, 4))]))
    assert found is not None
    (bracket, *_) = found.brackets({team: team for team in [*range(10, 50)]})
    assert (14, 15) in bracket.lines


def test_the_draw_is_known_the_day_before_the_first_game():
    assert known_from(frame(field())) == FIRST - timedelta(days=1)
    assert known_from(frame(field()).clear()) is None


def test_a_projected_field_has_the_favourite_of_each_conference_and_then_the_best():
    teams = pl.DataFrame(
        {
            "team_id": list(range(20)),
            "conference_id": [0] * 12 + [1] * 7 + [None],
            "title_probability": [0.5, 0.4, *[0.01] * 10, 0.6, *[0.05] * 6, None],
            "expected_wins_above_bubble": [5.0 - number for number in range(12)] + [-30.0] * 8,
            "strength": [20.0 - number for number in range(20)],
        }
    )
    found = projected(teams, 8)
    assert found is not None
    assert not found.is_drawn
    assert set(found.places["team_id"]) == {*range(7), 12}, "12 is the favourite of a weak conference"
    seeds = dict(found.places.select("team_id", "seed").iter_rows())
    assert [seeds[team] for team in (0, 1, 2, 3)] == [1, 1, 1, 1]
    assert seeds[12] == 2
    assert projected(teams.head(3), 8) is None
