"""Traps of the whole API, from outside: filters, keys, zeros, identities, coverage. Each test names its trap."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from quality.contracts.drafts import DRAFT_PICKS
from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.lineups import LINEUPS
from quality.contracts.ratings import RATINGS_ADJUSTED, RATINGS_ELO
from quality.contracts.recruiting import PORTAL, RECRUITS
from quality.contracts.substitutions import SUBSTITUTIONS
from quality.contracts.teams import TEAM_SEASONS, TEAMS
from quality.dataset import Endpoint, Pattern, registry
from sandbox import Sandbox, SandboxConfig
from tasks.lake.lake import Lake
from tasks.requests import season_requests
from tasks.settings import Settings
from tests.support.lakes import NOON, built, keep, request_of
from tests.support.records import record
from tests.support.simulated import Simulated

SEASONAL = [endpoint for endpoint in registry() if endpoint.pattern is not Pattern.ONCE]
# First season with useful data, as measured at the API.
COVERED_SINCE = {
    **dict.fromkeys(("games", "game_teams", "game_players", "rosters", "ratings_srs", "stats_team_season"), 2003),
    **dict.fromkeys(("substitutions", "lineups", "lineups_team_season"), 2024),
    **{"plays": 2006, "game_media": 2011, "lines": 2013, "ratings_adjusted": 2014, "recruiting_portal": 2021},
}


@pytest.fixture
def api(lake: Lake) -> Simulated:
    return Simulated(lake)


def games(lake: Lake, *changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Silver rows of games with these values, by id."""
    keep(lake, request_of(GAMES, 2025), [record(GAMES.record, n) | values for n, values in enumerate(changes, 1)])
    built(lake, GAMES)
    return lake.scan(FCT_GAMES.qualified).sort("game_id").collect().rows(named=True)


# -- what is asked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("endpoint", SEASONAL, ids=lambda endpoint: endpoint.name)
def test_nothing_is_asked_that_filters_wrongly(endpoint: Endpoint):
    """Traps: utcOffset widens a date to a month, `team=` gives everybody rank 1, shootingPlaysOnly leaves plays out."""
    values = [(7, None)] if endpoint.each else ()
    sent = {name for request in season_requests(endpoint, 2025, None, values) for name, _ in request.params}
    own = {endpoint.each.param} if endpoint.each else set()
    assert sent - own <= {"season", "year", "date", "startDateRange", "endDateRange"}


@pytest.mark.parametrize("endpoint", [e for e in SEASONAL if e.snapshots and not e.each], ids=lambda e: e.name)
def test_ranks_run_over_one_whole_season(endpoint: Endpoint):
    """Trap: rank columns are computed over the rows of the answer, so only the season may be given."""
    for request in season_requests(endpoint, 2025):
        assert {name for name, _ in request.params} == {"season" if endpoint is not PORTAL else "year"}


def test_ranks_of_a_season_are_all_there(api: Simulated):
    api.bring(RATINGS_ADJUSTED)
    ranks = api.table("fct_ratings_adjusted")["rankings_net"].sort().to_list()
    assert ranks[0] == 1
    assert max(ranks) == len(ranks) > 20


@pytest.mark.parametrize(("name", "first"), COVERED_SINCE.items())
def test_nothing_is_asked_before_there_is_anything(name: str, first: int):
    endpoint = registry().endpoints[name]
    assert endpoint.first_season == first
    assert season_requests(endpoint, first - 1, None, [(7, None)]) == []


def test_a_busy_saturday_has_time_to_arrive():
    """Trap: 53 MB in one answer; a time-out of 60 seconds failed five times on one day."""
    settings = Settings(_env_file=None)
    assert settings.read_timeout_seconds >= 120
    assert settings.deadline_seconds > settings.read_timeout_seconds


# -- keys -------------------------------------------------------------------------------------------------------------


def test_line_ups_get_the_game_and_season_that_the_answer_lacks(api: Simulated):
    """Trap: deduplicated on keys that were not there, 25 line-ups became one."""
    number = api.bring(GAMES)[0]["id"]
    sent = api.bring(LINEUPS, gameId=number)
    assert not {"gameId", "season"} & sent[0].keys()
    found = api.table("fct_lineups")
    assert found.height == len(sent) > 10
    assert (found["game_id"].unique().to_list(), found["season"].unique().to_list()) == ([number], [2025])


def test_stints_get_the_season_that_the_answer_lacks(api: Simulated):
    """Trap: deduplicated on an id that is not there, 40 substitutions became one."""
    team = api.bring(TEAM_SEASONS)[0]["school"]
    sent = api.bring(SUBSTITUTIONS, team=team)
    assert not {"id", "season"} & sent[0].keys()
    assert api.table("fct_substitutions").height == len(sent) > 500


def test_draft_picks_without_an_id_are_all_kept(api: Simulated):
    """Trap: 58 picks became one. Some have no athlete either: neither is in the key."""
    sent = api.bring(DRAFT_PICKS, 2024)
    found = api.table("fct_draft_picks")
    assert "id" not in sent[0]
    assert found.height == len(sent) > 20
    assert api.report("fct_draft_picks").deduplicated == 0


def test_recruits_are_not_athletes(api: Simulated):
    """Trap: a recruit's id is not an athlete's; the link is another column, and empty for some."""
    sent = api.bring(RECRUITS, 2024)
    found = api.table("fct_recruiting_players")
    assert found.height == len(sent)
    assert 0 < found["athlete_id"].null_count() < found.height
    assert found["committed_to_id"].drop_nulls().len() > 0, "an object, so a join by its name never matched"
    linked = found.drop_nulls("athlete_id")
    assert (linked["athlete_id"] != linked["recruit_id"]).any()


