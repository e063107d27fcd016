"""Conferences, teams, venues, memberships and true ratings for every season."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from sandbox.atlas import names
from sandbox.atlas.config import Size
from sandbox.atlas.rng import share, stream

FIRST_SEASON, LAST_SEASON = 2003, 2030
FIRST_TWINS = 2023


@dataclass(frozen=True)
class Shape:
    """The size of a world.

    games: games of a Division I team before its conference tournament; ncaa, nit: teams of these tournaments.
    """

    conferences: int
    division_one: int
    others: int
    swaps: int
    joiners: int
    games: int
    ncaa: int
    nit: int


SHAPES: dict[Size, Shape] = {
    "tiny": Shape(conferences=2, division_one=12, others=4, swaps=1, joiners=1, games=14, ncaa=8, nit=4),
    "mini": Shape(conferences=4, division_one=32, others=8, swaps=2, joiners=1, games=29, ncaa=16, nit=8),
    # Quadrants need ranks beyond 100, and a field of 64 teams a larger division; 18 games a team keep a run short.
    "medium": Shape(conferences=14, division_one=112, others=20, swaps=7, joiners=4, games=18, ncaa=64, nit=16),
    "full": Shape(conferences=32, division_one=365, others=340, swaps=24, joiners=14, games=31, ncaa=68, nit=32),
}


@dataclass(frozen=True)
class Conference:
    """A conference; `level` is the mean net rating of its teams."""

    id: int
    source_id: str
    name: str
    abbreviation: str
    short_name: str
    level: float


@dataclass(frozen=True)
class Venue:
    """An arena; a neutral one belongs to no team."""

    id: int
    source_id: str | None
    name: str
    city: str | None
    state: str | None
    country: str | None


@dataclass(frozen=True)
class Team:
    """A school. `d1_from` is its first season in Division I, or None; schools outside it have few details."""

    id: int
    source_id: str
    school: str
    mascot: str | None
    abbreviation: str | None
    short_name: str | None
    primary_color: str | None
    secondary_color: str | None
    venue_id: int | None
    d1_from: int | None
    home_conference: int | None

    @property
    def display_name(self) -> str | None:
        """School and mascot."""
        return f"{self.school} {self.mascot}" if self.mascot else None


@dataclass(frozen=True)
class Rating:
    """True strength in one season, against an average Division I team at a neutral site.

    offence, defence: points per 100 possessions relative to average (a positive defence allows more); tempo:
    possessions per 40 minutes; three, foul, board: tendency to three-pointers, free throws, offensive rebounds (sd 1).
    """

    offence: float
    defence: float
    tempo: float
    three: float
    foul: float
    board: float

    @property
    def net(self) -> float:
        """Points per 100 possessions better than average."""
        return self.offence - self.defence


class Atlas:
    """The constant part of a simulated world, determined by a seed and a size."""

    def __init__(self, seed: int, size: Size, twins: tuple[int, ...] = (), player_impact: float = 0.0) -> None:
        self.seed, self.shape, self.twins, self.player_impact = seed, SHAPES[size], twins, player_impact

    @cached_property
    def conferences(self) -> tuple[Conference, ...]:
        """All conferences, strongest first."""
        rows = []
        for index, name in enumerate(names.CONFERENCES[: self.shape.conferences]):
            level = 15.5 - 27.0 * index / max(1, self.shape.conferences - 1)
            short = name.replace(" ", "")[:7]
            source = str(40 + 7 * index % 61)
            rows.append(Conference(index + 1, source, f"{name} Conference", short, name, level))
        return tuple(rows)

    @cached_property
    def teams(self) -> dict[int, Team]:
        """Every school by id: first Division I in alphabetical order, then the others."""
        return {team.id: team for team in [*self._division_one(), *self._others()]}

    def _division_one(self) -> list[Team]:
        count, rng = self.shape.division_one, stream(self.seed, "schools")
        schools = sorted(rng.sample([a + b for a in names.FIRST for b in names.LAST], count))
        order = list(range(count))
        rng.shuffle(order)
        return [self._school(index, school, order[index]) for index, school in enumerate(schools)]

    def _school(self, index: int, school: str, place: int) -> Team:
        rng = stream(self.seed, "school", index)
        late = place >= self.shape.division_one - self.shape.joiners
        joined = LAST_SEASON - 4 - 2 * (self.shape.division_one - 1 - place) if late else FIRST_SEASON
        return Team(
            id=index + 1,
            source_id=str(2000 + 7 * index),
            school=school,
            mascot=rng.choice(names.MASCOTS),
            abbreviation=school[:4].upper(),
            short_name=school,
            primary_color=f"{rng.getrandbits(24):06x}",
            secondary_color=f"{rng.getrandbits(24):06x}" if rng.random() < 0.7 else None,
            venue_id=index + 1,
            d1_from=max(FIRST_SEASON, joined),
            home_conference=place % self.shape.conferences + 1,
        )

    def _others(self) -> list[Team]:
        start, rng = self.shape.division_one, stream(self.seed, "others")
        stems = [f"{a}{b} ({state})" for a in names.FIRST for b in names.LAST for state in names.STATES[:3]]
        picked = rng.sample(stems, self.shape.others)
        return [self._small(start + index + 1, school) for index, school in enumerate(picked)]

    def _small(self, number: int, school: str) -> Team:
        rng = stream(self.seed, "small", number)
        unknown = rng.random() < 0.12
        return Team(
            id=number,
            source_id=f"UNKNOWN#{school}" if unknown else str(100_000 + number),
            school=school,
            mascot=None if unknown else rng.choice(names.MASCOTS),
            abbreviation=None if unknown else school[:5].upper(),
            short_name=None if unknown else school,
            primary_color=f"{rng.getrandbits(24):06x}" if rng.random() < 0.5 else None,
            secondary_color=None,
            venue_id=None,
            d1_from=None,
            home_conference=None,
        )

    @cached_property
    def venues(self) -> dict[int, Venue]:
        """Home arenas (id = team id), and twelve neutral arenas with higher ids."""
        count = self.shape.division_one
        return {number: self._venue(number, neutral=number > count) for number in range(1, count + 13)}

    def _venue(self, number: int, *, neutral: bool) -> Venue:
        rng = stream(self.seed, "venue", number)
        town, state = rng.choice(names.TOWNS), rng.choice(names.STATES)
        name = f"{town} {rng.choice(('Garden', 'Arena', 'Center'))}"
        if not neutral:
            name = f"{self.teams[number].school} {rng.choice(('Gymnasium', 'Arena', 'Fieldhouse', 'Pavilion'))}"
        abroad = neutral and rng.random() < 0.1
        source = None if rng.random() < 0.03 else str(300 + 3 * number)
        return Venue(number, source, name, town, None if abroad else state, None if abroad else "USA")

    @cached_property
    def moves(self) -> tuple[tuple[int, int, int], ...]:
        """Realignment as (first season, team, team): the two teams swap conferences."""
        stable = [t.id for t in self._division_one() if t.d1_from == FIRST_SEASON]
        picked = stream(self.seed, "moves").sample(stable, 2 * self.shape.swaps)
        years = [2006 + 19 * k // max(1, self.shape.swaps - 1) for k in range(self.shape.swaps)]
        return tuple(zip(years, picked[::2], picked[1::2], strict=True))

    def conference_id(self, team_id: int, season: int) -> int | None:
        """The conference of a team in a season; None outside Division I."""
        team = self.teams[team_id]
        if team.d1_from is None or season < team.d1_from:
            return None
        for year, one, two in self.moves:
            if season >= year and team_id in {one, two}:
                return self.teams[two if team_id == one else one].home_conference
        return team.home_conference

    def second_conference_id(self, team_id: int, season: int) -> int | None:
        """The second conference of a team with overlapping memberships."""
        first = self.conference_id(team_id, season)
        if team_id not in self.twins or season < FIRST_TWINS or first is None:
            return None
        return first % self.shape.conferences + 1

    def members(self, season: int) -> dict[int, list[int]]:
        """Team ids by conference id in a season."""
        out: dict[int, list[int]] = {conference.id: [] for conference in self.conferences}
        for team_id in range(1, self.shape.division_one + 1):
            if (conference := self.conference_id(team_id, season)) is not None:
                out[conference].append(team_id)
        return out

    def division(self, season: int) -> tuple[int, ...]:
        """Division I of a season, by team id."""
        return _division(self, season)

    def rating(self, team_id: int, season: int) -> Rating:
        """The true rating of a team in a season."""
        return _chain(self, team_id)[season]

    def draw(self, *parts: object) -> float:
        """A number in [0, 1) that is fixed for a name in this world."""
        return share(self.seed, *parts)


@lru_cache(maxsize=128)
def _division(atlas: Atlas, season: int) -> tuple[int, ...]:
    return tuple(sorted(team for teams in atlas.members(season).values() for team in teams))


@lru_cache(maxsize=4096)
def _chain(atlas: Atlas, team_id: int) -> dict[int, Rating]:
    """Ratings by season: a first-order autoregression around the level of school and conference."""
    rng = stream(atlas.seed, "chain", team_id)
    conference = atlas.teams[team_id].home_conference
    level = atlas.conferences[conference - 1].level if conference else -36.0
    means = (level / 2 + rng.gauss(0, 3.0), -level / 2 + rng.gauss(0, 3.0), rng.gauss(0, 1.8), 0.0, 0.0, 0.0)
    spread = (4.0, 4.0, 2.2, 1.0, 1.0, 1.0)
    keep = 0.75
    shock = (1 - keep**2) ** 0.5
    now = [mean + rng.gauss(0, sd) for mean, sd in zip(means, spread, strict=True)]
    out = {}
    for season in range(FIRST_SEASON, LAST_SEASON + 1):
        out[season] = Rating(now[0], now[1], 68.6 + now[2], *now[3:])
        now = [m + keep * (x - m) + shock * rng.gauss(0, sd) for x, m, sd in zip(now, means, spread, strict=True)]
    return out
