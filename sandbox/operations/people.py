"""Operations on people: rosters, recruits and transfers. All but rosters are requested by `year`."""

from collections.abc import Iterable

from sandbox.atlas import careers
from sandbox.atlas.atlas import FIRST_SEASON
from sandbox.atlas.bio import POSITIONS, bio
from sandbox.atlas.jsnum import rounded
from sandbox.atlas.people import Athlete, roster
from sandbox.operations.games import team_fits
from sandbox.operations.operations import Args, Row, operation
from sandbox.operations.static import current_season
from sandbox.rows import rows
from sandbox.season.world import World, counted


@operation("/teams/roster", "season:integer!", "team")
def rosters(world: World, args: Args) -> Iterable[Row]:
    """Rosters of all schools; schools outside Division I have no players."""
    season = args.get("season", 0)
    for number, team in sorted(world.atlas.teams.items(), key=lambda item: item[0] * 7919 % 10007):
        if "team" in args and args["team"].lower() != team.school.lower():
            continue
        league = rows.conference(world, number, season)
        yield {
            "teamId": number,
            "teamSourceId": team.source_id,
            "team": team.school,
            "conference": league.abbreviation if league else None,
            "season": season,
            "players": [_player(world, person) for person in players(world, number, season)],
        }


def players(world: World, team: int, season: int) -> tuple[Athlete, ...]:
    """The roster in the API; empty for an unannounced season and outside Division I."""
    known = season in world.years() and world.atlas.conference_id(team, season)
    return roster(world.atlas, team, season) if known else ()


def _player(world: World, person: Athlete) -> Row:
    """Jersey, height and weight are current values in every season; endSeason is the last season so far."""
    about = bio(world.atlas, person)
    first, last = person.name.split()
    return {
        "id": person.id,
        "sourceId": person.source_id,
        "name": person.name,
        "firstName": first,
        "lastName": last,
        "jersey": about.jersey,
        "position": POSITIONS[person.position] if world.has_position(person) else None,
        "height": about.height,
        "weight": about.weight,
        "hometown": about.hometown,
        "dateOfBirth": about.born.isoformat() if about.born else None,
        "startSeason": person.start_season,
        "endSeason": min(person.end_season, current_season(world)),
    }


def requested_years(world: World, args: Args) -> list[int]:
    """The requested year, or all years, newest first."""
    known = range(current_season(world), FIRST_SEASON - 1, -1)
    return [year for year in known if args.get("year", year) == year]


def _school(world: World, team: int | None, season: int) -> Row | None:
    """A school as in recruits and transfers."""
    if team is None:
        return None
    league = rows.conference(world, team, season)
    name = world.atlas.teams[team].school
    return {"id": team, "name": name, "conference": league.abbreviation if league else None}


def _place_fits(school: Row | None, args: Args, team: str, conference: str) -> bool:
    """Whether a school matches the filters on name and conference, ignoring case."""
    return all(
        school is not None and (school[key] or "").lower() == args[name].lower()
        for name, key in ((team, "name"), (conference, "conference"))
        if name in args
    )


@operation("/recruiting/players", "year:integer", "team", "conference", "position")
def recruits(world: World, args: Args) -> Iterable[Row]:
    """Rated newcomers by class; `year` is the year in which their first season begins."""
    for year in requested_years(world, args):
        for one in careers.recruits(world.atlas, year):
            row = _recruit(world, year, one)
            fits = args.get("position", one.person.position).lower() == one.person.position.lower()
            if fits and _place_fits(row["committedTo"], args, "team", "conference"):
                yield row


def _recruit(world: World, year: int, one: careers.Recruit) -> Row:
    about = bio(world.atlas, one.person)
    unknown = not careers.knows_school(world.atlas, one)
    school = None if unknown else careers.school_id(one.id)
    return {
        "id": one.id,
        "sourceId": None if unknown else str(300_000 + one.id),
        "position": one.person.position,
        "schoolId": school,
        "school": careers.high_school(world.atlas, school) if school else None,
        "hometown": None if about.hometown["city"] is None else about.hometown,
        "committedTo": _school(world, one.committed, year),
        # The API has the athlete only once the first season is announced.
        "athleteId": one.person.id if one.linked and year < current_season(world) else None,
        "year": year,
        "name": one.person.name,
        "heightInches": about.height,
        "weightPounds": about.weight,
        "stars": about.stars,
        "rating": about.rating,
        "ranking": one.place,
    }


@operation("/recruiting/teams", "year:integer", "team", "conference")
def recruiting_teams(world: World, args: Args) -> Iterable[Row]:
    """Teams by the rating of their recruiting class."""
    for year in requested_years(world, args):
        for row in _classes(world, year):
            if team_fits(world, row["teamId"], year, args):
                yield row


def _classes(world: World, year: int) -> list[Row]:
    """Ratings of recruiting classes: each recruit counts 20 % less than the next better one."""
    points: dict[int, list[float]] = {}
    for one in careers.recruits(world.atlas, year):
        if one.committed:
            points.setdefault(one.committed, []).append(100 * (bio(world.atlas, one.person).rating - 0.7))
    total = {team: sum(value * 0.8**k for k, value in enumerate(values)) for team, values in points.items()}
    ordered = sorted(total, key=lambda team: (-total[team], team))
    return [
        {
            "teamId": team,
            "team": world.atlas.teams[team].school,
            "conference": (_school(world, team, year) or {})["conference"],
            "year": year,
            "ranking": place,
            "rating": rounded(total[team], 2),
        }
        for place, team in enumerate(ordered, start=1)
    ]


PORTAL = ("sourceTeam", "destinationTeam", "sourceConference", "destinationConference", "position")


@operation("/recruiting/portal", "year:number", *PORTAL)
def portal(world: World, args: Args) -> Iterable[Row]:
    """Transfers by the spring of their announcement; the following season is the first with the new team."""
    for year in requested_years(world, args):
        for move in careers.known_moves(world.atlas, year, world.now):
            row = _transfer(world, year, move)
            fits = args.get("position", move.person.position).lower() == move.person.position.lower()
            from_fits = _place_fits(row["origin"], args, "sourceTeam", "sourceConference")
            if fits and from_fits and _place_fits(row["destination"], args, "destinationTeam", "destinationConference"):
                yield row


def _transfer(world: World, year: int, move: careers.Move) -> Row:
    person, decided = move.person, world.now.date() >= move.decided
    first, last = person.name.split()
    about = bio(world.atlas, person)
    stars = about.stars if about.rating > 0.82 else None
    return {
        "id": move.id,
        "sourceId": str(700_000 + move.id),
        "year": year,
        "firstName": first,
        "lastName": last,
        "position": person.position,
        "origin": _school(world, move.origin, year),
        "destination": _school(world, move.goal, year) if decided else None,
        "eligibility": move.eligibility if decided else "TBD",
        "yearsRemaining": person.start_season + 3 - year or None,
        "stars": stars,
        # A rating of 0 is null.
        "rating": about.rating if stars else None,
    }


@counted("rosters")
def _count_rosters(world: World, year: int) -> int:
    return sum(len(players(world, team, year)) for team in world.atlas.teams)


@counted("recruiting_players")
def _count_recruits(world: World, year: int) -> int:
    return len(careers.recruits(world.atlas, year)) if year <= current_season(world) else 0


@counted("recruiting_teams")
def _count_classes(world: World, year: int) -> int:
    return len(_classes(world, year)) if year <= current_season(world) else 0


@counted("recruiting_portal")
def _count_portal(world: World, year: int) -> int:
    return len(careers.known_moves(world.atlas, year, world.now))
