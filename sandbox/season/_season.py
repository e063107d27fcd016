"""A season, played in order of dates up to a moment; tournaments are drawn when their field is known."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from heapq import heapify, heappop, heappush
from threading import RLock

from sandbox.atlas import days, schedule
from sandbox.atlas.atlas import Atlas, Rating
from sandbox.atlas.fixtures import Fixture, Game, Result
from sandbox.atlas.rng import stream
from sandbox.game import events, winprob
from sandbox.game.engine import simulate
from sandbox.game.matchup import plan
from sandbox.season._bracket import Bracket, conference_bracket, ncaa_bracket, nit_bracket

PANDEMIC = 2020  # no game from selection Sunday on


def play_log(atlas: Atlas, game: Fixture) -> events.GameLog:
    """The log of a game; it is the same in every call."""
    outline = plan(atlas, game.season, game.home, game.away, neutral=game.neutral, key=game.id)
    return simulate(outline, stream(atlas.seed, "game", game.id))


class Season:
    """Fixtures and results of one season. `advance` plays the games that have begun, each only once."""

    def __init__(self, atlas: Atlas, year: int, log_of: Callable[[Fixture], events.GameLog] | None = None) -> None:
        self.atlas, self.year = atlas, year
        self.log_of = log_of or partial(play_log, atlas)
        self.fixtures: dict[int, Fixture] = {}
        self.results: dict[int, Result] = {}
        self.elo: dict[int, float] = {}
        self.record: dict[int, list[int]] = {}
        self._waiting: list[tuple[datetime, int]] = []
        self._open: dict[str, int] = {}
        self._brackets: dict[str, Bracket] = {}
        self._latest: datetime = schedule.announced(year)
        # Requests run side by side; a season is advanced by one of them at a time.
        self._lock = RLock()
        self._add(schedule.Planner(atlas, year).fixtures())

    @property
    def label(self) -> str:
        """seasonLabel: 2025 is "20242025"."""
        return f"{self.year - 1}{self.year}"

    @property
    def true_ratings(self) -> dict[int, Rating]:
        """True ratings of all teams, by team id."""
        return {team: self.atlas.rating(team, self.year) for team in self.atlas.teams}

    def advance(self, now: datetime) -> None:
        """Play all games that have begun at `now`, in order, and draw the tournament rounds that follow."""
        with self._lock:
            while self._waiting and self._waiting[0][0] <= now:
                _, number = heappop(self._waiting)
                self._play(self.fixtures[number])

    def status(self, fixture: Fixture, now: datetime) -> str:
        """Status at `now`: scheduled, in_progress, final, postponed or cancelled."""
        if fixture.fate != "played":
            return fixture.fate if now >= fixture.start - timedelta(days=1) else "scheduled"
        if now < fixture.start:
            return "scheduled"
        result = self.results.get(fixture.id)
        return "final" if result and now >= result.end else "in_progress"

    def at(self, now: datetime) -> list[Game]:
        """The games that are known at `now`, by start (ties in arbitrary order); only final games have results."""
        with self._lock:
            self.advance(now)
            known = [fixture for fixture in self.fixtures.values() if fixture.known_at <= now]
        known.sort(key=lambda fixture: (fixture.start, fixture.id * 7919 % 1009, fixture.id))
        return [self._game(fixture, now) for fixture in known]

    def find(self, number: int, now: datetime) -> Game | None:
        """One game, if it is known at `now`."""
        fixture = self.fixtures.get(number)
        return self._game(fixture, now) if fixture and fixture.known_at <= now else None

    def _game(self, fixture: Fixture, now: datetime) -> Game:
        status = self.status(fixture, now)
        return Game(fixture, status, self.results[fixture.id] if status == "final" else None)

    def _add(self, fixtures: list[Fixture]) -> None:
        for fixture in fixtures:
            self.fixtures[fixture.id] = fixture
            if fixture.fate == "played":
                self._open[fixture.group] = self._open.get(fixture.group, 0) + 1
                heappush(self._waiting, (fixture.start, fixture.id))
        heapify(self._waiting)

    def _play(self, fixture: Fixture) -> None:
        result = self._result(fixture)
        self.results[fixture.id] = result
        self._latest = max(self._latest, result.end)
        self._count(fixture, result)
        self._open[fixture.group] -= 1
        if (bracket := self._brackets.get(fixture.group)) is not None:
            if bracket.settle(fixture, result):
                self._next_round(fixture.group, result.end)
        elif not self._open[fixture.group] and fixture.conference_game:
            self._conference_tournament(int(fixture.group.split()[1]))

    def _result(self, fixture: Fixture) -> Result:
        log = list(self.log_of(fixture))
        ends = [event for event in log if event.kind == events.END_PERIOD]
        home, away = (self.atlas.rating(team, self.year) for team in (fixture.home, fixture.away))
        expected = winprob.expected_margin(home, away, neutral=fixture.neutral)
        before = self._elo(fixture.home), self._elo(fixture.away)
        margin = ends[-1].home - ends[-1].away
        change = winprob.elo_change(*before, margin, neutral=fixture.neutral)
        after = before[0] + change, before[1] - change
        self.elo[fixture.home], self.elo[fixture.away] = after
        rng = stream(self.atlas.seed, "gate", fixture.id)
        crowd = max(150, int(5200 + 230 * home.net + rng.gauss(0, 900)))
        regular = len(ends) == 2 and fixture.away <= self.atlas.shape.division_one
        return Result(
            home_periods=_differences([event.home for event in ends]),
            away_periods=_differences([event.away for event in ends]),
            end=winprob.wall_clock(fixture.start, ends[-1].period, 0) + timedelta(minutes=3),
            attendance=0 if rng.random() < 0.07 else crowd,
            excitement=winprob.excitement(log, expected) if regular else None,
            elo_before=(round(before[0]), round(before[1])),
            elo_after=(round(after[0]), round(after[1])),
            rows=len(log),
        )

    def _elo(self, team: int) -> float:
        if team not in self.elo:
            self.elo[team] = winprob.elo_start(self.atlas.rating(team, max(2003, self.year - 1)))
        return self.elo[team]

    def _count(self, fixture: Fixture, result: Result) -> None:
        """Update wins, losses, conference wins and conference losses of both teams."""
        won = result.home_points > result.away_points
        for team, victory in ((fixture.home, won), (fixture.away, not won)):
            row = self.record.setdefault(team, [0, 0, 0, 0])
            row[0 if victory else 1] += 1
            if fixture.conference_game:
                row[2 if victory else 3] += 1

    def _blank(self, group: str, **changes: object) -> Fixture:
        values: dict[str, object] = {
            "id": 0, "season": self.year, "start": self._latest, "home": 0, "away": 0, "neutral": True,
            "conference_game": False, "known_at": self._latest, "game_type": "TRNMNT", "group": group,
            "venue": self.atlas.shape.division_one + 1 + len(self._brackets) % 12,
        }  # fmt: skip
        return Fixture(**{**values, **changes})  # type: ignore[arg-type]

    def _conference_tournament(self, conference: int) -> None:
        teams = self.atlas.members(self.year)[conference]
        ranked = sorted(teams, key=self._standing)
        group = f"tournament {conference}"
        blank = self._blank(group, conference_game=True)
        name = self.atlas.conferences[conference - 1].short_name
        first_day = schedule.tournament_start(self.atlas, self.year, conference)
        next_id = schedule.first_id(self.year) + 7000 + 20 * conference
        self._brackets[group] = conference_bracket(name, ranked, first_day, blank, next_id)
        self._next_round(group, self._latest)

    def _standing(self, team: int) -> tuple[float, float]:
        wins, losses = self.record.get(team, [0, 0, 0, 0])[2:]
        return -wins / max(1, wins + losses), -self.elo.get(team, 0.0)

    def _next_round(self, group: str, known_at: datetime) -> None:
        bracket = self._brackets[group]
        games = bracket.draw(known_at)
        if self.year == PANDEMIC:
            games = [game for game in games if game.start < days.eastern(days.selection_sunday(self.year), 0)]
        self._add(games)
        if not games and "ncaa" not in self._brackets and self._conferences_are_decided():
            self._finals()

    def _conferences_are_decided(self) -> bool:
        tournaments = [key for key in self._brackets if key.startswith("tournament")]
        return len(tournaments) == len(self.atlas.conferences) and not any(map(self._open.get, tournaments))

    def _finals(self) -> None:
        """Draw the NCAA tournament and the NIT; neither took place in 2020."""
        if self.year == PANDEMIC:
            return
        entries, left_out = self._fields()
        sunday = days.selection_sunday(self.year)
        decided = max(self._latest, days.eastern(sunday, 18))
        first = schedule.first_id(self.year) + 7900
        blank = self._blank("ncaa", season_type="postseason", tournament="NCAA")
        self._brackets["ncaa"] = ncaa_bracket(entries, sunday, blank, first)
        blank = self._blank("nit", season_type="postseason", tournament="NIT")
        self._brackets["nit"] = nit_bracket(left_out, sunday, blank, first + len(entries))
        for group in ("ncaa", "nit"):
            self._next_round(group, decided)

    def _champions(self) -> set[int]:
        return {entry[0] for bracket in self._brackets.values() if (entry := bracket.slots[0])}

    def _fields(self) -> tuple[list[int], list[int]]:
        """NCAA field: conference champions and the best other teams by Elo; NIT field: the next best teams."""
        champions, shape = self._champions(), self.atlas.shape
        ranked = sorted(self.elo, key=lambda team: -self.elo[team])
        others = [t for t in ranked if self.atlas.conference_id(t, self.year) and t not in champions]
        chosen = champions | set(others[: shape.ncaa - len(champions)])
        left_out = [team for team in others if team not in chosen]
        return [team for team in ranked if team in chosen], left_out[: shape.nit]


def _differences(running: list[int]) -> tuple[int, ...]:
    return tuple(now - before for before, now in zip([0, *running], running, strict=False))
