"""Operations that do not depend on games: teams, conferences, venues, providers, play types."""

from collections.abc import Iterable

from tasks.sandbox.market import PROVIDERS
from tasks.sandbox.operations import Args, Row, operation
from tasks.sandbox.playtext import PLAY_TYPES
from tasks.sandbox.truth import World
from tasks.sandbox.world import Team


def current_season(world: World) -> int:
    """The newest season that has been announced."""
    return world.years()[-1]


@operation("/teams", "conference", "season:integer")
def teams(world: World, args: Args) -> Iterable[Row]:
    """Without season all schools with today's conference; with season only Division I of that season."""
    season = args.get("season")
    for number in sorted(world.atlas.teams, key=lambda team: (team * 7919 % 10007, team)):
        row = _team(world, world.atlas.teams[number], season or current_season(world))
        if season and row["conference"] is None:
            continue
        # Case matters here, and only here.
        if "conference" not in args or row["conference"] == args["conference"]:
            yield row


def _team(world: World, team: Team, season: int) -> Row:
    number = world.atlas.conference_id(team.id, season)
    venue = world.atlas.venues.get(team.venue_id or -1)
    return {
        "id": team.id,
        "sourceId": team.source_id,
        "school": team.school,
        "mascot": team.mascot,
        "abbreviation": team.abbreviation,
        "displayName": team.display_name,
        "shortDisplayName": team.short_name,
        "primaryColor": team.primary_color,
        "secondaryColor": team.secondary_color,
        "currentVenueId": venue.id if venue else None,
        "currentVenue": venue.name if venue else None,
        "currentCity": venue.city if venue else None,
        "currentState": venue.state if venue else None,
        "conferenceId": number,
        "conference": world.atlas.conferences[number - 1].abbreviation if number else None,
        "logos": [f"https://logos.example/{team.id}.png"] if team.d1_from else None,
    }


@operation("/conferences")
def conferences(world: World, args: Args) -> Iterable[Row]:
    """All conferences."""
    for item in world.atlas.conferences:
        yield {
            "id": item.id,
            "sourceId": item.source_id,
            "name": item.name,
            "abbreviation": item.abbreviation,
            "shortName": item.short_name,
        }


@operation("/venues")
def venues(world: World, args: Args) -> Iterable[Row]:
    """All venues."""
    for item in world.atlas.venues.values():
        yield {
            "id": item.id,
            "sourceId": item.source_id,
            "name": item.name,
            "city": item.city,
            "state": item.state,
            "country": item.country,
        }


@operation("/lines/providers")
def providers(world: World, args: Args) -> Iterable[Row]:
    """All line providers."""
    return [{"id": number, "name": name} for name, number in PROVIDERS.items()]


@operation("/plays/types")
def play_types(world: World, args: Args) -> Iterable[Row]:
    """All play types; names repeat."""
    return [{"id": number, "name": name} for number, name in PLAY_TYPES]
