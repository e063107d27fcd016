"""The state of a game after each play: lead, clock and possession, or the reason why the play has none."""

from __future__ import annotations

import polars as pl

from quality.contracts.win_probability import WIN_PROBABILITY_FLAGS
from tasks.pbp import events as ev
from tasks.pbp._order import MISSES, ordered
from tasks.pbp._scores import out_of_order
from tasks.pbp.game_clock import SECONDS_OF_PERIOD, elapsed, seconds_left

MOST_PERIODS = 12  # the longest game of Division I had 8: two halves and six overtimes
ENDS_OF_PERIODS = ("End Period", "End Game")
OK = WIN_PROBABILITY_FLAGS[-1]


def states(plays: pl.DataFrame, games: pl.DataFrame) -> pl.DataFrame:
    """Plays in the order of play with the state of the game after each. No play is left out.

    Args:
        plays: at least `tasks.pbp.events.PLAY_COLUMNS` of whole games, in any order.
        games: game_id, home_team_id, away_team_id, status, has_result, home_points, away_points; one row per game.

    Returns the plays with play_number (from 1), win_probability_flag, seconds_left (in regulation or in the overtime),
    seconds_played (since tip-off), home_lead, ball (1 home, -1 away, 0 unknown or neither), possession_team_id, and
    is_end (the last play of a final game). Of a play whose flag is not ok, the state may be null or wrong.
    """
    rows = _in_order(_with_games(plays, games)).with_columns(
        (pl.int_range(pl.len()) + 1).over("game_id").cast(pl.Int64).alias("play_number")
    )
    rows = _flagged(rows.with_columns(*_clock(), _lead()))
    return rows.with_columns(_ball(), _is_end()).with_columns(_holder())


def _with_games(plays: pl.DataFrame, games: pl.DataFrame) -> pl.DataFrame:
    """Plays with their game and its reason against all of its plays, if there is one."""
    sides = [pl.col("home_team_id"), pl.col("away_team_id")]
    known = pl.all_horizontal(team.is_not_null() & (team >= 0) for team in sides) & (sides[0] != sides[1])
    has_result = pl.col("has_result").fill_null(value=False)
    pairs = ev.teams(plays)
    same = (pl.min_horizontal(sides) == pl.col("low")) & (pl.max_horizontal(sides) == pl.col("high"))
    matched = games.join(pairs, on="game_id", how="left").with_columns(
        (known & same).fill_null(value=False).alias("is_known"),
        ((pl.col("home_team_id") == pl.col("low")).cast(pl.Int8)).alias("away_side"),
        ((pl.col("status") == "final") & ~has_result).alias("is_open"),
        ((pl.col("status") == "final") & has_result).alias("is_final"),
    )
    columns = ["game_id", "home_team_id", "away_team_id", "home_points", "away_points"]
    return plays.join(
        matched.select(*columns, "is_known", "away_side", "is_open", "is_final"), on="game_id", how="left"
    ).with_columns(pl.col("is_known", "is_open", "is_final").fill_null(value=False))


def _in_order(plays: pl.DataFrame) -> pl.DataFrame:
    """Plays by clock and running score; events as in possessions, then what is no event, ends of periods last."""
    placed = _placed(plays)
    rows = plays.join(placed, on="play_id", how="left").with_columns(
        (pl.col("home_score") + pl.col("away_score")).alias("total"),
        pl.col("play_type").is_in(ENDS_OF_PERIODS).fill_null(value=False).alias("closes"),
    )
    keys = ["game_id", "period", "seconds_remaining", "closes", "total", "place", "play_id"]
    return rows.sort(keys, descending=[name == "seconds_remaining" for name in keys], nulls_last=True)


def _placed(plays: pl.DataFrame) -> pl.DataFrame:
    """Place of each event, and the side that has the ball after it: play_id, place, side_after (null: unchanged)."""
    dated = plays.filter(~_clock_impossible(), *(pl.col(name).is_not_null() for name in ("home_score", "away_score")))
    other = pl.when("ends").then(1 - pl.col("offence")).otherwise("offence")
    loose = pl.when(MISSES).then(LOOSE).otherwise(other)
    return ordered(ev.events(dated)).with_row_index("place").select(
        "play_id", "place", loose.cast(pl.Int8).alias("side_after")
    )  # fmt: skip


LOOSE = 2  # in the place of a side: neither team has the ball


def _clock_impossible() -> pl.Expr:
    period, seconds = pl.col("period"), pl.col("seconds_remaining")
    possible = period.is_between(1, MOST_PERIODS) & seconds.is_between(0, SECONDS_OF_PERIOD)
    return ~possible.fill_null(value=False)


def _clock() -> tuple[pl.Expr, pl.Expr]:
    left = seconds_left(pl.col("period"), pl.col("seconds_remaining"))
    known = pl.when(~_clock_impossible())
    played = elapsed(pl.col("period"), pl.col("seconds_remaining"))
    return known.then(left).alias("seconds_left"), known.then(played).alias("seconds_played")


def _lead() -> pl.Expr:
    return (pl.col("home_score") - pl.col("away_score")).alias("home_lead")


def _flagged(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds win_probability_flag."""
    team = pl.col("team_id")
    conditions = {
        "unknown_game": ~pl.col("is_known"),
        "no_result": pl.col("is_open"),
        "clock_impossible": _clock_impossible(),
        "score_unknown": pl.col("home_lead").is_null(),
        "other_team": (team != pl.col("home_team_id")) & (team != pl.col("away_team_id")),
    }
    found = pl.coalesce(*(pl.when(broken).then(pl.lit(name)) for name, broken in conditions.items()))
    rows = rows.with_columns(found.alias("win_probability_flag")).with_row_index("row")
    clean = rows.filter(pl.col("win_probability_flag").is_null())
    falling = clean.select("row", fell=out_of_order(clean))
    rows = rows.join(falling, on="row", how="left", maintain_order="left")
    return rows.with_columns(_settled()).drop("row", "fell")


def _settled() -> pl.Expr:
    """The flag, with the reasons that need the other plays of the game."""
    fell = pl.when("fell").then(pl.lit("score_out_of_order"))
    kept = pl.col("win_probability_flag").is_null() & ~pl.col("fell").fill_null(value=False)
    last = [pl.when(kept).then(f"{side}_score").drop_nulls().last().over("game_id") for side in ("home", "away")]
    right = (last[0] == pl.col("home_points")) & (last[1] == pl.col("away_points"))
    short = pl.when(pl.col("is_final") & ~right.fill_null(value=False)).then(pl.lit("result_differs"))
    return pl.coalesce("win_probability_flag", fell, short, pl.lit(OK)).alias("win_probability_flag")


def _ball() -> pl.Expr:
    """Who has the ball after each play, as far as the plays until then show; unknown at the start of a period."""
    after = pl.col("side_after").forward_fill().over("game_id", "period")
    home = pl.when(after == LOOSE).then(0).when(after == pl.col("away_side")).then(-1).otherwise(1)
    return pl.when(after.is_null()).then(0).otherwise(home).cast(pl.Int8).alias("ball")


def _is_end() -> pl.Expr:
    numbered = pl.when(pl.col("win_probability_flag") == OK).then("play_number")
    return (pl.col("is_final") & (numbered == numbered.max().over("game_id"))).fill_null(value=False).alias("is_end")


def _holder() -> pl.Expr:
    shown = pl.when(pl.col("win_probability_flag") == OK)
    return shown.then(
        pl.when(pl.col("ball") > 0).then("home_team_id").when(pl.col("ball") < 0).then("away_team_id")
    ).alias("possession_team_id")
