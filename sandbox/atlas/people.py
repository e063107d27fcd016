"""Rosters: the athletes of each team and season, and their abilities."""

from dataclasses import dataclass
from functools import lru_cache

from sandbox.atlas import names
from sandbox.atlas.atlas import Atlas
from sandbox.atlas.rng import seed_of, stream

# An id encodes cohort, team and number; numbers from COHORT on are walk-ons, who stay for one season.
COHORT, IDS, FIRST_COHORT = 5, 10, 1999
ROTATION = 10
# Half would change teams after one, two or three seasons, but many leave before that.
MOVERS = 0.5
# Share of a game's 40 minutes for the ten players of a rotation; sums to 5.
SHARES = (0.80, 0.76, 0.72, 0.66, 0.58, 0.48, 0.40, 0.32, 0.18, 0.10)


@dataclass(frozen=True)
class Athlete:
    """A player of one cohort. Weights are relative to other players; touch is added to shot probabilities."""

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


@lru_cache(maxsize=32768)
def _athlete(atlas: Atlas, team_id: int, cohort: int, number: int) -> Athlete:
    key = ((cohort - FIRST_COHORT) * len(atlas.teams) + team_id) * IDS + number + 1
    walk_on = number >= COHORT
    rng = stream(atlas.seed, "athlete", key)
    position = ("G", "G", "F", "F", "C")[number % COHORT] if rng.random() < 0.8 else rng.choice("GF")
    big = {"G": 0, "F": 1, "C": 2}[position]
    family = rng.choice(names.FAMILY_A) + rng.choice(names.FAMILY_B)
    return Athlete(
        id=key,
        source_id=str(4_000_000 + seed_of(atlas.seed, "shift") % 9000 + 3 * key),
        name=f"{rng.choice(names.GIVEN)} {family}",
        position=position,
        start_season=cohort,
        end_season=cohort + (0 if walk_on else rng.choices((0, 1, 2, 3), (20, 25, 25, 30))[0]),
        talent=rng.gauss(0, 1) - walk_on,
        use=max(0.4, rng.gauss(1.0, 0.28)),
        pass_first=max(0.2, rng.gauss((1.5, 0.8, 0.5)[big], 0.3)),
        rebound=max(0.3, rng.gauss((0.7, 1.2, 1.7)[big], 0.2)),
        steal=max(0.2, rng.gauss((1.2, 0.9, 0.7)[big], 0.25)),
        block=max(0.1, rng.gauss((0.35, 1.1, 2.6)[big], 0.3)),
        touch=rng.gauss(0, 0.025),
        free_throw=min(0.92, max(0.45, rng.gauss((0.75, 0.71, 0.66)[big], 0.07))),
    )


def newcomers(atlas: Atlas, team_id: int, season: int) -> list[Athlete]:
    """The athletes who join a team as freshmen in a season."""
    return [_athlete(atlas, team_id, season, number) for number in range(COHORT)]


def find_athlete(atlas: Atlas, number: int) -> Athlete | None:
    """The athlete with an id, decoded from the id."""
    place, index = divmod(number - 1, IDS)
    year, team = divmod(place - 1, len(atlas.teams))
    return _athlete(atlas, team + 1, year + FIRST_COHORT, index) if number > IDS else None


def team_of(atlas: Atlas, number: int, season: int) -> int:
    """The team of an athlete in a season: the first team, or the one after a transfer."""
    place = (number - 1) // IDS
    year, team = divmod(place - 1, len(atlas.teams))
    moved = transfers(atlas, year + FIRST_COHORT).get(number)
    return moved[1] if moved and season >= moved[0] else team + 1


@lru_cache(maxsize=64)
def transfers(atlas: Atlas, cohort: int) -> dict[int, tuple[int, int]]:
    """Transfers of a cohort by athlete id: (first season with the second team, second team)."""
    out = {}
    for team_id in range(1, atlas.shape.division_one + 1):
        for person in newcomers(atlas, team_id, cohort):
            chance = atlas.draw("moves on", person.id) / MOVERS
            season = cohort + 1 + int(chance * 3)
            if chance < 1 and person.end_season >= season and atlas.conference_id(team_id, season):
                pool = atlas.division(season)
                goal = pool[int(atlas.draw("goes to", person.id) * len(pool))]
                if goal != team_id:
                    out[person.id] = season, goal
    return out


@lru_cache(maxsize=64)
def arrivals(atlas: Atlas, season: int) -> dict[int, list[Athlete]]:
    """Athletes who transferred to a team in this season or before, by team id."""
    out: dict[int, list[Athlete]] = {}
    for cohort in range(season - 3, season):
        for number, (since, team) in transfers(atlas, cohort).items():
            person = find_athlete(atlas, number)
            if person is not None and since <= season:
                out.setdefault(team, []).append(person)
    return out


@lru_cache(maxsize=4096)
def roster(atlas: Atlas, team_id: int, season: int) -> tuple[Athlete, ...]:
    """The players of a team in a season, rotation first; at least ten."""
    cohorts = range(season - 3, season + 1)
    everyone = [person for cohort in cohorts for person in newcomers(atlas, team_id, cohort)]
    everyone = [person for person in everyone if team_of(atlas, person.id, season) == team_id]
    everyone += arrivals(atlas, season).get(team_id, [])
    present = [person for person in everyone if person.end_season >= season]
    # Ten are needed to play.
    present += [_athlete(atlas, team_id, season, COHORT + k) for k in range(ROTATION - len(present))]
    return tuple(sorted(present, key=lambda p: (-(p.talent + 0.4 * (season - p.start_season)), p.id)))
