"""Who was on the floor: line-ups and stints against boxes and plays, and the traps of both."""

from collections import Counter

import pytest


@pytest.fixture(scope="module")
def some(get, games):
    """Games with line-ups, by game row."""
    picked = [game for game in games if game["status"] == "final"][::40]
    found = [(game, get(f"/lineups/game/{game['id']}")) for game in picked]
    return [(game, rows) for game, rows in found if rows]


def seconds(mark) -> int:
    """Seconds played at a mark."""
    period, left = mark["period"], mark["secondsRemaining"]
    return 1200 * period - left if period <= 2 else 2400 + 300 * (period - 2) - left


def length(game) -> int:
    return 60 * (40 + 5 * (len(game["homePeriodPoints"]) - 2))


def test_lineups_share_the_whole_game_and_all_its_points_but_those_of_the_last_second(some, get):
    for game, rows in some:
        for side in ("home", "away"):
            mine = [row for row in rows if row["teamId"] == game[f"{side}TeamId"]]
            if game[f"{side}Conference"] is None:
                assert mine == []
                continue
            assert sum(row["totalSeconds"] for row in mine) == length(game)
            late = last_second(get(f"/plays/game/{game['id']}"))
            assert sum(row["teamStats"]["points"] for row in mine) == game[f"{side}Points"] - late[side]
            other = "away" if side == "home" else "home"
            assert sum(row["opponentStats"]["points"] for row in mine) == game[f"{other}Points"] - late[other]


def last_second(plays) -> Counter[str]:
    """Points of the last second of a game, by side: stints end before it."""
    last = max(play["period"] for play in plays)
    late = [play for play in plays if play["period"] == last and play["secondsRemaining"] == 0 and play["scoringPlay"]]
    out = Counter[str]()
    for play in late:
        out["home" if play["isHomeTeam"] else "away"] += play["scoreValue"]
    return out


def test_lineups_lack_game_and_season(some, get, games):
    team = next(game["homeTeam"] for game in games if game["homeConference"])
    for row in (some[0][1][0], get("/lineups/team", season=2025, team=team)[0]):
        assert not {"gameId", "season", "startDate"} & row.keys()


def test_id_hash_is_five_athlete_ids_in_ascending_order_as_numbers(some):
    for _, rows in some:
        for row in rows:
            ids = [int(part) for part in row["idHash"].split("-")]
            assert ids == sorted({one["id"] for one in row["athletes"]})
            assert len(ids) == 5
        assert len({(row["teamId"], row["idHash"]) for row in rows}) == len(rows)


def test_lineups_have_time_and_those_without_possession_have_null_ratings_and_zero_factors(some):
    rows = [row for _, found in some for row in found]
    assert min(row["totalSeconds"] for row in rows) > 0
    assert any(row["offenseRating"] is None for row in rows)
    assert None not in [value for row in rows for value in row["teamStats"]["fourFactors"].values()]
    for row in rows:
        assert (row["offenseRating"] is None) == (row["teamStats"]["possessions"] == 0)
        assert (row["defenseRating"] is None) == (row["opponentStats"]["possessions"] == 0)


def test_lineups_come_longest_first(some):
    for _, rows in some:
        times = [row["totalSeconds"] for row in rows]
        assert times == sorted(times, reverse=True)


def test_offensive_rebound_pct_of_lineups_comes_from_a_bitwise_or(some):
    rows = [row["teamStats"] for _, found in some for row in found]
    both = [row for row in rows if row["offensiveRebounds"] and row["defensiveRebounds"]]
    for row in both:
        off, guard = row["offensiveRebounds"], row["defensiveRebounds"]
        assert row["fourFactors"]["offensiveReboundPct"] == pytest.approx(100 * off / (off | guard), abs=0.051)
    assert any(row["offensiveRebounds"] & row["defensiveRebounds"] for row in both)


def test_a_teams_season_of_lineups_is_the_sum_of_its_games(get, games):
    name = next(game["homeTeam"] for game in games if game["homeConference"])
    mine = [g for g in games if name in {g["homeTeam"], g["awayTeam"]} and g["status"] == "final"]
    total, points = Counter[str](), Counter[str]()
    for game in mine:
        for row in get(f"/lineups/game/{game['id']}"):
            if row["team"] == name:
                total[row["idHash"]] += row["totalSeconds"]
                points[row["idHash"]] += row["teamStats"]["points"]
    rows = get("/lineups/team", season=2025, team=name.lower())
    assert {row["idHash"]: row["totalSeconds"] for row in rows} == dict(total)
    assert {row["idHash"]: row["teamStats"]["points"] for row in rows} == dict(points)
    late = get("/lineups/team", season=2025, team=name, startDateRange="2025-02-01")
    assert 0 < sum(row["totalSeconds"] for row in late) < sum(total.values())


