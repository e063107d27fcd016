"""gold.player_on_off: results of a team with a player on the floor and off it, from the stints of both line-ups."""

from __future__ import annotations

import polars as pl

from quality.contracts.floor import COUNTS, STINT_COUNTS
from quality.contracts.gold_players import FEW_POSSESSIONS

GAME = ["game_id", "team_id"]


def player_on_off(
    stints: pl.LazyFrame, floors: pl.LazyFrame, game_pbp: pl.LazyFrame, games: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per team and athlete. Possessions off the floor count only in games with the athlete on the floor.

    A team's usable games have a result, plays that pass every check, and known line-ups. Other games are left out and
    counted, and so are single stints whose line-up of the team is not known.
    """
    played = games_with_floors(floors, game_pbp, games)
    known = stints.filter(pl.col("athlete_ids").list.len() > 0).join(
        played.filter("is_usable"), on=GAME, how="semi"
    )  # fmt: skip
    whole = known.group_by(GAME).agg(*(pl.col(f"stint_{name}").sum().alias(f"game_{name}") for name in COUNTS))
    on = known.explode("athlete_ids", "athlete_names").group_by(*GAME, athlete_id="athlete_ids").agg(
        pl.col("season", "team").first(),
        pl.col("athlete_names").last().alias("athlete"),
        pl.col("stint_seconds", *STINT_COUNTS).sum(),
    )  # fmt: skip
    rows = _season(on.join(whole, on=GAME)).join(_left_out(played), on="team_id", how="left")
    return _rated(rows).with_columns(pl.col(pl.UInt32).cast(pl.Int64))


def games_with_floors(floors: pl.LazyFrame, game_pbp: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """Two rows per game with a result: game_id, team_id, is_usable (plays pass every check, line-ups are known)."""
    sides = [games.filter("has_result").select("game_id", team_id=f"{side}_team_id") for side in ("home", "away")]
    known = pl.col("is_pbp_usable") & (pl.col("floor_flag") == "ok")
    played = pl.concat(sides).join(game_pbp.select("game_id", "is_pbp_usable"), on="game_id", how="left")
    played = played.join(floors.select("game_id", "floor_flag"), on="game_id", how="left")
    return played.select("game_id", "team_id", is_usable=known.fill_null(value=False))


def _season(per_game: pl.LazyFrame) -> pl.LazyFrame:
    on = {f"on_{name}": pl.col(f"stint_{name}").sum() for name in COUNTS}
    off = {f"off_{name}": (pl.col(f"game_{name}") - pl.col(f"stint_{name}")).sum() for name in COUNTS}
    return per_game.group_by("season", "team_id", "athlete_id").agg(
        pl.col("team").min(),
        pl.col("athlete").sort_by("game_id").last(),
        stint_games=pl.len(),
        on_minutes=pl.col("stint_seconds").sum() / 60,
        **on,
        **off,
    )


def _left_out(played: pl.LazyFrame) -> pl.LazyFrame:
    usable = pl.col("is_usable")
    return played.group_by("team_id").agg(team_stint_games=usable.sum(), team_games_left_out=(~usable).sum())


def _per100(points: str, possessions: str) -> pl.Expr:
    return 100 * pl.col(points) / pl.when(pl.col(possessions) > 0).then(possessions)


def _rated(rows: pl.LazyFrame) -> pl.LazyFrame:
    for side in ("on", "off"):
        rows = rows.with_columns(
            _per100(f"{side}_points", f"{side}_offence_possessions").alias(f"{side}_offence_per100"),
            _per100(f"{side}_opponent_points", f"{side}_defence_possessions").alias(f"{side}_defence_per100"),
        ).with_columns(
            (pl.col(f"{side}_offence_per100") - pl.col(f"{side}_defence_per100")).alias(f"{side}_net_per100")
        )
    off = pl.min_horizontal("off_offence_possessions", "off_defence_possessions")
    on = pl.min_horizontal("on_offence_possessions", "on_defence_possessions")
    few = pl.min_horizontal(on, off) < FEW_POSSESSIONS
    flag = pl.when(off == 0).then(pl.lit("always_on")).when(few).then(pl.lit("few_possessions"))
    return rows.with_columns(
        on_off_net_per100=pl.col("on_net_per100") - pl.col("off_net_per100"), flag=flag.otherwise(pl.lit("ok"))
    )
