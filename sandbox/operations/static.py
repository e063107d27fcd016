"""Operations that do not depend on games: teams, conferences, venues, providers, play types."""

from collections.abc import Iterable, Iterator
from itertools import groupby

from sandbox.atlas.atlas import FIRST_SEASON, Team
from sandbox.game.playtext import PLAY_TYPES
from sandbox.operations.operations import Args, Row, operation
from sandbox.season.market import PROVIDERS
from sandbox.season.world import World, counted


def current_season(world: World) -> int:
    """The newest season that has been announced."""
    return world.years()[-1]


@operation("/teams", "conference", "season:integer")
def teams(world: World, args: Args) -> Iterable[Row]:
    """All schools with their current conference; with `season`, only Division I of that season."""
    season = args.get("season")
    for number in sorted(world.atlas.teams, key=lambda team: (team * 7919 % 10007, team)):
        row = _team(world, world.atlas.teams[number], season or current_season(world))
        if season and row["conference"] is None:
            continue
        # Only this filter is case-sensitive.
        if "conference" not in args or row["conference"] == args["conference"]:
            yield row


def _team(world: World, team: Team, season: int) -> Row:
    number = world.atlas.conference_id(team.id, season)
    logos = [f"https://logos.example/{team.id}.png"] if team.d1_from else None
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
        **({"logos": logos} if world.config.client_only else {}),
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


@operation("/conferences/history", "conference")
def conference_history(world: World, args: Args) -> Iterable[Row]:
    """Members of each conference with first and last season, both inclusive; null means "still a member"."""
    for item in world.atlas.conferences:
        if "conference" in args and args["conference"].lower() != item.abbreviation.lower():
            continue
        found = [
            {
                "id": team.id,
                "sourceId": team.source_id,
                "school": team.school,
                "mascot": team.mascot,
                "startSeason": first,
                "endSeason": last,
            }
            for team in world.atlas.teams.values()
            for first, last in _memberships(world, team, item.id)
        ]
        found.sort(key=lambda row: (row["startSeason"], row["endSeason"] or 9999, row["school"]))
        yield {
            "id": item.id,
            "sourceId": item.source_id,
            "name": item.name,
            "abbreviation": item.abbreviation,
            "shortName": item.short_name,
            "teams": found,
        }


def _memberships(world: World, team: Team, conference: int) -> Iterator[tuple[int, int | None]]:
    """First and last season of each membership of a team in a conference."""
    seasons = range(FIRST_SEASON, current_season(world) + 1)
    atlas = world.atlas
    inside = [
        year
        for year in seasons
        if conference in {atlas.conference_id(team.id, year), atlas.second_conference_id(team.id, year)}
    ]
    for _, run in groupby(enumerate(inside), key=lambda pair: pair[1] - pair[0]):
        years = [year for _, year in run]
        yield years[0], None if years[-1] == current_season(world) else years[-1]


@operation("/teams/directory", "season:integer!", single=True, client_only=True)
def directory(world: World, args: Args) -> Iterable[Row]:
    """Division I of a season in one object."""
    season = args.get("season", 0)
    known = [row for row in teams(world, {"season": season}) if season in world.years()]
    names = ("id", "sourceId", "school", "mascot", "abbreviation", "displayName", "shortDisplayName", "conferenceId")
    yield {
        "season": season,
        "seasonLabel": f"{season - 1}{season}",
        "teams": [{name: row[name] for name in names} for row in sorted(known, key=lambda row: str(row["school"]))],
        "conferences": [
            {"id": item.id, "name": item.name, "abbreviation": item.abbreviation} for item in world.atlas.conferences
        ],
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


@counted("conference_teams")
def _count_memberships(world: World, year: int) -> int:
    """Memberships of all seasons."""
    return sum(len(row["teams"]) for row in conference_history(world, {}))
