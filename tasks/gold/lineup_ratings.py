"""gold.lineup_ratings: results of line-ups, pairs and triples of players, as they are and shrunk to the team."""

from __future__ import annotations

from itertools import combinations

import polars as pl

from quality.contracts.floor import COUNTS, FIVE, STINT_COUNTS
from quality.contracts.gold_lineups import ADDED, FEW_LINEUP_POSSESSIONS, SIZES
from tasks.gold.player_on_off import games_with_floors

TEAM = ["season", "team_id"]
SUMS = ("stint_seconds", *STINT_COUNTS)


def lineup_ratings(
    stints: pl.LazyFrame, floors: pl.LazyFrame, game_pbp: pl.LazyFrame, games: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per team and combination of players. Usable games are those of `gold.player_on_off`."""
    usable = games_with_floors(floors, game_pbp, games).filter("is_usable")
    known = stints.filter(pl.col("athlete_ids").list.len() == FIVE)
    fives = known.join(usable, on=["game_id", "team_id"], how="semi").group_by(
        *TEAM, "game_id", "athlete_ids"
    ).agg(pl.col("team").first(), pl.col("athlete_names").last(), pl.col(SUMS).sum()).collect()  # fmt: skip
    rows = pl.concat([_combined(fives, size) for size in SIZES])
    whole = fives.group_by(TEAM).agg(pl.col("team").min(), pl.col(SUMS).sum().name.prefix("all_"))
    return _rated(rows.join(whole, on=TEAM)).lazy()


def _combined(fives: pl.DataFrame, size: int) -> pl.DataFrame:
    """Sums of every combination of so many players of a line-up."""
    parts = [fives.select(
        *TEAM, "game_id", *SUMS,
        lineup_id=_chosen("athlete_ids", places).cast(pl.List(pl.String)).list.join("-"),
        lineup_names=_chosen("athlete_names", places).list.join(", "),
    ) for places in combinations(range(FIVE), size)]  # fmt: skip
    return pl.concat(parts).group_by(*TEAM, "lineup_id").agg(
        pl.col("lineup_names").first(),
        pl.col(SUMS).sum(),
        lineup_size=pl.lit(size, pl.Int64),
        lineup_games=pl.col("game_id").n_unique().cast(pl.Int64),
    )  # fmt: skip


def _chosen(people: str, places: tuple[int, ...]) -> pl.Expr:
    return pl.col(people).list.gather(list(places))


def _rated(rows: pl.DataFrame) -> pl.DataFrame:
    added = pl.col("lineup_size").replace_strict(ADDED, return_dtype=pl.Float64)
    own = {f"lineup_{name}": pl.col(f"stint_{name}") for name in COUNTS}
    rest = {f"without_{name}": pl.col(f"all_stint_{name}") - pl.col(f"stint_{name}") for name in COUNTS}
    rows = rows.with_columns(
        lineup_minutes=pl.col("stint_seconds") / 60,
        lineup_time_pct=_over(pl.col("stint_seconds"), pl.col("all_stint_seconds")).fill_null(0.0),
        **own,
        **rest,
    )
    for side, points in (("offence", "points"), ("defence", "opponent_points")):
        team = _over(pl.col(f"all_stint_{points}"), pl.col(f"all_stint_{side}_possessions")).fill_null(1.0)
        possessions = pl.col(f"lineup_{side}_possessions")
        shrunk = 100 * (pl.col(f"lineup_{points}") + added * team) / (possessions + added)
        rates = {f"{who}_{side}_per100": 100 * _over(pl.col(f"{who}_{points}"), pl.col(f"{who}_{side}_possessions"))
                 for who in ("lineup", "without")}  # fmt: skip
        rows = rows.with_columns(shrunk.alias(f"shrunk_{side}_per100"), **rates)
    nets = {f"{who}_net_per100": pl.col(f"{who}_offence_per100") - pl.col(f"{who}_defence_per100")
            for who in ("lineup", "shrunk", "without")}  # fmt: skip
    few = pl.min_horizontal("lineup_offence_possessions", "lineup_defence_possessions") < FEW_LINEUP_POSSESSIONS
    return rows.with_columns(flag=pl.when(few).then(pl.lit("few_possessions")).otherwise(pl.lit("ok")), **nets)


def _over(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """A quotient that is null where the divisor is 0."""
    return part / pl.when(whole > 0).then(whole)
