"""Rosters: who is on a team in a season, and what he is good at."""

from dataclasses import dataclass
from functools import lru_cache

from tasks.sandbox import names
from tasks.sandbox.rng import seed_of, stream
from tasks.sandbox.world import Atlas

COHORT = 5
ROTATION = 10
# Share of a game's 40 minutes for the ten players of a rotation; sums to 5.
SHARES = (0.80, 0.76, 0.72, 0.66, 0.58, 0.48, 0.40, 0.32, 0.18, 0.10)


@dataclass(frozen=True)
class Athlete:
    """A player of one cohort. Weights are relative to the other players; touch is added to make probabilities."""

    id: int
    source_id: str
    name: str
    position: str
    start_season: int
    end_season: int
    talent: float
    use: float
    pass_first: float
    rebound: float
    steal: float
    block: float
    touch: float
    free_throw: float


def _athlete(atlas: Atlas, team_id: int, cohort: int, number: int) -> Athlete:
    key = ((cohort - 1999) * len(atlas.teams) + team_id) * COHORT + number + 1
    rng = stream(atlas.seed, "athlete", key)
    position = ("G", "G", "F", "F", "C")[number] if rng.random() < 0.8 else rng.choice("GF")
    big = {"G": 0, "F": 1, "C": 2}[position]
    family = rng.choice(names.FAMILY_A) + rng.choice(names.FAMILY_B)
    return Athlete(
        id=key,
        source_id=str(4_000_000 + seed_of(atlas.seed, "shift") % 9000 + 3 * key),
        name=f"{rng.choice(names.GIVEN)} {family}",
        position=position,
        start_season=cohort,
        end_season=cohort + rng.choices((0, 1, 2, 3), (20, 25, 25, 30))[0],
        talent=rng.gauss(0, 1),
        use=max(0.4, rng.gauss(1.0, 0.28)),
        pass_first=max(0.2, rng.gauss((1.5, 0.8, 0.5)[big], 0.3)),
        rebound=max(0.3, rng.gauss((0.7, 1.2, 1.7)[big], 0.2)),
        steal=max(0.2, rng.gauss((1.2, 0.9, 0.7)[big], 0.25)),
        block=max(0.1, rng.gauss((0.35, 1.1, 2.6)[big], 0.3)),
        touch=rng.gauss(0, 0.025),
        free_throw=min(0.92, max(0.45, rng.gauss((0.75, 0.71, 0.66)[big], 0.07))),
    )


@lru_cache(maxsize=4096)
def roster(atlas: Atlas, team_id: int, season: int) -> tuple[Athlete, ...]:
    """The players of a team in a season, rotation first (10 or more)."""
    cohorts = range(season - 3, season + 1)
    everyone = [_athlete(atlas, team_id, cohort, k) for cohort in cohorts for k in range(COHORT)]
    present = [person for person in everyone if person.end_season >= season]
    # A thin roster is filled with those who would have left: ten are needed to play.
    if len(present) < ROTATION:
        present += [person for person in everyone if person.end_season < season][: ROTATION - len(present)]
    return tuple(sorted(present, key=lambda p: (-(p.talent + 0.4 * (season - p.start_season)), p.id)))
