"""No gold table that claims to be point-in-time tells what was not known: held for every such table by its contract."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache, partial
from importlib import import_module
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quality.clocks import TIP_OFF
from quality.contracts.games import FCT_GAMES
from quality.dataset import Table, registry
from quality.point_in_time import known_before
from tasks.gold.impact.units import Day
from tests.unit.gold.frames import Frames, broken, built

pytestmark = pytest.mark.xdist_group("gold-frames")
DAYS = (date(2024, 11, 20), date(2025, 1, 15))
# Rows of the newest morning alone, after the season: test_roster_outlook.py stops the summer on other mornings.
NEWEST = {"roster_outlook_players", "roster_outlook"}
CLAIMING = [table for table in registry().derived("gold") if table.point_in_time and table.name not in NEWEST]

# What no result changes: who plays when and where, the lines of the eve, who is a team.
NOT_OF_RESULTS = {
    *("season", "game_id", "game_date", "start_at", "start_time_tbd", "team_id", "id", "team", "conference", "is_home"),
    *("home_team_id", "home_team", "away_team_id", "away_team", "neutral_site", "conference_game", "is_division_i"),
    "variant",
    *("line_providers", "is_line_fetched_early", "team_spread_open", "team_spread_close", "total_open", "total_close"),
    *("market_win_probability", "home_is_known", "away_is_known", "as_of_date", "rating_systems", "flag"),
    *("api_adjusted_date", "api_srs_date", "api_elo_date", "ap_date", "coaches_date"),
    *("conference_id", "simulations", "is_field_drawn"),
    *("athlete_id", "athlete", "impact_possessions"),  # the season has no plays: test_player_impact.py changes stints
    *("round_of_64", "round_of_32", "sweet_sixteen"),  # the field of the mini season is smaller
}
# Weekly mornings, and the newest one, which a later build has no more: it is compared with nothing.
WEEKLY = {"season_forecast", "bracket_forecast"}


def stopped(silver: Frames, day: date) -> Frames:
    tables = registry().tables
    return {name: known_before(rows, tables[name], day) for name, rows in silver.items()}


def with_other_results(silver: Frames, day: date) -> Frames:
    """Every number that became known on the day or later is another one: winners lose, half of the games are off."""
    changed = _learned_later(silver, day, _another)
    never = (pl.col("game_date") >= day) & (pl.col("game_id") % 2 == 0)
    blank = [pl.when(never).then(pl.lit(value, dtype=FCT_GAMES.by_name[name].dtype)).otherwise(name).alias(name)
             for name, value in FCT_GAMES.outcome]  # fmt: skip
    return changed | {FCT_GAMES.qualified: changed[FCT_GAMES.qualified].with_columns(blank)}


def _another(column: str) -> pl.Expr:
    return 150 - pl.col(column) if column.endswith(("_points", "rating", "ranking", "elo")) else pl.col(column) * 2 + 3


def with_shuffled_future(silver: Frames, day: date) -> Frames:
    """The numbers that became known on the day or later are those of other rows of these days."""
    return _learned_later(silver, day, lambda column: pl.col(column).shuffle(seed=7))


def _learned_later(silver: Frames, day: date, change: Callable[[str], pl.Expr]) -> Frames:
    changed = dict(silver)
    for name, frame in silver.items():
        table = registry().tables[name]
        if (late := _is_late(table, day)) is not None:
            new = [change(column).alias(column) for column in _numbers(table)]
            changed[name] = pl.concat([frame.filter(~late), frame.filter(late).with_columns(new)])
    return changed


def _is_late(table: Table, day: date) -> pl.Expr | None:
    """Rows of the day or later: by the date of their game, of their capture, of the poll. None: not dated so."""
    ahead = table.source is not None and table.source.ahead and not table.outcome
    if "game_date" in table.by_name and not ahead:
        return pl.col("game_date") >= day
    if "as_of" in table.by_name:
        return pl.col("as_of") >= day
    return pl.col("poll_date").dt.date() >= day if "poll_date" in table.by_name else None


def _numbers(table: Table) -> list[str]:
    """What a game left in a row: of a schedule its outcome, of anything else every number that is no key."""
    names = [name for name, _ in table.outcome] or [name for name in table.by_name if name not in table.key]
    keys = ("_id", "season", "week", "period")
    return [name for name in names if table.by_name[name].dtype.is_numeric() and not name.endswith(keys)]


def until(rows: pl.DataFrame, table: Table, day: date) -> pl.DataFrame:
    """Rows of mornings until a day, with the columns that are known before the game."""
    return rows.filter(pl.col(table.point_in_time or "") <= day).select(
        column.name for column in table.known_at(TIP_OFF)
    )


def test_the_tables_of_forecasts_and_ratings_claim_to_be_point_in_time():
    """Trap: a claim that is forgotten is a table that nobody tests."""
    assert {"team_ratings_daily", "game_predictions", "game_predictions_features"} <= {t.name for t in CLAIMING}


CHANGES: dict[str, Callable[[Frames, date], Frames]] = {
    "other results": with_other_results,
    "shuffled future": with_shuffled_future,
    "lake that stops": stopped,
}


@pytest.fixture(scope="module")
def future(silver: Frames) -> Callable[[str, date], dict[str, pl.DataFrame]]:
    """The claiming tables after a change on a day; each is made once."""
    return cache(lambda change, day: built(CHANGES[change](silver, day), *CLAIMING))


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("change", CHANGES)
def test_the_future_changes_nothing_before_it(future: Any, whole: dict[str, pl.DataFrame], change: str, day: date):
    """Traps: season-final ratings joined to every game; a game's own result among its features."""
    other = future(change, day)
    for table in CLAIMING:
        before, after = (until(frames[table.qualified], table, day) for frames in (whole, other))
        if table.name in WEEKLY:
            newest = min(frames[table.qualified][table.point_in_time].max() for frames in (whole, other))
            before, after = (rows.filter(pl.col(table.point_in_time or "") < newest) for rows in (before, after))
        assert before.height > 0, table.name
        assert_frame_equal(before, after, rel_tol=1e-9, abs_tol=1e-9)


