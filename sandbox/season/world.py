"""The whole simulated world at a moment: the true data, and the data that the API serves (gaps, corrections)."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Set
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from sandbox.atlas.atlas import FIRST_SEASON, LAST_SEASON, Atlas, Rating
from sandbox.atlas.config import Correction, CorrectionKind, GapKind, Omission, SandboxConfig
from sandbox.atlas.days import EASTERN, eastern
from sandbox.atlas.fixtures import Fixture, Game
from sandbox.atlas.people import Athlete, roster
from sandbox.atlas.schedule import announced
from sandbox.game import events as ev
from sandbox.game import plays, winprob
from sandbox.game.box import TeamBox, boxes
from sandbox.game.reading import Reading
from sandbox.season import market
from sandbox.season._season import Season, play_log

KEPT_LOGS = 1500
UNCOUNTED = 0.008
# One game in fifty gets its tip-off time only a week ahead.
TBD_SHARE, TBD_UNTIL = 0.02, timedelta(days=7)


BASIC = ("games", "final_games", "game_teams", "game_players", "lines", "plays")
# Number of rows that the API has for a season, by table; operations register their own.
COUNTERS: "dict[str, Callable[[World, int], int]]" = {}


@dataclass(frozen=True)
class SeasonState:
    """A season at a moment. games: all known games, by start; true_ratings: by team id."""

    games: list[Game]
    true_ratings: dict[int, Rating]


class World:
    """Seasons and games of one configuration, with a bounded cache of game logs and their box scores."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.atlas = Atlas(config.seed, config.size, config.two_conferences, config.player_impact)
        self._fixed: datetime | None = config.now
        self._seasons: dict[int, Season] = {}
        self._logs: OrderedDict[int, ev.GameLog] = OrderedDict()
        self._finished: dict[int, tuple[TeamBox, TeamBox]] = {}
        self._lock = Lock()

    @property
    def now(self) -> datetime:
        """The simulated time, UTC. It can be set to a later or an earlier time."""
        return self._fixed or datetime.now(UTC)

    @now.setter
    def now(self, moment: datetime) -> None:
        self._fixed = moment

    def years(self) -> list[int]:
        """Seasons that have been announced."""
        return [year for year in range(FIRST_SEASON, LAST_SEASON + 1) if announced(year) <= self.now]

    def simulated(self, year: int) -> Season:
        """The season object of a year, advanced to `now`."""
        with self._lock:
            if year not in self._seasons:
                self._seasons[year] = Season(self.atlas, year, self.log)
            season = self._seasons[year]
        season.advance(self.now)
        return season

    def season(self, year: int) -> SeasonState:
        """The true state of a season at `now`."""
        season = self.simulated(year)
        return SeasonState(season.at(self.now), season.true_ratings)

    def log(self, game: Fixture) -> ev.GameLog:
        """The complete log of a game."""
        with self._lock:
            log = self._logs.get(game.id)
        if log is None:
            # Not under the lock: two requests may play the same game, and both get the same log.
            log = play_log(self.atlas, game)
        with self._lock:
            self._logs[game.id] = log
            self._logs.move_to_end(game.id)
            while len(self._logs) > KEPT_LOGS:
                oldest, _ = self._logs.popitem(last=False)
                self._finished.pop(oldest, None)
        return log

    def played(self, game: Game) -> ev.GameLog | None:
        """The log so far: complete for a final game, partial for a game in progress, None for other games."""
        if game.status == "final":
            return self.log(game.fixture)
        if game.status != "in_progress":
            return None
        log, start = self.log(game.fixture), game.start
        return log.prefix(sum(winprob.wall_clock(start, e.period, e.seconds) <= self.now for e in log))

    def served_plays(self, game: Game) -> ev.GameLog | None:
        """The part of the log for which the API has plays, without gaps."""
        log = self.played(game)
        if log is None or game.fixture.season < plays.FIRST_SEASON or self.gap("plays", game.fixture):
            return None
        if tail := self.gap("tail", game.fixture):
            return log.prefix(int(len(log) * (1 - tail.part)))
        return log

    def served_boxes(self, game: Game) -> tuple[TeamBox, TeamBox] | None:
        """Both box scores as the API serves them, with gaps and pending corrections."""
        log = self.played(game)
        if not log or self.gap("boxes", game.fixture):
            return None
        both = self._boxes(game, log)
        kinds: tuple[CorrectionKind, ...] = ("assists", "period_points")
        wrong = {kind for kind in kinds if self.uncorrected(kind, game.fixture)}
        uncounted = self.uncounted(game.fixture)
        return _changed(both, wrong, uncounted=uncounted) if wrong or uncounted else both

    def _boxes(self, game: Game, log: ev.GameLog) -> tuple[TeamBox, TeamBox]:
        """Both box scores of a log. Those of a final game are kept, because several operations add them up."""
        if game.status != "final":
            return boxes(log)
        if (both := self._finished.get(game.id)) is None:
            both = self._finished[game.id] = boxes(log)
        return both

    def uncounted(self, game: Fixture) -> bool:
        """Whether the possessions of a game were not counted: possessions and pace are null in both box scores."""
        share = UNCOUNTED if game.season in {2014, 2015} else UNCOUNTED / 2
        return self.atlas.draw("uncounted", game.id) < share

    def has_position(self, person: Athlete) -> bool:
        """Whether the API knows the position of an athlete; without it, the athlete has no box scores."""
        return self.atlas.draw("unplaced", person.id) >= self.config.unplaced

    def appeared(self, game: Fixture, both: tuple[TeamBox, TeamBox]) -> Iterator[tuple[int, int, Athlete]]:
        """Side, place and athlete of each row of a game's player box scores."""
        for side, team in enumerate((game.home, game.away)):
            people = roster(self.atlas, team, game.season)
            for place, counts in enumerate(both[side].players):
                if counts.seconds and self.has_position(people[place]):
                    yield side, place, people[place]

    @property
    def reading(self) -> Reading:
        """How the source records games."""
        config = self.config
        return Reading(config.closed_stints, config.foul_turnovers, config.blank_shots)

    def stints(self, game: Game) -> ev.GameLog | None:
        """The part of the log for which the API has lineups and stints."""
        return self.served_plays(game) if plays.has_stints(self.atlas, game.fixture) else None

    def served_start(self, game: Fixture) -> datetime:
        """startDate as served: a placeholder while the time is unknown, Eastern wall time before its correction."""
        if self.time_unknown(game):
            return eastern(game.start.astimezone(EASTERN).date(), 0)
        if self.uncorrected("start", game):
            return game.start.astimezone(EASTERN).replace(tzinfo=UTC)
        return game.start

    def time_unknown(self, game: Fixture) -> bool:
        """startTimeTbd: the tip-off time is not set yet, and startDate is midnight US Eastern."""
        return self.now < game.start - TBD_UNTIL and self.atlas.draw("tbd", game.id) < TBD_SHARE

    def gap(self, kind: GapKind, game: Fixture) -> Omission | None:
        """The gap that affects a game now, if any."""
        for number, rule in enumerate(self.config.gaps):
            open_now = rule.until is None or self.now < rule.until
            if rule.kind == kind and open_now and self._hit(rule, ("gap", number), game):
                return rule
        return None

    def uncorrected(self, kind: CorrectionKind, game: Fixture) -> bool:
        """Whether a value of a game is wrong and not yet corrected now."""
        return any(
            rule.kind == kind and self.now < rule.at and self._hit(rule, ("correction", number), game)
            for number, rule in enumerate(self.config.corrections)
        )

    def affected(self, rule: Omission | Correction, year: int) -> set[int]:
        """Ids of the games of a season that a configured gap or correction affects at any time."""
        rules = self.config.gaps if isinstance(rule, Omission) else self.config.corrections
        name = ("gap" if isinstance(rule, Omission) else "correction", rules.index(rule))
        fixtures = self.simulated(year).fixtures.values()
        return {game.id for game in fixtures if self._hit(rule, name, game)}

    def _hit(self, rule: Omission | Correction, name: tuple[str, int], game: Fixture) -> bool:
        if rule.season not in {None, game.season}:
            return False
        return self.atlas.draw(*name, rule.kind, game.id) < rule.share

    def row_counts(self, year: int, *tables: str) -> dict[str, int]:
        """Number of rows that the API serves for a season now, for the given tables or for all.

        Duplicates of overlapping dates and of a second conference are not counted. Tables that are requested by `year`
        (recruits, transfers, picks) are counted for that year.
        """
        wanted = set(tables or (*BASIC, *COUNTERS))
        counts = self._basic_counts(year) if wanted & set(BASIC) else {}
        counts |= {name: count(self, year) for name, count in COUNTERS.items() if name in wanted}
        return {name: count for name, count in counts.items() if name in wanted}

    def _basic_counts(self, year: int) -> dict[str, int]:
        counts = dict.fromkeys(BASIC, 0)
        for game in self.season(year).games:
            counts["games"] += 1
            counts["final_games"] += game.status == "final"
            counts["lines"] += len(self.served_lines(game.fixture))
            counts["plays"] += self._play_count(game)
            if (both := self.served_boxes(game)) is not None:
                counts["game_teams"] += 2
                counts["game_players"] += sum(1 for _ in self.appeared(game.fixture, both))
        return counts

    def _play_count(self, game: Game) -> int:
        log = self.served_plays(game)
        if log is None:
            return 0
        hidden = game.fixture.season < plays.FIRST_SUBSTITUTIONS
        return sum(not (hidden and event.kind == ev.SUB) for event in log)

    def served_lines(self, game: Fixture) -> list[market.Line]:
        """Lines of a game that have been posted."""
        return market.lines(self.atlas, game) if market.posted(game, self.now) else []

    def walk(self, years: list[int]) -> Iterator[Game]:
        """Games of several seasons by served start; ties in arbitrary order."""
        for year in years:
            games = self.simulated(year).at(self.now)
            yield from sorted(games, key=lambda game: self.served_start(game.fixture))


def counted(table: str) -> "Callable[[Callable[[World, int], int]], Callable[[World, int], int]]":
    """Register the function that counts the rows of a table in a season."""

    def register(count: Callable[[World, int], int]) -> Callable[[World, int], int]:
        COUNTERS[table] = count
        return count

    return register


def shifted(periods: list[int]) -> list[int]:
    """Period points before their correction: one point of the first half is counted in the second."""
    if len(periods) < 2 or not periods[0]:
        return periods
    return [periods[0] - 1, periods[1] + 1, *periods[2:]]


def _changed(both: tuple[TeamBox, TeamBox], wrong: Set[CorrectionKind], *, uncounted: bool) -> tuple[TeamBox, TeamBox]:
    """Copies of both box scores with pending corrections, and without possessions where they were not counted."""
    both = deepcopy(both)
    for box in both:
        if uncounted:
            box.possessions = 0
        if "assists" in wrong:
            _drop_assist(box)
    if "period_points" in wrong:
        both[0].periods = shifted(both[0].periods)
    return both


def _drop_assist(box: TeamBox) -> None:
    most = max(box.players, key=lambda counts: counts.assists)
    if most.assists:
        most.assists -= 1
        box.total.assists -= 1
