"""Two special cases, off by default: a team in two conferences, and athletes without a position."""

from collections import Counter

import pytest

from sandbox import Sandbox, SandboxConfig

from .conftest import AFTER_2025, getter

TWIN, SHARE = 14, 0.1


@pytest.fixture(scope="module")
def special() -> Sandbox:
    return Sandbox(SandboxConfig(now=AFTER_2025, two_conferences=(TWIN,), unplaced=SHARE))


@pytest.fixture(scope="module")
def ask(special):
    return getter(special)


@pytest.fixture(scope="module")
def name(special) -> str:
    return special.world.atlas.teams[TWIN].school


@pytest.fixture(scope="module")
def both(ask) -> set[str]:
    found = {row["conference"] for row in ask("/teams", season=2025) if row["id"] == TWIN}
    assert len(found) == 2
    return found


JOINED = [
    ("/teams", "id"), ("/teams/roster", "teamId"), ("/stats/team/season", "teamId"), ("/ratings/adjusted", "teamId"),
    ("/ratings/srs", "teamId"), ("/ratings/elo", "teamId"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "key"), JOINED)
def test_a_team_in_two_conferences_comes_once_per_conference(ask, get, path, key):
    """Trap: a real team had two overlapping memberships in 2023, and every joined list had it twice."""
    rows, plain = ask(path, season=2025), get(path, season=2025)
    assert Counter(row[key] for row in rows) == Counter(row[key] for row in plain) + Counter({TWIN: 1})
    twins = [row for row in rows if row[key] == TWIN]
    assert len({row["conference"] for row in twins}) == 2
    same = [{name: value for name, value in row.items() if "onference" not in name} for row in twins]
    assert same[0] == same[1]


def test_games_lines_and_boxes_of_such_a_team_come_twice(ask, get, name, both):
    for path in ("/games", "/lines", "/games/media"):
        rows, plain = (one(path, season=2025, team=name) for one in (ask, get))
        assert len(rows) == 2 * len(plain)
        sides = {(row["homeTeamId"], row["homeConference"]) for row in rows if row["homeTeamId"] == TWIN}
        assert sides == {(TWIN, league) for league in both}
    boxes = ask("/games/teams", season=2025, team=name)
    assert {row["conference"] for row in boxes} == both
    rival = boxes[0]["opponent"]
    mine = [row for row in ask("/games/teams", season=2025, team=rival) if row["opponentId"] == TWIN]
    assert {row["opponentConference"] for row in mine} == both


def test_plays_stints_and_lineups_of_such_a_team_come_twice(ask, get, name, both):
    number = get("/games", season=2025, team=name, status="final")[0]["id"]
    for path in (f"/plays/game/{number}", f"/substitutions/game/{number}"):
        assert len(ask(path)) == 2 * len(get(path))
    rows = [row for row in ask(f"/lineups/game/{number}") if row["teamId"] == TWIN]
    plain = {row["idHash"]: row for row in get(f"/lineups/game/{number}") if row["teamId"] == TWIN}
    assert Counter(row["idHash"] for row in rows) == Counter(dict.fromkeys(plain, 2))
    # The server sums the time over both memberships.
    assert all(row["totalSeconds"] == 2 * plain[row["idHash"]]["totalSeconds"] for row in rows)
    assert all(row["teamStats"] == plain[row["idHash"]]["teamStats"] for row in rows)


def test_a_conference_filter_gives_only_its_own_rows(ask, both):
    for league in both:
        rows = ask("/stats/team/season", season=2025, conference=league.lower())
        assert Counter(row["teamId"] for row in rows)[TWIN] == 1
        assert {row["conference"] for row in rows} == {league}
        games = ask("/games", season=2025, conference=league)
        assert all(league in {row["homeConference"], row["awayConference"]} for row in games)


def test_memberships_overlap_in_the_history(ask, both):
    history = [
        (row["abbreviation"], team["startSeason"], team["endSeason"])
        for row in ask("/conferences/history")
        for team in row["teams"]
        if team["id"] == TWIN
    ]
    assert {league for league, _, last in history if last is None} == both


def test_the_cap_counts_doubled_rows(ask, get, special):
    """Trap: doubled rows fill the cap, so a window that is safe for other seasons can be cut."""
    rows = ask("/games/players", season=2025)
    assert len(rows) == 1000
    assert len({(row["gameId"], row["teamId"]) for row in rows}) < 1000


def test_athletes_without_position_have_no_player_rows(ask, special):
    """Trap: players without a position are missing from box scores, which then do not add up to their team."""
    world = special.world
    people = [player for row in ask("/teams/roster", season=2025) for player in row["players"]]
    unplaced = {player["sourceId"] for player in people if player["position"] is None}
    assert 0.05 < len(unplaced) / len({player["sourceId"] for player in people}) < 0.2
    boxes = ask("/games/players", season=2025)
    assert not unplaced & {player["athleteSourceId"] for row in boxes for player in row["players"]}
    assert not unplaced & {row["athleteSourceId"] for row in ask("/stats/player/season", season=2025)}
    sides = {(row["gameId"], row["teamId"]): row["teamStats"] for row in ask("/games/teams", season=2025)}
    short = [
        row
        for row in boxes
        if sum(player["points"] for player in row["players"]) < sides[row["gameId"], row["teamId"]]["points"]["total"]
    ]
    assert short
    stints = [row for box in short[:5] for row in ask(f"/substitutions/game/{box['gameId']}")]
    assert None in {row["position"] for row in stints}
    assert world.row_counts(2025, "game_players", "stats_player_season")["stats_player_season"] == len(
        {(row["teamId"], row["athleteId"]) for row in ask("/stats/player/season", season=2025)}
    )
