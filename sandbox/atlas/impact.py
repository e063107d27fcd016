"""True impact of players: what each adds to a team's offence and defence while on the floor. Off by default."""

from dataclasses import dataclass
from functools import lru_cache

from sandbox.atlas.atlas import Atlas
from sandbox.atlas.people import ROTATION, SHARES, Athlete, roster
from sandbox.atlas.rng import stream

# Weights of what a box score shows and, last, of what it does not show; the squares of each row add up to about 1.
OFFENCE = {"talent": 0.50, "use": 0.35, "touch": 0.35, "unseen": 0.70}
DEFENCE = {"talent": 0.35, "steal": 0.40, "block": 0.30, "rebound": 0.30, "unseen": 0.72}
# Mean and deviation of the abilities, by position where they differ.
LEVELS: dict[str, tuple[float | dict[str, float], float]] = {
    "use": (1.0, 0.28),
    "touch": (0.0, 0.025),
    "steal": ({"G": 1.2, "F": 0.9, "C": 0.7}, 0.25),
    "block": ({"G": 0.35, "F": 1.1, "C": 2.6}, 0.3),
    "rebound": ({"G": 0.7, "F": 1.2, "C": 1.7}, 0.2),
}


@dataclass(frozen=True)
class Impact:
    """Points per 100 possessions above an average player, on offence and on defence (positive: allows fewer)."""

    offence: float
    defence: float

    @property
    def net(self) -> float:
        """Both together."""
        return self.offence + self.defence


@lru_cache(maxsize=4096)
def centred(atlas: Atlas, team_id: int, season: int) -> tuple[Impact, ...]:
    """Impacts of a rotation around their mean by minutes, because the team's rating already includes that mean."""
    people = roster(atlas, team_id, season)[:ROTATION]
    raw = [_latent(atlas, person) for person in people]
    weight = sum(SHARES)
    offence = sum(one.offence * share for one, share in zip(raw, SHARES, strict=True)) / weight
    defence = sum(one.defence * share for one, share in zip(raw, SHARES, strict=True)) / weight
    return tuple(Impact(one.offence - offence, one.defence - defence) for one in raw)


def true_impacts(atlas: Atlas, team_id: int, season: int) -> dict[int, Impact]:
    """True impact by athlete id, against an average player: a fifth of the team's rating and the player's own part.

    The shooting touch of a player, which the simulation has in any case, comes on top of it.
    """
    team = atlas.rating(team_id, season)
    own = centred(atlas, team_id, season)
    people = roster(atlas, team_id, season)[:ROTATION]
    return {
        person.id: Impact(team.offence / 5 + part.offence, part.defence - team.defence / 5)
        for person, part in zip(people, own, strict=True)
    }


def _latent(atlas: Atlas, person: Athlete) -> Impact:
    unseen = stream(atlas.seed, "impact", person.id)
    parts = (_sum(person, OFFENCE, unseen.gauss(0, 1)), _sum(person, DEFENCE, unseen.gauss(0, 1)))
    return Impact(*(atlas.player_impact * part for part in parts))


def _sum(person: Athlete, weights: dict[str, float], unseen: float) -> float:
    return sum(weight * _standard(person, name, unseen) for name, weight in weights.items())


def _standard(person: Athlete, name: str, unseen: float) -> float:
    """An ability in standard deviations."""
    if name in {"talent", "unseen"}:
        return person.talent if name == "talent" else unseen
    mean, deviation = LEVELS[name]
    level = mean[person.position] if isinstance(mean, dict) else mean
    value: float = getattr(person, name)
    return (value - level) / deviation
