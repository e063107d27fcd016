"""The gold tables of a simulated season: right, of their morning only, and never replaced by something worse."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from flows import gold
from flows.jobs.gold import GoldJob
from quality.contracts.games import FCT_GAMES
from quality.contracts.gold_ratings import GAME_PREDICTIONS, TEAM_RATINGS_DAILY
from quality.dataset import Derivation, Table
from quality.rules import Reads, Rule
from quality.validate import check
from sandbox import SandboxConfig
from sandbox.season.world import World
from tasks.build import build_gold
from tasks.errors import ContractViolation
from tasks.gold.plan import gold_tables, plan_gold, run_step
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.derive import build_derived
from tasks.layers.derived_inputs import stale_derived
from tasks.layers.policy import BuildPolicy
from tasks.runs.summary import RunSummary
from tests.support.engine import SEASON, ingest, open_lake, sandbox_settings

KEY = PartitionKey(SEASON)
TABLES = (TEAM_RATINGS_DAILY, GAME_PREDICTIONS)
JANUARY = date(2025, 1, 15)
AFTER = datetime(2025, 5, 1, tzinfo=UTC)


def lake_of(folder: Path, now: datetime, *, known: Lake | None = None) -> Lake:
    """A lake whose last ingest was at a time; an earlier one goes on."""
    settings = sandbox_settings(folder, now)
    ingest(settings, "games", "game_teams", "team_seasons", refresh=known is not None)
    return open_lake(settings)


def morning(day: date) -> datetime:
    """Nobody plays at this hour."""
    return datetime.combine(day, time(12), UTC)


def made(lake: Lake, table: Table, as_of: date | None = None) -> pl.DataFrame:
    """Rows of a table after it is brought up to date."""
    done = build_gold(lake, table, SEASON, as_of, lambda _: None)
    assert done.failed == []
    return lake.scan(table.qualified).collect().sort(table.key)


@pytest.fixture(scope="module")
def season(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The finished season; tests only read its silver tables, and build gold as they need it."""
    return lake_of(tmp_path_factory.mktemp("season"), AFTER)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A lake that ends on a January morning."""
    return lake_of(tmp_path_factory.mktemp("stopped"), morning(JANUARY))


@pytest.fixture
def changed(season: Lake) -> Iterator[Callable[[date], None]]:
    """A way to give every game on or after a date another result, undone at the end."""
    before = season.scan(FCT_GAMES.qualified).collect()
    yield lambda day: _write(season, before.with_columns(*_other_results(day)))
    _write(season, before)


def _other_results(day: date) -> list[pl.Expr]:
    late = (pl.col("game_date") >= day) & pl.col("has_result")
    return [pl.when(late).then(pl.col(f"{side}_points") + more).otherwise(f"{side}_points").alias(f"{side}_points")
            for side, more in (("home", 31), ("away", 2))]  # fmt: skip


def _write(lake: Lake, rows: pl.DataFrame) -> None:
    with lake.replace(FCT_GAMES, KEY, str(rows.select("game_id", "home_points").hash_rows().sum())) as out:
        out.add(check(rows, FCT_GAMES))


# -- what the tables say ----------------------------------------------------------------------------------------------


def test_true_ratings_are_recovered(season: Lake):
    rated = made(season, TEAM_RATINGS_DAILY).filter(variant="predictive")
    final = rated.filter(pl.col("as_of_date") == pl.col("as_of_date").max())
    world = World(SandboxConfig(now=AFTER)).season(SEASON)
    truth = [{"team_id": team, "truth": rating.offence - rating.defence} for team, rating in world.true_ratings.items()]
    both = final.join(pl.DataFrame(truth), on="team_id")
    assert both.select(pl.corr("net", "truth")).item() > 0.93
    assert final["rank"].sort().to_list() == list(range(1, final.height + 1))


def test_every_member_has_a_row_every_morning(season: Lake):
    """From the first game day to the morning after the last result, days without games included."""
    rated = made(season, TEAM_RATINGS_DAILY).filter(variant="predictive")
    members = season.scan("silver.dim_team_seasons").collect().height
    played = season.scan(FCT_GAMES.qualified).filter("has_result").collect()["game_date"]
    counts = rated.group_by("as_of_date").len().sort("as_of_date")
    assert counts["as_of_date"].to_list() == pl.date_range(
        played.min(), played.max() + pl.duration(days=1), "1d", eager=True
    ).to_list()  # fmt: skip
    assert set(counts["len"]) == {members}


def test_every_game_is_forecast_once_and_most_winners_are_found(season: Lake):
    forecasts = made(season, GAME_PREDICTIONS)
    games = season.scan(FCT_GAMES.qualified).collect()
    assert sorted(forecasts["game_id"]) == sorted(games["game_id"])
    assert (forecasts["as_of_date"] <= forecasts["game_date"]).all()
    known = forecasts.join(games.filter("has_result").select("game_id", "home_points", "away_points"), on="game_id")
    right = (known["home_points"] > known["away_points"]) == (known["home_win_probability"] > 0.5)
    assert right.mean() > 0.65


def test_games_to_come_are_forecast_as_of_today(stopped: Lake):
    forecasts = made(stopped, GAME_PREDICTIONS)
    coming = forecasts.filter(pl.col("game_date") > JANUARY)
    assert coming.height > 100
    assert coming["as_of_date"].n_unique() == 1
    assert coming["as_of_date"][0] <= JANUARY
    assert coming["home_win_probability"].null_count() == 0


# -- point in time ----------------------------------------------------------------------------------------------------


def test_results_on_or_after_a_date_change_nothing_of_that_morning(season: Lake, changed: Callable[[date], None]):
    before = [made(season, table) for table in TABLES]
    changed(JANUARY)
    for table, old in zip(TABLES, before, strict=True):
        new = made(season, table)
        assert not new.equals(old), "the changed results are read"
        known = pl.col("as_of_date") <= JANUARY
        assert_frame_equal(new.filter(known), old.filter(known), check_exact=True)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_as_of_a_date_is_what_a_lake_that_stops_there_says(season: Lake, stopped: Lake, table: Table):
    """Games that were announced later are in the schedule of the one lake only: a bracket is drawn in March."""
    then, now = made(stopped, table), made(season, table, JANUARY)
    if "game_id" in table.by_name:
        now = now.join(then, on="game_id", how="semi")
    assert_frame_equal(now, then, check_exact=True)
    assert then["as_of_date"].max() <= JANUARY


def test_q2_gold_as_of_a_date_is_the_same_after_another_month(tmp_path: Path):
    lake = lake_of(tmp_path, morning(date(2024, 12, 20)))
    then = [made(lake, table, date(2024, 12, 15)) for table in TABLES]
    lake = lake_of(tmp_path, morning(date(2025, 1, 20)), known=lake)
    for table, old in zip(TABLES, then, strict=True):
        assert stale_derived(lake, table, date(2024, 12, 15)) != {}
        assert_frame_equal(made(lake, table, date(2024, 12, 15)), old, check_exact=True)


def test_a_season_that_has_not_begun_is_what_is_expected_of_it(tmp_path: Path):
    lake = lake_of(tmp_path, datetime(2024, 10, 20, tzinfo=UTC))
    rated = made(lake, TEAM_RATINGS_DAILY)
    assert rated["as_of_date"].n_unique() == 1
    assert set(rated["flag"]) == {"no_games"}
    assert made(lake, GAME_PREDICTIONS)["home_win_probability"].null_count() == 0


# -- publishing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "rule"), [("off_centre", "mean_net_is_zero"), ("without_schedule", "team_ratings_daily_has_schedule")]
)
def test_a_broken_rule_keeps_the_version_before(season: Lake, wrong: str, rule: str):
    """What is served never gets worse: a mean that is off, a column that a failed join left null."""
    old = made(season, TEAM_RATINGS_DAILY)
    derivation = TEAM_RATINGS_DAILY.derivation
    assert derivation is not None
    other = dataclasses.replace(
        TEAM_RATINGS_DAILY,
        derivation=Derivation(of=derivation.of, make=f"tests.unit.gold.wrong_ratings:{wrong}", version=99),
    )
    with pytest.raises(ContractViolation, match=rf"{rule} 2025: .* the previous version stays in place"):
        build_derived(season, other, KEY)
    assert_frame_equal(made(season, TEAM_RATINGS_DAILY), old)


def test_what_failed_stops_what_needs_it_and_nothing_else(season: Lake):
    steps = plan_gold(season, gold_tables(["team_ratings_daily"]), [SEASON])
    assert [step.table for step in steps] == [TEAM_RATINGS_DAILY]
    blocked = run_step(season, steps[0], lambda _: None, failed=["silver.fct_games"])
    assert blocked.failed == [("gold.team_ratings_daily", "not built, because silver.fct_games failed before it")]
    assert run_step(season, steps[0], lambda _: None, failed=["gold.game_predictions"]).failed == []


def test_one_failed_table_stops_no_other_and_the_run_fails(stopped: Lake, monkeypatch: pytest.MonkeyPatch):
    never = Rule(
        name="never",
        description="Never.",
        per="rating",
        reads=(Reads(TEAM_RATINGS_DAILY, ("team_id",)),),
        judge=lambda ratings: ratings.with_columns(holds=pl.lit(value=False)),
    )
    monkeypatch.setattr("tasks.layers.rules.GOLD_RULES", (never,))
    monkeypatch.setattr(gold, "build", gold.build.fn)  # the task without Prefect
    settings = sandbox_settings(Path(stopped.location).parent, morning(JANUARY)).model_copy(
        update={"build_process": False}
    )
    run = gold.run_gold(
        GoldJob(settings, stopped, [SEASON], gold_tables(), date(2024, 12, 1), {}, BuildPolicy.of(settings))
    )
    assert run.status == "failed"
    errors = {key.dataset: key.error for key in run.failed}
    assert "never 2025" in errors.pop("gold.team_ratings_daily")
    assert {error.partition(", because ")[0] for error in errors.values()} == {"not built"}, "only what needs it"
    built = {layer.table: layer.published for item in run.datasets for layer in item.layers}
    assert [table for table, published in built.items() if not published] == ["gold.team_ratings_daily"]
    assert {"gold.game_predictions", "gold.game_results_labels"} <= built.keys()
    kept = [RunSummary.model_validate(stopped.read_json(path)) for path in stopped.list_files("ops/runs")]
    assert [item.status for item in kept if item.flow == "gold"] == ["failed"]


def test_the_plan_says_why(season: Lake):
    made(season, TEAM_RATINGS_DAILY)
    steps = {step.name: step for step in plan_gold(season, gold_tables(), [SEASON, SEASON - 1], date(2025, 2, 1))}
    assert steps["team_ratings_daily 2025"].why == "changed: as_of"
    assert steps["team_ratings_daily 2024"].why == "waits for silver.fct_games"
    (step,) = plan_gold(season, [TEAM_RATINGS_DAILY], [SEASON])
    assert (step.keys, step.why) == ((), "up to date")
