"""The records of a season: scheduled games and their results."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Fixture:
    """A scheduled game. known_at: time of its announcement; fate: "played", "postponed" or "cancelled"."""

    id: int
    season: int
    start: datetime
    home: int
    away: int
    neutral: bool
    conference_game: bool
    venue: int | None
    known_at: datetime
    group: str = ""
    season_type: str = "regular"
    game_type: str = "STD"
    tournament: str | None = None
    notes: str | None = None
    home_seed: int | None = None
    away_seed: int | None = None
    fate: str = "played"

    @property
    def source_id(self) -> str:
        """The id at the source of the data."""
        return str(401_000_000 + 3 * self.id + self.season % 7)


@dataclass(frozen=True, slots=True)
class Result:
    """The result of a game. periods: points by period; elo: home and away, before and after; end: UTC."""

    home_periods: tuple[int, ...]
    away_periods: tuple[int, ...]
    end: datetime
    attendance: int
    excitement: float | None
    elo_before: tuple[int, int]
    elo_after: tuple[int, int]
    rows: int

    @property
    def home_points(self) -> int:
        """Points of the home team."""
        return sum(self.home_periods)

    @property
    def away_points(self) -> int:
        """Points of the away team."""
        return sum(self.away_periods)


@dataclass(frozen=True, slots=True)
class Game:
    """One game at a moment: the fixture, its status, and its result if final."""

    fixture: Fixture
    status: str
    result: Result | None = field(default=None)

    @property
    def id(self) -> int:
        """Game id."""
        return self.fixture.id

    @property
    def start(self) -> datetime:
        """Tip-off, UTC."""
        return self.fixture.start

    @property
    def home_points(self) -> int | None:
        """Final points of the home team, None before the end."""
        return self.result.home_points if self.result else None

    @property
    def away_points(self) -> int | None:
        """Final points of the away team, None before the end."""
        return self.result.away_points if self.result else None
