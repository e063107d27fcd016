"""Ratings of the sequential form: what `Walk` expects of every team on the mornings of a season."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from copy import deepcopy

import numpy as np

from tasks.gold.model._field import LEVEL
from tasks.gold.model._standing import Standing, possessions_known
from tasks.gold.model._static import PER_100
from tasks.gold.model._strengths import Quality
from tasks.gold.model.arrays import Floats
from tasks.gold.model.walk import Walk, days


def mornings(walk: Walk, season: int, dates: Iterable[int]) -> Iterator[Standing]:
    """Standings on some days of a season, in order. The walk ends with the last of them."""
    return (standing(there, season, day) for day, there in visits(walk, season, dates))


def visits(walk: Walk, season: int, dates: Iterable[int]) -> Iterator[tuple[int, Walk]]:
    """Some days of a season, in order, each with the walk as it is on that morning. It ends with the last of them."""
    ahead = sorted(dates)
    for rows in days(walk.games):
        if int(walk.games.season[rows].max()) >= season:
            while ahead and ahead[0] <= int(walk.games.day[rows[0]]):
                yield ahead[0], _opened(walk, season, ahead.pop(0))
            if not ahead:
                return
        walk.step(rows)
    for day in ahead:
        yield day, _opened(walk, season, day)


def standing(walk: Walk, season: int, day: int) -> Standing:
    """All teams on the morning of a day, from what the walk has learned. The walk is not changed."""
    games, strengths = walk.games, walk.strengths
    seen = np.flatnonzero(games.place & games.learn & (games.season == season) & (games.day < day))
    size = len(games.teams)
    played = np.bincount(np.r_[games.home[seen], games.away[seen]], minlength=size)
    member = strengths.members(season, played)
    both = member[games.home[seen]] & member[games.away[seen]]

    def of(quality: Quality) -> tuple[Floats, Floats]:
        mean, variance = np.zeros(size), np.zeros(size)
        codes = np.flatnonzero(member | (played > 0))
        mean[codes], variance[codes] = strengths.estimates(quality, codes, day)
        return mean, variance

    net, variance = of(strengths.margin)
    edge, _ = walk.edge.of(np.arange(size), np.ones(size))
    return Standing(
        season=season,
        day=day,
        games=games,
        member=member,
        seen=seen,
        counted=seen[both],
        net=net * PER_100,
        deviation=np.sqrt(variance) * PER_100,
        style=of(strengths.totals)[0],
        tempo=of(strengths.tempo)[0],
        efficiency=float(strengths.totals.field.mean[LEVEL]),
        pace=float(strengths.tempo.field.mean[LEVEL]),
        home_advantage=(strengths.margin.field.mean[LEVEL] + edge) * PER_100,
        has_tempo=possessions_known(games, season, day),
    )


def _opened(walk: Walk, season: int, day: int) -> Walk:
    """The walk, or a copy that has closed its season and opened this one, if no game of it has been played yet."""
    if walk.strengths.season >= season:
        return walk
    copy = object.__new__(Walk)
    copy.__dict__ = walk.__dict__ | {"strengths": deepcopy(walk.strengths), "edge": deepcopy(walk.edge)}
    copy.advance(season, day)
    return copy
