"""Operations on lineups and stints, and on the plays of a team, a player or a tournament."""

from collections.abc import Iterable, Iterator
from functools import partial

from sandbox.atlas.fixtures import Game
from sandbox.atlas.people import find_athlete, team_of
from sandbox.game.events import GameLog
from sandbox.game.stints import Five, Lineup, closed_lineups, fives, lineups, stints
from sandbox.operations.games import games, games_by_id, plays_of
from sandbox.operations.operations import Args, Row, operation
from sandbox.rows.floor import lineup_rows, stint_row
from sandbox.season.world import World, counted


def team_named(world: World, name: str) -> int | None:
    """The id of a school, ignoring case."""
    wanted = name.lower()
    return next((team.id for team in world.atlas.teams.values() if team.school.lower() == wanted), None)


def named(world: World, args: Args) -> tuple[int, ...] | None:
    """The ids of the requested team, () for an unknown one; None without a name, which is no filter."""
    if "team" not in args:
        return None
    team = team_named(world, args["team"])
    return () if team is None else (team,)


def games_of(world: World, wanted: tuple[int, ...] | None, args: Args) -> Iterator[Game]:
    """The games of a team (None: of all teams) in the requested season, by start."""
    for game in games(world, args):
        if wanted is None or {game.fixture.home, game.fixture.away} & set(wanted):
            yield game


@operation("/lineups/game/{gameId}", "gameId:integer!")
def lineups_of_game(world: World, args: Args) -> Iterable[Row]:
    """Lineups of both teams of a game, longest first; [] for an unknown game."""
    return _lineup_rows(world, games_by_id(world, args), None)


@operation("/lineups/team", "season:integer!", "team:string!", "startDateRange:date-time", "endDateRange:date-time")
def lineups_of_team(world: World, args: Args) -> Iterable[Row]:
    """Lineups of a team over a season, or over the games of a range."""
    wanted = named(world, args)
    return _lineup_rows(world, games_of(world, wanted, args), wanted)


def _lineup_rows(world: World, played: Iterable[Game], wanted: tuple[int, ...] | None) -> list[Row]:
    """Rows of lineups, longest first; each is merged over the games of its team."""
    total: dict[tuple[int, int], dict[Five, Lineup]] = {}
    for game in played:
        fixture = game.fixture
        for team, side in zip((fixture.home, fixture.away), game_lineups(world, game), strict=False):
            if wanted is None or team in wanted:
                found = total.setdefault((team, fixture.season), {})
                for five, lineup in side.items():
                    found.setdefault(five, Lineup()).merge(lineup)
    rows = [row for (team, season), found in total.items() for row in lineup_rows(world, team, season, found)]
    return sorted(rows, key=lambda row: -int(row["totalSeconds"]))


def game_lineups(world: World, game: Game) -> tuple[dict[Five, Lineup], ...]:
    """Lineups of both teams in a game; () for a game without stints."""
    log = world.stints(game)
    if not log:
        return ()
    count = closed_lineups if world.reading.closed else lineups
    return count(log, partial(world.reading.counts, game.fixture))


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
    return (row for row, _ in _stints(world, games_by_id(world, args)))


@operation("/substitutions/player/{playerId}", "playerId:integer!", "season:integer!")
def stints_of_player(world: World, args: Args) -> Iterable[Row]:
    """Stints of an athlete in a season."""
    number = args.get("playerId")
    found = _stints(world, _games_of_athlete(world, args))
    return (row for row, athlete in found if number in {None, athlete})


@operation("/substitutions/team", "season:integer!", "team:string!")
def stints_of_team(world: World, args: Args) -> Iterable[Row]:
    """Stints of a team's players in a season."""
    wanted = named(world, args)
    found = _stints(world, games_of(world, wanted, args))
    return (row for row, _ in found if wanted is None or row["teamId"] in wanted)


def _games_of_athlete(world: World, args: Args) -> Iterable[Game]:
    """Games of an athlete's team in the requested seasons; [] for an unknown athlete."""
    number = args.get("playerId")
    if number is None:
        return games(world, args)
    if find_athlete(world.atlas, number) is None:
        return []
    return (
        game
        for game in games(world, args)
        if team_of(world.atlas, number, game.fixture.season) in {game.fixture.home, game.fixture.away}
    )


@operation("/plays/team", "season:integer!", "team:string!", "shootingPlaysOnly:boolean")
def plays_of_team(world: World, args: Args) -> Iterable[Row]:
    """Plays of both teams in a team's games."""
    return plays_of(world, games_of(world, named(world, args), args), args)


@operation("/plays/player/{playerId}", "playerId:integer!", "season:integer!", "shootingPlaysOnly:boolean")
def plays_of_player(world: World, args: Args) -> Iterable[Row]:
    """Plays that involve an athlete."""
    number = args.get("playerId")
    found = plays_of(world, _games_of_athlete(world, args), args)
    return (row for row in found if number is None or any(person["id"] == number for person in row["participants"]))


@operation("/plays/tournament", "tournament:string!", "season:number!", "shootingPlaysOnly:boolean")
def plays_of_tournament(world: World, args: Args) -> Iterable[Row]:
    """Plays of a tournament's games."""
    return plays_of(world, games(world, args), args)


def _fives(world: World, year: int) -> Iterator[tuple[int, set[Five]]]:
    """Team and distinct lineups of each game, for teams with a conference."""
    for game in world.season(year).games:
        log = world.stints(game)
        if not log:
            continue
        for side, team in enumerate((game.fixture.home, game.fixture.away)):
            if world.atlas.conference_id(team, year):
                yield team, _distinct(world, log, side)


def _distinct(world: World, log: GameLog, side: int) -> set[Five]:
    ends = (log.last.lineup_home, log.last.lineup_away)
    return set(log.lineups[side][: ends[side] + 1]) if world.reading.closed else fives(log, side)


@counted("substitutions")
def _count_stints(world: World, year: int) -> int:
    return sum(len(stints(log)) for game in world.season(year).games if (log := world.stints(game)))


@counted("lineups")
def _count_lineups(world: World, year: int) -> int:
    return sum(len(found) for _, found in _fives(world, year))


@counted("lineups_team_season")
def _count_team_lineups(world: World, year: int) -> int:
    found: dict[int, set[Five]] = {}
    for team, distinct in _fives(world, year):
        found.setdefault(team, set()).update(distinct)
    return sum(map(len, found.values()))
