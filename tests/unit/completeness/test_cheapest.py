"""The fewest calls for a set of gaps: never more than gaps, never more than any plan along one route."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from quality.contracts.game_players import GAME_PLAYERS
from quality.contracts.play_routes import PLAYS_BY_GAME, PLAYS_BY_TEAM
from quality.contracts.plays import PLAYS
from quality.dataset import Endpoint
from tasks.completeness._cheapest import Candidate, RouteIndex, cheapest
from tasks.completeness.gaps import Locator, game_locator
from tasks.requests import Request, season_requests, window_of

SEASON = 2025
OPENING = datetime(2024, 11, 4, 18, tzinfo=UTC)
MIDNIGHT = OPENING.replace(hour=0)
TEAMS = "ABCDEFGH"


def game(number: int, day: int = 0, home: str = "A", away: str = "B", *, at_midnight: bool = False) -> Locator:
    start = (MIDNIGHT if at_midnight else OPENING) + timedelta(days=day)
    teams = {"home_team": home, "away_team": away, "tournament": None}
    return game_locator({"game_id": number, "start_at": start} | teams, SEASON)


def routes_of(places: list[Locator], *names: str) -> RouteIndex:
    """Every request that the plan knows for a schedule, along the named routes."""
    games = [dict(locator.names)["game_id"] for locator in places]
    dates = sorted({locator.start_at.date() for locator in places if locator.start_at})
    asked: dict[str, list[tuple[Endpoint, Request]]] = {
        "date": [(PLAYS, Request(PLAYS.name, (("date", day),), SEASON)) for day in dates],
        "game": [(PLAYS_BY_GAME, r) for r in season_requests(PLAYS_BY_GAME, SEASON, values=[(g, None) for g in games])],
        "team": [(PLAYS_BY_TEAM, r) for r in season_requests(PLAYS_BY_TEAM, SEASON, values=[(t, None) for t in TEAMS])],
    }
    return RouteIndex(Candidate(*item) for name in names for item in asked[name])


def keys(plan: list[Candidate]) -> list[str]:
    return [str(candidate.request) for candidate in plan]


def test_twenty_games_of_a_day_are_one_call():
    places = [game(number, home=f"T{number}", away=f"U{number}") for number in range(20)]
    assert keys(cheapest(places, routes_of(places, "date", "game"), places)) == ["plays?date=2024-11-04"]


def test_one_game_of_a_busy_day_is_asked_by_game():
    """As many calls as the whole date and a fraction of its bytes."""
    day = [game(number, home=f"T{number}", away=f"U{number}") for number in range(20)]
    assert keys(cheapest(day[3:4], routes_of(day, "date", "game"), day)) == ["plays_by_game?gameId=3"]


def test_games_of_a_team_on_many_days_are_one_call():
    season = [game(number, day=number, home="A", away=TEAMS[1 + number % 7]) for number in range(12)]
    assert keys(cheapest(season, routes_of(season, "date", "game", "team"), season)) == [
        "plays_by_team?season=2025,team=A"
    ]


def test_a_midnight_game_comes_with_either_of_its_dates():
    """Trap: `/plays/date` holds games at 00:00:00 of the next date too; a second call would be wasted."""
    places = [game(1, day=0), game(2, day=1, at_midnight=True)]
    assert keys(cheapest(places, routes_of(places, "date"))) == ["plays?date=2024-11-04"]


def test_windows_hold_the_games_that_start_in_them():
    requests = season_requests(GAME_PLAYERS, SEASON)
    index = RouteIndex(Candidate(GAME_PLAYERS, request) for request in requests)
    for day in (0, 1, 3, 4, 60, 150):
        locator = game(1, day=day)
        (number,) = index.of(locator)
        window = window_of(index.candidates[number].request)
        assert window is not None
        assert window.start <= locator.start_at < window.end


def test_what_no_request_brings_is_left_out():
    strange = Locator((("game_id", 99),))
    places = [game(1)]
    assert keys(cheapest([strange, *places], routes_of(places, "game"))) == ["plays_by_game?gameId=1"]
    assert cheapest([strange], routes_of(places, "game")) == []
    assert cheapest([], routes_of(places, "game")) == []


GAMES = st.lists(
    st.tuples(st.integers(0, 9), st.sampled_from(TEAMS), st.sampled_from(TEAMS), st.booleans(), st.booleans()).filter(
        lambda item: item[1] != item[2]
    ),
    min_size=1,
    max_size=40,
)
ROUTES = st.sets(st.sampled_from(["date", "game", "team"]), min_size=1)


@given(games=GAMES, names=ROUTES)
def test_every_gap_is_covered_by_no_more_calls_than_any_single_strategy(
    games: list[tuple[int, str, str, bool, bool]], names: set[str]
):
    schedule = [
        game(number, day, home, away, at_midnight=midnight)
        for number, (day, home, away, midnight, _) in enumerate(games)
    ]
    gaps = [locator for locator, (*_, missing) in zip(schedule, games, strict=True) if missing]
    index = routes_of(schedule, *sorted(names))
    plan = cheapest(gaps, index, schedule)

    chosen = {candidate.request.folder for candidate in plan}
    brought = [{index.candidates[number].request.folder for number in index.of(locator)} & chosen for locator in gaps]
    assert all(brought)
    assert len(plan) == len(chosen) <= len(gaps)
    singles = {
        "date": len({locator.start_at.date() for locator in gaps if locator.start_at}),
        "game": len(gaps),
        "team": len({min(str(value) for name, value in locator.names if name == "school") for locator in gaps}),
    }
    assert len(plan) <= min(singles[name] for name in names)


@given(games=GAMES)
def test_the_plan_does_not_depend_on_the_order_of_gaps(games: list[tuple[int, str, str, bool, bool]]):
    schedule = [game(number, day, home, away) for number, (day, home, away, *_) in enumerate(games)]
    index = routes_of(schedule, "date", "game", "team")
    plans = [cheapest(places, index, schedule) for places in (schedule, schedule[::-1])]
    assert len(plans[0]) == len(plans[1])


def test_dates_are_days_in_utc():
    locator = game(1, at_midnight=True)
    assert [value for name, value in locator.names if name == "date"] == [date(2024, 11, 4), date(2024, 11, 3)]
