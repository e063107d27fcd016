"""gold.player_on_off: results of a team with a player on the floor and off it, from stints and possessions.

A possession counts for the players on the floor at its middle, because a substitution happens during a dead ball, after
the previous possession. A stint includes its end but not its start. Overlapping stints of a player are merged.
"""

from __future__ import annotations

import polars as pl

from quality.contracts.gold_players import FEW_POSSESSIONS

GAME = ["game_id", "team_id"]
PLAYER = [*GAME, "athlete_id"]
COUNTS = ("offence_possessions", "defence_possessions", "points", "opponent_points")
HALF, OVERTIME = 1200, 300  # seconds
FLOOR = 5  # players
FILLED = (0.9, 1.1)  # total of the stints of a usable game, as a share of the seconds of five players


def player_on_off(
    substitutions: pl.LazyFrame, possessions: pl.LazyFrame, game_pbp: pl.LazyFrame, games: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per team and athlete. Possessions off the floor count only in games with the athlete on the floor.

    A team's usable games have a result, plays that pass every check, and stints that add up to five players. Other
    games are left out and counted.
    """
    stints = merged(substitutions)
    sides = [games.filter("has_result").select("game_id", "home_period_points", team_id=f"{side}_team_id")
             for side in ("home", "away")]  # fmt: skip
    played = pl.concat(sides).join(game_pbp, on="game_id", how="left")
    played = played.join(_floor(stints), on=GAME, how="left").with_columns(is_usable=_usable())
    running = _running(possessions)
    whole = running.group_by(GAME).agg(pl.col(COUNTS).max().name.prefix("game_"))
    usable = played.filter("is_usable").select(GAME)
    per_game = _on(stints.join(usable, on=GAME, how="semi"), running).join(whole, on=GAME)
    rows = _season(per_game).join(_left_out(played), on="team_id", how="left")
    names = substitutions.group_by("athlete_id").agg(pl.col("season").first(), pl.col("athlete").drop_nulls().last())
    teams = substitutions.group_by("team_id").agg(pl.col("team").min())
    rows = rows.join(teams, on="team_id", how="left")
    return _rated(rows).join(names, on="athlete_id", how="left").with_columns(pl.col(pl.UInt32).cast(pl.Int64))


def elapsed(period: pl.Expr, remaining: pl.Expr) -> pl.Expr:
    """Seconds since the tip, with halves of 1200 s and overtimes of 300 s."""
    overtimes = 2 * HALF + (period - 2) * OVERTIME
    return pl.when(period <= 2).then(period * HALF).otherwise(overtimes) - remaining  # end of the period minus the rest


def merged(substitutions: pl.LazyFrame) -> pl.LazyFrame:
    """Stints as [begin, end] in seconds since the tip, without overlaps of one player and without empty ones."""
    moments = {
        name: elapsed(pl.col(f"sub_{way}_period"), pl.col(f"sub_{way}_seconds_remaining"))
        for name, way in (("begin", "in"), ("end", "out"))
    }
    stints = substitutions.select(*PLAYER, **moments).sort(*PLAYER, "begin", "end")
    before = pl.col("end").cum_max().shift(1).over(PLAYER, order_by=["begin", "end"])
    return stints.with_columns(begin=pl.max_horizontal("begin", before)).filter(pl.col("begin") < pl.col("end"))


def _floor(stints: pl.LazyFrame) -> pl.LazyFrame:
    return stints.group_by(GAME).agg(player_seconds=(pl.col("end") - pl.col("begin")).sum())


def _usable() -> pl.Expr:
    periods = pl.col("home_period_points").list.len().cast(pl.Int64)
    length = 2 * HALF + (pl.max_horizontal(periods, 2) - 2) * OVERTIME
    filled = (pl.col("player_seconds") / (FLOOR * length)).is_between(*FILLED)
    return (filled & pl.col("is_pbp_usable")).fill_null(value=False)


def _running(possessions: pl.LazyFrame) -> pl.LazyFrame:
    """Running counts per game and team after each moment. Moments are half seconds, so middles are whole numbers."""
    ends = [elapsed(pl.col("period"), pl.col(f"{end}_seconds_remaining")) for end in ("start", "end")]
    middle = (ends[0] + ends[1]).alias("moment")
    sides = []
    for own, other in (("offence", "defence"), ("defence", "offence")):
        mine, zero = pl.lit(1, pl.Int64), pl.lit(0, pl.Int64)
        counts = {f"{own}_possessions": mine, f"{other}_possessions": zero}
        scored = {"points": pl.col("points"), "opponent_points": zero}
        if own == "defence":
            scored = {"points": zero, "opponent_points": pl.col("points")}
        sides.append(possessions.select("game_id", middle, team_id=f"{own}_team_id", **counts, **scored))
    moments = pl.concat(sides, how="diagonal").group_by(*GAME, "moment").agg(pl.col(COUNTS).sum())
    return moments.sort("moment").with_columns(pl.col(COUNTS).cum_sum().over(GAME, order_by="moment"))


def _on(stints: pl.LazyFrame, running: pl.LazyFrame) -> pl.LazyFrame:
    """Counts per player and game on the floor: the running counts at the end of each stint minus those at its start."""
    # The second of the tip counts for the starters.
    begin = pl.when(pl.col("begin") == 0).then(-1).otherwise(2 * pl.col("begin"))
    rows = stints.with_columns(from_moment=begin.cast(pl.Int64), to_moment=(2 * pl.col("end")).cast(pl.Int64))
    for moment in ("from_moment", "to_moment"):
        at = running.rename({name: f"{moment}_{name}" for name in COUNTS} | {"moment": moment}).sort(moment)
        rows = rows.sort(moment).join_asof(at, on=moment, by=GAME, strategy="backward", check_sortedness=False)
    inside = {
        name: (pl.col(f"to_moment_{name}").fill_null(0) - pl.col(f"from_moment_{name}").fill_null(0)).sum()
        for name in COUNTS
    }
    seconds = (pl.col("end") - pl.col("begin")).sum().alias("seconds")
    return rows.group_by(PLAYER).agg(seconds, **inside)


def _season(per_game: pl.LazyFrame) -> pl.LazyFrame:
    on = {f"on_{name}": pl.col(name).sum() for name in COUNTS}
    off = {f"off_{name}": (pl.col(f"game_{name}") - pl.col(name)).sum() for name in COUNTS}
    return per_game.group_by("team_id", "athlete_id").agg(
        stint_games=pl.len(), on_minutes=pl.col("seconds").sum() / 60, **on, **off
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
