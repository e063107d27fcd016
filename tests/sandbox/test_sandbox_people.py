"""Rosters, recruits, transfers and the draft: one set of people, and the parameter that is `year`."""

from collections import Counter
from datetime import UTC, datetime

import pytest

from sandbox import Sandbox, SandboxConfig
from sandbox.atlas.people import find_athlete, roster, team_of

from .conftest import getter


@pytest.fixture(scope="module")
def rosters(get):
    return {season: get("/teams/roster", season=season) for season in (2023, 2024, 2025)}


@pytest.fixture(scope="module")
def homes(rosters):
    """season -> athlete id -> team id"""
    return {
        season: {player["id"]: row["teamId"] for row in rows for player in row["players"]}
        for season, rows in rosters.items()
    }


def test_all_schools_have_a_roster_and_many_are_empty(rosters, get):
    assert len(rosters[2025]) == len(get("/teams"))
    for row in rosters[2025]:
        assert (row["players"] == []) == (row["conference"] is None)
        assert row["players"] == [] or 10 <= len(row["players"]) <= 25


def test_a_roster_of_one_team_ignores_case(rosters, get):
    row = next(row for row in rosters[2025] if row["players"])
    assert get("/teams/roster", season=2025, team=row["team"].upper()) == [row]


def test_roster_positions_are_names_and_those_of_boxes_abbreviations(rosters, get):
    assert {p["position"] for row in rosters[2025] for p in row["players"]} == {"Guard", "Forward", "Center"}
    assert {p["position"] for row in get("/games/players", season=2025) for p in row["players"]} == {"G", "F", "C"}


def test_everyone_in_a_box_is_on_the_roster(rosters, get):
    known = {(row["teamId"], p["sourceId"]) for row in rosters[2025] for p in row["players"]}
    for row in get("/games/players", season=2025):
        if row["conference"]:
            assert {(row["teamId"], p["athleteSourceId"]) for p in row["players"]} <= known


def test_an_athlete_is_on_one_team_in_a_season(rosters):
    for rows in rosters.values():
        assert max(Counter(p["id"] for row in rows for p in row["players"]).values()) == 1


def test_end_season_does_not_tell_the_future(rosters):
    assert max(p["endSeason"] for rows in rosters.values() for row in rows for p in row["players"]) == 2025


def test_unknown_places_are_null_and_never_zero(rosters):
    towns = [p["hometown"] for row in rosters[2025] for p in row["players"]]
    assert any(town["latitude"] is None for town in towns)
    assert all(town["latitude"] != 0 != town["longitude"] for town in towns)


def test_year_is_the_parameter_and_season_brings_the_whole_table(get):
    for path in ("/recruiting/portal", "/recruiting/players", "/recruiting/teams", "/draft/picks"):
        one, whole = get(path, year=2024), get(path, season=2024)
        assert {row["year"] for row in one} == {2024}
        assert len(whole) > len(one)
        assert whole == get(path)
        years = [row["year"] for row in whole]
        assert years == sorted(years, reverse=True)


def test_transfers_play_for_the_new_team_in_the_next_season(get, homes, sandbox):
    moved = {player for player, team in homes[2025].items() if homes[2024].get(player, team) != team}
    assert moved
    rows = get("/recruiting/portal", year=2024)
    late = getter(Sandbox(SandboxConfig(now=datetime(2024, 9, 1, tzinfo=UTC))))("/recruiting/portal", year=2024)
    assert late == rows
    moves = Counter((row["origin"]["id"], row["destination"]["id"]) for row in rows if row["destination"])
    assert moves == Counter((homes[2024][player], homes[2025][player]) for player in moved)


def test_ids_of_athletes_stay_when_they_move(homes, sandbox):
    for player, team in homes[2025].items():
        person = find_athlete(sandbox.world.atlas, player)
        assert person is not None
        assert person.id == player
        assert team_of(sandbox.world.atlas, player, 2025) == team


def test_portal_begins_in_2021_and_some_find_no_team(get):
    rows = get("/recruiting/portal")
    assert min(row["year"] for row in rows) == 2021
    assert {row["eligibility"] for row in rows} >= {"Immediate", "TBD", "Withdrawn"}
    assert 0.1 < sum(row["destination"] is None for row in rows) / len(rows) < 0.7
    assert 0 not in [row["rating"] for row in rows]
    assert any(row["rating"] is None for row in rows)


