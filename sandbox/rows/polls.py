"""Weekly polls: voters rank teams by the results so far (Elo), with some disagreement."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import exp

from sandbox.atlas import days
from sandbox.atlas.fixtures import Game
from sandbox.atlas.rng import stream
from sandbox.game import winprob
from sandbox.rows.ratings import finals
from sandbox.season.world import World

# Name in the rows and number of voters, by value of the parameter.
POLLS = {"ap": ("AP Top 25", 62), "coaches": ("Coaches Poll", 31)}
RANKED, VOTED = 25, 42
FIRST_WEEKLY = 2017
UNDATED = 0.072


@dataclass(frozen=True)
class Ballot:
    """One poll of one week. teams: (team, points, first-place votes), best first; at: time of publication."""

    season: int
    season_type: str
    week: int
    poll: str
    at: datetime
    dated: bool
    teams: list[tuple[int, int, int]]


def weeks(season: int) -> list[tuple[str, int, datetime]]:
    """Season type, week and time of publication; the preseason poll is week 1, the final poll postseason week 1."""
    opening, sunday = days.opening_day(season), days.selection_sunday(season)
    monday = opening - timedelta(days=opening.weekday() + 14)
    found = [("regular", 1, days.eastern(monday, 12))]
    monday += timedelta(days=21)
    while monday < sunday + timedelta(days=2):
        found.append(("regular", len(found) + 1, days.eastern(monday, 12)))
        monday += timedelta(days=7)
    found.append(("postseason", 1, days.eastern(sunday + timedelta(days=23), 12)))
    if season == 2020:
        found.pop()
    return found if season >= FIRST_WEEKLY else [found[0], found[-1]]


def ballots(world: World, season: int) -> Iterator[Ballot]:
    """The published polls, by week and name. Each poll uses only games that had ended before."""
    waiting = sorted((game.result.end, game.id, game) for game in finals(world, season) if game.result)
    strength = {team: _before(world, team, season) for team in world.atlas.division(season)}
    for season_type, week, at in weeks(season):
        if at > world.now:
            return
        while waiting and waiting[0][0] <= at:
            _learn(strength, waiting.pop(0)[2])
        for poll in POLLS:
            name = (season, season_type, week, poll)
            dated = world.atlas.draw("dated", *name) >= UNDATED
            yield Ballot(*name, at, dated, _vote(world, strength, name))


def _learn(strength: dict[int, float], game: Game) -> None:
    """Update the strength of both teams after a game."""
    if game.result:
        after = zip((game.fixture.home, game.fixture.away), game.result.elo_after, strict=True)
        strength.update((team, float(value)) for team, value in after if team in strength)


def _before(world: World, team: int, season: int) -> float:
    return winprob.elo_start(world.atlas.rating(team, max(2003, season - 1)))


def _vote(world: World, strength: dict[int, float], name: tuple[int, str, int, str]) -> list[tuple[int, int, int]]:
    """Team, points and first-place votes of every team with votes."""
    rng, voters = stream(world.atlas.seed, "vote", *name), POLLS[name[-1]][1]
    best = sorted(strength, key=lambda team: (-strength[team], team))[: VOTED + 10]
    seen = {team: strength[team] + rng.gauss(0, 12) for team in best}
    ordered = sorted(best, key=lambda team: -seen[team])[:VOTED]
    first = round(voters * (0.6 + 0.3 * rng.random()))
    firsts = [first, (voters - first) * 3 // 4, voters - first - (voters - first) * 3 // 4]
    points = [max(1, round(25 * voters * 0.985 * exp(-0.085 * place))) for place in range(len(ordered))]
    return [(team, points[place], firsts[place] if place < len(firsts) else 0) for place, team in enumerate(ordered)]
