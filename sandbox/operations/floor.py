"""Operations on lineups and stints, and on the plays of a team, a player or a tournament."""

from collections.abc import Iterable, Iterator

from sandbox.atlas.fixtures import Game
from sandbox.atlas.people import find_athlete, team_of
from sandbox.game.stints import Five, Lineup, lineups, stints
from sandbox.operations.games import find_game, games, plays_of
from sandbox.operations.operations import Args, Row, operation
from sandbox.rows.floor import lineup_rows, stint_row
from sandbox.season.world import World, counted


def team_named(world: World, name: str) -> int | None:
    """The id of a school, ignoring case."""
    wanted = name.lower()
    return next((team.id for team in world.atlas.teams.values() if team.school.lower() == wanted), None)


def games_of(world: World, team: int | None, args: Args) -> Iterator[Game]:
    """The games of a team in the requested season, by start."""
    year = args.get("season", 0)
    return (g for g in games(world, {**args, "season": year}) if team in {g.fixture.home, g.fixture.away})


@operation("/lineups/game/{gameId}", "gameId:integer!")
def lineups_of_game(world: World, args: Args) -> Iterable[Row]:
    """Lineups of both teams of a game, longest first; [] for an unknown game."""
    game = find_game(world, args.get("gameId", 0))
    log = world.stints(game) if game else None
    if game is None or not log:
        return []
    fixture = game.fixture
    pairs = zip((fixture.home, fixture.away), lineups(log), strict=True)
    found = [row for team, side in pairs for row in lineup_rows(world, team, fixture.season, side)]
    return sorted(found, key=lambda row: -int(row["totalSeconds"]))


def team_lineups(world: World, team: int, args: Args) -> dict[Five, Lineup]:
    """Lineups of a team over a season or a part of it, by places in the rotation."""
    total: dict[Five, Lineup] = {}
    for game in games_of(world, team, args):
        if log := world.stints(game):
            side = lineups(log)[0 if game.fixture.home == team else 1]
            for five, lineup in side.items():
                total.setdefault(five, Lineup()).merge(lineup)
    return total


@operation("/lineups/team", "season:integer!", "team:string!", "startDateRange:date-time", "endDateRange:date-time")
def lineups_of_team(world: World, args: Args) -> Iterable[Row]:
    """Lineups of a team over a season, or over the games of a range."""
    team = team_named(world, args.get("team", ""))
    return lineup_rows(world, team, args.get("season", 0), team_lineups(world, team, args)) if team else []


def _stints(world: World, played: Iterable[Game]) -> Iterator[tuple[Row, int]]:
    """Rows of games with their athlete ids, in arbitrary order."""
    for game in played:
        if log := world.stints(game):
            found = [stint_row(world, game.fixture, stint) for stint in stints(log)]
            found.sort(key=lambda row: row["athleteId"] * 7919 % 1009)
            yield from ((row, row["athleteId"]) for row in found)


@operation("/substitutions/game/{gameId}", "gameId:integer!")
def stints_of_game(world: World, args: Args) -> Iterable[Row]:
    """Stints of a game; a row has no id."""
    game = find_game(world, args.get("gameId", 0))
    return (row for row, _ in _stints(world, [game] if game else []))


@operation("/substitutions/player/{playerId}", "playerId:integer!", "season:integer!")
def stints_of_player(world: World, args: Args) -> Iterable[Row]:
    """Stints of an athlete in a season."""
    number = args.get("playerId", 0)
    return (row for row, athlete in _stints(world, _games_of_athlete(world, number, args)) if athlete == number)


@operation("/substitutions/team", "season:integer!", "team:string!")
def stints_of_team(world: World, args: Args) -> Iterable[Row]:
    """Stints of a team's players in a season."""
    team = team_named(world, args.get("team", ""))
    return (row for row, _ in _stints(world, games_of(world, team, args)) if row["teamId"] == team)


def _games_of_athlete(world: World, number: int, args: Args) -> Iterable[Game]:
    """Games of an athlete's team in a season; [] for an unknown athlete."""
    season = args.get("season", 0)
    if season not in world.years() or find_athlete(world.atlas, number) is None:
        return []
    return games_of(world, team_of(world.atlas, number, season), {"season": season})


@operation("/plays/team", "season:integer!", "team:string!", "shootingPlaysOnly:boolean")
def plays_of_team(world: World, args: Args) -> Iterable[Row]:
    """Plays of both teams in a team's games."""
    team = team_named(world, args.get("team", ""))
    return plays_of(world, games_of(world, team, args), args)


@operation("/plays/player/{playerId}", "playerId:integer!", "season:integer!", "shootingPlaysOnly:boolean")
def plays_of_player(world: World, args: Args) -> Iterable[Row]:
    """Plays that involve an athlete."""
    number = args.get("playerId", 0)
    found = plays_of(world, _games_of_athlete(world, number, args), args)
    return (row for row in found if any(person["id"] == number for person in row["participants"]))


@operation("/plays/tournament", "tournament:string!", "season:number!", "shootingPlaysOnly:boolean")
def plays_of_tournament(world: World, args: Args) -> Iterable[Row]:
    """Plays of a tournament's games."""
    if not {"tournament", "season"} <= args.keys():
        return []
    return plays_of(world, games(world, args), args)


def _fives(world: World, year: int) -> Iterator[tuple[int, set[Five]]]:
    """Team and distinct lineups of each game, for teams with a conference."""
    for game in world.season(year).games:
        log = world.stints(game)
        if not log:
            continue
        last = log.last
        ends = (last.lineup_home, last.lineup_away)
        for side, team in enumerate((game.fixture.home, game.fixture.away)):
            if world.atlas.conference_id(team, year):
                yield team, set(log.lineups[side][: ends[side] + 1])


@counted("substitutions")
def _count_stints(world: World, year: int) -> int:
    return sum(len(stints(log)) for game in world.season(year).games if (log := world.stints(game)))


@counted("lineups")
def _count_lineups(world: World, year: int) -> int:
    return sum(len(found) for _, found in _fives(world, year))


@counted("lineups_team_season")
def _count_team_lineups(world: World, year: int) -> int:
    found: dict[int, set[Five]] = {}
    for team, fives in _fives(world, year):
        found.setdefault(team, set()).update(fives)
    return sum(map(len, found.values()))
