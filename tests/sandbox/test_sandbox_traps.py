"""The real API's traps, one test each, named after the trap."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from sandbox import Sandbox, SandboxConfig
from sandbox.operations.operations import OPERATIONS
from sandbox.server.api import _array

from .conftest import AFTER_2025, getter


def test_a_full_answer_is_cut_at_the_cap_without_a_sign(sandbox: Sandbox, get):
    with sandbox.client() as client:
        reply = client.get("/games/players", params={"season": 2025})
    assert len(reply.json()) == 1000 < sandbox.world.row_counts(2025, "game_teams")["game_teams"]
    assert not {"link", "x-total-count", "x-next-page"} & reply.headers.keys()


def test_the_cap_keeps_the_earliest_games(get):
    rows = get("/games/players", season=2025)
    starts = [row["startDate"] for row in rows]
    assert starts == sorted(starts)
    later = get("/games/players", season=2025, startDateRange=starts[-1])
    assert {row["gameId"] for row in later} - {row["gameId"] for row in rows}


def test_caps_are_declared_as_the_real_server_has_them():
    caps = {path: found.cap for path, found in OPERATIONS.items() if found.cap}
    assert caps.items() >= {"/games": 3000, "/lines": 3000, "/games/teams": 3000, "/games/players": 1000}.items()
    assert _array(iter([{"a": 1}] * 3000))[1] == 3000


def test_an_unknown_parameter_filters_nothing(get, games):
    assert get("/games", season=2025, year=2020, Team="nobody") == games


def test_season_zero_and_empty_texts_are_no_filter(get):
    assert get("/teams", season=0) == get("/teams")
    assert get("/games", season=2025, team="", conference="") == get("/games", season=2025)


def test_an_empty_team_of_lineups_and_game_zero_are_the_whole_table():
    sandbox = Sandbox(SandboxConfig(now=datetime(2024, 11, 6, tzinfo=UTC), games_from=2025))
    get = getter(sandbox)
    played = [game["id"] for game in get("/games", season=2025, status="final")]
    stints = [row for number in played for row in get(f"/substitutions/game/{number}")]
    assert len(get("/substitutions/game/0")) == len(get("/substitutions/team", season=2025, team="")) == len(stints)
    assert {row["gameId"] for row in get("/plays/game/0")} >= set(played)
    assert len(get("/lineups/team", season=2025, team="")) > len(get(f"/lineups/game/{played[0]}"))


def test_both_ends_of_a_range_are_inclusive_and_a_date_means_midnight(get, games):
    midnight = next(game["startDate"][:10] for game in games if game["startDate"].endswith("T00:00:00.000Z"))
    rows = get("/games", startDateRange=midnight, endDateRange=midnight)
    assert rows
    assert {row["startDate"] for row in rows} == {f"{midnight}T00:00:00.000Z"}


def test_games_at_midnight_utc_come_on_two_dates_of_plays(get, games):
    midnight = _midnight(games)
    before = {play["gameId"] for play in get("/plays/date", date=midnight - timedelta(days=1))}
    after = {play["gameId"] for play in get("/plays/date", date=midnight)}
    assert before & after == {g["id"] for g in games if g["startDate"] == f"{midnight}T00:00:00.000Z"} != set()


def _midnight(games) -> date:
    """A day at whose first second UTC a game begins, with another game at 23h."""
    days = {g["startDate"][:10] for g in games if g["startDate"][11:] == "00:00:00.000Z" and g["status"] == "final"}
    late = {g["startDate"][:10] for g in games if g["startDate"][11:13] == "23"}
    return date.fromisoformat(min(days & late))


def test_utc_offset_adds_to_the_start_and_moves_the_end_by_days_of_the_month(get, games):
    day = _midnight(games)
    plain = {play["gameId"] for play in get("/plays/date", date=day)}
    moved = {play["gameId"] for play in get("/plays/date", date=day, utcOffset=5)}
    assert moved < plain
    assert {g["id"] for g in games if g["startDate"].startswith(f"{day}T23")} <= moved
    plays = get("/plays/date", date="2024-12-01", utcOffset=-5)
    assert {play["gameStartDate"][:7] for play in plays} == {"2024-11", "2024-12"}
    assert len({play["gameStartDate"][:10] for play in plays}) > 20


def test_scheduled_games_are_nil_nil_and_not_null():
    get = getter(Sandbox(SandboxConfig(now=datetime(2024, 12, 1, tzinfo=UTC))))
    rows = get("/games", season=2025, status="scheduled")
    assert rows
    for row in rows:
        assert (row["homePoints"], row["awayPoints"]) == (0, 0)
        assert row["homePeriodPoints"] is row["homeWinner"] is row["attendance"] is row["homeTeamEloStart"] is None


def test_cancelled_and_postponed_leftovers_stay_nil_nil(get):
    rows = get("/games", season=2022)
    left = [row for row in rows if row["status"] in {"cancelled", "postponed"}]
    assert left
    assert all(row["homePoints"] == 0 == row["awayPoints"] and row["homeWinner"] is None for row in left)


def test_a_pick_em_is_null_and_never_zero(get):
    lines = [line for season in (2018, 2019, 2021) for row in get("/lines", season=season) for line in row["lines"]]
    spreads = [line["spread"] for line in lines]
    assert None in spreads
    assert 0 not in [value for line in lines for value in line.values()]


def test_games_without_lines_have_an_empty_list_and_there_is_nothing_before_2013(get):
    assert any(not row["lines"] for row in get("/lines", season=2025))
    assert all(not row["lines"] for row in get("/lines", season=2012))


def test_providers_change_with_the_seasons(get):
    def of(season: int) -> set[str]:
        return {line["provider"] for row in get("/lines", season=season) for line in row["lines"]}

    assert of(2016) == {"teamrankings", "numberfire", "consensus"}
    assert of(2024) == {"ESPN BET"}


def test_a_few_consensus_spreads_contradict_their_moneylines(get):
    wrong = [
        line
        for season in range(2018, 2023)
        for row in get("/lines", season=season)
        for line in row["lines"]
        if line["spread"] and line["homeMoneyline"] and abs(line["spread"]) >= 4
        and (line["spread"] > 0) == (line["homeMoneyline"] < 0)
    ]  # fmt: skip
    assert 0 < len(wrong) < 60
    assert {line["provider"] for line in wrong} == {"consensus"}


def test_athlete_id_of_player_boxes_is_not_the_athletes(get, games):
    players = {p["athleteSourceId"]: p for row in get("/games/players", season=2025) for p in row["players"]}
    plays = get(f"/plays/game/{games[0]['id']}")
    known = {person["id"]: person["name"] for play in plays for person in play["onFloor"]}
    named = {player["name"] for player in players.values()}
    assert set(known.values()) <= named
    assert not known.keys() & {player["athleteId"] for player in players.values()}


def test_responses_lack_their_own_key(get, games):
    assert "season" not in get("/teams", season=2025)[0]
    play = get(f"/plays/game/{games[0]['id']}")[0]
    assert isinstance(play["playType"], str)
    assert "playTypeId" not in play


def test_play_type_names_repeat(get):
    names = Counter(row["name"] for row in get("/plays/types"))
    assert len(get("/plays/types")) == 35
    assert names["JumpShot"] == names["TipShot"] == 2


def test_misses_are_called_made_free_throw(get, games):
    rows = [p for p in get(f"/plays/game/{games[0]['id']}") if p["playType"] == "MadeFreeThrow"]
    assert {row["scoringPlay"] for row in rows} == {True, False}


def test_a_miss_has_the_value_of_its_shot_and_a_few_have_none(get):
    plays = get("/plays/date", date="2025-01-18")
    rows = [play for play in plays if play["shotInfo"]]
    worth = {"rim": 2, "jumper": 2, "three_pointer": 3, "free_throw": 1}
    odd = [play for play in rows if play["playText"] and play["scoreValue"] != worth[play["shotInfo"]["range"]]]
    assert {play["scoreValue"] for play in odd} <= {0, None}
    assert 0 < len(odd) < 0.006 * len(rows)
    every = sum(play["scoreValue"] or 0 for play in rows)
    made = sum(play["scoreValue"] for play in rows if play["scoringPlay"])
    assert 1.7 < every / made < 2.3
    assert {play["scoreValue"] for play in plays if not play["shotInfo"]} == {0}


def test_a_three_without_text_is_called_a_jumper(get):
    silent = [
        play
        for day in range(6, 14)
        for play in get("/plays/date", date=f"2024-01-{day:02d}", shootingPlaysOnly="true")
        if play["playText"] is None
    ]
    assert {play["shotInfo"]["range"] for play in silent} == {"jumper"}
    assert {play["playType"] for play in silent} == {"JumpShot"}
    assert {play["scoreValue"] for play in silent} >= {2, 3}
    assert {play["shotInfo"]["assisted"] for play in silent} == {False}


def test_foul_turnovers_end_with_2021(get):
    def types(season: int) -> set[str]:
        games = get("/games", season=season, status="final")[:12]
        return {play["playType"] for game in games for play in get(f"/plays/game/{game['id']}")}

    assert "Foul Turnover" in types(2021)
    assert "Foul Turnover" not in types(2022)


def test_shooting_plays_only_returns_free_throws_too(get, games):
    rows = get(f"/plays/game/{games[0]['id']}", shootingPlaysOnly="true")
    assert {row["shotInfo"]["range"] for row in rows} == {"rim", "jumper", "three_pointer", "free_throw"}


def test_ties_of_the_clock_are_in_no_order_but_ids_are(get, games):
    rows = get(f"/plays/game/{games[0]['id']}")
    keys = [(row["period"], -row["secondsRemaining"]) for row in rows]
    assert keys == sorted(keys)
    assert [row["id"] for row in rows] != sorted(row["id"] for row in rows)
    ordered = sorted(rows, key=lambda row: row["id"])
    assert [row["homeScore"] for row in ordered] == sorted(row["homeScore"] for row in rows)


def test_shooter_and_helper_are_objects_of_nulls_never_null(get, games):
    shots = [row["shotInfo"] for row in get(f"/plays/game/{games[0]['id']}") if row["shotInfo"]]
    assert {"id": None, "name": None} in [shot["assistedBy"] for shot in shots]
    assert all(shot["shooter"]["id"] for shot in shots)


@pytest.mark.parametrize(("season", "floor", "changes"), [(2012, 0, False), (2024, 10, False), (2025, 10, True)])
def test_floor_and_substitutions_begin_in_2024_and_2025(get, season, floor, changes):
    number = get("/games", season=season, status="final")[0]["id"]
    plays = get(f"/plays/game/{number}")
    assert Counter(len(play["onFloor"]) for play in plays).most_common(1)[0][0] == floor
    assert ("Substitution" in {play["playType"] for play in plays}) == changes


def test_ten_are_on_the_floor_also_at_a_substitution_and_more_with_closed_stints(get, games):
    number = games[0]["id"]
    sizes = Counter(len(play["onFloor"]) for play in get(f"/plays/game/{number}"))
    assert sizes.keys() == {0, 10}
    assert sizes[0] < 0.03 * sizes[10]
    closed = getter(Sandbox(SandboxConfig(now=AFTER_2025, closed_stints=True)))
    assert max(len(play["onFloor"]) for play in closed(f"/plays/game/{number}")) > 10
    assert min(row["totalSeconds"] for row in get(f"/lineups/game/{number}")) > 0
    assert min(row["totalSeconds"] for row in closed(f"/lineups/game/{number}")) == 0


def test_there_are_no_plays_before_2006(get):
    assert get(f"/plays/game/{get('/games', season=2005)[0]['id']}") == []


def test_wording_changes_in_2026():
    get = getter(Sandbox(SandboxConfig(now=datetime(2025, 12, 1, tzinfo=UTC))))
    texts = [play["playText"] or "" for play in get("/plays/date", date="2025-11-15")]
    assert any(" makes " in text for text in texts)
    assert not any(" made " in text for text in texts)


def test_team_filters_ignore_case_except_for_teams_by_conference(get, games):
    name, league = games[0]["homeTeam"], games[0]["homeConference"]
    assert get("/games", season=2025, team=name.upper()) == get("/games", season=2025, team=name)
    assert get("/games", season=2025, conference=league.upper())
    assert get("/teams", season=2025, conference=league)
    assert get("/teams", season=2025, conference=league.upper()) == []


def test_box_filters_match_the_rows_own_team_and_games_either_side(get, games):
    name = games[0]["homeTeam"]
    assert {row["team"] for row in get("/games/teams", season=2025, team=name)} == {name}
    assert {row["awayTeam"] == name for row in get("/games", season=2025, team=name)} == {True, False}


def test_teams_without_season_holds_everyone_and_with_season_only_division_one(get):
    everyone, division = get("/teams"), get("/teams", season=2025)
    assert len(everyone) > len(division)
    assert all(team["conference"] for team in division)
    assert any(team["conference"] is None and team["mascot"] is None for team in everyone)
    assert any(team["sourceId"].startswith("UNKNOWN#") for team in everyone)


def test_conferences_of_a_team_change_with_the_seasons(get):
    then, now = ({t["id"]: t["conference"] for t in get("/teams", season=year)} for year in (2004, 2025))
    assert any(then[team] != now[team] for team in then.keys() & now.keys())


def test_game_ids_do_not_grow_with_time(get):
    ids = [min(game["id"] for game in get("/games", season=season)) for season in (2023, 2024, 2025)]
    assert ids == sorted(ids, reverse=True)


def test_unknown_ids_seasons_and_teams_are_an_empty_list(get):
    assert get("/plays/game/99999999") == get("/games", season=1990) == get("/games", season=2025, team="Nowhere") == []


def test_2020_has_no_postseason(get):
    assert get("/games", season=2020, seasonType="postseason") == []
    assert get("/games", season=2019, seasonType="postseason", tournament="ncaa")


def test_an_undecided_start_is_midnight_eastern_until_a_week_before():
    sandbox = Sandbox(SandboxConfig(now=datetime(2024, 11, 1, tzinfo=UTC)))
    get = getter(sandbox)
    early = {g["id"]: g["startDate"] for g in get("/games", season=2025) if g["startTimeTbd"]}
    assert early
    assert {start[11:13] for start in early.values()} <= {"04", "05"}
    sandbox.now = AFTER_2025
    late = {g["id"]: g for g in get("/games", season=2025)}
    assert not any(
        late[number]["startTimeTbd"] or late[number]["startDate"] == start for number, start in early.items()
    )