def test_destinations_become_known_during_the_spring():
    early = getter(Sandbox(SandboxConfig(now=datetime(2024, 4, 10, tzinfo=UTC))))("/recruiting/portal", year=2024)
    late = getter(Sandbox(SandboxConfig(now=datetime(2024, 8, 10, tzinfo=UTC))))("/recruiting/portal", year=2024)
    assert [row["id"] for row in early] == [row["id"] for row in late]
    assert sum(row["destination"] is not None for row in early) < sum(row["destination"] is not None for row in late)
    none = getter(Sandbox(SandboxConfig(now=datetime(2024, 3, 1, tzinfo=UTC))))("/recruiting/portal", year=2024)
    assert none == []


def test_portal_filters_have_other_names_than_the_fields(get):
    row = next(row for row in get("/recruiting/portal", year=2024) if row["destination"])
    rows = get("/recruiting/portal", year=2024, sourceTeam=row["origin"]["name"].upper())
    assert {r["origin"]["name"] for r in rows} == {row["origin"]["name"]}
    rows = get("/recruiting/portal", year=2024, destinationConference=row["destination"]["conference"])
    assert {r["destination"]["conference"] for r in rows} == {row["destination"]["conference"]}
    assert get("/recruiting/portal", year=2024, origin="x") == get("/recruiting/portal", year=2024)


def test_recruits_are_freshmen_and_some_are_linked(get, homes):
    rows = get("/recruiting/players", year=2024)
    linked = [row for row in rows if row["athleteId"]]
    assert 0.4 * len(rows) < len(linked) < len(rows)
    for row in linked:
        assert homes[2025][row["athleteId"]] == row["committedTo"]["id"]
        assert row["athleteId"] not in homes[2024]
    assert not {row["id"] for row in rows} & homes[2025].keys()
    assert [row["ranking"] for row in rows] == list(range(1, len(rows) + 1))


def test_recruits_of_a_class_to_come_are_not_linked(get):
    assert {row["athleteId"] for row in get("/recruiting/players", year=2025)} == {None}


def test_recruits_without_a_choice_have_no_team(get):
    rows = get("/recruiting/players")
    assert any(row["committedTo"] is None for row in rows)
    team = next(row["committedTo"]["name"] for row in rows if row["committedTo"])
    assert {row["committedTo"]["name"] for row in get("/recruiting/players", team=team.lower())} == {team}


def test_team_rankings_count_the_committed(get):
    rows = get("/recruiting/teams", year=2024)
    committed = {row["committedTo"]["id"] for row in get("/recruiting/players", year=2024) if row["committedTo"]}
    assert {row["teamId"] for row in rows} == committed
    assert [row["rating"] for row in rows] == sorted((row["rating"] for row in rows), reverse=True)


def test_picks_have_no_id_and_are_those_who_leave(get, homes):
    rows = get("/draft/picks", year=2024)
    assert "id" not in rows[0]
    assert [row["overall"] for row in rows] == list(range(1, 61))
    linked = [row for row in rows if row["athleteId"]]
    assert linked
    for row in linked:
        assert homes[2024][row["athleteId"]] == row["sourceTeamCollegeId"]
        assert row["athleteId"] not in homes[2025]
    assert any(row["athleteId"] is None and row["sourceTeamCollegeId"] is None for row in rows)


def test_draft_filters_compare_nickname_location_and_position(get):
    row = get("/draft/picks", year=2024)[0]
    team = next(one for one in get("/draft/teams") if one["id"] == row["draftTeamId"])
    assert row["draftTeam"] == team["displayName"]
    named = get("/draft/picks", year=2024, draftTeam=team["name"].lower())
    assert {pick["draftTeam"] for pick in named} == {team["displayName"]}
    assert get("/draft/picks", year=2024, draftTeam=team["displayName"]) == []
    college = next(pick for pick in get("/draft/picks", year=2024) if pick["sourceTeamLocation"])
    assert college in get("/draft/picks", year=2024, sourceTeam=college["sourceTeamLocation"])
    parts = [get("/draft/picks", year=2024, position=one["abbreviation"]) for one in get("/draft/positions")]
    assert sum(map(len, parts)) == 60
    shorts = [one["abbreviation"] for one in get("/draft/positions")]
    assert all({pick["position"] for pick in part} <= {short} for part, short in zip(parts, shorts, strict=True))


def test_the_draft_is_held_in_june():
    sandbox = Sandbox(SandboxConfig(now=datetime(2024, 6, 1, tzinfo=UTC)))
    assert getter(sandbox)("/draft/picks", year=2024) == []


def test_missing_names_of_draft_teams_are_empty_text(get):
    rows = get("/draft/teams")
    assert "" in {row["location"] for row in rows}
    assert [row["displayName"] for row in rows] == sorted(row["displayName"] for row in rows)


def test_every_rotation_has_ten(sandbox):
    atlas = sandbox.world.atlas
    assert min(len(roster(atlas, team, year)) for team in atlas.teams for year in range(2003, 2027)) >= 10