def test_stints_of_five_cover_the_game_and_have_a_key(some, get):
    for game, _ in some:
        rows = get(f"/substitutions/game/{game['id']}")
        assert "id" not in rows[0]
        assert "season" not in rows[0]
        spans = [seconds(row["subOut"]) - seconds(row["subIn"]) for row in rows]
        assert min(spans) > 0
        assert sum(spans) == 10 * length(game)
        keys = {(row["athleteId"], row["subIn"]["period"], row["subIn"]["secondsRemaining"]) for row in rows}
        assert len(keys) == len(rows)
        starts = [row for row in rows if seconds(row["subIn"]) == 0]
        assert len(starts) == 10
        assert {(row["subIn"]["teamPoints"], row["subIn"]["opponentPoints"]) for row in starts} == {(0, 0)}
        ends = [row for row in rows if seconds(row["subOut"]) == length(game) and row["teamId"] == game["homeTeamId"]]
        assert {row["subOut"]["teamPoints"] for row in ends} == {game["homePoints"]}


def test_stints_agree_with_minutes_and_plays(some, get):
    game = some[1][0]
    rows = get(f"/substitutions/game/{game['id']}")
    played = Counter[str]()
    for row in rows:
        played[row["athlete"]] += seconds(row["subOut"]) - seconds(row["subIn"])
    boxes = [row for row in get("/games/players", season=2025, team=game["homeTeam"]) if row["gameId"] == game["id"]]
    for player in boxes[0]["players"]:
        assert player["minutes"] == pytest.approx(played[player["name"]] / 60, abs=1)
    inside = {row["athleteId"] for row in rows}
    assert {one["id"] for play in get(f"/plays/game/{game['id']}") for one in play["onFloor"]} >= inside


def test_stints_by_team_and_by_player_are_parts_of_those_by_game(some, get):
    game = some[0][0]
    rows = get(f"/substitutions/game/{game['id']}")
    team = get("/substitutions/team", season=2025, team=game["homeTeam"])
    assert {row["team"] for row in team} == {game["homeTeam"]}
    assert [r for r in team if r["gameId"] == game["id"]] == [r for r in rows if r["team"] == game["homeTeam"]]
    number = rows[0]["athleteId"]
    player = get(f"/substitutions/player/{number}", season=2025)
    assert [r for r in player if r["gameId"] == game["id"]] == [r for r in rows if r["athleteId"] == number]


def test_floor_begins_in_2024_and_some_games_have_none(get):
    old = get("/games", season=2023, status="final")[0]["id"]
    assert get(f"/lineups/game/{old}") == get(f"/substitutions/game/{old}") == []
    new = [game["id"] for game in get("/games", season=2024, status="final")[::10]]
    none = [number for number in new if not get(f"/substitutions/game/{number}")]
    assert 0 < len(none) < len(new) / 3
    for number in none:
        assert get(f"/lineups/game/{number}") == []
        assert {len(play["onFloor"]) for play in get(f"/plays/game/{number}")} == {0}


def test_unknown_ids_are_an_empty_list(get):
    for path in ("/lineups/game/99999999", "/substitutions/game/99999999"):
        assert get(path) == []
    for path in ("/substitutions/player/99999999", "/plays/player/99999999", "/substitutions/player/1"):
        assert get(path, season=2025) == []
    for path in ("/lineups/team", "/substitutions/team", "/plays/team"):
        assert get(path, season=2025, team="Nowhere") == []
    assert get("/plays/tournament", season=2025, tournament="Nothing") == []


def test_plays_of_a_team_are_both_sides_plays_of_its_games(get, games):
    name = games[0]["homeTeam"]
    mine = [g["id"] for g in games if name in {g["homeTeam"], g["awayTeam"]} and g["status"] == "final"]
    rows = get("/plays/team", season=2025, team=name)
    assert {row["gameId"] for row in rows} == set(mine)
    assert [row for row in rows if row["gameId"] == mine[0]] == get(f"/plays/game/{mine[0]}")


def test_plays_of_a_player_are_those_he_takes_part_in(get, games):
    play = next(p for p in get(f"/plays/game/{games[0]['id']}") if p["participants"])
    number = play["participants"][0]["id"]
    rows = get(f"/plays/player/{number}", season=2025)
    assert play["id"] in {row["id"] for row in rows}
    assert all(number in {one["id"] for one in row["participants"]} for row in rows)
    shots = get(f"/plays/player/{number}", season=2025, shootingPlaysOnly="true")
    assert [row["id"] for row in shots] == [row["id"] for row in rows if row["shotInfo"]]


def test_plays_of_a_tournament(get, games):
    ids = {game["id"] for game in games if game["tournament"] == "NIT"}
    assert len(ids) == 7
    assert {row["gameId"] for row in get("/plays/tournament", season=2025, tournament="nit")} == ids
