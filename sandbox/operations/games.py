"""Operations on games: results, lines, box scores and plays."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta

from sandbox.atlas.atlas import Conference
from sandbox.atlas.fixtures import Fixture, Game
from sandbox.atlas.schedule import season_of_id
from sandbox.game.plays import play_rows
from sandbox.operations.operations import Args, Row, operation
from sandbox.rows import rows
from sandbox.season.world import World

RANGE = ("startDateRange:date-time", "endDateRange:date-time")
Leagues = dict[int, Conference | None]
BOX = (*RANGE, "team", "conference", "season:number", "seasonType", "tournament")


def seasons(world: World, args: Args) -> list[int]:
    """The seasons that can have games of a request, by its season or its dates (a season is August to July)."""
    known = [year for year in world.years() if year >= world.config.games_from]
    if "season" in args:
        return [year for year in known if year == args["season"]]
    return [year for year in known if _in_range(year, args)]


def _in_range(year: int, args: Args) -> bool:
    begins = "startDateRange" not in args or year >= _season_of(args["startDateRange"])
    return begins and ("endDateRange" not in args or year <= _season_of(args["endDateRange"]))


def _season_of(moment: datetime) -> int:
    return moment.year + (moment.month >= 8)


def games(world: World, args: Args) -> Iterator[Game]:
    """Games that match all filters except team and conference, by start. Both ends of the range are inclusive."""
    for game in world.walk(seasons(world, args)):
        start = world.served_start(game.fixture)
        if "startDateRange" in args and start < args["startDateRange"]:
            continue
        if "endDateRange" in args and start > args["endDateRange"]:
            continue
        if _fits(game, args):
            yield game


def _fits(game: Game, args: Args) -> bool:
    given = {"seasonType": game.fixture.season_type, "status": game.status}
    if any(name in args and args[name] != value for name, value in given.items()):
        return False
    return "tournament" not in args or args["tournament"].lower() == (game.fixture.tournament or "").lower()


def team_fits(world: World, team: int, season: int, args: Args) -> bool:
    """Whether a team matches the filters on school and conference abbreviation, ignoring case."""
    if "team" in args and args["team"].lower() != world.atlas.teams[team].school.lower():
        return False
    if "conference" not in args:
        return True
    leagues = rows.conferences(world, team, season)
    return any(league.abbreviation.lower() == args["conference"].lower() for league in leagues)


def either(world: World, game: Fixture, args: Args) -> bool:
    """Whether each filter by itself matches the home or the away team."""
    return all(
        any(team_fits(world, team, game.season, {name: args[name]}) for team in (game.home, game.away))
        for name in ("team", "conference")
        if name in args
    )


@operation("/games", *RANGE, "team", "conference", "season:integer", "seasonType", "status", "tournament", cap=3000)
def list_games(world: World, args: Args) -> Iterable[Row]:
    """Games with results."""
    return (rows.game_row(world, game) for game in games(world, args) if either(world, game.fixture, args))


@operation("/lines", "season:integer", "team", "conference", *RANGE, cap=3000)
def list_lines(world: World, args: Args) -> Iterable[Row]:
    """Games with their betting lines; [] if there are none."""
    return (rows.line_row(world, game) for game in games(world, args) if either(world, game.fixture, args))


def _box_rows(world: World, args: Args, make: Callable[..., Row]) -> Iterator[Row]:
    for game in games(world, args):
        fixture = game.fixture
        wanted = [
            home
            for home, team in ((True, fixture.home), (False, fixture.away))
            if team_fits(world, team, fixture.season, args)
        ]
        both = world.served_boxes(game) if wanted else None
        if both is not None:
            for home in wanted:
                yield make(world, game, both, home=home)


@operation("/games/teams", *BOX, cap=3000)
def team_boxes(world: World, args: Args) -> Iterable[Row]:
    """Team box scores, two rows per game, games in progress included."""
    return _box_rows(world, args, rows.team_box_row)


@operation("/games/players", *BOX, cap=1000)
def player_boxes(world: World, args: Args) -> Iterable[Row]:
    """Player box scores, two rows per game."""
    return _box_rows(world, args, rows.player_box_row)


def plays_of(world: World, games: Iterable[Game], args: Args) -> Iterator[Row]:
    """Plays of games, ordered by startDate and gameId."""
    ordered = sorted(games, key=lambda game: (world.served_start(game.fixture), game.id))
    for game in ordered:
        log = world.served_plays(game)
        if log:
            start = world.served_start(game.fixture)
            only = bool(args.get("shootingPlaysOnly"))
            found = play_rows(world.atlas, game.fixture, log, start, world.reading, shots_only=only)
            yield from _per_membership(world, game.fixture, found)


def _per_membership(world: World, game: Fixture, found: list[Row]) -> Iterable[Row]:
    """Plays once per conference membership of the home team and of the away team."""
    if not {game.home, game.away} & set(world.atlas.twins):
        return found
    home, away = (_memberships(world, team, game.season) for team in (game.home, game.away))
    pairs: list[Leagues] = [{game.home: mine, game.away: theirs} for mine in home for theirs in away]
    return (_with_leagues(row, pair) for row in found for pair in pairs)


def _memberships(world: World, team: int, season: int) -> list[Conference | None]:
    return [*rows.conferences(world, team, season)] or [None]


def _with_leagues(row: Row, leagues: Leagues) -> Row:
    if row["teamId"] is None:
        return row
    mine, other = leagues[row["teamId"]], leagues[row["opponentId"]]
    names = {"conference": mine, "opponentConference": other}
    return {**row, **{name: league.abbreviation if league else None for name, league in names.items()}}


@operation("/plays/date", "date:date-time!", "shootingPlaysOnly:boolean", "utcOffset:number")
def plays_by_date(world: World, args: Args) -> Iterable[Row]:
    """Plays of games from the date to the next midnight, both inclusive: games at 00:00Z are in two responses."""
    day = args["date"]
    first = day + timedelta(hours=int(args.get("utcOffset", 0)))
    window = {"startDateRange": first, "endDateRange": _end_of(day, first)}
    return plays_of(world, games(world, window), args)


def _end_of(day: datetime, first: datetime) -> datetime:
    """The end of a window: the day of the month after the shifted start, but in the month of the requested date.

    With utcOffset=-5 the window of the 1st of a month ends at the end of the month.
    """
    return day.replace(day=1) + timedelta(days=first.day)


@operation("/plays/game/{gameId}", "gameId:integer!", "shootingPlaysOnly:boolean")
def plays_of_game(world: World, args: Args) -> Iterable[Row]:
    """Plays of one game; [] for an unknown id."""
    return plays_of(world, games_by_id(world, args), args)


def games_by_id(world: World, args: Args) -> Iterable[Game]:
    """The game of a path; the id 0 is no filter, so it gives all games of all seasons."""
    if "gameId" not in args:
        return games(world, {})
    game = find_game(world, args["gameId"])
    return [game] if game else []


def find_game(world: World, number: int) -> Game | None:
    """The game with an id, if it has been announced."""
    year = season_of_id(number)
    if year not in world.years() or year < world.config.games_from:
        return None
    return world.simulated(year).find(number, world.now)
