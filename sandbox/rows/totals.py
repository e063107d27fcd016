"""Sums of box scores over a season or a part of it, by team and by athlete."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sandbox.atlas.fixtures import Game
from sandbox.atlas.people import Athlete
from sandbox.game.box import BoxCounts, TeamBox, whole_minutes
from sandbox.rows._boxes import game_minutes
from sandbox.season.world import World

SUMS = (
    "points", "off_rebounds", "def_rebounds", "assists", "steals", "blocks", "turnovers", "fouls", "technicals",
    "seconds",
)  # fmt: skip
TEAM_SUMS = ("possessions", "team_turnovers", "fast_break", "off_turnovers", "in_paint")


@dataclass(slots=True)
class TeamSum:
    """Games of a team. boxed: games with box scores; minutes: their minutes; mine, theirs: sums of both teams."""

    season: int
    team: int
    games: int = 0
    wins: int = 0
    boxed: int = 0
    minutes: int = 0
    mine: TeamBox = field(default_factory=TeamBox)
    theirs: TeamBox = field(default_factory=TeamBox)


@dataclass(slots=True)
class PlayerSum:
    """Games of an athlete for one team. mine, theirs: sums of both teams over the games of the athlete."""

    season: int
    team: int
    person: Athlete
    games: int = 0
    starts: int = 0
    minutes: int = 0
    game_minutes: int = 0
    counts: BoxCounts = field(default_factory=BoxCounts)
    mine: TeamBox = field(default_factory=TeamBox)
    theirs: TeamBox = field(default_factory=TeamBox)


def add(into: BoxCounts, part: BoxCounts) -> None:
    """Add counts."""
    for name in SUMS:
        setattr(into, name, getattr(into, name) + getattr(part, name))
    for kind in into.made:
        into.made[kind] += part.made[kind]
        into.tried[kind] += part.tried[kind]


def add_box(into: TeamBox, part: TeamBox) -> None:
    """Add a box score without its players."""
    add(into.total, part.total)
    for name in TEAM_SUMS:
        setattr(into, name, getattr(into, name) + getattr(part, name))


def team_sums(world: World, games: Iterable[Game]) -> list[TeamSum]:
    """Final games by season and team. A game without box scores counts only as a game."""
    found: dict[tuple[int, int], TeamSum] = {}
    for game in games:
        if game.result is None:
            continue
        both = world.served_boxes(game)
        home_won = game.result.home_points > game.result.away_points
        for team, won, side in ((game.fixture.home, home_won, 0), (game.fixture.away, not home_won, 1)):
            key = game.fixture.season, team
            total = found.setdefault(key, TeamSum(*key))
            total.games += 1
            total.wins += won
            if both is not None:
                total.boxed += 1
                total.minutes += game_minutes(len(both[0].periods))
                add_box(total.mine, both[side])
                add_box(total.theirs, both[1 - side])
    return sorted(found.values(), key=lambda total: (total.season, total.team))


def player_sums(world: World, games: Iterable[Game]) -> list[PlayerSum]:
    """Final games by season, team and athlete, in arbitrary order."""
    found: dict[tuple[int, int, int], PlayerSum] = {}
    for game in games:
        both = world.served_boxes(game) if game.result else None
        if both is None:
            continue
        teams = game.fixture.home, game.fixture.away
        minutes = [whole_minutes(box.players) for box in both]
        for side, place, person in world.appeared(game.fixture, both):
            key = game.fixture.season, teams[side], place
            total = found.setdefault(key, PlayerSum(*key[:2], person))
            _add_game(total, (both[side], both[1 - side]), place, minutes[side][place])
    return sorted(found.values(), key=lambda total: total.person.id * 7919 % 10007)


def _add_game(total: PlayerSum, both: tuple[TeamBox, TeamBox], place: int, minutes: int) -> None:
    total.games += 1
    total.starts += place in both[0].starters
    total.minutes += minutes
    total.game_minutes += game_minutes(len(both[0].periods))
    add(total.counts, both[0].players[place])
    add_box(total.mine, both[0])
    add_box(total.theirs, both[1])
