"""Possessions of games from their plays: rows of silver.fct_possessions. docs/possessions.md has the definition."""

from __future__ import annotations

import polars as pl

from quality.contracts.possessions import FCT_POSSESSIONS
from tasks.pbp import events as ev
from tasks.pbp._garbage import garbage_time
from tasks.pbp._order import MAKES, MISSES, ordered
from tasks.pbp.game_clock import SECONDS_OF_PERIOD

GAME_PERIOD = ["game_id", "period"]
AT_ONCE = 3  # seconds: how early a rebound may be listed before its miss, or how soon a rebounder may lose the ball
LAST_PLAY = {
    ev.SHOT: "field_goal", ev.FREE_THROW: "free_throw", ev.TURNOVER: "turnover", ev.CHARGE: "turnover",
    ev.DEFENSIVE_REBOUND: "defensive_rebound", ev.DEAD_BALL_REBOUND: "defensive_rebound",
}  # fmt: skip


def possessions(plays: pl.LazyFrame) -> pl.LazyFrame:
    """Possessions of whole games, in the order of play.

    Args:
        plays: `tasks.pbp.events.PLAY_COLUMNS` of silver.fct_plays, in any order.
    """
    read = plays.select(ev.PLAY_COLUMNS).collect()
    of_game = read.group_by("game_id").agg(
        pl.col("season", "game_date").first(), pl.col("fetched_at").max(), pl.col("raw_object").max()
    )
    counted = _counted(_numbered(ordered(ev.events(read))))
    named = counted.join(of_game, on="game_id").join(ev.teams(read), on="game_id")
    low = pl.col("offence") == 0
    with_teams = named.sort("game_id", "possession").with_columns(
        pl.when(low).then("low").otherwise("high").alias("offence_team_id"),
        pl.when(low).then("high").otherwise("low").alias("defence_team_id"),
    )
    return garbage_time(_scored(_timed(with_teams))).select(list(FCT_POSSESSIONS.by_name)).lazy()


def _numbered(events: pl.DataFrame) -> pl.DataFrame:
    """Events with the number of their possession in the game, from 1, and `second_chance` (after an offensive rebound).

    A possession lasts until a play ends it or the other team acts. Every event is assigned to one. A steal belongs to
    the opponent's possession. A free throw for a technical foul belongs to the next possession if the shooting team has
    it, otherwise to that team's last one.
    """
    rows = events.with_row_index("row")
    acts = _cut(rows.filter(pl.col("offence").is_not_null()))
    found = acts.select("row", "ends", "possession", "second_chance", "regained")
    rows = rows.drop("ends").join(found, on="row", how="left", maintain_order="left")
    last = {
        side: pl.when(pl.col("offence") == side).then("possession").forward_fill().backward_fill().over("game_id")
        for side in (0, 1)
    }
    against = pl.col("kind").is_in([ev.STEAL, ev.BLOCK, ev.DEFENSIVE_REBOUND])
    owner = pl.when(against).then(1 - pl.col("side")).otherwise("side")
    latest = pl.col("possession").forward_fill().backward_fill().over("game_id")
    theirs = pl.when(owner == 0).then(last[0]).otherwise(last[1])
    anyones = pl.col("kind").is_in([ev.FOUL, ev.TECHNICAL, ev.DEAD_BALL_REBOUND])
    following = [pl.col(name).backward_fill().over(GAME_PERIOD) for name in ("offence", "possession")]
    own_next = pl.when((pl.col("kind") == ev.FREE_THROW) & (following[0] == pl.col("side"))).then(following[1])
    return rows.with_columns(
        pl.coalesce("possession", own_next, pl.when(anyones).then(latest).otherwise(theirs)),
        pl.col("second_chance").fill_null(value=False),
    )


def _cut(acts: pl.DataFrame) -> pl.DataFrame:
    """Adds the possession number to events that determine who has the ball, and removes ends that were not ends."""
    followed = _same(-1) & (pl.col("offence").shift(-1) == pl.col("offence"))
    following = pl.col("kind").shift(-1)
    # A team that continues after free throws got the ball back: technical, flagrant, intentional fouls, and and-ones.
    kept = (pl.col("kind") == ev.FREE_THROW) | ((pl.col("kind") == ev.SHOT) & (following == ev.FREE_THROW))
    rebound = pl.col("kind").is_in([ev.DEFENSIVE_REBOUND, ev.DEAD_BALL_REBOUND])
    soon = pl.col("seconds") - pl.col("seconds").shift(-1) <= AT_ONCE
    early = rebound & MISSES.shift(-1) & soon & ~MISSES.shift(1, fill_value=False)
    ends = pl.col("ends") & ~(followed & (kept | early)).fill_null(value=False)
    acts = acts.with_columns(ends)
    other = pl.col("offence") != pl.col("offence").shift(1)
    new = ~_same(1) | (other | pl.col("ends").shift(1)).fill_null(value=True)
    # A team that took a rebound had the ball, even if the other team acts next: a possession without a play of its own.
    at_once = pl.col("seconds").shift(1) - pl.col("seconds") <= AT_ONCE
    regained = (_same(1) & ~other & pl.col("ends").shift(1) & rebound.shift(1) & at_once).fill_null(value=False)
    second = (pl.col("kind") == ev.OFFENSIVE_REBOUND).cast(pl.Int32)
    so_far = second.cum_sum()
    marked = acts.with_columns(new.alias("new"), so_far.alias("so_far"), regained.alias("regained"))
    return marked.with_columns(
        (pl.col("new").cast(pl.Int32) + pl.col("regained")).cum_sum().over("game_id").alias("possession"),
        (pl.col("so_far") > pl.when("new").then(pl.col("so_far") - second).forward_fill()).alias("second_chance"),
    )


