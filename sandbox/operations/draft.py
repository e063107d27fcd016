"""Operations on the draft, requested by `year`."""

from collections.abc import Iterable

from sandbox.atlas import careers, names
from sandbox.atlas.atlas import Atlas
from sandbox.atlas.bio import bio
from sandbox.operations.operations import Args, Row, operation
from sandbox.operations.people import requested_years
from sandbox.season.world import World, counted


@operation("/draft/picks", "year:integer", "draftTeam", "sourceTeam", "position")
def draft_picks(world: World, args: Args) -> Iterable[Row]:
    """Draft picks. draftTeam filters by nickname although rows have the full name; sourceTeam filters by location."""
    for year in requested_years(world, args):
        for pick in careers.known_picks(world.atlas, year, world.now):
            row = _pick(world, year, pick)
            given = {
                "draftTeam": careers.draft_team(pick.team)[1],
                "sourceTeam": row["sourceTeamLocation"],
                "position": pick.position,
            }
            if all(
                value is not None and args[name].lower() == value.lower()
                for name, value in given.items()
                if name in args
            ):
                yield row


def _pick(world: World, year: int, pick: careers.Pick) -> Row:
    atlas, person, size = world.atlas, pick.person, len(names.DRAFTING)
    about = bio(atlas, person) if person else None
    linked = person is not None and atlas.draw("drafted", person.id) < 0.9
    return {
        "athleteId": person.id if person and linked else None,
        **_source_team(atlas, pick),
        "draftTeamId": pick.team,
        "draftTeam": _display(pick.team),
        "year": year,
        "overall": pick.overall,
        "round": 1 + (pick.overall - 1) // size,
        "pick": 1 + (pick.overall - 1) % size,
        "name": pick.name,
        **_ranks(atlas, year, pick.overall),
        "height": about.height if about else 80,
        "weight": about.weight if about else None,
        "position": pick.position,
    }


def _source_team(atlas: Atlas, pick: careers.Pick) -> Row:
    """The player's previous team; a club abroad has no id, so nothing is known of it."""
    team = atlas.teams[pick.source] if pick.source else None
    return {
        "sourceTeamId": 1000 + team.id if team else None,
        "sourceTeamLocation": team.school if team else None,
        "sourceTeamName": team.mascot if team else None,
        "sourceTeamLeagueAffiliation": "NCAA" if team else None,
        "sourceTeamCollegeId": team.id if team else None,
    }


def _ranks(atlas: Atlas, year: int, overall: int) -> Row:
    """Ranks among the year's prospects; some picks were not ranked."""
    if atlas.draw("scouted", year, overall) >= 0.85:
        return {"overallRank": None, "positionRank": None}
    seen = overall + int(9 * atlas.draw("seen", year, overall)) - 4
    return {"overallRank": max(1, seen), "positionRank": 1 + overall // 5}


@operation("/draft/teams")
def draft_teams(world: World, args: Args) -> Iterable[Row]:
    """Drafting teams by display name; a missing value is '' instead of null."""
    found: list[Row] = []
    for number in range(1, len(names.DRAFTING) + 1):
        location, name, short = careers.draft_team(number)
        found.append({"id": number, "sourceId": 40 + number, "location": location, "name": name})
        found[-1] |= {"displayName": _display(number), "abbreviation": short}
    return sorted(found, key=lambda row: row["displayName"])


def _display(number: int) -> str:
    """The full name of a drafting team."""
    location, name, _ = careers.draft_team(number)
    return f"{location} {name}".strip()


@operation("/draft/positions")
def draft_positions(world: World, args: Args) -> Iterable[Row]:
    """Positions by name; their only key is the abbreviation."""
    for short, name in sorted(careers.POSITIONS.items(), key=lambda item: item[1]):
        yield {"name": name, "abbreviation": short}


@counted("draft_picks")
def _count_picks(world: World, year: int) -> int:
    return len(careers.known_picks(world.atlas, year, world.now))
