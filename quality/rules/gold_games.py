"""Rules about game features, labels and market lines, checked on new rows before they are published."""

from __future__ import annotations

import polars as pl

from quality.contracts.games import FCT_GAMES
from quality.contracts.gold_games import GAME_PREDICTIONS_FEATURES, GAME_RESULTS_LABELS, LABEL_FLAGS
from quality.contracts.gold_lines import MARKET_LINES_ANALYSIS
from quality.contracts.lines import FCT_LINES
from quality.rules.base import HOLDS, Reads, Rule

CLOSE = 1e-6
IMPOSSIBLE = LABEL_FLAGS[2:]


def two_rows_a_game(rows: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """Every scheduled game has one row for the home team and one for the away team; other games have none."""
    found = rows.group_by("game_id").agg(rows=pl.len(), home=pl.col("is_home").sum())
    both = games.select("game_id", scheduled=pl.lit(1)).join(found, on="game_id", how="full", coalesce=True)
    counts = both.with_columns(pl.col("rows", "home", "scheduled").fill_null(0))
    return counts.with_columns(
        ((pl.col("rows") == 2) & (pl.col("home") == 1) & (pl.col("scheduled") == 1)).alias(HOLDS)
    )


def labels_mirror(labels: pl.LazyFrame) -> pl.LazyFrame:
    """In a game with a result, one team won, one lost, and the margins add up to 0; other games have no labels."""
    sums = labels.group_by("game_id").agg(
        margin=pl.col("label_margin").sum(), wins=pl.col("label_won").sum(), known=pl.col("label_won").count()
    )
    said = (pl.col("known") == 2) & (pl.col("wins") == 1)
    return sums.with_columns(((pl.col("margin") == 0) & (said | (pl.col("known") == 0))).alias(HOLDS))


def scores_are_possible(labels: pl.LazyFrame) -> pl.LazyFrame:
    """A final with points has a score that a game can end with."""
    possible = ~pl.col("flag").is_in(IMPOSSIBLE)
    judged = labels.filter("is_home", pl.col("status") == "final", pl.col("flag") != "no_result")
    return judged.select("game_id", "flag", possible.alias(HOLDS))


def features_mirror(features: pl.LazyFrame) -> pl.LazyFrame:
    """Both rows of a game agree: margins and spreads add up to 0, win probabilities to 1."""
    sums = features.group_by("game_id").agg(
        *(pl.col(name).sum() for name in ("predicted_margin", "team_spread_close")),
        chance=pl.col("win_probability").sum() - pl.col("win_probability").count() / 2,
    )
    parts = [pl.col(name).abs() < CLOSE for name in ("predicted_margin", "team_spread_close", "chance")]
    return sums.with_columns(pl.all_horizontal(parts).alias(HOLDS))


def one_consensus_a_game(lines: pl.LazyFrame) -> pl.LazyFrame:
    """A game with lines has one row with their median."""
    counts = lines.group_by("game_id").agg(medians=pl.col("is_consensus").sum(), lines=pl.len())
    return counts.with_columns(((pl.col("medians") == 1) & (pl.col("lines") > 1)).alias(HOLDS))


def lines_reach_features(features: pl.LazyFrame, lines: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """A game with lines has them in the features of both teams."""
    quoted = lines.join(games, on="game_id", how="semi").group_by("game_id").agg(lines=pl.len())
    forecast = features.group_by("game_id").agg(features_with_lines=(pl.col("line_providers") > 0).sum())
    counts = quoted.join(forecast, on="game_id", how="left").with_columns(pl.col("features_with_lines").fill_null(0))
    return counts.with_columns((pl.col("features_with_lines") == 2).alias(HOLDS))


def every_line_is_analysed(analysed: pl.LazyFrame, lines: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """A line of a scheduled game has one row in the analysis."""
    line = ["game_id", "provider"]
    known = lines.join(games, on="game_id", how="semi").select(line)
    rows = analysed.filter(~pl.col("is_consensus")).group_by(line).agg(rows=pl.len())
    counts = known.join(rows, on=line, how="left").with_columns(pl.col("rows").fill_null(0))
    return counts.with_columns((pl.col("rows") == 1).alias(HOLDS))


SCHEDULE = Reads(FCT_GAMES, ("game_id",))

GOLD_GAME_RULES = (
    Rule(
        name="two_features_per_game",
        description="Every game has features for both teams.",
        per="game",
        reads=(Reads(GAME_PREDICTIONS_FEATURES, ("game_id", "is_home")), SCHEDULE),
        judge=two_rows_a_game,
    ),
    Rule(
        name="two_labels_per_game",
        description="Every game has labels for both teams.",
        per="game",
        reads=(Reads(GAME_RESULTS_LABELS, ("game_id", "is_home")), SCHEDULE),
        judge=two_rows_a_game,
    ),
    Rule(
        name="labels_mirror",
        description="In a game with a result, one team won and one lost, and their margins add up to 0.",
        per="game",
        reads=(Reads(GAME_RESULTS_LABELS, ("game_id", "label_margin", "label_won")),),
        judge=labels_mirror,
    ),
    Rule(
        name="labels_have_possible_scores",
        description="A final game has neither equal points nor too many; otherwise it has a flag and no labels.",
        per="final game with points",
        reads=(Reads(GAME_RESULTS_LABELS, ("game_id", "is_home", "status", "flag")),),
        judge=scores_are_possible,
        severity="warn",
    ),
    Rule(
        name="features_mirror",
        description="Expected margins and spreads of the two teams add up to 0, their win probabilities to 1.",
        per="game",
        reads=(
            Reads(GAME_PREDICTIONS_FEATURES, ("game_id", "predicted_margin", "team_spread_close", "win_probability")),
        ),
        judge=features_mirror,
    ),
    Rule(
        name="one_consensus_per_game",
        description="Every game with lines has one row with their median.",
        per="game",
        reads=(Reads(MARKET_LINES_ANALYSIS, ("game_id", "is_consensus")),),
        judge=one_consensus_a_game,
    ),
    Rule(
        name="lines_reach_features",
        description="Every game with lines has them in the features of both teams.",
        per="game",
        reads=(
            Reads(GAME_PREDICTIONS_FEATURES, ("game_id", "line_providers")),
            Reads(FCT_LINES, ("game_id",)),
            SCHEDULE,
        ),
        judge=lines_reach_features,
    ),
    Rule(
        name="every_line_is_analysed",
        description="Every line of a game has one row in gold.market_lines_analysis.",
        per="line",
        reads=(
            Reads(MARKET_LINES_ANALYSIS, ("game_id", "provider", "is_consensus")),
            Reads(FCT_LINES, ("game_id", "provider")),
            SCHEDULE,
        ),
        judge=every_line_is_analysed,
    ),
)
