"""Personal details of athletes: height, weight, jersey, hometown, high school. All of them are invented."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from sandbox.atlas import names
from sandbox.atlas.atlas import Atlas
from sandbox.atlas.jsnum import Number, js
from sandbox.atlas.people import Athlete
from sandbox.atlas.rng import stream

POSITIONS = {"G": "Guard", "F": "Forward", "C": "Center"}
# Median height (inches) and weight (pounds) by position.
SIZES = {"G": (75, 192), "F": (79, 213), "C": (82.5, 238)}


@dataclass(frozen=True)
class Bio:
    """One person. height: inches; weight: pounds; stars and rating (0-1) as a recruit."""

    height: Number | None
    weight: int | None
    jersey: str | None
    born: date | None
    hometown: dict[str, Any]
    high_school: str
    rating: Number

    @property
    def stars(self) -> int:
        """Stars of a recruit, 3 to 5."""
        return 5 if self.rating >= 0.985 else 4 if self.rating >= 0.93 else 3


@lru_cache(maxsize=8192)
def bio(atlas: Atlas, person: Athlete) -> Bio:
    """The details of an athlete; some are unknown."""
    rng = stream(atlas.seed, "bio", person.id)
    tall, heavy = SIZES[person.position]
    height = round(2 * rng.gauss(tall, 1.6)) / 2
    weight = round(rng.gauss(heavy, 12))
    born = date(person.start_season - 19, 1, 1) + timedelta(days=rng.randrange(700))
    town = hometown(rng.random(), rng.choice(names.TOWNS), rng.choice(names.STATES), rng.random())
    return Bio(
        height=None if rng.random() < 0.03 else js(height),
        weight=None if rng.random() < 0.06 else weight,
        jersey=None if rng.random() < 0.02 else str(rng.randrange(56)),
        born=born if rng.random() < 0.3 else None,
        hometown=town,
        high_school=f"{rng.choice(names.TOWNS)} {rng.choice(('High School', 'Academy', 'Prep'))}",
        rating=js(round(min(0.9999, max(0.7, 0.87 + 0.05 * person.talent + rng.gauss(0, 0.02))), 4)),
    )


def hometown(chance: float, town: str, state: str, place: float) -> dict[str, Any]:
    """A hometown; sometimes nothing is known, sometimes only the coordinates are unknown (0 is sent as null)."""
    if chance < 0.04:
        return dict.fromkeys(("city", "state", "country", "latitude", "longitude", "countyFips"))
    abroad = chance > 0.9
    known = chance < 0.8
    return {
        "city": town,
        "state": None if abroad else state,
        "country": names.ABROAD[int(place * len(names.ABROAD))] if abroad else "USA",
        "latitude": js(round(30 + 15 * place, 6)) if known else None,
        "longitude": js(round(-120 + 45 * chance, 6)) if known else None,
        "countyFips": f"{names.STATES.index(state) + 60}{int(place * 999):03d}" if known and not abroad else None,
    }
