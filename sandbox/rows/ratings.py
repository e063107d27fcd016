"""Ratings of the API: adjusted efficiency, SRS and Elo, from final games only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.atlas.fixtures import Game
from sandbox.atlas.jsnum import Number, rounded
from sandbox.atlas.rng import stream
from sandbox.game.matchup import era
from sandbox.season.market import BASE_RATING
from sandbox.season.world import World

FIRST_ADJUSTED = 2014
# Error of a team's rating after one game, in points per 100 possessions.
NOISE = 12.0
SWEEPS = 300


@dataclass(frozen=True)
class Adjusted:
    """Points per 100 possessions scored and allowed against an average team."""

    team: int
    offence: Number
    defence: Number

    @property
    def net(self) -> Number:
        """Offence minus defence."""
        return rounded(self.offence - self.defence)


def finals(world: World, year: int) -> list[Game]:
    """Final games of a season, by start."""
    return [game for game in world.season(year).games if game.result] if year in world.years() else []


def adjusted(world: World, year: int) -> list[Adjusted]:
    """Division I teams that have played, best first: true rating plus an error that shrinks with every game."""
    if year < FIRST_ADJUSTED:
        return []
    errors: dict[int, list[tuple[float, float]]] = {}
    for game in finals(world, year):
        rng = stream(world.atlas.seed, "estimate", game.id)
        for team in (game.fixture.home, game.fixture.away):
            errors.setdefault(team, []).append((rng.gauss(0, NOISE), rng.gauss(0, NOISE)))
    level = BASE_RATING + era(year)[1]
    found = []
    for team in world.atlas.division(year):
        if team in errors:
            true, off, guard = world.atlas.rating(team, year), *_mean(errors[team])
            found.append(Adjusted(team, rounded(level + true.offence + off), rounded(level + true.defence + guard)))
    return sorted(found, key=lambda one: (-one.net, one.team))


def _mean(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    return sum(one for one, _ in pairs) / len(pairs), sum(two for _, two in pairs) / len(pairs)


def ranks(values: Sequence[float], *, low_first: bool = False) -> list[int]:
    """Ranks as in SQL: equal values share the best rank."""
    ordered = sorted(values, reverse=not low_first)
    first: dict[float, int] = {}
    for place, value in enumerate(ordered, start=1):
        first.setdefault(value, place)
    return [first[value] for value in values]


def is_over(world: World, year: int) -> bool:
    """Whether a season is over; only then is SRS published."""
    return world.now >= datetime(year, 4, 20, tzinfo=UTC)


def srs(world: World, year: int) -> list[tuple[int, Number]]:
    """Team and rating, best first: mean margin plus mean rating of the opponents, among Division I teams."""
    if not is_over(world, year):
        return []
    division = set(world.atlas.division(year))
    met: dict[int, list[tuple[int, int]]] = {}
    for game in finals(world, year):
        home, away = game.fixture.home, game.fixture.away
        if game.result and {home, away} <= division:
            margin = game.result.home_points - game.result.away_points
            met.setdefault(home, []).append((away, margin))
            met.setdefault(away, []).append((home, -margin))
    solved = _solve(met)
    return sorted(((team, rounded(value, 2)) for team, value in solved.items()), key=lambda pair: (-pair[1], pair[0]))


def _solve(met: dict[int, list[tuple[int, int]]]) -> dict[int, float]:
    """Solve rating = margin + mean of the opponents' ratings by damped iteration, with a mean of 0."""
    margin = {team: sum(points for _, points in games) / len(games) for team, games in met.items()}
    rating = dict(margin)
    for _ in range(SWEEPS):
        rating = {
            team: 0.5 * rating[team] + 0.5 * (margin[team] + sum(rating[other] for other, _ in games) / len(games))
            for team, games in met.items()
        }
        centre = sum(rating.values()) / len(rating)
        rating = {team: value - centre for team, value in rating.items()}
    return rating


def elo(world: World, year: int) -> list[tuple[int, int]]:
    """Team and Elo after its last final game, in arbitrary order."""
    last: dict[int, int] = {}
    for game in finals(world, year):
        if game.result:
            last.update(zip((game.fixture.home, game.fixture.away), game.result.elo_after, strict=True))
    found = [(team, last[team]) for team in world.atlas.division(year) if team in last]
    return sorted(found, key=lambda pair: pair[0] * 7919 % 10007)
