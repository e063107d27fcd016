"""Players of true impact: the league stays as it is without the setting, and who plays matters with it."""

from __future__ import annotations

from functools import partial

import pytest

from sandbox import SandboxConfig
from sandbox.atlas.atlas import Atlas
from sandbox.atlas.impact import Impact, true_impacts
from sandbox.atlas.people import ROTATION, SHARES, roster
from sandbox.atlas.rng import stream
from sandbox.game.engine import simulate
from sandbox.game.matchup import Lifts, plan

SEASON = 2025


def atlas(impact: float) -> Atlas:
    return Atlas(2003, "mini", (), impact)


def log(world: Atlas) -> list[object]:
    outlines = [(key, plan(world, SEASON, 1, 2, neutral=True, key=key)) for key in range(1, 6)]
    return [list(simulate(outline, stream(2003, "game", key))) for key, outline in outlines]


def test_without_the_setting_games_are_as_before():
    """Trap: recorded answers of the API's own server are about exactly these games."""
    assert SandboxConfig().player_impact == 0
    assert plan(atlas(0.0), SEASON, 1, 2, neutral=True, key=1).lifts is None
    assert log(Atlas(2003, "mini")) == log(atlas(0.0)) != log(atlas(2.0))


def test_impacts_add_up_to_the_rating_of_the_team_by_minutes():
    world = atlas(2.0)
    for team in (1, 2, 3):
        rating = world.rating(team, SEASON)
        impacts = true_impacts(world, team, SEASON)
        order = [impacts[person.id] for person in roster(world, team, SEASON)[:ROTATION]]
        offence = sum(share * one.offence for share, one in zip(SHARES, order, strict=True))
        defence = sum(share * one.defence for share, one in zip(SHARES, order, strict=True))
        assert (offence, defence) == pytest.approx((rating.offence, -rating.defence))
        assert len({round(one.net, 6) for one in order}) == ROTATION


def test_a_better_line_up_scores_more_and_a_better_opponent_allows_less():
    world = atlas(2.0)
    ratings = (world.rating(1, SEASON), world.rating(2, SEASON))
    impacts = tuple(tuple(Impact(place, place) for place in range(ROTATION)) for _ in range(2))
    make = partial(Lifts(ratings, (0.0, 0.0), impacts).rates, 0)  # type: ignore[arg-type]
    low, high = [0, 1, 2, 3, 4], [5, 6, 7, 8, 9]
    assert make(high, low).make > make(low, low).make > make(low, high).make
    assert make(high, low).turnover < make(low, low).turnover < make(low, high).turnover