def test_the_changes_are_seen_afterwards_in_every_column(future: Any, whole: dict[str, pl.DataFrame]):
    """Trap: a test that changes nothing, or nothing that a column is made of, passes whatever leaks into it."""
    other = future("other results", DAYS[0])
    for table in CLAIMING:
        rows = whole[table.qualified].filter(pl.col(table.point_in_time or "") > DAYS[0])
        both = rows.join(other[table.qualified], on=table.key, suffix="_other")
        of_results = [name for name in rows.columns if table.clock_of(name) != TIP_OFF]
        same = {name for name in of_results if name in table.key or both[name].equals(both[f"{name}_other"])}
        assert {name.removeprefix("opponent_") for name in same} <= NOT_OF_RESULTS, table.name


def test_the_season_breaks_no_contract_no_rule_and_no_null_limit(silver: Frames, whole: dict[str, pl.DataFrame]):
    """Judged as before a publication: what the other tests compare is what would be served."""
    assert broken(silver, whole) == []


def _counting_the_day(latest: Callable[..., pl.LazyFrame], *args: Any, **options: Any) -> pl.LazyFrame:
    return latest(*args, **(options | {"same_day": True}))


def _of_tomorrow(
    daily: Callable[..., pl.DataFrame], games: pl.DataFrame, season: int, days: list[date], **known: Any
) -> pl.DataFrame:
    rated = daily(games, season, [day + timedelta(days=1) for day in days], **known)
    return rated.with_columns(pl.col("as_of_date") - timedelta(days=1))


def _a_week_late(visits: Callable[..., Any], walk: Any, season: int, days: list[int]) -> Iterator[tuple[int, Any]]:
    for day, there in visits(walk, season, [day + 7 for day in days]):
        yield day - 7, there


def _knowing_the_end(forecast: Callable[..., pl.DataFrame], games: pl.DataFrame, **known: Any) -> pl.DataFrame:
    margin = (games["home_points"] - games["away_points"]).cast(pl.Float64)
    return forecast(games, **known).with_columns(margin.fill_null(0.0).alias("predicted_home_margin"))


def _of_the_week(poll: Callable[..., pl.LazyFrame], rows: pl.LazyFrame, polls: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """Polls as if each had been out a week before."""
    return poll(rows, polls.with_columns(pl.col("poll_date") - timedelta(days=7)), name)


def _a_day_early(days_of: Callable[..., list[Day]], *frames: Any) -> list[Day]:
    """Box scores and stints as if each game had been played on the day before."""
    return [replace(day, date=day.date - timedelta(days=1)) for day in days_of(*frames)]


LEAKS: dict[str, tuple[str, Callable[..., Any]]] = {
    "game_predictions_features": ("_latest", _counting_the_day),
    "team_ratings_daily": ("daily", _of_tomorrow),
    "game_predictions": ("walk_forward", _knowing_the_end),
    "team_power_rankings": ("with_poll", _of_the_week),
    "season_forecast": ("visits", _a_week_late),
    "bracket_forecast": ("visits", _a_week_late),
    "player_impact_adjusted": ("days_of", _a_day_early),
}


def test_every_table_of_forecasts_has_a_planted_leak():
    """Tables about the outcome are left out: test_clocks.py moves their columns to an earlier clock instead."""
    assert {table.name for table in CLAIMING} - LEAKS.keys() == {"game_results_labels", "market_lines_analysis"}


@pytest.mark.parametrize("name", LEAKS)
def test_a_planted_leak_is_seen(silver: Frames, monkeypatch: pytest.MonkeyPatch, name: str):
    """Trap: of two tables one counted the games of its date, and every test of leaks passed."""
    table, (function, leak) = registry().tables[f"gold.{name}"], LEAKS[name]
    module = import_module(f"tasks.gold.{name}")
    monkeypatch.setattr(module, function, partial(leak, getattr(module, function)))
    before, after = (built(frames, table)[table.qualified] for frames in (silver, with_other_results(silver, DAYS[1])))
    assert not until(before, table, DAYS[1]).equals(until(after, table, DAYS[1]))
