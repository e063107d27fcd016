"""Operations on season statistics of teams and players, over the whole season or the games of a range."""

from collections.abc import Iterable, Iterator

from sandbox.atlas.fixtures import Game
from sandbox.atlas.people import find_athlete
from sandbox.operations.games import RANGE, either, games, team_fits
from sandbox.operations.operations import Args, Row, operation
from sandbox.operations.params import Needs
from sandbox.rows.overview import overview
from sandbox.rows.season_stats import head, player_row, team_row
from sandbox.rows.shooting import player_shots, shooting, team_shots
from sandbox.rows.totals import player_sums, team_sums
from sandbox.season.world import World, counted

SEASON_OR_TEAM = Needs(
    {"season": "season required when team not specified", "team": "team required when season not specified"}
)
TEAM_OR_CONFERENCE = Needs(dict.fromkeys(("team", "conference"), "Either team or conference parameter is required"))
FILTERS = ("seasonType", "team", "conference", *RANGE)


def _games(world: World, args: Args) -> Iterator[Game]:
    """Games that can contribute to the requested rows."""
    return (game for game in games(world, args) if either(world, game.fixture, args))


@operation("/stats/team/season", "season:number", *FILTERS, needs=SEASON_OR_TEAM)
def team_seasons(world: World, args: Args) -> Iterable[Row]:
    """Sums over final games by team, schools outside Division I included."""
    for total in team_sums(world, _games(world, args)):
        if team_fits(world, total.team, total.season, args):
            yield team_row(world, total)


@operation("/stats/player/season", "season:number!", *FILTERS)
def player_seasons(world: World, args: Args) -> Iterable[Row]:
    """Sums over final games by team and athlete."""
    for total in player_sums(world, _games(world, {"season": 0, **args})):
        if team_fits(world, total.team, total.season, args):
            yield player_row(world, total)


@operation("/stats/team/shooting/season", "season:integer!", *FILTERS, needs=TEAM_OR_CONFERENCE)
def team_shooting(world: World, args: Args) -> Iterable[Row]:
    """Shots by kind of Division I teams."""
    for (season, team), unit in team_shots(world, _games(world, {"season": 0, **args})).items():
        if team_fits(world, team, season, args):
            yield {**_short(world, team, season), **shooting(unit)}


@operation("/stats/player/shooting/season", "season:integer!", *FILTERS, needs=TEAM_OR_CONFERENCE)
def player_shooting(world: World, args: Args) -> Iterable[Row]:
    """Shots by kind of players of Division I teams."""
    for (season, team, number), unit in player_shots(world, _games(world, {"season": 0, **args})).items():
        person = find_athlete(world.atlas, number)
        if person is not None and team_fits(world, team, season, args):
            whose = {"athleteId": number, "athleteName": person.name}
            yield {**_short(world, team, season), **whose, **shooting(unit)}


def _short(world: World, team: int, season: int) -> Row:
    """Season and team without the season label, which shooting rows do not have."""
    return {name: value for name, value in head(world, team, season).items() if name != "seasonLabel"}


@operation(
    "/teams/{teamId}/season/{season}/overview", "teamId:integer!", "season:integer!", single=True, client_only=True
)
def team_overview(world: World, args: Args) -> Iterable[Row]:
    """A season of one team in one object; null for a team or season without an overview."""
    team, season = args.get("teamId", 0), args.get("season", 0)
    found = overview(world, team, season) if team in world.atlas.teams else None
    return [found] if found else []


@counted("stats_team_season")
def _count_teams(world: World, year: int) -> int:
    finals = (game.fixture for game in world.season(year).games if game.result)
    return len({team for fixture in finals for team in (fixture.home, fixture.away)})


@counted("stats_player_season")
def _count_players(world: World, year: int) -> int:
    found: set[tuple[int, int]] = set()
    for game in world.season(year).games:
        both = world.served_boxes(game) if game.result else None
        teams = game.fixture.home, game.fixture.away
        found.update((teams[side], place) for side, place, _ in (world.appeared(game.fixture, both) if both else ()))
    return len(found)


@counted("stats_team_shooting_season")
def _count_team_shooting(world: World, year: int) -> int:
    return len(team_shots(world, world.season(year).games))


@counted("stats_player_shooting_season")
def _count_player_shooting(world: World, year: int) -> int:
    return len(player_shots(world, world.season(year).games))
