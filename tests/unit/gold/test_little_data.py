"""Gold of a lake that has only a part: what can be computed is published, the rest says what it waits for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from flows import gold
from flows.jobs.gold import GoldJob
from flows.terminal.reporting import summary_lines
from quality.contracts.games import FCT_GAMES, HAS_RESULT
from quality.contracts.gold_games import GAME_PREDICTIONS_FEATURES, GAME_RESULTS_LABELS
from quality.contracts.lines import FCT_LINES
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Table
from quality.validate import check
from sandbox import SandboxConfig
from tasks.gold.plan import gold_tables, plan_gold
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.policy import BuildPolicy
from tasks.runs.summary import RunSummary
from tests.support.engine import SEASON, ingest, open_lake, sandbox_settings

KEY = PartitionKey(SEASON)
AFTER = datetime(2025, 5, 1, tzinfo=UTC)
NEEDS_MORE = {
    "gold.market_lines_analysis 2025": ["silver.fct_lines"],
    "gold.player_season_impact 2025": ["silver.fct_game_players"],
    "gold.lineup_ratings 2025": ["silver.fct_floor_stints", "silver.fct_game_floor", "silver.fct_game_pbp"],
    "gold.player_impact_adjusted 2025": ["silver.fct_game_players"],
    "gold.roster_outlook 2025": ["gold.roster_outlook_players"],
    "gold.roster_outlook_players 2025": ["silver.fct_game_players"],
    "gold.similar_player_seasons 2025": ["gold.player_season_impact"],
    "gold.shot_profile 2025": ["silver.fct_shots", "silver.fct_game_pbp"],
    "gold.player_on_off 2025": ["silver.fct_floor_stints", "silver.fct_game_floor", "silver.fct_game_pbp"],
}
MEMBERS = DIM_TEAM_SEASONS.stand_in


def lake_with(folder: Path, *endpoints: str) -> Lake:
    """A finished season of these endpoints, and nothing else."""
    settings = sandbox_settings(folder, AFTER, SandboxConfig(size="tiny"))
    ingest(settings, *endpoints)
    return open_lake(settings)


def run(lake: Lake, monkeypatch: pytest.MonkeyPatch, *tables: str) -> RunSummary:
    """A run of the flow, without Prefect."""
    monkeypatch.setattr(gold, "build", gold.build.fn)
    settings = sandbox_settings(Path(lake.location).parent, AFTER).model_copy(update={"build_process": False})
    return gold.run_gold(GoldJob(settings, lake, [SEASON], gold_tables(tables), None, {}, BuildPolicy.of(settings)))


def rewritten(lake: Lake, table: Table, **values: pl.Expr) -> None:
    """Other values in a silver table; the test says what the source sent."""
    kinds = {name: table.by_name[name].dtype for name in values}
    rows = lake.scan(table.qualified).collect().with_columns(**values).cast(kinds)
    rows = rows.with_columns(HAS_RESULT.expr.alias("has_result")) if table is FCT_GAMES else rows
    with lake.replace(table, KEY, repr(sorted(map(str, values.values())))) as out:
        out.add(check(rows, table))


def published(summary: RunSummary) -> set[str]:
    return {layer.table for item in summary.datasets for layer in item.layers if layer.published}


def about(found: Mapping[str, Any] | list[str], *words: str) -> list[str]:
    return [text for text in found if all(word in text for word in words)]


def test_a_lake_with_games_only_has_every_table_that_games_give(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Trap: three of eleven tables were built, and the others waited without being named."""
    lake = lake_with(tmp_path, "games")
    summary = run(lake, monkeypatch)
    assert (summary.status, summary.failed) == ("completed", [])
    waiting = {name.partition(" ")[0] for name in NEEDS_MORE}
    assert published(summary) == {table.qualified for table in gold_tables()} - waiting
    assert summary.waiting == NEEDS_MORE
    assert summary.to_fetch == ["game_players", "lines", "plays"]
    lines = summary_lines(summary)
    assert about(lines, "waits:", "gold.market_lines_analysis 2025 for silver.fct_lines")
    assert about(lines, "to fetch for them:", "ingest --endpoints game_players,lines,plays")
    (members,) = about(summary.warnings, "silver.dim_team_seasons has no rows of the season")
    assert "gold.team_resume" in members
    assert about(summary.warnings, "gold.team_season_summary", "offence_turnover_pct")
    kept = RunSummary.model_validate(lake.read_json(f"ops/runs/{summary.run_id}.json"))
    assert (kept.waiting, kept.to_fetch, kept.warnings) == (NEEDS_MORE, summary.to_fetch, summary.warnings)
    again = plan_gold(lake, gold_tables(), [SEASON])
    assert {step.why for step in again if step.table.qualified in published(summary)} == {"up to date"}
    assert {f"gold.{step.name}": step.why for step in again if step.why.startswith("waits")} == {
        name: f"waits for {', '.join(inputs)}" for name, inputs in NEEDS_MORE.items()
    }


