"""Truth first: plays, periods, boxes, players and results of a game say the same."""

from collections import Counter

import pytest

from sandbox import Sandbox, SandboxConfig
from sandbox.game import events as ev
from sandbox.game.box import boxes

from .conftest import AFTER_2025, getter


@pytest.fixture(scope="session")
def sides(get):
    return {(row["gameId"], row["teamId"]): row for row in get("/games/teams", season=2025)}


def test_periods_add_up_to_the_final_score(games):
    for game in games:
        if game["status"] == "final":
            assert sum(game["homePeriodPoints"]) == game["homePoints"] != game["awayPoints"]
            assert sum(game["awayPeriodPoints"]) == game["awayPoints"]
            assert game["homeWinner"] == (game["homePoints"] > game["awayPoints"]) != game["awayWinner"]


def test_team_box_agrees_with_the_result_and_is_mirrored(games, sides):
    for game in games:
        if game["status"] != "final":
            continue
        home, away = sides[game["id"], game["homeTeamId"]], sides[game["id"], game["awayTeamId"]]
        assert home["teamStats"]["points"]["total"] == game["homePoints"]
        assert home["teamStats"]["points"]["byPeriod"] == game["homePeriodPoints"]
        assert home["teamStats"] == away["opponentStats"]
        assert home["opponentStats"] == away["teamStats"]


def test_shots_make_the_points(sides):
    for row in sides.values():
        stats = row["teamStats"]
        two, three, free = (
            stats[name]["made"] for name in ("twoPointFieldGoals", "threePointFieldGoals", "freeThrows")
        )
        assert 2 * two + 3 * three + free == stats["points"]["total"]
        assert two + three == stats["fieldGoals"]["made"]
        assert all(stats[name]["made"] <= stats[name]["attempted"] for name in ("fieldGoals", "freeThrows"))


def test_players_add_up_to_their_team_and_share_five_places(get, sides):
    for row in get("/games/players", season=2025):
        team, players = sides[row["gameId"], row["teamId"]]["teamStats"], row["players"]
        assert 8 <= len(players) <= 10
        assert sum(p["points"] for p in players) == team["points"]["total"]
        assert sum(p["assists"] for p in players) == team["assists"]
        assert sum(p["fieldGoals"]["attempted"] for p in players) == team["fieldGoals"]["attempted"]
        assert sum(p["minutes"] for p in players) == 5 * row["gameMinutes"]
        assert sum(p["starter"] for p in players) == 5


def test_running_score_of_plays_ends_at_the_result(get, games):
    for game in [g for g in games if g["status"] == "final"][::25]:
        plays = sorted(get(f"/plays/game/{game['id']}"), key=lambda play: play["id"])
        assert (plays[-1]["homeScore"], plays[-1]["awayScore"]) == (game["homePoints"], game["awayPoints"])
        scored = Counter[int]()
        for play in plays:
            # A miss has a value too.
            scored[play["teamId"]] += play["scoreValue"] if play["scoringPlay"] else 0
            assert scored[game["homeTeamId"]] == play["homeScore"]
            assert scored[game["awayTeamId"]] == play["awayScore"]


def test_five_are_on_the_floor_and_a_shooter_is_one_of_them(get, games):
    plays = sorted(get(f"/plays/game/{games[40]['id']}"), key=lambda play: play["id"])
    changes = {(play["period"], play["secondsRemaining"]) for play in plays if play["playType"] == "Substitution"}
    last = plays[-1]["period"], plays[-1]["secondsRemaining"]
    for play in plays:
        now = play["period"], play["secondsRemaining"]
        floor = Counter(person["team"] for person in play["onFloor"])
        # Stints are half-open: at the last second nobody is on the floor, and a substitute is from his first second on.
        assert list(floor.values()) == ([] if now == last else [5, 5])
        if now not in changes | {last}:
            assert {person["id"] for person in play["participants"]} <= {person["id"] for person in play["onFloor"]}


def test_possessions_of_the_two_teams_differ_by_at_most_one_in_a_period(sandbox: Sandbox):
    for game in sandbox.world.season(2025).games[:120]:
        ended = Counter[tuple[int, int]]()
        for event in sandbox.world.log(game.fixture):
            ended[event.period, 0] += bool(event.flags & ev.ENDS_HOME)
            ended[event.period, 1] += bool(event.flags & ev.ENDS_AWAY)
        for period in {key[0] for key in ended}:
            assert abs(ended[period, 0] - ended[period, 1]) <= 1


def test_a_log_cut_anywhere_still_gives_a_box_of_its_own_events(sandbox: Sandbox):
    log = sandbox.world.log(sandbox.world.season(2025).games[3].fixture)
    for count in (1, 37, 150, len(log) - 2):
        part = log.prefix(count)
        last = list(part)[-1]
        home, away = boxes(part)
        assert (
            (home.total.points, away.total.points) == (last.home, last.away) == (sum(home.periods), sum(away.periods))
        )
        assert home.total.seconds == away.total.seconds == 5 * ev.elapsed(last.period, last.seconds)


def test_elo_is_carried_from_game_to_game(games):
    last: dict[int, int] = {}
    for game in sorted((g for g in games if g["status"] == "final"), key=lambda g: g["startDate"]):
        for side in ("home", "away"):
            team = game[f"{side}TeamId"]
            assert last.setdefault(team, game[f"{side}TeamEloStart"]) == game[f"{side}TeamEloStart"]
            last[team] = game[f"{side}TeamEloEnd"]


def test_row_counts_are_what_a_client_can_collect(sandbox: Sandbox, get):
    counts = sandbox.world.row_counts(2025)
    games, lines = get("/games", season=2025), get("/lines", season=2025)
    assert counts["games"] == len(games)
    assert counts["final_games"] == sum(game["status"] == "final" for game in games)
    assert counts["lines"] == sum(len(game["lines"]) for game in lines)
    assert counts["game_teams"] == len(get("/games/teams", season=2025))
    days = [f"2025-01-{day:02d}" for day in range(1, 8)]
    seen = {play["id"] for day in days for play in get("/plays/date", date=day)}
    wanted = [g for g in games if "2025-01-01" <= g["startDate"] <= "2025-01-08T00:00:00.000Z"]
    assert len(seen) == sum(len(get(f"/plays/game/{game['id']}")) for game in wanted)


def test_two_worlds_of_one_seed_agree_however_they_are_asked(games):
    fresh = getter(Sandbox(SandboxConfig(now=AFTER_2025)))
    fresh("/games", season=2012)
    fresh("/plays/game/200")
    assert fresh("/games", season=2025) == games