def _same(step: int) -> pl.Expr:
    """Whether the row `step` rows earlier is in the same game and period."""
    return pl.all_horizontal(pl.col(name) == pl.col(name).shift(step) for name in GAME_PERIOD).fill_null(value=False)


def _counted(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per possession with the counts of both teams."""
    kind, value = pl.col("kind"), pl.col("value").cast(pl.Int64)
    shot, throw, act = kind == ev.SHOT, kind == ev.FREE_THROW, pl.col("offence").is_not_null()
    mine = pl.col("side") == pl.col("by")
    three = shot & (value == 3)
    whose = rows.filter(act).group_by("game_id", "possession").agg(
        pl.col("period", "offence").first(),
        pl.col("seconds").last().alias("last_seconds"),
        pl.col("seconds").first().alias("first_seconds"),
        pl.col("kind").last().alias("last_kind"),
        pl.col("ends").last(),
        pl.col("regained").first(),
    )  # fmt: skip
    lost = whose.filter("regained").with_columns(
        pl.col("possession") - 1,
        (1 - pl.col("offence")).alias("offence"),
        pl.col("first_seconds").alias("last_seconds"),
        pl.lit(None, ev.KIND).alias("last_kind"),
        pl.lit(value=False).alias("ends"),
    )
    rows = rows.join(whose.select("game_id", "possession", by="offence"), on=["game_id", "possession"])
    counts = {
        "points": value * MAKES,
        "field_goals_attempted": shot,
        "field_goals_made": shot & pl.col("made"),
        "three_point_field_goals_attempted": three,
        "three_point_field_goals_made": three & pl.col("made"),
        "free_throws_attempted": throw,
        "free_throws_made": throw & pl.col("made"),
        "assists": pl.col("assisted") & pl.col("made"),
        "offensive_rebounds": kind == ev.OFFENSIVE_REBOUND,
        "inferred_shots": pl.col("inferred"),
        "second_chance_points": value * (MAKES & pl.col("second_chance")),
        "turnovers": kind == ev.TURNOVER,
        "defensive_rebounds": kind == ev.DEFENSIVE_REBOUND,
        "steals": kind == ev.STEAL,
        "blocks": kind == ev.BLOCK,
        "offence_fouls": (kind == ev.FOUL) & mine,
        "offence_technical_fouls": (kind == ev.TECHNICAL) & mine,
        "defence_fouls": (kind == ev.FOUL) & ~mine,
        "defence_technical_fouls": (kind == ev.TECHNICAL) & ~mine,
    }
    sums = rows.group_by("game_id", "possession").agg(
        what.cast(pl.Int64).sum().alias(name) for name, what in counts.items()
    )
    every = pl.concat([whose, lost]).drop("regained")
    return every.join(sums, on=["game_id", "possession"], how="left").with_columns(pl.col(list(counts)).fill_null(0))


def _timed(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds when and how each possession began and ended. The rows are in the order of play."""
    first, last = ~_same(1), ~_same(-1)
    by_play = pl.col("last_kind").replace_strict(LAST_PLAY, return_dtype=pl.String, default=None)
    otherwise = pl.when(last).then(pl.lit("period_end")).otherwise(pl.lit("unrecorded"))
    end = pl.when(last & ~pl.col("ends")).then(0).otherwise("last_seconds").cast(pl.Int64)
    rows = rows.with_columns(
        pl.when("ends").then(by_play).otherwise(otherwise).alias("end_type"), end.alias("end_seconds_remaining")
    )
    length = pl.max_horizontal(SECONDS_OF_PERIOD, pl.col("first_seconds")).cast(pl.Int64)
    start = pl.when(first).then(length).otherwise(pl.col("end_seconds_remaining").shift(1))
    before = pl.col("end_type").shift(1)
    stolen = (before == "turnover") & (pl.col("steals").shift(1) > 0)
    begun = pl.when(first).then(pl.lit("period_start")).when(stolen).then(pl.lit("steal")).otherwise(before)
    return rows.with_columns(
        start.alias("start_seconds_remaining"),
        (start - pl.col("end_seconds_remaining")).alias("duration_seconds"),
        begun.alias("start_type"),
        pl.col("period").cast(pl.Int64),
        pl.col("possession").cast(pl.Int64).alias("possession_number"),
    )


def _scored(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds the score before each possession: the sum of all earlier ones."""
    points = [pl.col("points") * (pl.col("offence") == side) for side in (0, 1)]
    low, high = (mine.cum_sum().over("game_id") - mine for mine in points)
    low_has_it = pl.col("offence") == 0
    return rows.with_columns(
        pl.when(low_has_it).then(low).otherwise(high).alias("offence_score_before"),
        pl.when(low_has_it).then(high).otherwise(low).alias("defence_score_before"),
    )
