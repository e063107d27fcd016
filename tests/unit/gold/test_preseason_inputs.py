"""Silver as what was known before the first game: who returns, comes or is recruited, and never a later answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import cbbd_etl as cbb
from quality.contracts.gold_ratings import GAME_PREDICTIONS, PRESEASON, TEAM_RATINGS_DAILY
from quality.contracts.recruiting import FCT_RECRUITING_TEAMS
from quality.contracts.rosters import FCT_ROSTERS, FCT_ROSTERS_AT_OPENING
from quality.dataset import Table
from quality.point_in_time import known_before
from sandbox import Sandbox
from sandbox.atlas.people import roster
from tasks.gold.game_predictions import game_predictions
from tasks.gold.model.preseason import KEY
from tasks.gold.preseason import preseason_of
from tasks.gold.team_ratings_daily import team_ratings_daily
from tasks.lake.lake import Lake
from tests.support.engine import ingest, open_lake, sandbox_settings
from tests.unit.gold.league import summers

OCTOBER, DECEMBER = datetime(2013, 10, 20, tzinfo=UTC), datetime(2013, 12, 1, tzinfo=UTC)
GAMES = pl.DataFrame({"season": [2013, 2014], "game_date": [date(2012, 11, 9), date(2013, 11, 8)]})


def rows_of(number: int, *rows: tuple[Any, ...]) -> pl.LazyFrame:
    """Rows of one of the inputs."""
    return pl.LazyFrame(list(rows), schema=PRESEASON[number].schema, orient="row")


def known(
    rosters: pl.LazyFrame | None = None,
    players: pl.LazyFrame | None = None,
    classes: pl.LazyFrame | None = None,
    early: pl.LazyFrame | None = None,
) -> dict[tuple[int, int], dict[str, Any]]:
    given = [early, rosters, players, classes]
    frames = tuple(rows_of(n) if frame is None else frame for n, frame in enumerate(given))
    return {(row["season"], row["team_id"]): row for row in preseason_of(GAMES, frames, 2014).to_dicts()}


def played(season: int, team: int, athlete: str, minutes: int | None, score: float | None = None) -> tuple[Any, ...]:
    return season, date(season, 1, 5), team, athlete, minutes, score


BOXES = rows_of(
    2,
    played(2013, 1, "a", 30),
    played(2013, 1, "a", 10),
    played(2013, 1, "b", 60),
    played(2013, 1, "c", None),
    played(2013, 2, "d", 50),
)


def test_minutes_that_come_back_and_minutes_that_come_from_elsewhere():
    """Trap: a roster of last season, or this season's minutes."""
    now = rows_of(
        1, (2014, 1, "a", OCTOBER), (2014, 1, "d", OCTOBER), (2014, 1, "new", OCTOBER), (2014, 2, "x", OCTOBER)
    )
    found = known(now, BOXES)
    assert found[2014, 1] == {
        "season": 2014,
        "team_id": 1,
        "returning_minutes_pct": 0.4,
        "returning_production_pct": None,
        "transfer_minutes": 50.0,
        "transfer_production": None,
        "recruiting_class_rating": None,
    }
    assert (found[2014, 2]["returning_minutes_pct"], found[2014, 2]["transfer_minutes"]) == (0.0, 0.0)


def test_production_counts_what_is_above_the_reserves():
    """Traps: minutes of a reserve that count as much as those of the best; a negative production."""
    starters = [played(2013, 1, f"s{n}", 100, 60.0) for n in range(8)]
    reserves = [played(2013, 1, "r1", 10, 1.0), played(2013, 1, "r2", 10, 1.0)]  # 0.1 a minute
    away = [played(2013, 2, "star", 100, 110.0), played(2013, 2, "weak", 50, 2.0)]
    boxes = rows_of(2, *starters, *reserves, *away)
    now = rows_of(1, *((2014, 1, name, OCTOBER) for name in ("s0", "s1", "r1", "star", "weak", "new")))
    row = known(now, boxes)[2014, 1]
    assert row["returning_production_pct"] == pytest.approx(2 * 50 / (8 * 50))
    assert row["transfer_production"] == pytest.approx(100.0)
    assert row["returning_minutes_pct"] == pytest.approx(210 / 820)


