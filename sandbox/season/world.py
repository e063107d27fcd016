"""The whole simulated world at a moment: what is true, and what the API admits of it (gaps, corrections)."""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.atlas.atlas import FIRST_SEASON, LAST_SEASON, Atlas, Rating
from sandbox.atlas.config import Correction, CorrectionKind, GapKind, Omission, SandboxConfig
from sandbox.atlas.days import EASTERN, eastern
from sandbox.atlas.fixtures import Fixture, Game
from sandbox.atlas.schedule import announced
from sandbox.game import events as ev
from sandbox.game import plays, winprob
from sandbox.game.box import TeamBox, boxes
from sandbox.season import market
from sandbox.season._season import Season, play_log

KEPT_LOGS = 1500
UNCOUNTED = 0.008
# One game in fifty gets its hour only a week ahead.
TBD_SHARE, TBD_UNTIL = 0.02, timedelta(days=7)


BASIC = ("games", "final_games", "game_teams", "game_players", "lines", "plays")
# table -> how many rows of it the API has for a season; operations add their own.
COUNTERS: "dict[str, Callable[[World, int], int]]" = {}


@dataclass(frozen=True)
class SeasonTruth:
    """A season at a moment. games: all that are known, by start; true_ratings by team id."""

    games: list[Game]
    true_ratings: dict[int, Rating]


