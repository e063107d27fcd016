"""Compares a season of a lake with the expectations, and finds the responses that explain the gaps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property

import polars as pl

from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.ops import QUARANTINE
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Endpoint, Pattern, Table, registry
from quality.expectations import GAME_COLUMNS, Expectation, Subject, expectations
from tasks.build import is_stale
from tasks.completeness._cheapest import Candidate, RouteIndex
from tasks.completeness._positions import left_out
from tasks.completeness.due import todo
from tasks.completeness.gaps import GAME_LENGTH, OVERDUE, Gap, Locator, game_locator, lacking, team_locator
from tasks.lake.lake import Lake
from tasks.lake.raw import RawObject
from tasks.layers.overrides import Override
from tasks.layers.words import Words
from tasks.requests import Request, is_cut, window_of

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
PLACED = ("game_id", "start_at", "home_team", "away_team", "tournament")


@dataclass(frozen=True)
class Coverage:
    """One expectation in one season: the number of subjects, and the gaps."""

    expectation: Expectation
    season: int | None
    expected: int
    gaps: list[Gap] = field(default_factory=list)

    def count(self, state: str) -> int:
        """Gaps in a state."""
        return sum(gap.state == state for gap in self.gaps)

    @property
    def present(self) -> int:
        """Number of subjects with complete data."""
        return self.expected - len(self.gaps)


class SeasonView:
    """A season of a lake at one point in time. Frames and listings are read once.

    Args:
        season: None for datasets without seasons.
        overrides: of all tables; a partition made with others is out of date.
        words: an operator's words for drift; the same holds for them.
    """

    def __init__(
        self, lake: Lake, season: int | None, now: datetime, overrides: Sequence[Override] = (), words: Words = ()
    ) -> None:
        self.lake = lake
        self.season = season
        self.now = now
        self._overrides, self._words = overrides, words
        self._indexes: dict[str, RouteIndex] = {}

    def coverage(self, wanted: Iterable[Expectation] | None = None) -> Iterator[Coverage]:
        """Coverage of each expectation that applies to the season.

        Args:
            wanted: default: the expectations of all datasets that the lake keeps.
        """
        if wanted is None:
            wanted = [item for item in expectations(registry()) if self._applies(item) and self.keeps(item.endpoint)]
        for item in wanted:
            if self._applies(item):
                yield self._requests(item) if item.of is Subject.REQUEST else self._subjects(item)

    def _applies(self, item: Expectation) -> bool:
        if self.season is None or item.endpoint.pattern is Pattern.ONCE:
            return self.season is None and item.endpoint.pattern is Pattern.ONCE
        return self.season >= item.since

    def keeps(self, endpoint: Endpoint) -> bool:
        """Whether the lake has responses of a dataset (of this season, if it is on request). Always true for games."""
        season = self.season if endpoint.opt_in else None
        routes = registry().routes(endpoint)
        return endpoint is GAMES or any(True for route in routes for _ in self.lake.raw.objects(route.name, season))

    # -- subjects -------------------------------------------------------------------------------------------------

    @cached_property
    def games(self) -> pl.DataFrame:
        """All games of the season, with the time at which each is over."""
        rows = self._rows(FCT_GAMES, tuple(dict.fromkeys((*GAME_COLUMNS, *PLACED)))).collect()
        return rows.with_columns(over_at=pl.col("start_at") + GAME_LENGTH).sort("start_at", "game_id")

    @cached_property
    def schedule(self) -> list[Locator]:
        """Locator of each game of the season."""
        return [self._locator(row) for row in self.games.iter_rows(named=True)]

    def _locator(self, row: dict[str, object]) -> Locator:
        assert self.season is not None
        return game_locator(row, self.season) if "game_id" in row else team_locator(row, self.season)

    def subjects(self, of: Subject) -> pl.DataFrame:
        """Subjects for which data is expected now: those whose games have been over for `OVERDUE`."""
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
            Gap(item.name, self.season, str(row[item.key]), _moment(row), reason, self._locator(row), detail)
            for row, reason, detail in lacking(item, subjects, present, judged)
        ]
        return Coverage(item, self.season, subjects.height, self._explained(item, found) if found else [])

    # -- explanations ---------------------------------------------------------------------------------------------

    def _explained(self, item: Expectation, gaps: list[Gap]) -> list[Gap]:
        if is_stale(self.lake, item.endpoint, self.season, self._overrides, self._words):
            return [replace(gap, optional=item.optional, unbuilt=True) for gap in gaps]
        broken, index, excuses = self._broken_rules(item), self.index(item.endpoint), self._excuses(item, gaps)
        explained = []
        for gap in gaps:
            responses = tuple(found for found in index.responses(gap.locator) if found.fetched_at >= gap.over_at)
            rule = broken.get(gap.subject)
            found = replace(gap, optional=item.optional, responses=responses, broken_rule=rule)
            explained.append(replace(found, excuse=excuses.get(gap.subject)) if responses and rule is None else found)
        return explained

    def _excuses(self, item: Expectation, gaps: list[Gap]) -> dict[str, str]:
        """Reasons that follow from a rule of the source, by subject."""
        partial = [int(gap.subject) for gap in gaps if gap.reason == "partial"]
        if item.table is not FCT_GAME_PLAYERS or not partial:
            return {}
        games = self.games.filter(pl.col("game_id").is_in(partial))
        return {str(game): why for game, why in left_out(games, self._rows).items()}

    def _broken_rules(self, item: Expectation) -> dict[str, str]:
        """Rule that the rows in quarantine broke, by subject."""
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
        """All requests along the routes to complete rows of a dataset, with their responses."""
        if endpoint.name not in self._indexes:
            routes = [route for route in registry().routes(endpoint) if not route.partial]
            self._indexes[endpoint.name] = RouteIndex(
                candidate for route in routes for candidate in self._candidates(route)
            )
        return self._indexes[endpoint.name]

    def _candidates(self, endpoint: Endpoint) -> Iterator[Candidate]:
        history = self.lake.raw.history(endpoint.name, self.season)
        complete = self._complete(endpoint, [item for versions in history.values() for item in versions])
        for request in todo(self.lake, endpoint, self.season, self.now).expected:
            versions = history.get((request.season, request.key), [])
            yield Candidate(endpoint, request, tuple(item for item in reversed(versions) if item.path in complete))

    def _complete(self, endpoint: Endpoint, responses: list[RawObject]) -> set[str]:
        """Paths of the responses that were not truncated at the row cap. Only these can show that data is absent."""
        paths = [item.path for item in responses]
        if endpoint.row_cap is None:
            return set(paths)
        return {path for path, found in self.lake.raw.envelopes(paths).items() if not is_cut(endpoint, found.records)}

    # -- requests -------------------------------------------------------------------------------------------------

    def _requests(self, item: Expectation) -> Coverage:
        endpoint = item.endpoint
        expected = [r for r in todo(self.lake, endpoint, self.season, self.now).expected if self._has_begun(r)]
        newest = {key: raw for (_, key), raw in self.lake.raw.latest(endpoint.name, self.season).items()}
        envelopes = self.lake.raw.envelopes([raw.path for raw in newest.values()])
        gaps = []
        for request in expected:
            response = newest.get(request.key)
            if response is None or not envelopes[response.path].records:
                gaps.append(self._request_gap(item, request.key, response))
        return Coverage(item, self.season, len(expected), gaps)

    def _has_begun(self, request: Request) -> bool:
        window = window_of(request)
        return window is None or window.start <= self.now

    def _request_gap(self, item: Expectation, key: str, response: RawObject | None) -> Gap:
        return Gap(
            item.name,
            self.season,
            key,
            EPOCH,
            "missing",
            Locator((("request", key),)),
            detail="empty response" if response else "no response",
            responses=(response,) if response else (),
            optional=True,
            excuse=_excuse(item.endpoint) if response is None else None,
        )


def _excuse(endpoint: Endpoint) -> str | None:
    """Why there may be no response to any request of an endpoint."""
    if endpoint.min_tier:
        return f"no response; it needs subscription tier {endpoint.min_tier}"
    return "no response; not every server offers it" if endpoint.client_only else None


def _moment(row: dict[str, object]) -> datetime:
    moment = row["over_at"]
    assert isinstance(moment, datetime)
    return moment


def kept_seasons(lake: Lake) -> list[int]:
    """Seasons with a response of games in the raw store, empty or not, newest first."""
    return sorted({season for season, _ in lake.raw.history(GAMES.name) if season is not None}, reverse=True)
