"""Rows of /games, /lines and the box scores, with keys in the order of recorded responses."""

from typing import Any

from sandbox.atlas.atlas import Conference
from sandbox.atlas.fixtures import Fixture, Game
from sandbox.atlas.jsnum import js, rounded
from sandbox.atlas.times import iso
from sandbox.game.box import TeamBox
from sandbox.game.events import END_PERIOD, GameLog
from sandbox.rows._boxes import game_minutes, pace, player_rows, team_stats
from sandbox.season.market import Line
from sandbox.season.world import World, shifted

Row = dict[str, Any]


def label(season: int) -> str:
    """seasonLabel: 2025 is "20242025"."""
    return f"{season - 1}{season}"


def conference(world: World, team: int, season: int) -> Conference | None:
    """The conference of a team in a season."""
    number = world.atlas.conference_id(team, season)
    return world.atlas.conferences[number - 1] if number else None


def conferences(world: World, team: int, season: int) -> list[Conference]:
    """The conference of a team in a season, and the second one of a team with overlapping memberships."""
    numbers = world.atlas.conference_id(team, season), world.atlas.second_conference_id(team, season)
    return [world.atlas.conferences[number - 1] for number in numbers if number]


def game_row(world: World, game: Game) -> Row:
    """One row of /games. A game that has not begun has 0-0, not null."""
    fixture, periods = game.fixture, _periods(world, game)
    return {
        "id": fixture.id,
        "sourceId": fixture.source_id,
        "seasonLabel": label(fixture.season),
        "season": fixture.season,
        "seasonType": fixture.season_type,
        "tournament": fixture.tournament,
        "startDate": iso(world.served_start(fixture)),
        "startTimeTbd": world.time_unknown(fixture),
        "neutralSite": fixture.neutral,
        "conferenceGame": fixture.conference_game,
        "gameType": fixture.game_type,
        "status": game.status,
        "gameNotes": fixture.notes,
        "attendance": _attendance(world, game),
        **_team(world, game, 0, periods[0]),
        **_team(world, game, 1, periods[1]),
        "excitement": _excitement(game),
        **_venue(world, fixture),
    }


def _attendance(world: World, game: Game) -> int | None:
    if game.result is None:
        return None
    return 0 if world.uncorrected("attendance", game.fixture) else game.result.attendance


def _excitement(game: Game) -> float | int | None:
    """The excitement index; 0.0 is null, because the server tests for truth."""
    value = game.result.excitement if game.result else None
    return (rounded(value) or None) if value else None


def _venue(world: World, fixture: Fixture) -> Row:
    venue = world.atlas.venues.get(fixture.venue or -1)
    if venue is None:
        return dict.fromkeys(("venueId", "venue", "city", "state"))
    return {"venueId": venue.id, "venue": venue.name, "city": venue.city, "state": venue.state}


def _periods(world: World, game: Game) -> tuple[list[int] | None, list[int] | None]:
    """Points by period, from the result or from the events so far."""
    if game.result:
        home, away = list(game.result.home_periods), list(game.result.away_periods)
        return (shifted(home) if world.uncorrected("period_points", game.fixture) else home), away
    log = world.played(game)
    return _periods_so_far(log) if log else (None, None)


def _periods_so_far(log: GameLog) -> tuple[list[int], list[int]]:
    running = [(e.home, e.away) for e in log if e.kind == END_PERIOD]
    last = list(log)[-1]
    if last.kind != END_PERIOD:
        running.append((last.home, last.away))
    pairs = zip([(0, 0), *running], running, strict=False)
    parts = [(now[0] - before[0], now[1] - before[1]) for before, now in pairs]
    return [part[0] for part in parts], [part[1] for part in parts]


def _team(world: World, game: Game, index: int, periods: list[int] | None) -> Row:
    """Fields of the home team (index 0) or the away team (index 1)."""
    fixture, result, side = game.fixture, game.result, ("home", "away")[index]
    team = world.atlas.teams[(fixture.home, fixture.away)[index]]
    league = conference(world, team.id, fixture.season)
    won = (result.home_points > result.away_points) == (index == 0) if result else None
    elo = (result.elo_before[index], result.elo_after[index]) if result else (None, None)
    return {
        f"{side}TeamId": team.id,
        f"{side}Team": team.school,
        f"{side}ConferenceId": league.id if league else None,
        f"{side}Conference": league.abbreviation if league else None,
        f"{side}Seed": (fixture.home_seed, fixture.away_seed)[index],
        f"{side}Points": sum(periods) if periods else 0,
        f"{side}PeriodPoints": periods,
        f"{side}Winner": won,
        f"{side}TeamEloStart": elo[0],
        f"{side}TeamEloEnd": elo[1],
    }


