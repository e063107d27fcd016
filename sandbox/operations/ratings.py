"""Operations on ratings and polls. Ratings have no date: they are the current values."""

from collections.abc import Iterable, Iterator

from sandbox.atlas.jsnum import Number
from sandbox.atlas.times import iso
from sandbox.operations.games import team_fits
from sandbox.operations.operations import Args, Row, operation
from sandbox.rows import ratings, rows
from sandbox.rows.leaderboard import leaderboard
from sandbox.rows.polls import POLLS, RANKED, Ballot, ballots
from sandbox.season.world import World, counted

UNRANKED = 1000
WHOSE = ("season:integer", "team", "conference")


def newest_first(world: World, args: Args) -> list[int]:
    """The requested season, or all seasons, newest first."""
    return [year for year in reversed(world.years()) if args.get("season", year) == year]


def _team(world: World, team: int, season: int, *, name: bool = False) -> Row:
    league = rows.conference(world, team, season)
    called = (league.name if name else league.abbreviation) if league else None
    return {"season": season, "teamId": team, "team": world.atlas.teams[team].school, "conference": called}


@operation("/ratings/adjusted", *WHOSE)
def adjusted(world: World, args: Args) -> Iterable[Row]:
    """Adjusted efficiency; ranks are computed among the returned rows, whatever the filter."""
    found = [
        (year, one)
        for year in newest_first(world, args)
        for one in ratings.adjusted(world, year)
        if team_fits(world, one.team, year, args)
    ]
    # A team in two conferences has two rows, and both are ranked.
    rows_of = [one for year, one in found for _ in rows.conferences(world, one.team, year)]
    net = _ranked([one.net for one in rows_of])
    offence = _ranked([one.offence for one in rows_of])
    defence = _ranked([one.defence for one in rows_of], low_first=True)
    for year, one in found:
        yield {
            **_team(world, one.team, year),
            "offensiveRating": one.offence,
            "defensiveRating": one.defence,
            "netRating": one.net,
            "rankings": {"offense": offence[one.offence], "defense": defence[one.defence], "net": net[one.net]},
        }


def _ranked(values: list[Number], *, low_first: bool = False) -> dict[Number, int]:
    """The rank of each value."""
    return dict(zip(values, ratings.ranks(values, low_first=low_first), strict=True))


@operation("/ratings/srs", *WHOSE)
def srs(world: World, args: Args) -> Iterable[Row]:
    """SRS ratings; empty for a season in progress."""
    for year in newest_first(world, args):
        for team, value in ratings.srs(world, year):
            if team_fits(world, team, year, args):
                yield {**_team(world, team, year), "rating": value}


@operation("/ratings/elo", *WHOSE)
def elo(world: World, args: Args) -> Iterable[Row]:
    """Elo ratings; the conference is sent by name here and by abbreviation everywhere else."""
    for year in newest_first(world, args):
        for team, value in ratings.elo(world, year):
            if team_fits(world, team, year, args):
                yield {**_team(world, team, year, name=True), "elo": value}


@operation("/rankings", "season:integer", "seasonType", "week:integer", "pollType", "team", "conference")
def rankings(world: World, args: Args) -> Iterable[Row]:
    """Polls; a team that only receives votes has no ranking."""
    for year in newest_first(world, args):
        found = [
            _poll_row(world, ballot, place, vote)
            for ballot in ballots(world, year)
            if _wanted(ballot, args)
            for place, vote in enumerate(ballot.teams, start=1)
            if team_fits(world, vote[0], year, args)
        ]
        # Week 1 of the regular season and of the postseason are interleaved, rank by rank.
        yield from sorted(found, key=lambda row: (row["week"], row["pollType"], row["ranking"] or UNRANKED))


def _wanted(ballot: Ballot, args: Args) -> bool:
    given = {"seasonType": ballot.season_type, "week": ballot.week, "pollType": ballot.poll}
    return all(args.get(name, value) == value for name, value in given.items())


def _poll_row(world: World, ballot: Ballot, place: int, vote: tuple[int, int, int]) -> Row:
    team, points, first = vote
    who = _team(world, team, ballot.season)
    return {
        "season": ballot.season,
        "seasonType": ballot.season_type,
        "week": ballot.week,
        "pollDate": iso(ballot.at) if ballot.dated else None,
        "pollType": POLLS[ballot.poll][0],
        "teamId": team,
        "team": who["team"],
        "conference": who["conference"],
        "ranking": place if place <= RANKED else None,
        "points": points,
        "firstPlaceVotes": first,
    }


def _votes(world: World, year: int) -> Iterator[int]:
    return (len(ballot.teams) for ballot in ballots(world, year))


@counted("rankings")
def _count_rankings(world: World, year: int) -> int:
    return sum(_votes(world, year))


@counted("ratings_adjusted")
def _count_adjusted(world: World, year: int) -> int:
    return len(ratings.adjusted(world, year))


@counted("ratings_srs")
def _count_srs(world: World, year: int) -> int:
    return len(ratings.srs(world, year))


@counted("ratings_elo")
def _count_elo(world: World, year: int) -> int:
    return len(ratings.elo(world, year))


@operation("/stats/team/leaderboard", "season:number", "team", "conference", tier=2)
def leaders(world: World, args: Args) -> Iterable[Row]:
    """Season statistics and adjusted efficiency, from tier 2."""
    for year in newest_first(world, args):
        for row in leaderboard(world, year):
            if team_fits(world, row["teamId"], year, args):
                yield row


@counted("stats_team_leaderboard")
def _count_leaders(world: World, year: int) -> int:
    played = {team for game in ratings.finals(world, year) for team in (game.fixture.home, game.fixture.away)}
    return len(played & set(world.atlas.division(year)))