def test_the_sandboxs_returning_minutes_are_the_truth(tmp_path: Path):
    """Traps: an athlete who stays but has moved, one who left, walk-ons; minutes of a game that counts twice."""
    settings = sandbox_settings(tmp_path, datetime(2024, 10, 28, tzinfo=UTC))
    for name, season in (("games", 2024), ("game_players", 2024), ("rosters", 2025)):
        ingest(settings, name, season=season)
    lake = open_lake(settings)
    atlas = Sandbox().world.atlas
    boxes = lake.scan("silver.fct_game_players").collect()
    minutes: dict[tuple[int, str], int] = defaultdict(int)
    for team, athlete, played_ in boxes.select("team_id", "athlete_source_id", "minutes").iter_rows():
        minutes[team, athlete] += played_ or 0
    games = pl.DataFrame({"season": [2024, 2025], "game_date": [date(2023, 11, 6), date(2024, 11, 4)]})
    frames = [
        lake.scan(item.table.qualified).select(list(item.schema))
        if lake.iceberg(item.table.qualified) is not None
        else pl.LazyFrame(schema=item.schema)
        for item in PRESEASON
    ]
    found = preseason_of(games, tuple(frames), 2025).filter(season=2025)
    assert found.height > 20
    assert cbb.preseason(2024, lake=lake).is_empty(), "its rosters were not fetched before it began"
    assert found["transfer_production"].null_count() == 0
    for team in found["team_id"]:
        own = {athlete: total for (other, athlete), total in minutes.items() if other == team}
        stays = {person.source_id for person in roster(atlas, team, 2025)}
        back = sum(total for athlete, total in own.items() if athlete in stays)
        assert found.filter(team_id=team)["returning_minutes_pct"][0] == pytest.approx(back / sum(own.values()))


def test_without_boxes_of_last_season_nobody_is_said_to_have_left():
    """Trap: 0 % returning where the lake does not have the season before."""
    assert known(rows_of(1, (2014, 1, "a", OCTOBER)), None, None) == {}


def test_a_team_without_a_roster_is_unknown():
    assert (2014, 2) not in known(rows_of(1, (2014, 1, "a", OCTOBER)), BOXES)


def test_a_class_plays_in_the_season_after_the_year_in_which_it_signs():
    """Trap: `year` read as the season."""
    found = known(classes=rows_of(3, (2013, 1, 22.5, OCTOBER), (2014, 1, 99.0, OCTOBER)))
    assert {key: row["recruiting_class_rating"] for key, row in found.items()} == {(2014, 1): 22.5}


def test_what_was_fetched_after_the_first_game_is_not_known():
    late = rows_of(1, (2014, 1, "a", DECEMBER))
    assert known(late, BOXES, rows_of(3, (2013, 1, 22.5, DECEMBER))) == {}


def test_research_may_use_what_was_fetched_later_and_says_so(tmp_path: Path):
    """A season that was backfilled has no preseason data in any point-in-time table; on request it has, with a flag."""
    settings = sandbox_settings(tmp_path, datetime(2024, 12, 28, tzinfo=UTC))
    for name, season in (("games", 2024), ("game_players", 2024), ("games", 2025), ("rosters", 2025)):
        ingest(settings, name, season=season)
    lake = open_lake(settings)
    assert cbb.preseason(2025, lake=lake).filter(season=2025).is_empty()
    found = cbb.preseason(2025, as_known_now=True, lake=lake).filter(season=2025)
    assert found.height > 20
    assert found["is_as_known_now"].all()
    assert found["returning_minutes_pct"].is_between(0, 1).all()


def test_the_roster_of_the_opening_outlives_the_one_that_is_asked_for_again():
    """Trap: silver keeps the newest answer, so after a week of games nobody was known before them."""
    early = rows_of(0, (2014, 1, "a", OCTOBER))
    late = rows_of(1, (2014, 1, "a", DECEMBER), (2014, 1, "b", DECEMBER))
    assert known(late, BOXES, early=early)[2014, 1]["returning_minutes_pct"] == 0.4


# -- the tables -------------------------------------------------------------------------------------------------------

Build = Callable[..., pl.LazyFrame]
TABLES: tuple[tuple[Table, Build], ...] = (
    (TEAM_RATINGS_DAILY, team_ratings_daily),
    (GAME_PREDICTIONS, game_predictions),
)
DAYS = (date(2014, 11, 11), date(2014, 11, 29))  # mornings after a round
OPENED, FETCHED = datetime(2014, 11, 9, tzinfo=UTC), pl.Datetime("us", "UTC")