def test_source_ids_are_texts_though_they_look_like_numbers(api: Simulated):
    api.bring(TEAMS, None)
    found = api.table("dim_teams")
    assert found["source_id"].str.starts_with("UNKNOWN#").any()
    outsiders = found.filter(found["conference"].is_null())
    assert outsiders.height > 0, "opponents from outside Division I are teams as well"
    assert outsiders["mascot"].null_count() > 0


def test_elo_alone_has_the_name_of_the_conference(api: Simulated):
    """Trap: a join on `conference` finds nothing; team ids do."""
    api.bring(RATINGS_ELO)
    api.bring(TEAM_SEASONS)
    elo, teams = api.table("fct_ratings_elo"), api.table("dim_team_seasons")
    assert not set(elo["conference"]) & set(teams["conference"])
    assert set(elo["team_id"]) == set(teams["team_id"])


def test_conferences_are_those_of_the_season(api: Simulated):
    """Trap: today's conferences and Division I list used for all seasons."""
    for season in (2004, 2025):
        api.bring(TEAM_SEASONS, season)
    found = api.table("dim_team_seasons").select("season", "team_id", "conference")
    then, now = (found.filter(season=season).drop("season") for season in (2004, 2025))
    both = then.join(now, on="team_id")
    assert (both["conference"] != both["conference_right"]).any()


# -- values -----------------------------------------------------------------------------------------------------------


def test_zeros_that_are_sent_as_null_stay_null(lake: Lake):
    """Trap: 0 becomes null in excitement, win probability, coordinates, portal ratings. Nobody fills it in."""
    (row,) = games(lake, {"excitement": None})
    assert row["excitement"] is None
    keep(lake, request_of(PORTAL, 2025), [record(PORTAL.record, 1, rating=None, year=2025)])
    built(lake, PORTAL)
    assert lake.scan("silver.fct_recruiting_portal").collect()["rating"].to_list() == [None]
    said = {
        ("fct_games", "excitement"), ("fct_plays", "home_win_probability"), ("fct_recruiting_portal", "rating"),
        ("fct_rosters", "hometown_latitude"), ("fct_rosters", "hometown_longitude"),
    }  # fmt: skip
    for table, column in said:
        found = registry().tables[f"silver.{table}"].by_name[column]
        assert found.nullable, column
        assert "0 is sent as null" in found.description, column


def test_a_missing_side_is_a_row_and_no_team(lake: Lake):
    """Trap: homeTeamId -1 and an empty name where a side is not known; a venue may be missing too."""
    (row,) = games(lake, {"homeTeamId": -1, "homeTeam": "", "homeConference": None, "venueId": None, "venue": None})
    assert (row["home_team_id"], row["home_team"], row["venue_id"]) == (-1, "", None)


def test_tournaments_and_seeds_are_null_for_nearly_all(lake: Lake):
    nothing = {"tournament": None, "homeSeed": None, "awaySeed": None, "gameNotes": None}
    assert [row["tournament"] for row in games(lake, nothing, nothing)] == [None, None]


@pytest.mark.parametrize("kind", ["STD", "TRNMNT", "FINAL", "QTR", "RD16", "RD32", "RD64", "SEMI"])
def test_older_kinds_of_games_are_taken(lake: Lake, kind: str):
    assert [row["game_type"] for row in games(lake, {"gameType": kind})] == [kind]


def test_attendance_0_is_unknown_and_kept_as_sent(lake: Lake):
    assert [row["attendance"] for row in games(lake, {"attendance": 0}, {"attendance": None})] == [0, None]
    assert "0 and null mean unknown" in FCT_GAMES.by_name["attendance"].description


def test_a_placeholder_start_gives_way_to_the_real_one(lake: Lake):
    """Trap: midnight US Eastern while the time is open, and another date later: the game would be there twice."""
    api = Simulated(lake, Sandbox(SandboxConfig(now=datetime(2024, 11, 1, tzinfo=UTC))))
    early = {game["id"] for game in api.bring(GAMES) if game["startTimeTbd"]}
    before = api.table("fct_games").filter(api.table("fct_games")["game_id"].is_in(list(early)))
    assert set(before["start_at"].dt.convert_time_zone("America/New_York").dt.time().cast(str)) == {"00:00:00"}
    api.sandbox.now = datetime(2025, 5, 1, tzinfo=UTC)
    api.bring(GAMES)
    after = api.table("fct_games")
    assert after["game_id"].is_unique().all()
    moved = after.join(before.select("game_id", "start_at"), on="game_id", suffix="_before")
    assert moved.height == len(early) > 0
    assert (moved["start_at"] != moved["start_at_before"]).all()
    assert not moved["start_time_tbd"].any()


def test_most_games_have_another_date_in_utc(api: Simulated):
    """Trap: UTC dates used as game dates; 7 pm in New York is the next day in UTC."""
    api.bring(GAMES)
    found = api.table("fct_games")
    other = found.filter(found["game_date"] != found["start_at"].dt.date())
    assert 0.3 < other.height / found.height < 0.8
    assert ((other["start_at"].dt.date() - other["game_date"]).dt.total_days() == 1).all()


def test_an_unknown_season_is_an_empty_answer_and_no_rows(lake: Lake):
    """Trap: 200 and [] for whatever is unknown; it is no error, and no data."""
    keep(lake, request_of(GAMES, 2025), [], NOON)
    assert built(lake, GAMES) == {}
