"""The order of events, and which team has the ball at each of them.

The API does not order plays of the same second, and the order of their ids is not reliable: a rebound may come before
its miss. The order within a second is therefore derived. The running score comes first, then the team that had the ball
before (at the start of a period: after), then the sequence that the rules of the game allow (miss, rebound, turnover).
Ids decide only between events that are equal in everything else.
"""

from __future__ import annotations

import polars as pl

from tasks.pbp import events as ev

PERIOD = ["game_id", "period"]
SECOND = [*PERIOD, "seconds"]
MAKES = pl.col("made") & pl.col("kind").is_in([ev.SHOT, ev.FREE_THROW])
MISSES = ~pl.col("made") & pl.col("kind").is_in([ev.SHOT, ev.FREE_THROW])
# Order of the kinds among plays of one second and one score. Possessions end with the last kinds. Each kind has a rank
# of its own, otherwise ids would decide. A rebound belongs to the miss before it, so a turnover comes after it.
RANK = {
    ev.SHOT: 0, ev.FREE_THROW: 1, ev.OFFENSIVE_REBOUND: 2, ev.DEAD_BALL_REBOUND: 3, ev.DEFENSIVE_REBOUND: 4,
    ev.TURNOVER: 5, ev.CHARGE: 6, ev.BLOCK: 7, ev.STEAL: 8, ev.FOUL: 9, ev.TECHNICAL: 10,
}  # fmt: skip
# Order between plays of one kind and team. Two of them can differ in these columns and have the same score: misses, and
# baskets with a wrong running score.
CONTENT = ["value", "assisted"]


def ordered(events: pl.DataFrame) -> pl.DataFrame:
    """Events in the order of play, independent of the order and ids of the input.

    Returns the events with two more columns: offence (side in possession; null if the event does not determine it) and
    ends (the event ends that possession).
    """
    rank = pl.col("kind").replace_strict(RANK, return_dtype=pl.Int8).alias("rank")
    level = [*SECOND, "total", "scoring"]
    rows = events.with_columns(MAKES.alias("scoring"), rank).sort(
        *SECOND, "total", "scoring", "rank", *CONTENT, "play_id",
        descending=[False, False, True, False, True, False, False, False, False],
    )  # fmt: skip
    rows = _with_offence(rows.with_columns(pl.struct(level).rle_id().alias("level")))
    return _phases(rows).drop("scoring", "rank", "level")