def line_row(world: World, game: Game) -> Row:
    """One row of /lines. In lines every 0 is null, including a pick'em spread; the score of a game to come is 0."""
    fixture = game.fixture
    periods = _periods(world, game)
    return {
        "gameId": fixture.id,
        "season": fixture.season,
        "seasonType": fixture.season_type,
        "startDate": iso(world.served_start(fixture)),
        **_line_team(world, fixture, "home", fixture.home, sum(periods[0] or [])),
        **_line_team(world, fixture, "away", fixture.away, sum(periods[1] or [])),
        "lines": [_line(line) for line in world.served_lines(fixture)],
    }


def _line_team(world: World, fixture: Fixture, side: str, team: int, score: int) -> Row:
    league = conference(world, team, fixture.season)
    return {
        f"{side}TeamId": team,
        f"{side}Team": world.atlas.teams[team].school,
        f"{side}Conference": league.abbreviation if league else None,
        f"{side}Score": score,
    }


def _line(line: Line) -> Row:
    return {
        "provider": line.provider,
        "spread": _truthy(line.spread),
        "overUnder": _truthy(line.over_under),
        "homeMoneyline": _truthy(line.home_moneyline),
        "awayMoneyline": _truthy(line.away_moneyline),
        "spreadOpen": _truthy(line.spread_open),
        "overUnderOpen": _truthy(line.over_under_open),
    }


def _truthy(value: float | None) -> int | float | None:
    return js(value) if value else None


def box_head(world: World, game: Game, *, home: bool) -> Row:
    """The fields about the game in /games/teams and /games/players, for one team."""
    fixture = game.fixture
    mine, other = (fixture.home, fixture.away) if home else (fixture.away, fixture.home)
    seeds = (fixture.home_seed, fixture.away_seed) if home else (fixture.away_seed, fixture.home_seed)
    league, rival = conference(world, mine, fixture.season), conference(world, other, fixture.season)
    return {
        "gameId": fixture.id,
        "season": fixture.season,
        "seasonLabel": label(fixture.season),
        "seasonType": fixture.season_type,
        "tournament": fixture.tournament,
        "startDate": iso(world.served_start(fixture)),
        "startTimeTbd": world.time_unknown(fixture),
        "teamId": mine,
        "team": world.atlas.teams[mine].school,
        "conference": league.abbreviation if league else None,
        "teamSeed": seeds[0],
        "opponentId": other,
        "opponent": world.atlas.teams[other].school,
        "opponentConference": rival.abbreviation if rival else None,
        "opponentSeed": seeds[1],
        "neutralSite": fixture.neutral,
        "isHome": home,
        "conferenceGame": fixture.conference_game,
        "gameType": fixture.game_type,
        "notes": fixture.notes,
    }


def team_box_row(world: World, game: Game, both: tuple[TeamBox, TeamBox], *, home: bool) -> Row:
    """One row of /games/teams."""
    mine, other = both if home else both[::-1]
    return {
        **box_head(world, game, home=home),
        "gameMinutes": game_minutes(len(mine.periods)),
        "pace": pace(mine, other),
        "teamStats": team_stats(mine),
        "opponentStats": team_stats(other),
    }


def player_box_row(world: World, game: Game, both: tuple[TeamBox, TeamBox], *, home: bool) -> Row:
    """One row of /games/players."""
    mine, other = both if home else both[::-1]
    fixture = game.fixture
    people = {place: one for side, place, one in world.appeared(fixture, both) if (side == 0) == home}
    first_row = 4_000_000 + fixture.id * 40 + (0 if home else 20)
    return {
        **box_head(world, game, home=home),
        "gameMinutes": game_minutes(len(mine.periods)),
        "gamePace": pace(mine, other),
        "players": player_rows(mine, other, people, first_row),
    }
