"""What a lake has of what it must have: expectations against its tables, with the answers that explain the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

import polars as pl

from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.ops import QUARANTINE
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Endpoint, Pattern, Table, registry
from quality.expectations import GAME_COLUMNS, Expectation, Subject, expectations
from tasks.build import is_stale
from tasks.completeness._cheapest import Candidate, RouteIndex
from tasks.completeness.due import todo
from tasks.completeness.gaps import GAME_LENGTH, OVERDUE, Gap, Locator, game_locator, lacking, team_locator
from tasks.lake.lake import Lake
from tasks.lake.raw import RawObject
from tasks.layers.overrides import Override
from tasks.requests import is_cut, window_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACED = ("game_id", "start_at", "home_team", "away_team", "tournament")


@dataclass(frozen=True)
class Coverage:
    """One expectation in one season: how many subjects, and those that lack something."""

    expectation: Expectation
    season: int | None
    expected: int
    gaps: list[Gap] = field(default_factory=list)

    def count(self, state: str) -> int:
        """Gaps in a state."""
        return sum(gap.state == state for gap in self.gaps)

    @property
    def present(self) -> int:
        """Subjects that have all that is expected."""
        return self.expected - len(self.gaps)


class SeasonView:
    """A lake's season, seen at a moment. Frames and ledgers are read once, whatever is asked of them.

    Args:
        season: None for the lists that belong to no season.
        overrides: of all tables; a partition made with others is out of date.
    """

    def __init__(self, lake: Lake, season: int | None, now: datetime, overrides: Sequence[Override] = ()) -> None:
        self.lake = lake
        self.season = season
        self.now = now
        self._overrides = overrides
        self._reaches: dict[str, RouteIndex] = {}

    def coverage(self, wanted: Iterable[Expectation] | None = None) -> Iterator[Coverage]:
        """Each expectation of the season that a lake keeps the dataset of.

        Args:
            wanted: default: those of all datasets that the lake keeps.
        """
        for item in expectations(registry()) if wanted is None else wanted:
            belongs = (item.endpoint.pattern is Pattern.ONCE) == (self.season is None)
            if not belongs or (self.season is not None and self.season < item.since):
                continue
            if wanted is None and not self.keeps(item.endpoint):
                continue
            yield self._requests(item) if item.of is Subject.REQUEST else self._subjects(item)

    def keeps(self, endpoint: Endpoint) -> bool:
        """Whether the lake keeps a dataset: it was asked for once; on request, once in this season. Games always."""
        season = self.season if endpoint.opt_in else None
        routes = registry().routes(endpoint)
        return endpoint is GAMES or any(True for route in routes for _ in self.lake.raw.objects(route.name, season))

    # -- subjects -------------------------------------------------------------------------------------------------

    @cached_property
    def games(self) -> pl.DataFrame:
        """All games of the season, with when they are over."""
        rows = self._rows(FCT_GAMES, tuple(dict.fromkeys((*GAME_COLUMNS, *PLACED)))).collect()
        return rows.with_columns(over_at=pl.col("start_at") + GAME_LENGTH).sort("start_at", "game_id")

    @cached_property
    def schedule(self) -> list[Locator]:
        """How each game of the season can be named."""
        return [self._place(row) for row in self.games.iter_rows(named=True)]

    def _place(self, row: dict[str, object]) -> Locator:
        assert self.season is not None
        return game_locator(row, self.season) if "game_id" in row else team_locator(row, self.season)

    def subjects(self, of: Subject) -> pl.DataFrame:
        """Of whom something is expected now: their time is over for `OVERDUE`, future games never."""
        late = self.games.filter(pl.col("over_at") + OVERDUE <= self.now)
        if of is Subject.SCHEDULED:
            return late
        played = late.filter("has_result")
        if of is Subject.PLAYED:
            return played
        sides = [played.select("over_at", team_id=f"{side}_team_id") for side in ("home", "away")]
        first = pl.concat(sides).group_by("team_id").agg(pl.col("over_at").min())
        teams = self._rows(DIM_TEAM_SEASONS, ("team_id", "school", "conference")).collect()
        return teams.join(first, on="team_id").sort("team_id")

    def _rows(self, table: Table, columns: tuple[str, ...]) -> pl.LazyFrame:
        if self.lake.iceberg(table.qualified) is None:
            return pl.LazyFrame(schema={name: table.by_name[name].dtype for name in columns})
        rows = self.lake.scan(table.qualified)
        if table.season_column is not None:
            rows = rows.filter(pl.col(table.season_column) == self.season)
        return rows.select(columns)

    def _subjects(self, item: Expectation) -> Coverage:
        assert item.table is not None
        assert item.judge is not None
        subjects = self.subjects(item.of)
        rows = self._rows(item.table, item.columns)
        present = rows.select(item.key).unique().collect(engine="streaming")
        judged = item.judge(rows, self.games.lazy().select(GAME_COLUMNS)).collect(engine="streaming")
        found = [
            Gap(item.name, self.season, str(row[item.key]), _moment(row), reason, self._place(row), detail)
            for row, reason, detail in lacking(item, subjects, present, judged)
        ]
        return Coverage(item, self.season, subjects.height, self._explained(item, found) if found else [])

    # -- explanations ---------------------------------------------------------------------------------------------

    def _explained(self, item: Expectation, gaps: list[Gap]) -> list[Gap]:
        if is_stale(self.lake, item.endpoint, self.season, self._overrides):
            return [replace(gap, optional=item.optional, unbuilt=True) for gap in gaps]
        aside, index = self._put_aside(item), self.index(item.endpoint)
        explained = []
        for gap in gaps:
            answers = tuple(answer for answer in index.answers(gap.locator) if answer.fetched_at >= gap.over_at)
            rule = aside.get(gap.subject)
            explained.append(replace(gap, optional=item.optional, answers=answers, put_aside=rule))
        return explained

    def _put_aside(self, item: Expectation) -> dict[str, str]:
        """Rule that the rows of a subject broke, by subject, of those in quarantine."""
        if self.lake.iceberg(QUARANTINE.qualified) is None or item.table is None:
            return {}
        tables = [item.table.qualified, *(route.bronze for route in registry().routes(item.endpoint))]
        wire = item.key.replace("_i", "I")
        name = pl.col("record").str.extract(rf'"(?:{item.key}|{wire})":\s*"?(\d+)')
        rows = self.lake.scan(QUARANTINE.qualified).filter(
            pl.col("table_name").is_in(tables), pl.col("partition").str.starts_with(f"season={self.season}")
        )
        return dict(rows.select(name, "rule").drop_nulls().unique().sort("rule").collect().iter_rows())

    def index(self, endpoint: Endpoint) -> RouteIndex:
        """Every request, along every route to whole rows of a dataset, with its answers."""
        if endpoint.name not in self._reaches:
            routes = [route for route in registry().routes(endpoint) if not route.partial]
            self._reaches[endpoint.name] = RouteIndex(
                candidate for route in routes for candidate in self._askings(route)
            )
        return self._reaches[endpoint.name]

    def _askings(self, endpoint: Endpoint) -> Iterator[Candidate]:
        history = self.lake.raw.history(endpoint.name, self.season)
        whole = self._whole(endpoint, [answer for answers in history.values() for answer in answers])
        for request in todo(self.lake, endpoint, self.season, self.now).expected:
            answers = history.get((request.season, request.key), [])
            yield Candidate(endpoint, request, tuple(answer for answer in reversed(answers) if answer.path in whole))

    def _whole(self, endpoint: Endpoint, answers: list[RawObject]) -> set[str]:
        """Paths of the answers that were not cut at the row cap: only these can show that something is not there."""
        paths = [answer.path for answer in answers]
        if endpoint.row_cap is None:
            return set(paths)
        return {path for path, found in self.lake.raw.envelopes(paths).items() if not is_cut(endpoint, found.records)}

    # -- requests -------------------------------------------------------------------------------------------------

    def _requests(self, item: Expectation) -> Coverage:
        endpoint, found = item.endpoint, todo(self.lake, item.endpoint, self.season, self.now)
        begun = [(r, window_of(r)) for r in found.expected]
        expected = [(r, window) for r, window in begun if window is None or window.start <= self.now]
        history = self.lake.raw.history(endpoint.name, self.season)
        newest = {key: answers[0] for (_, key), answers in history.items()}
        records = self.lake.raw.envelopes([answer.path for answer in newest.values()])
        gaps = []
        for request, _ in expected:
            answer = newest.get(request.key)
            if answer is not None and records[answer.path].records:
                continue
            gaps.append(self._request_gap(item, request.key, answer))
        return Coverage(item, self.season, len(expected), gaps)

    def _request_gap(self, item: Expectation, key: str, answer: RawObject | None) -> Gap:
        tier = item.endpoint.min_tier
        excuse = f"never answered; it needs subscription tier {tier}" if answer is None and tier else None
        return Gap(
            item.name,
            self.season,
            key,
            EPOCH,
            "missing",
            Locator((("request", key),)),
            detail="an empty answer" if answer else "no answer",
            answers=(answer,) if answer else (),
            optional=True,
            excuse=excuse,
        )


def _moment(row: dict[str, object]) -> datetime:
    moment = row["over_at"]
    assert isinstance(moment, datetime)
    return moment


def kept_seasons(lake: Lake) -> list[int]:
    """Seasons that the raw store holds games of, answered or empty, newest first."""
    return sorted({season for season, _ in lake.raw.history(GAMES.name) if season is not None}, reverse=True)
