"""Rows of teams with two overlapping conference memberships: each join of the server doubles them.

A row comes once per membership of every team that its query joins, with the conference of that membership. What is not
listed here is joined with no memberships, or by a view of the database that the public source does not have.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sandbox.atlas.atlas import Conference
from sandbox.atlas.schedule import season_of_id
from sandbox.operations.operations import Args, Operation, Row
from sandbox.operations.static import current_season
from sandbox.rows import rows
from sandbox.season.world import World


@dataclass(frozen=True)
class Join:
    """One joined team of a row. inside: the object of a row that has it; number: field with the conference's id."""

    team: str
    conference: str = "conference"
    number: str | None = None
    name: bool = False
    inside: str | None = None
    filters: bool = True

    def of(self, row: Row) -> int | None:
        """The team id of a row."""
        part = row[self.inside] if self.inside else row
        return part[self.team] if part else None

    def moved(self, row: Row, league: Conference) -> Row:
        """The row with another conference."""
        values: Row = {self.conference: league.name if self.name else league.abbreviation}
        if self.number:
            values[self.number] = league.id
        return {**row, self.inside: {**row[self.inside], **values}} if self.inside else {**row, **values}

    def value(self, row: Row) -> str | None:
        """The conference of a row."""
        part = row[self.inside] if self.inside else row
        return part[self.conference] if part else None


OWN = (Join("teamId"),)
BOTH = (Join("teamId"), Join("opponentId", "opponentConference", filters=False))
SIDES = (Join("homeTeamId", "homeConference"), Join("awayTeamId", "awayConference"))
GAME = (
    Join("homeTeamId", "homeConference", "homeConferenceId"),
    Join("awayTeamId", "awayConference", "awayConferenceId"),
)
JOINS: dict[str, tuple[Join, ...]] = {
    "/games": GAME,
    **dict.fromkeys(("/games/media", "/lines"), SIDES),
    **dict.fromkeys(("/games/teams", "/games/players"), BOTH),
    **dict.fromkeys(("/substitutions/game/{gameId}", "/substitutions/player/{playerId}", "/substitutions/team"), BOTH),
    **dict.fromkeys(("/lineups/game/{gameId}", "/lineups/team", "/teams/roster", "/rankings"), OWN),
    **dict.fromkeys(("/ratings/adjusted", "/ratings/srs", "/recruiting/teams"), OWN),
    **dict.fromkeys(("/stats/team/season", "/stats/player/season"), OWN),
    **dict.fromkeys(("/stats/team/shooting/season", "/stats/player/shooting/season"), OWN),
    "/ratings/elo": (Join("teamId", name=True, filters=False),),
    "/teams": (Join("id", number="conferenceId"),),
    "/recruiting/players": (Join("id", inside="committedTo"),),
    "/recruiting/portal": (
        Join("id", inside="origin", filters=False),
        Join("id", inside="destination", filters=False),
    ),
}


def joined(world: World, operation: Operation, args: Args, found: Iterable[Row]) -> Iterable[Row]:
    """The rows of an operation, those of teams in two conferences once per conference."""
    joins = JOINS.get(operation.path, ())
    if not world.atlas.twins or not joins:
        return found
    return (copy for row in found for copy in _copies(world, joins, row, args) if _fits(joins, copy, args))


def _copies(world: World, joins: tuple[Join, ...], row: Row, args: Args) -> list[Row]:
    season = season_of(world, row, args)
    copies = [row]
    for join in joins:
        leagues = rows.conferences(world, join.of(row) or 0, season) if join.of(row) in world.atlas.twins else []
        if len(leagues) > 1:
            copies = [join.moved(copy, league) for copy in copies for league in leagues]
    return copies


def season_of(world: World, row: Row, args: Args) -> int:
    """The season in which memberships are read."""
    number = row.get("gameId")
    own = season_of_id(number) if number else row.get("season") or row.get("year")
    return int(own or args.get("season") or current_season(world))


def _fits(joins: tuple[Join, ...], row: Row, args: Args) -> bool:
    """Whether a copy is in the requested conference."""
    wanted = args.get("conference")
    read = [join for join in joins if join.filters]
    return not wanted or not read or any((join.value(row) or "").lower() == wanted.lower() for join in read)