def _with_offence(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds offence and ends, as far as the plays of the same second determine them."""
    rows = rows.join(_trips(rows), on=[*SECOND, "side"], how="left", maintain_order="left")
    rows = rows.join(_misses(rows), on=SECOND, how="left", maintain_order="left")
    kind, side, other = pl.col("kind"), pl.col("side"), 1 - pl.col("side")
    trip = (kind == ev.FREE_THROW) & ~pl.col("technical")
    missed_by_other = pl.when(side == 0).then("missed_by_1").otherwise("missed_by_0").fill_null(value=False)
    missed_by_own = pl.when(side == 0).then("missed_by_0").otherwise("missed_by_1").fill_null(value=False)
    dead = kind == ev.DEAD_BALL_REBOUND
    own = kind.is_in([ev.SHOT, ev.OFFENSIVE_REBOUND, ev.TURNOVER, ev.CHARGE]) | trip
    taken = (kind == ev.DEFENSIVE_REBOUND) | (dead & missed_by_other & ~missed_by_own)
    rows = rows.with_columns(
        pl.when(own).then(side).when(taken).then(other).alias("offence"),
        pl.when(kind.is_in([ev.TURNOVER, ev.CHARGE])).then(1).when(taken).then(2).cast(pl.Int8).alias("cause"),
    )
    # A charge may be listed with its turnover, and a player's rebound with the team's. Count one per second and team.
    # The number of the second, the side and the cause as one number: three columns as a struct take ten times as long.
    place = 8 * pl.struct(SECOND).rle_id().cast(pl.Int64) + 4 * side + pl.col("cause")
    again = pl.col("cause").is_not_null() & ~place.is_first_distinct()
    rows = rows.with_columns(pl.when(~again).then("offence").alias("offence"), pl.when(~again).then("cause"))
    and_one = pl.col("trip_total") >= pl.col("total")
    field_goal = (kind == ev.SHOT) & pl.col("made") & ~and_one.fill_null(value=False)
    free_throw = trip & (pl.col("play_id") == pl.col("last_free_throw")) & pl.col("made")
    ends = pl.col("cause").is_not_null() | field_goal | free_throw
    return rows.with_columns(ends.alias("ends")).drop(
        "cause", "technical", "trip_total", "last_free_throw", "missed_by_0", "missed_by_1"
    )


def _trips(rows: pl.DataFrame) -> pl.DataFrame:
    """Free throws of a team in one second: the last of them, and whether all are for technical fouls (two for each).

    The clock is stopped during a trip, so all of its shots are in the same second. Free throws for a technical foul are
    not part of a possession: the team that had the ball keeps it.
    """
    technicals = rows.filter(pl.col("kind") == ev.TECHNICAL)
    fouls = technicals.group_by(*SECOND, side=1 - pl.col("side")).agg(shots=2 * pl.len())
    throws = rows.filter(pl.col("kind") == ev.FREE_THROW).group_by(*SECOND, "side", maintain_order=True)
    found = throws.agg(pl.len(), pl.col("play_id").last().alias("last_free_throw"), pl.col("total").max())
    technical = (pl.col("len") <= pl.col("shots")).fill_null(value=False).alias("technical")
    return found.join(fouls, on=[*SECOND, "side"], how="left").select(
        *SECOND, "side", "last_free_throw", technical, pl.when(~technical).then("total").alias("trip_total")
    )


def _misses(rows: pl.DataFrame) -> pl.DataFrame:
    """The sides that missed a shot in each second with a dead-ball rebound. They determine whose rebound it was."""
    dead = rows.filter(pl.col("kind") == ev.DEAD_BALL_REBOUND).select(SECOND).unique()
    missed = rows.filter(MISSES).join(dead, on=SECOND, how="semi").group_by(SECOND)
    return missed.agg((pl.col("side") == side).any().alias(f"missed_by_{side}") for side in (0, 1))


def _phases(rows: pl.DataFrame) -> pl.DataFrame:
    """Orders the events of one second and one score in which both teams had the ball.

    The team that lost the ball more often had it first; if both lost it equally often, the team that had it before.
    Then the teams alternate: each loss of the ball ends a turn.
    """
    mixed = rows.filter(pl.col("offence").is_not_null()).group_by("level").agg(
        (pl.col("offence").n_unique() > 1).alias("mixed"),
        *((pl.col("ends") & (pl.col("offence") == side)).sum().cast(pl.Int32).alias(f"lost_{side}") for side in (0, 1)),
    ).filter("mixed")  # fmt: skip
    rows = rows.join(mixed, on="level", how="left", maintain_order="left")
    rows = rows.with_columns(pl.col("mixed").fill_null(value=False))
    rows = rows.with_columns((pl.col("offence") != _first()).alias("second"))
    losses = pl.col("ends").cast(pl.Int32)
    turn = 2 * (losses.cum_sum().over("level", "offence") - losses) + pl.col("second")
    clear = rows.filter(~pl.col("mixed")).with_columns(pl.lit(0, pl.Int32).alias("turn"))
    mixed = rows.filter("mixed").with_columns(pl.when(pl.col("offence").is_not_null()).then(turn).alias("turn"))
    # Free throws for a technical foul are not part of a trip. They come after it, unless the score says otherwise.
    no_offence = pl.col("offence").is_null()
    found = pl.concat([clear, mixed]).sort("level", "turn", "rank", no_offence, *CONTENT, "play_id", nulls_last=True)
    return found.drop("mixed", "second", "turn", "lost_0", "lost_1")


def _first() -> pl.Expr:
    """The side that had the ball first in a level (one second and score) in which both teams had it.

    If both lost it equally often, the previous unambiguous event decides: after such a level the ball is back with the
    team that had it before. Before the first unambiguous event of a period, the next one decides. Its team had the ball
    last. That team also had it first if both lost it, and had it second if no loss is recorded. If a whole period is
    ambiguous, the team with the lower id is taken, so that ids of plays do not matter.
    """
    lead = pl.col("lost_0") - pl.col("lost_1")
    by_losses = pl.when(lead > 0).then(0).when(lead < 0).then(1)
    clear = pl.when(~pl.col("mixed")).then("offence")
    after = pl.when(pl.col("mixed")).then(1 - by_losses).when("ends").then(1 - clear).otherwise(clear)
    before, later = after.forward_fill().over(PERIOD), pl.coalesce(clear, by_losses).backward_fill().over(PERIOD)
    at_start = pl.when(pl.col("lost_0") == 0).then(1 - later).otherwise(later)
    return pl.coalesce(by_losses, before, at_start, 0).cast(pl.Int8)