@pytest.fixture(scope="module")
def silver() -> dict[str, pl.LazyFrame]:
    """Three seasons as silver has them; the classes of all tell of strength, and were fetched before the last began."""
    league = summers(81, 6.0, count=4, teams=24, rounds=12)
    named = {f"{side}_team": pl.concat_str(pl.lit("Team "), f"{side}_team_id") for side in ("home", "away")}
    games = league.games.with_columns(has_result=True, home_period_points=pl.lit([30, 30]), **named)
    told = league.preseason.drop_nulls("returning_minutes_pct").select(
        "team_id", year=pl.col("season") - 1, rating="returning_minutes_pct", fetched_at=pl.lit(OPENED, FETCHED)
    )
    frames: dict[str, pl.LazyFrame] = {}
    for table, _ in TABLES:
        assert table.derivation is not None
        for item in table.derivation.inputs:
            frames[item.table.qualified] = pl.LazyFrame(schema={c.name: c.dtype for c in item.table.columns})
    return frames | {"silver.fct_games": games.lazy(), FCT_RECRUITING_TEAMS.qualified: told.lazy()}


def built(silver: dict[str, pl.LazyFrame], table: Table, make: Build, day: date | None = None) -> pl.DataFrame:
    assert table.derivation is not None
    frames = []
    for item in table.derivation.inputs:
        rows = silver[item.table.qualified]
        if day is not None and item.table.name != "fct_games":
            rows = known_before(rows, item.table, day)
        elif day is not None:
            late = pl.col("game_date") >= day
            blank = [
                pl.when(late).then(0).otherwise(f"{side}_points").alias(f"{side}_points") for side in ("home", "away")
            ]
            rows = rows.with_columns(*blank, has_result=~late)
        frames.append(rows.select(list(item.schema)).cast(dict(item.schema)))
    rows = make(*frames, season=2015).select(list(table.by_name)).collect()
    return rows.filter(pl.col(table.point_in_time or "") <= (day or date.max)).sort(table.key)


@pytest.mark.parametrize(("table", "make"), TABLES, ids=lambda item: getattr(item, "name", ""))
def test_as_of_a_date_is_what_the_whole_build_says_of_it(silver: dict[str, pl.LazyFrame], table: Table, make: Build):
    whole = built(silver, table, make)
    for day in DAYS:
        assert_frame_equal(
            whole.filter(pl.col(table.point_in_time or "") <= day), built(silver, table, make, day), rel_tol=1e-9
        )


@pytest.mark.parametrize(("table", "make"), TABLES, ids=lambda item: getattr(item, "name", ""))
def test_answers_of_later_days_change_nothing(silver: dict[str, pl.LazyFrame], table: Table, make: Build):
    """And those of earlier days do: a rule that lets nothing through would pass."""
    name = FCT_RECRUITING_TEAMS.qualified
    late = silver[name].with_columns(fetched_at=pl.lit(datetime(2014, 11, 10, 5, tzinfo=UTC), FETCHED))
    nothing = built({**silver, name: silver[name].clear()}, table, make)
    assert_frame_equal(built({**silver, name: late}, table, make), nothing)
    assert not built(silver, table, make).equals(nothing)


# -- the roster of the opening ----------------------------------------------------------------------------------------


def rosters(lake: Lake, table: Table) -> pl.DataFrame:
    return lake.scan(table.qualified).collect()


def test_the_last_answer_before_november_is_kept(tmp_path: Path):
    """Of three: the first is older, the last has written over what bronze and fct_rosters have."""
    for moment in (
        datetime(2024, 10, 1, tzinfo=UTC),
        datetime(2024, 10, 28, tzinfo=UTC),
        datetime(2024, 12, 1, tzinfo=UTC),
    ):
        settings = sandbox_settings(tmp_path, moment)
        ingest(settings, "rosters", refresh=True)
    lake = open_lake(settings)
    opening, newest = rosters(lake, FCT_ROSTERS_AT_OPENING), rosters(lake, FCT_ROSTERS)
    assert {moment.date() for moment in opening["fetched_at"]} == {date(2024, 10, 28)}
    assert {moment.date() for moment in newest["fetched_at"]} == {date(2024, 12, 1)}
    assert opening.select(FCT_ROSTERS.key).height > 300
    assert opening.columns == newest.columns


def test_a_season_that_was_never_asked_for_in_time_has_no_such_roster(tmp_path: Path):
    settings = sandbox_settings(tmp_path, datetime(2024, 12, 1, tzinfo=UTC))
    ingest(settings, "rosters")
    assert open_lake(settings).iceberg(FCT_ROSTERS_AT_OPENING.qualified) is None


def test_the_key_of_a_preseason_row_is_unique():
    twice = rows_of(1, (2014, 1, "a", OCTOBER), (2014, 1, "a", OCTOBER))
    frames = (rows_of(0), twice, BOXES, rows_of(3))
    assert not preseason_of(GAMES, frames, 2014).select(KEY).is_duplicated().any()
