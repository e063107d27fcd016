"""Operations on the draft, asked by `year`."""

from collections.abc import Iterable

from sandbox.atlas import careers, names
from sandbox.atlas.bio import bio
from sandbox.operations.operations import Args, Row, operation
from sandbox.operations.people import years_asked
from sandbox.season.world import World, counted


@operation("/draft/picks", "year:integer", "draftTeam", "sourceTeam", "position")
def draft_picks(world: World, args: Args) -> Iterable[Row]:
    """Draft picks; draftTeam compares the nickname, sourceTeam the location, position a column that is not sent."""
    for year in years_asked(world, args):
        for pick in careers.known_picks(world.atlas, year, world.now):
            row = _pick(world, year, pick)
            given = {
                "draftTeam": row["draftTeam"],
                "sourceTeam": row["sourceTeamLocation"],
                "position": pick.position,
            }
            if all(args[name].lower() == value.lower() for name, value in given.items() if name in args):
                yield row


def _pick(world: World, year: int, pick: careers.Pick) -> Row:
    atlas, person, size = world.atlas, pick.person, len(names.DRAFTING)
    about = bio(atlas, person) if person else None
    team = atlas.teams[pick.source] if pick.source else None
    linked = person is not None and atlas.draw("drafted", person.id) < 0.9
    ranked = atlas.draw("scouted", year, pick.overall) < 0.85
    return {
        "athleteId": person.id if person and linked else None,
        "sourceTeamId": 1000 + team.id if team else None,
        "sourceTeamLocation": team.school if team else careers.club(atlas, pick, year),
        "sourceTeamName": team.mascot if team else None,
        "sourceTeamLeagueAffiliation": "NCAA" if team else "International",
        "sourceTeamCollegeId": team.id if team else None,
        "draftTeamId": pick.team,
        "draftTeam": careers.draft_team(pick.team)[1],
        "year": year,
        "overall": pick.overall,
        "round": 1 + (pick.overall - 1) // size,
        "pick": 1 + (pick.overall - 1) % size,
        "name": pick.name,
        "overallRank": max(1, pick.overall + int(9 * atlas.draw("seen", year, pick.overall)) - 4) if ranked else None,
        "positionRank": 1 + pick.overall // 5 if ranked else None,
        "height": about.height if about else 80,
        "weight": about.weight if about else None,
    }


@operation("/draft/teams")
def draft_teams(world: World, args: Args) -> Iterable[Row]:
    """Drafting teams by display name; what is missing is '' and not null."""
    found: list[Row] = []
    for number in range(1, len(names.DRAFTING) + 1):
        location, name, short = careers.draft_team(number)
        display = f"{location} {name}".strip()
        found.append({"id": number, "sourceId": 40 + number, "location": location, "name": name})
        found[-1] |= {"displayName": display, "abbreviation": short}
    return sorted(found, key=lambda row: row["displayName"])


@operation("/draft/positions")
def draft_positions(world: World, args: Args) -> Iterable[Row]:
    """Positions by name; the abbreviation is all the key there is."""
    for short, name in sorted(careers.POSITIONS.items(), key=lambda item: item[1]):
        yield {"name": name, "abbreviation": short}


@counted("draft_picks")
def _count_picks(world: World, year: int) -> int:
    return len(careers.known_picks(world.atlas, year, world.now))