class World:
    """Seasons and games of one configuration; what was computed is kept within bounds."""

    def __init__(self, config: SandboxConfig) -> None:
        self.config = config
        self.atlas = Atlas(config.seed, config.size)
        self._fixed: datetime | None = config.now
        self._seasons: dict[int, Season] = {}
        self._logs: OrderedDict[int, ev.GameLog] = OrderedDict()

    @property
    def now(self) -> datetime:
        """The simulated moment, UTC. May be set: the world then goes on (or back) to it."""
        return self._fixed or datetime.now(UTC)

    @now.setter
    def now(self, moment: datetime) -> None:
        self._fixed = moment

    def years(self) -> list[int]:
        """Seasons that are announced."""
        return [year for year in range(FIRST_SEASON, LAST_SEASON + 1) if announced(year) <= self.now]

    def simulated(self, year: int) -> Season:
        """The season object of a year, advanced to now."""
        if year not in self._seasons:
            self._seasons[year] = Season(self.atlas, year, self.log)
        self._seasons[year].advance(self.now)
        return self._seasons[year]

    def season(self, year: int) -> SeasonTruth:
        """The truth about a season at now."""
        season = self.simulated(year)
        return SeasonTruth(season.at(self.now), season.true_ratings)

    def log(self, game: Fixture) -> ev.GameLog:
        """The complete events of a game."""
        if game.id not in self._logs:
            self._logs[game.id] = play_log(self.atlas, game)
            while len(self._logs) > KEPT_LOGS:
                self._logs.popitem(last=False)
        self._logs.move_to_end(game.id)
        return self._logs[game.id]

    def played(self, game: Game) -> ev.GameLog | None:
        """The events so far: all of a final game, the beginning of one in progress, None of any other."""
        if game.status == "final":
            return self.log(game.fixture)
        if game.status != "in_progress":
            return None
        log, start = self.log(game.fixture), game.start
        return log.prefix(sum(winprob.wall_clock(start, e.period, e.seconds) <= self.now for e in log))

    def served_plays(self, game: Game) -> ev.GameLog | None:
        """The events that the API has plays for, gaps taken out."""
        log = self.played(game)
        if log is None or game.fixture.season < plays.FIRST_SEASON or self.gap("plays", game.fixture):
            return None
        if tail := self.gap("tail", game.fixture):
            return log.prefix(int(len(log) * (1 - tail.part)))
        return log

    def served_boxes(self, game: Game) -> tuple[TeamBox, TeamBox] | None:
        """Both boxes as the API has them, gaps and corrections applied."""
        log = self.played(game)
        if not log or self.gap("boxes", game.fixture):
            return None
        both = boxes(log)
        if self.uncounted(game.fixture):
            for box in both:
                box.possessions = 0
        if self.wrong("assists", game.fixture):
            for box in both:
                _drop_assist(box)
        if self.wrong("period_points", game.fixture):
            both[0].periods = shifted(both[0].periods)
        return both

    def uncounted(self, game: Fixture) -> bool:
        """Whether nobody counted the possessions of a game: they and the pace are null in both of its boxes."""
        share = UNCOUNTED if game.season in {2014, 2015} else UNCOUNTED / 2
        return self.atlas.draw("uncounted", game.id) < share

    def stints(self, game: Game) -> ev.GameLog | None:
        """The events that the API has line-ups and stints for."""
        return self.served_plays(game) if plays.has_stints(self.atlas, game.fixture) else None

    def served_start(self, game: Fixture) -> datetime:
        """startDate as it is served: a placeholder while to be determined, Eastern wall time before its correction."""
        if self.time_unknown(game):
            return eastern(game.start.astimezone(EASTERN).date(), 0)
        if self.wrong("start", game):
            return game.start.astimezone(EASTERN).replace(tzinfo=UTC)
        return game.start

    def time_unknown(self, game: Fixture) -> bool:
        """startTimeTbd: the hour is not fixed yet and startDate is midnight in US Eastern."""
        return self.now < game.start - TBD_UNTIL and self.atlas.draw("tbd", game.id) < TBD_SHARE

    def gap(self, kind: GapKind, game: Fixture) -> Omission | None:
        """The gap that hits a game now, if any."""
        for number, rule in enumerate(self.config.gaps):
            open_now = rule.until is None or self.now < rule.until
            if rule.kind == kind and open_now and self._hit(rule, ("gap", number), game):
                return rule
        return None

    def wrong(self, kind: CorrectionKind, game: Fixture) -> bool:
        """Whether a value of a game is still uncorrected now."""
        return any(
            rule.kind == kind and self.now < rule.at and self._hit(rule, ("correction", number), game)
            for number, rule in enumerate(self.config.corrections)
        )

    def affected(self, rule: Omission | Correction, year: int) -> set[int]:
        """Ids of the games of a season that a configured gap or correction is about, at any time."""
        rules = self.config.gaps if isinstance(rule, Omission) else self.config.corrections
        name = ("gap" if isinstance(rule, Omission) else "correction", rules.index(rule))
        fixtures = self.simulated(year).fixtures.values()
        return {game.id for game in fixtures if self._hit(rule, name, game)}

    def _hit(self, rule: Omission | Correction, name: tuple[str, int], game: Fixture) -> bool:
        if rule.season not in {None, game.season}:
            return False
        return self.atlas.draw(*name, rule.kind, game.id) < rule.share

    def truth_counts(self, year: int, *tables: str) -> dict[str, int]:
        """Rows of each table (or of those named) that the API serves for a season now.

        Duplicates of overlapping dates are not counted. What is asked by `year` (recruits, transfers, picks) is
        counted for that year.
        """
        counts = dict.fromkeys(BASIC, 0)
        for game in self.season(year).games if not tables or set(tables) & set(BASIC) else []:
            counts["games"] += 1
            counts["final_games"] += game.status == "final"
            counts["lines"] += len(self.served_lines(game.fixture))
            counts["plays"] += self._play_count(game)
            if (both := self.served_boxes(game)) is not None:
                counts["game_teams"] += 2
                counts["game_players"] += sum(c.seconds > 0 for box in both for c in box.players)
        wanted = {name: count for name, count in COUNTERS.items() if not tables or name in tables}
        counts |= {name: count(self, year) for name, count in wanted.items()}
        return {name: count for name, count in counts.items() if not tables or name in tables}

    def _play_count(self, game: Game) -> int:
        log = self.served_plays(game)
        if log is None:
            return 0
        hidden = game.fixture.season < plays.FIRST_SUBSTITUTIONS
        return sum(not (hidden and event.kind == ev.SUB) for event in log)

    def served_lines(self, game: Fixture) -> list[market.Line]:
        """Lines of a game that are posted now."""
        return market.lines(self.atlas, game) if market.posted(game, self.now) else []

    def walk(self, years: list[int]) -> Iterator[Game]:
        """Games of several seasons by served start; ties in no useful order."""
        for year in years:
            games = self.simulated(year).at(self.now)
            yield from sorted(games, key=lambda game: self.served_start(game.fixture))


def counted(table: str) -> "Callable[[Callable[[World, int], int]], Callable[[World, int], int]]":
    """Register how many rows of a table there are in a season."""

    def register(count: Callable[[World, int], int]) -> Callable[[World, int], int]:
        COUNTERS[table] = count
        return count

    return register


def shifted(periods: list[int]) -> list[int]:
    """Period points before their correction: one point of the first half counted in the second."""
    if len(periods) < 2 or not periods[0]:
        return periods
    return [periods[0] - 1, periods[1] + 1, *periods[2:]]


def _drop_assist(box: TeamBox) -> None:
    most = max(box.players, key=lambda counts: counts.assists)
    if most.assists:
        most.assists -= 1
        box.total.assists -= 1
