"""Probabilities of the events in one game, computed from the true ratings of both teams."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from sandbox.atlas.atlas import Atlas, Rating
from sandbox.atlas.impact import Impact, centred
from sandbox.atlas.people import ROTATION, SHARES, Athlete, roster
from sandbox.atlas.rng import stream
from sandbox.game.events import DUNK, JUMPER, LAYUP, THREE, TIP

# Points per 100 possessions that the home court adds to the home team's offence and takes from the visitor's.
HOME_EDGE = 2.7
# (first season, pace, points per 100 possessions relative to today), from public season aggregates.
ERAS = ((2003, 66.4, -3.0), (2014, 66.6, -1.8), (2015, 64.8, -3.0), (2016, 69.2, -0.6), (2022, 67.6, -2.6))
NOW = (2023, 68.4, 0.0)


@dataclass(frozen=True, slots=True)
class Rates:
    """Probabilities for one team's possessions in one game. make and drawn are indexed by kind of shot."""

    turnover: float
    common_foul: float
    three: float
    jumper: float
    dunk: float
    make: tuple[float, ...]
    drawn: tuple[float, ...]
    off_rebound: float


@dataclass(frozen=True, slots=True)
class Rotation:
    """The ten players of a team, as weights by place in the rotation."""

    ids: tuple[int, ...]
    use: tuple[float, ...]
    assist: tuple[float, ...]
    rebound: tuple[float, ...]
    steal: tuple[float, ...]
    block: tuple[float, ...]
    touch: tuple[float, ...]
    free_throw: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Lifts:
    """What line-ups change: ratings and edges of both teams (home, away), and impacts by place in the rotation."""

    ratings: tuple[Rating, Rating]
    edges: tuple[float, float]
    impacts: tuple[tuple[Impact, ...], tuple[Impact, ...]]

    def rates(self, side: int, floor: list[int], guards: list[int]) -> Rates:
        """Probabilities of a side with these five players against those five."""
        lift = sum(self.impacts[side][place].offence for place in floor)
        lift -= sum(self.impacts[1 - side][place].defence for place in guards)
        return rates(self.ratings[side], self.ratings[1 - side], self.edges[side] + lift)


@dataclass(frozen=True, slots=True)
class Matchup:
    """Everything that the engine needs for a game: rotations and rates (home, away), pace, minute shares.

    lifts: how the rates follow the players on the floor; None where players have no impact.
    """

    rotations: tuple[Rotation, Rotation]
    rates: tuple[Rates, Rates]
    pace: float
    shares: tuple[tuple[float, ...], tuple[float, ...]]
    lifts: Lifts | None = None


@lru_cache(maxsize=4096)
def rotation(atlas: Atlas, team_id: int, season: int) -> Rotation:
    """The rotation of a team in a season."""
    people = roster(atlas, team_id, season)[:ROTATION]
    mean = sum(p.touch * s for p, s in zip(people, SHARES, strict=True)) / sum(SHARES)

    def each(value: Callable[[Athlete], float]) -> tuple[float, ...]:
        return tuple(map(value, people))

    return Rotation(
        ids=tuple(p.id for p in people),
        use=each(lambda p: p.use),
        assist=each(lambda p: p.pass_first),
        rebound=each(lambda p: p.rebound),
        steal=each(lambda p: p.steal),
        block=each(lambda p: p.block),
        # Centred, because the team's rating already includes the mean of its players.
        touch=each(lambda p: p.touch - mean),
        free_throw=each(lambda p: p.free_throw),
    )


def era(season: int) -> tuple[float, float]:
    """Pace of a season, and its points per 100 possessions relative to today."""
    past = [row for row in ERAS if row[0] <= season]
    row = NOW if season >= NOW[0] else past[-1]
    return row[1], row[2]


def rates(attack: Rating, guard: Rating, edge: float) -> Rates:
    """Probabilities of `attack` against `guard`; edge in points per 100 possessions (home court and era)."""
    extra = attack.offence + guard.defence + edge
    lift = 0.0051 * extra
    three = min(0.55, max(0.2, 0.395 + 0.045 * attack.three))
    make = [0.0] * 6
    make[LAYUP], make[DUNK], make[TIP] = 0.535 + lift, min(0.97, 0.88 + lift), 0.47 + lift
    make[JUMPER], make[THREE] = 0.363 + lift, 0.33 + lift
    drawn = [0.0] * 6
    tilt = 1 + 0.13 * attack.foul
    drawn[LAYUP], drawn[DUNK], drawn[TIP] = 0.25 * tilt, 0.08 * tilt, 0.08 * tilt
    drawn[JUMPER], drawn[THREE] = 0.085 * tilt, 0.019 * tilt
    return Rates(
        turnover=min(0.3, max(0.07, 0.1535 - 0.0016 * extra)),
        common_foul=0.078,
        three=three,
        jumper=three + (1 - three) * 0.40,
        dunk=0.10,
        make=tuple(min(0.97, max(0.05, chance)) for chance in make),
        drawn=tuple(drawn),
        off_rebound=min(0.5, max(0.12, 0.318 + 0.035 * attack.board + 0.0016 * extra)),
    )


def plan(atlas: Atlas, season: int, home: int, away: int, *, neutral: bool, key: object) -> Matchup:
    """The matchup of one game; `key` identifies the game."""
    one, two = atlas.rating(home, season), atlas.rating(away, season)
    pace, level = era(season)
    edge = 0.0 if neutral else HOME_EDGE
    lifts = None
    if atlas.player_impact:
        lifts = Lifts(
            (one, two), (level + edge, level - edge), (centred(atlas, home, season), centred(atlas, away, season))
        )
    rng = stream(atlas.seed, "shares", key)
    return Matchup(
        rotations=(rotation(atlas, home, season), rotation(atlas, away, season)),
        rates=(rates(one, two, level + edge), rates(two, one, level - edge)),
        pace=pace + (one.tempo - 68.6) + (two.tempo - 68.6),
        shares=(_shares(rng.random, rng.random()), _shares(rng.random, rng.random())),
        lifts=lifts,
    )


def _shares(draw: Callable[[], float], absent: float) -> tuple[float, ...]:
    """Minute shares in one game, with noise; sometimes one bench player does not play at all."""
    raw = [share * (0.75 + 0.5 * draw()) for share in SHARES]
    if absent < 0.5:
        raw[9 - int(absent * 4)] = 0.0
    total = sum(raw)
    return tuple(5 * share / total for share in raw)
