"""Recruits, transfers and draft picks, all of them athletes of the rosters."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from random import Random

from sandbox.atlas import names
from sandbox.atlas.atlas import FIRST_SEASON, LAST_SEASON, Atlas
from sandbox.atlas.bio import bio
from sandbox.atlas.people import Athlete, newcomers, team_of, transfers
from sandbox.atlas.rng import stream

# Recruiting services rate about one newcomer in six; the portal has existed since 2021.
RATED, FIRST_PORTAL = 0.17, 2021
DRAFT_ROUNDS, FOREIGN = 2, 0.2
HIGH_SCHOOLS = 900
POSITIONS = {
    "C": "Center", "F": "Forward", "G": "Guard", "PG": "Point Guard", "PF": "Power Forward", "SG": "Shooting Guard",
    "SF": "Small Forward",
}  # fmt: skip


@dataclass(frozen=True)
class Recruit:
    """A rated newcomer. committed: first team, None if undecided; linked: the API knows the athlete id."""

    id: int
    person: Athlete
    place: int
    committed: int | None
    linked: bool


@dataclass(frozen=True)
class Move:
    """One portal entry. goal: new team, or None; decided: the day on which the decision is published."""

    id: int
    person: Athlete
    origin: int
    goal: int | None
    decided: date
    eligibility: str | None


@dataclass(frozen=True)
class Pick:
    """One pick. person: None for a player from abroad; position: as drafted."""

    overall: int
    team: int
    person: Athlete | None
    name: str
    position: str
    source: int | None


@lru_cache(maxsize=64)
def recruits(atlas: Atlas, year: int) -> tuple[Recruit, ...]:
    """The recruiting class of a year, best first: freshmen of the season that begins in that year."""
    season = year + 1
    everyone = [person for team in _schools(atlas, season) for person in newcomers(atlas, team, season)]
    everyone.sort(key=lambda person: (-bio(atlas, person).rating, person.id))
    best = everyone[: round(RATED * len(everyone))]
    found = []
    for place, person in enumerate(best, start=1):
        team = None if atlas.draw("undecided", person.id) < 0.04 else team_of(atlas, person.id, season)
        linked = team is not None and atlas.draw("linked", person.id) < 0.75
        found.append(Recruit((year - 1990) * 2000 + place, person, place, team, linked))
    return tuple(found)


def school_id(number: int) -> int:
    """The id of the high school of a recruit, by the recruit's id."""
    return 1 + number % HIGH_SCHOOLS


@lru_cache(maxsize=4096)
def high_school(atlas: Atlas, school: int) -> str:
    """The name of a high school: the one that its first known recruit went to."""
    for year in range(FIRST_SEASON, LAST_SEASON + 1):
        for one in recruits(atlas, year):
            if school_id(one.id) == school and knows_school(atlas, one):
                return bio(atlas, one.person).high_school
    raise LookupError(f"no recruit has gone to the high school {school}")


def knows_school(atlas: Atlas, one: Recruit) -> bool:
    """Whether the API knows the high school of a recruit."""
    return atlas.draw("school unknown", one.person.id) >= 0.1


def _schools(atlas: Atlas, season: int) -> tuple[int, ...]:
    return atlas.division(max(FIRST_SEASON, season))


@lru_cache(maxsize=32)
def moves(atlas: Atlas, year: int) -> tuple[Move, ...]:
    """Portal entries in the spring of a year: players who transfer, withdraw, or find no team."""
    if year < FIRST_PORTAL:
        return ()
    found = [
        move
        for cohort in range(year - 3, year + 1)
        for team in atlas.division(cohort)
        for person in newcomers(atlas, team, cohort)
        if (move := _move(atlas, person, year, transfers(atlas, cohort).get(person.id))) is not None
    ]
    return tuple(sorted(found, key=lambda move: (*reversed(move.person.name.split()), move.id)))


def _move(atlas: Atlas, person: Athlete, year: int, moved: tuple[int, int] | None) -> Move | None:
    """The portal entry of one athlete in one spring, if any."""
    chance = atlas.draw("portal", person.id, year)
    origin = team_of(atlas, person.id, year)
    number = person.id * 10 + year % 10 + 20_000_000
    decided = date(year, 4, 1) + timedelta(days=int(100 * chance))
    if moved and moved[0] == year + 1:
        return Move(number, person, origin, moved[1], decided, "Immediate" if chance < 0.93 else None)
    if person.end_season < year or person.end_season == person.start_season + 3:
        return None
    if person.end_season == year and chance < 0.35:
        return Move(number, person, origin, None, decided, "TBD")
    return Move(number, person, origin, None, decided, "Withdrawn") if chance < 0.02 else None


def known_moves(atlas: Atlas, year: int, now: datetime) -> list[Move]:
    """The published entries; the portal opens on 20 March."""
    return list(moves(atlas, year)) if now >= datetime(year, 3, 20, tzinfo=UTC) else []


@lru_cache(maxsize=32)
def picks(atlas: Atlas, year: int) -> tuple[Pick, ...]:
    """The draft of a year, in order: the best athletes in their last season, and some players from abroad."""
    waiting, found = iter(_leaving(atlas, year)), []
    teams = list(range(1, len(names.DRAFTING) + 1))
    rng = stream(atlas.seed, "draft", year)
    for number in range(DRAFT_ROUNDS * len(teams)):
        if number % len(teams) == 0:
            rng.shuffle(teams)
        person = None if rng.random() < FOREIGN else next(waiting, None)
        source = team_of(atlas, person.id, year) if person else None
        found.append(Pick(number + 1, teams[number % len(teams)], person, *_called(person, rng), source))
    return tuple(found)


def _leaving(atlas: Atlas, year: int) -> list[Athlete]:
    """Athletes whose last season it is, best first."""
    leaving = [
        person
        for cohort in range(year - 3, year + 1)
        for team in _schools(atlas, cohort)
        for person in newcomers(atlas, team, cohort)
        if person.end_season == year
    ]
    return sorted(leaving, key=lambda person: (-person.talent, person.id))


def _called(person: Athlete | None, rng: Random) -> tuple[str, str]:
    """Name and position of a pick."""
    name = person.name if person else f"{rng.choice(names.GIVEN)} {rng.choice(names.CLUBS).split()[-1]}sen"
    place = {"G": ("PG", "SG"), "F": ("SF", "PF"), "C": ("C", "C")}[person.position if person else "F"]
    return name, rng.choice(place)


def known_picks(atlas: Atlas, year: int, now: datetime) -> list[Pick]:
    """The picks of a draft after it has taken place, at the end of June."""
    return list(picks(atlas, year)) if now >= datetime(year, 6, 27, tzinfo=UTC) else []


def draft_team(number: int) -> tuple[str, str, str]:
    """Location, nickname and abbreviation of a drafting team; one team has no location, which is sent as ''."""
    town = names.TOWNS[(number - 1) % len(names.TOWNS)]
    side = ("", "West ")[(number - 1) // len(names.TOWNS)]
    location = "" if number == len(names.DRAFTING) else f"{side}{town}"
    return location, names.DRAFTING[number - 1], f"{names.DRAFTING[number - 1][:3].upper()}"
