"""A sample of a full-size season against public season aggregates (2023-2025)."""

from collections import Counter
from dataclasses import replace
from datetime import date
from statistics import fmean, pstdev
from zoneinfo import ZoneInfo

import pytest

from sandbox.atlas.atlas import Atlas
from sandbox.atlas.fixtures import Fixture, Result
from sandbox.atlas.schedule import Planner
from sandbox.game.box import boxes
from sandbox.season._bracket import ncaa_bracket
from sandbox.season._season import play_log

EASTERN = ZoneInfo("America/New_York")
# Per team and game in Division I: (mean, tolerance of a sample of 300 games).
TARGETS = {
    "points": (73.5, 2.5),
    "possessions": (68.3, 1.5),
    "field_goals_tried": (58.0, 1.2),
    "field_goals_made": (26.0, 0.9),
    "threes_tried": (22.2, 0.9),
    "threes_made": (7.5, 0.5),
    "free_throws_tried": (19.3, 1.3),
    "off_rebounds": (10.2, 0.6),
    "def_rebounds": (24.3, 0.9),
    "assists": (13.9, 0.9),
    "steals": (6.8, 0.6),
    "blocks": (3.25, 0.4),
    "turnovers": (12.6, 0.7),
    "fouls": (17.4, 0.9),
    "in_paint": (31.2, 2.6),
    "off_turnovers": (13.9, 1.4),
    "fast_break": (9.8, 1.8),
}


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return Atlas(2003, "full")


@pytest.fixture(scope="module")
def fixtures(atlas: Atlas) -> list[Fixture]:
    return Planner(atlas, 2025).fixtures()


@pytest.fixture(scope="module")
def sample(atlas: Atlas, fixtures: list[Fixture]):
    division = [game for game in fixtures if game.away <= atlas.shape.division_one and game.fate == "played"]
    return [boxes(play_log(atlas, game)) for game in division[::17]]


def _numbers(box) -> dict[str, int]:
    c = box.total
    return {
        "points": c.points, "possessions": box.possessions, "field_goals_tried": c.field_goals[1],
        "field_goals_made": c.field_goals[0], "threes_tried": c.tried["three"], "threes_made": c.made["three"],
        "free_throws_tried": c.tried["free"], "off_rebounds": c.off_rebounds, "def_rebounds": c.def_rebounds,
        "assists": c.assists, "steals": c.steals, "blocks": c.blocks, "turnovers": c.turnovers,
        "fouls": c.fouls + c.technicals, "in_paint": box.in_paint, "off_turnovers": box.off_turnovers,
        "fast_break": box.fast_break,
    }  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_team_game_means_are_the_real_ones(sample, name):
    mean, tolerance = TARGETS[name]
    values = [_numbers(box)[name] for game in sample for box in game]
    assert fmean(values) == pytest.approx(mean, abs=tolerance)


def test_spread_of_points_margins_and_totals(sample):
    points = [(home.total.points, away.total.points) for home, away in sample]
    assert pstdev([p for pair in points for p in pair]) == pytest.approx(12.8, abs=1.3)
    assert pstdev([home + away for home, away in points]) == pytest.approx(18.6, abs=2.0)
    assert 12.5 < pstdev([home - away for home, away in points]) < 18.5


def test_results_of_the_regular_season(atlas, fixtures):
    """Home sides of the regular season win a little more often than all home sides do (67 %)."""
    played = [game for game in fixtures if game.fate == "played"][::4]
    ends = [list(play_log(atlas, game))[-1] for game in played]
    margins = [end.home - end.away for end in ends]
    assert 0 not in margins
    assert fmean(margin > 0 for margin in margins) == pytest.approx(0.68, abs=0.03)
    assert fmean(margins) == pytest.approx(8.0, abs=1.2)
    assert pstdev(margins) == pytest.approx(17.2, abs=1.4)
    assert fmean(end.home + end.away for end in ends) == pytest.approx(146.5, abs=2.0)
    assert fmean(end.period > 2 for end in ends) == pytest.approx(0.055, abs=0.016)


def test_sixty_eight_teams_play_sixty_seven_games_for_the_title(atlas, fixtures):
    blank = replace(fixtures[0], tournament="NCAA", season_type="postseason")
    bracket = ncaa_bracket(list(range(1, 69)), date(2025, 3, 16), blank, next_id=1)
    played, known = [], blank.start
    while games := bracket.draw(known):
        for game in games:
            result = Result((40, 1), (30, 1), game.start, 0, None, (0, 0), (0, 0), 0)
            bracket.settle(game, result)
        known = max(game.start for game in games)
        assert len({team for game in games for team in (game.home, game.away)}) == 2 * len(games)
        played += games
    assert len(played) == 67
    assert {game.home_seed for game in played} <= set(range(1, 17))
    assert [game.notes for game in played][-1] == "Men's Basketball Championship - National Championship"


def test_the_calendar_is_a_real_one(fixtures):
    assert 5500 < len(fixtures) < 6000
    eastern = [game.start.astimezone(EASTERN) for game in fixtures]
    days = Counter(moment.date() for moment in eastern)
    assert max(days.values()) < 200
    assert min(days).isoformat() == "2024-11-04"
    share = Counter(moment.weekday() for moment in eastern)
    assert share[5] / len(fixtures) == pytest.approx(0.33, abs=0.04)
    midnight = fmean(game.start.time().isoformat() == "00:00:00" for game in fixtures)
    assert midnight == pytest.approx(0.22, abs=0.025)
    assert max(Counter(game.start for game in fixtures).values()) <= 61


def test_no_team_plays_twice_on_a_day(fixtures):
    busy = Counter(
        (game.start.astimezone(EASTERN).date(), team) for game in fixtures for team in (game.home, game.away)
    )
    assert max(busy.values()) == 1


def test_true_ratings_carry_over_from_season_to_season(atlas):
    teams = range(1, 366)
    one, two, far = ([atlas.rating(team, year).net for team in teams] for year in (2024, 2025, 2010))
    assert _correlation(one, two) > 0.85
    assert _correlation(one, far) < _correlation(one, two)


def _correlation(one: list[float], two: list[float]) -> float:
    a, b = fmean(one), fmean(two)
    return sum((x - a) * (y - b) for x, y in zip(one, two, strict=True)) / (len(one) * pstdev(one) * pstdev(two))
