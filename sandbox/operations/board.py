"""Operations on broadcasts and today's scoreboard."""

from collections.abc import Iterable, Iterator

from sandbox.atlas.days import EASTERN
from sandbox.atlas.fixtures import Fixture, Game
from sandbox.atlas.jsnum import js
from sandbox.atlas.rng import stream
from sandbox.operations.games import BOX, either, games
from sandbox.operations.operations import Args, Row, operation
from sandbox.rows import rows
from sandbox.season.world import World, counted

FIRST_MEDIA = 2011
CHANNELS = ("Harbor Sports", "Meridian TV", "Coastline Network", "Hoops One", "Hoops Two")


def broadcasts(world: World, game: Fixture) -> list[Row]:
    """Broadcasts of a game; [] for one game in seven, and for all games before 2011."""
    rng = stream(world.atlas.seed, "media", game.id)
    if game.season < FIRST_MEDIA or rng.random() < 0.14:
        return []
    found = [{"broadcastType": "tv", "broadcastName": rng.choice(CHANNELS)}] if rng.random() < 0.55 else []
    if not found or rng.random() < 0.35:
        found.append({"broadcastType": "web", "broadcastName": rng.choice(("Stream Court", "Hoops Plus"))})
    if rng.random() < 0.08:
        found.append({"broadcastType": "radio", "broadcastName": "Radio Hardwood"})
    return found


@operation("/games/media", *BOX, cap=3000)
def media(world: World, args: Args) -> Iterable[Row]:
    """Games with their broadcasts."""
    return (_media_row(world, game) for game in games(world, args) if either(world, game.fixture, args))


def _media_row(world: World, game: Game) -> Row:
    row = rows.game_row(world, game)
    same = (
        "season", "seasonLabel", "seasonType", "startDate", "startTimeTbd", "homeTeamId", "homeTeam",
        "homeConference", "awayTeamId", "awayTeam", "awayConference", "neutralSite", "conferenceGame", "gameType",
    )  # fmt: skip
    head = {"gameId": game.id, **{name: row[name] for name in same}, "notes": row["gameNotes"]}
    return {**head, "broadcasts": broadcasts(world, game.fixture)}


@operation("/scoreboard", "conference", tier=1, metered=False)
def scoreboard(world: World, args: Args) -> Iterator[Row]:
    """Today's games (US Eastern) and games still in progress. Free of charge, from tier 1."""
    today = world.now.astimezone(EASTERN).date()
    for game in world.walk(world.years()[-1:]):
        day = world.served_start(game.fixture).astimezone(EASTERN).date()
        if (day == today or game.status == "in_progress") and either(world, game.fixture, args):
            yield _board_row(world, game)


def _board_row(world: World, game: Game) -> Row:
    row, fixture = rows.game_row(world, game), game.fixture
    same = ("startDate", "startTimeTbd", "neutralSite", "conferenceGame", "status")
    return {
        "id": game.id,
        **{name: row[name] for name in same},
        "tv": _channel(world, fixture),
        "period": len(row["homePeriodPoints"]) if row["homePeriodPoints"] else None,
        "clock": _clock(world, game),
        "venue": row["venue"],
        "city": row["city"],
        "state": row["state"],
        "homeTeam": _team(world, fixture, fixture.home, row["homePoints"], row["homePeriodPoints"]),
        "awayTeam": _team(world, fixture, fixture.away, row["awayPoints"], row["awayPeriodPoints"]),
        "betting": _betting(world, fixture),
    }


def _channel(world: World, fixture: Fixture) -> str | None:
    shown = (one["broadcastName"] for one in broadcasts(world, fixture) if one["broadcastType"] == "tv")
    return next(shown, None)


def _clock(world: World, game: Game) -> str | None:
    """The game clock; None before the first event."""
    log = world.played(game) if game.status == "in_progress" else None
    if not log:
        return "0:00" if game.status == "final" else None
    minutes, seconds = divmod(log.last.seconds, 60)
    return f"{minutes}:{seconds:02d}"


def _team(world: World, game: Fixture, team: int, points: int, periods: list[int] | None) -> Row:
    """One team; a game that has not begun has 0 points, as in /games."""
    league, school = rows.conference(world, team, game.season), world.atlas.teams[team]
    return {
        "id": team,
        "name": school.display_name or school.school,
        "location": school.school,
        "conference": league.name if league else None,
        "conferenceAbbreviation": league.abbreviation if league else None,
        "points": points,
        "lineScores": periods,
    }


def _betting(world: World, game: Fixture) -> Row:
    """The first line, if any; unlike in /lines, 0 stays 0."""
    lines = world.served_lines(game)
    line = lines[0] if lines else None
    values = {
        "spread": line.spread if line else None,
        "overUnder": line.over_under if line else None,
        "homeMoneyline": line.home_moneyline if line else None,
        "awayMoneyline": line.away_moneyline if line else None,
    }
    return {name: None if value is None else js(value) for name, value in values.items()}


@counted("game_media")
def _count_media(world: World, year: int) -> int:
    return sum(len(broadcasts(world, game.fixture)) for game in world.season(year).games)