def test_members_from_the_schedule_are_those_that_the_source_lists(tmp_path: Path):
    """In the sandbox as at the source, teams outside Division I have no conference and few games."""
    lake = lake_with(tmp_path, "games", "team_seasons")
    assert MEMBERS is not None
    named = ["season", "team_id", "school", "conference_id", "conference"]
    listed = lake.scan(DIM_TEAM_SEASONS.qualified).select(named).sort("team_id").collect()
    games = lake.scan(FCT_GAMES.qualified)
    assert MEMBERS.make(games).sort("team_id").collect().equals(listed)
    nameless = games.with_columns(pl.lit(None, FCT_GAMES.by_name[name].dtype).alias(name)
                                  for name in MEMBERS.columns if "conference" in name)  # fmt: skip
    found = MEMBERS.make(nameless).sort("team_id").collect()
    assert found["team_id"].equals(listed["team_id"]), "the number of games says it without conferences too"
    assert found["conference_id"].null_count() == listed.height


@pytest.fixture(scope="module")
def quoted(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Games and lines of a finished season."""
    return lake_with(tmp_path_factory.mktemp("quoted"), "games", "lines")


def test_a_quantity_that_was_never_sent_is_null_with_a_warning(quoted: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: without totals and Elo ratings, lines and features of a whole season were refused."""
    absent = {name: pl.lit(None) for name in FCT_GAMES.by_name if "_elo_" in name}
    rewritten(quoted, FCT_GAMES, **absent)
    rewritten(quoted, FCT_LINES, over_under=pl.lit(None), over_under_open=pl.lit(None))
    summary = run(quoted, monkeypatch)
    assert (summary.status, summary.failed) == ("completed", [])
    assert {"gold.game_predictions_features", "gold.market_lines_analysis"} <= published(summary)
    assert about(summary.warnings, "gold.market_lines_analysis", "1 columns", ": total_close")
    (features,) = (layer for item in summary.datasets for layer in item.layers
                   if layer.table == GAME_PREDICTIONS_FEATURES.qualified)  # fmt: skip
    assert about(features.warnings, "null in every row")
    rows = quoted.scan(GAME_PREDICTIONS_FEATURES.qualified).collect()
    assert rows["elo_before"].null_count() == rows["total_close"].null_count() == rows.height
    assert rows["team_spread_close"].null_count() < rows.height


def test_a_quantity_that_some_rows_lack_is_refused(quoted: Lake, monkeypatch: pytest.MonkeyPatch):
    """A value that half of the games have lost is a fault; the version before stays."""
    some = pl.when(pl.col("game_id") % 2 == 0)
    rewritten(quoted, FCT_LINES, over_under=some.then(140.5))
    summary = run(quoted, monkeypatch)
    errors = {key.dataset: key.error for key in summary.failed}
    assert "market_lines_analysis_has_totals 2025" in errors["gold.market_lines_analysis"]
    assert "game_predictions_features_has_totals 2025" in errors["gold.game_predictions_features"]


def test_an_impossible_score_costs_its_game_and_not_the_season(quoted: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: one final of 32-32 kept the labels of all other games from being published."""
    played = quoted.scan(FCT_GAMES.qualified).filter("has_result").collect()["game_id"].sort()
    tie, rout = played[10], played[20]
    score = {
        name: pl.when(pl.col("game_id") == tie).then(32).when(pl.col("game_id") == rout).then(huge).otherwise(name)
        for name, huge in (("home_points", 999), ("away_points", 3))
    }
    rewritten(quoted, FCT_GAMES, **score)
    summary = run(quoted, monkeypatch, GAME_RESULTS_LABELS.name)
    assert (summary.status, summary.failed) == ("completed", [])
    rows = quoted.scan(GAME_RESULTS_LABELS.qualified).collect()
    odd = rows.filter(~pl.col("flag").is_in(["ok", "no_result"]))
    assert set(odd.select("game_id", "flag").rows()) == {(tie, "tie"), (rout, "points_out_of_range")}
    assert odd.select(pl.col("^label_.*$").null_count()).row(0) == (4,) * 5
    assert rows.filter(flag="ok")["label_won"].null_count() == 0
    assert rows.filter(flag="ok")["game_id"].n_unique() == played.len() - 2
    (warning,) = about(summary.warnings, "labels_have_possible_scores 2025: 2 of")
    assert f"game_id {min(tie, rout)}" in warning
