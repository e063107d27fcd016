"""The schedule of the regular season, before any result is known."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random

from sandbox.atlas import days
from sandbox.atlas.atlas import FIRST_SEASON, Atlas
from sandbox.atlas.fixtures import Fixture
from sandbox.atlas.rng import stream

BLOCK = 8000
EVENTS = ("Harbor Lights Classic", "Island Invitational", "Founders Challenge", "Gateway Showcase", "Holiday Hoopfest")


def first_id(season: int) -> int:
    """The first game id of a season. Up to 2025, newer seasons have lower ids: ids do not follow time."""
    return BLOCK * (2025 - season if season <= 2025 else season - 2003) + 4


def announced(season: int) -> datetime:
    """Time at which the regular schedule of a season is announced."""
    return datetime(season - 1, 8, 1, tzinfo=UTC)


class Planner:
    """Builds the schedule of one regular season."""

    def __init__(self, atlas: Atlas, season: int) -> None:
        self.atlas, self.season = atlas, season
        self.rng: Random = stream(atlas.seed, "schedule", season)
        self.windows = days.half_weeks(season)
        self.members = atlas.members(season)
        self.met: set[tuple[int, int]] = set()
        self.next_id = first_id(season)

    def fixtures(self) -> list[Fixture]:
        """All regular-season games, by start."""
        rounds = {conference: self.conference_rounds(conference) for conference in self.members}
        pairs = [*self.conference_games(rounds), *self.open_games(rounds)]
        pairs.sort(key=lambda pair: (pair[0], pair[1], pair[2]))
        games = [self.fixture(*pair) for pair in pairs]
        return sorted(games, key=lambda game: (game.start, game.id))

    def conference_rounds(self, conference: int) -> tuple[int, int]:
        """First window and end (exclusive) of a conference's own games; its tournament follows."""
        tournament = tournament_start(self.atlas, self.season, conference)
        end = sum(window[-1] < tournament - timedelta(days=1) for window in self.windows)
        teams = len(self.members[conference])
        rounds = 2 * (teams - 1 + teams % 2)
        return end - min(rounds, 20 if conference % 3 else 18), end

    def conference_games(self, rounds: dict[int, tuple[int, int]]) -> Iterator[tuple[date, int, int, str]]:
        """A double round robin by the circle method, cut to the available windows."""
        for conference, (first, end) in rounds.items():
            teams: list[int | None] = list(self.members[conference])
            self.rng.shuffle(teams)
            if len(teams) % 2:
                teams.append(None)
            for number, window in enumerate(self.windows[first:end]):
                for home, away in _circle(teams, number):
                    yield days.pick_day(window, self.rng), home, away, f"conference {conference}"

    def open_games(self, rounds: dict[int, tuple[int, int]]) -> Iterator[tuple[date, int, int, str]]:
        """Non-conference games, window by window, until each team has its number of games."""
        home_of = self.conference_of()
        first = {team: rounds[conference][0] for team, conference in home_of.items()}
        need = {team: self.atlas.shape.games - (rounds[home_of[team]][1] - first[team]) for team in home_of}
        for number, window in enumerate(self.windows):
            playing = self.playing(number, need, first)
            for home, away in self.pairs(playing, home_of):
                for team in need.keys() & {home, away}:
                    need[team] -= 1
                opening = number == 0 and self.rng.random() < 0.66
                yield window[0] if opening else days.pick_day(window, self.rng), home, away, "open"

    def conference_of(self) -> dict[int, int]:
        """The conference of each team."""
        return {team: conference for conference, teams in self.members.items() for team in teams}

    def playing(self, number: int, need: dict[int, int], first: dict[int, int]) -> list[int]:
        """Teams with a non-conference game in a window. first: first window of the team's conference games."""
        pool = {team: first[team] - number for team in need if number < first[team]}
        return [team for team, left in pool.items() if self.rng.random() < need[team] / left or number == 0]

    def pairs(self, teams: list[int], home_of: dict[int, int]) -> Iterator[tuple[int, int]]:
        """Pair the teams of one window; the odd team and a few more play schools outside Division I."""
        self.rng.shuffle(teams)
        small = max(len(teams) % 2, round(0.135 * len(teams)))
        small += (len(teams) - small) % 2
        others = range(len(self.atlas.teams) - self.atlas.shape.others + 1, len(self.atlas.teams) + 1)
        guests = self.rng.sample(others, min(len(others), small))
        yield from zip(teams, guests, strict=False)
        rest = teams[len(guests) :]
        while len(rest) > 1:
            one = rest.pop()
            two = rest.pop(self.opponent(one, rest, home_of))
            self.met.add((one, two))
            yield self.host(one, two)

    def opponent(self, team: int, rest: list[int], home_of: dict[int, int]) -> int:
        """Index in `rest` of a team from another conference that is a new opponent, often a much weaker one."""
        free = [
            place
            for place in range(len(rest) - 1, max(-1, len(rest) - 12), -1)
            if home_of[rest[place]] != home_of[team] and not {(team, rest[place]), (rest[place], team)} & self.met
        ]
        if not free:
            return len(rest) - 1
        if self.rng.random() > 0.35:
            return free[0]
        net = self.atlas.rating(team, self.season).net
        return max(free, key=lambda place: abs(net - self.atlas.rating(rest[place], self.season).net))

    def host(self, one: int, two: int) -> tuple[int, int]:
        """Home and away team: the stronger school usually plays at home, because it pays for the visit."""
        stronger = self.atlas.rating(one, self.season).net > self.atlas.rating(two, self.season).net
        return (one, two) if stronger == (self.rng.random() < 0.78) else (two, one)

    def fixture(self, day: date, home: int, away: int, group: str) -> Fixture:
        """The record of one game."""
        rng, own = self.rng, group != "open"
        number, self.next_id = self.next_id, self.next_id + 1
        neutral, event = self._site(own=own, away=away)
        fate = self._fate(own=own)
        return Fixture(
            id=number,
            season=self.season,
            start=days.tip_off(day, rng),
            home=home,
            away=away,
            neutral=neutral,
            conference_game=own,
            venue=self.atlas.shape.division_one + rng.randint(1, 12) if neutral else home,
            known_at=announced(self.season),
            group=group,
            game_type="TRNMNT" if event and rng.random() < 0.7 else "STD",
            notes=event,
            fate=fate,
        )

    def _site(self, *, own: bool, away: int) -> tuple[bool, str | None]:
        """Whether a game is at a neutral site, and its event."""
        neutral = not own and away <= self.atlas.shape.division_one and self.rng.random() < 0.16
        return neutral, self.rng.choice(EVENTS) if neutral and self.rng.random() < 0.8 else None

    def _fate(self, *, own: bool) -> str:
        chance = self.rng.random()
        lost = 0.06 if self.season in {2021, 2022} else 0.004
        if own or chance > lost:
            return "played"
        return "cancelled" if chance < lost / 2 else "postponed"


def tournament_start(atlas: Atlas, season: int, conference: int) -> date:
    """First day of a conference tournament: strong conferences end on selection Sunday, others earlier."""
    rounds = max(2, (len(atlas.members(season)[conference]) - 1).bit_length())
    final = days.selection_sunday(season) - timedelta(days=(conference - 1) % 9)
    return final - timedelta(days=rounds - 1)


def _circle(teams: list[int | None], number: int) -> Iterator[tuple[int, int]]:
    """Round `number` of a double round robin, with home and away swapped in its second half."""
    size = len(teams)
    turn = number % (size - 1)
    ring = [teams[0], *teams[1 + turn :], *teams[1 : 1 + turn]]
    swap = (number // (size - 1) + number) % 2
    for place in range(size // 2):
        one, two = ring[place], ring[size - 1 - place]
        if one is not None and two is not None:
            yield (two, one) if (swap + place) % 2 else (one, two)


def season_of_id(number: int) -> int:
    """The season of a game id, the inverse of `first_id`."""
    block = (number - 4) // BLOCK
    return 2025 - block if block <= 2025 - FIRST_SEASON else FIRST_SEASON + block
