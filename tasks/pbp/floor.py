"""Stints of both line-ups from the players that plays list on the floor: rows of silver.fct_floor_stints.

The source lists the players whose own stints cover the second of a play. A list of five is therefore the line-up from
that second on. If stints include their last second, a list has the players who leave and those who come: the line-up
until the next play is then what both lists have in common.
"""

from __future__ import annotations

import polars as pl

from quality.contracts.floor import FCT_FLOOR_STINTS, FIVE, STINT_COUNTS
from tasks.pbp import events as ev
from tasks.pbp.game_clock import elapsed

MOMENT = ["game_id", "period", "seconds_remaining"]
SIDE = ["game_id", "team_id"]
# Number of the game and team of a row, where rows are in this order: windows over it are four times as fast.
RUN = "run"
REPAIRED = 120  # seconds: longest gap in which a line-up may be taken from both of its neighbours
BETWEEN = "-"  # athletes of a line-up as text
POSSESSED = ("possessions", "points", "garbage_time_possessions", "garbage_time_points")


def floor_stints(plays: pl.LazyFrame, possessions: pl.LazyFrame) -> pl.LazyFrame:
    """Stints of whole games, two rows each.

    Args:
        plays: what `FCT_FLOOR_STINTS` reads of silver.fct_plays, in any order.
        possessions: the possessions of the same games.
    """
    read = plays.collect()
    sides = _sides(read)
    moments = _moments(read)
    lists = _lists(moments)
    listed = _listed(lists, sides)
    stints = _collapsed(_met(_repaired(_lineups(moments, lists, listed, sides))))
    rows = _named(_with_possessions(stints, possessions.collect()), listed)
    of_game = read.group_by("game_id").agg(
        pl.col("season", "game_date").first(), pl.col("fetched_at", "raw_object").max()
    )
    named = rows.join(of_game, on="game_id").join(sides, on=SIDE)
    return named.select(list(FCT_FLOOR_STINTS.by_name)).lazy()


def _sides(plays: pl.DataFrame) -> pl.DataFrame:
    """The teams of each game, a row each: game_id, team_id, opponent_id, and the name that the game's plays use."""
    named = plays.select("game_id", "team_id", "team"), plays.select("game_id", team_id="opponent_id", team="opponent")
    names = pl.concat(named).drop_nulls().group_by(SIDE).agg(pl.col("team").min())
    pairs = ev.teams(plays)
    ways = (("low", "high"), ("high", "low"))
    both = [pairs.select("game_id", team_id=own, opponent_id=other) for own, other in ways]
    return pl.concat(both).join(names, on=SIDE)


def _moments(plays: pl.DataFrame) -> pl.DataFrame:
    """One row per second with a play: its time since the tip and its longest list, numbered in `moment`."""
    length = pl.col("on_floor").list.len()
    chosen = plays.select(*MOMENT, "play_id", length=length).with_row_index("row").group_by(MOMENT).agg(
        pl.col("row").sort_by("length", "play_id", descending=[True, False]).first()
    )  # fmt: skip
    rows = plays.select(*MOMENT, "on_floor")[chosen["row"]]
    at = elapsed(pl.col("period"), pl.col("seconds_remaining")).clip(0).cast(pl.Int64)
    return rows.with_columns(at=at).sort("game_id", "at", "period").with_row_index("moment")


def _lists(moments: pl.DataFrame) -> pl.DataFrame:
    """The different lists of each game, numbered in `list`, with their moments. Most moments have that of the last."""
    filled = moments.filter(pl.col("on_floor").list.len() > 0)
    return filled.group_by("game_id", "on_floor").agg("moment").with_row_index("list")


def _listed(lists: pl.DataFrame, sides: pl.DataFrame) -> pl.DataFrame:
    """One row per entry of a list: list, game_id, team_id, athlete_id, name, and `is_stranger` for those left out."""
    weighed = lists.select("list", "game_id", "on_floor", weight=pl.col("moment").list.len())
    entries = weighed.explode("on_floor").unnest("on_floor").join(sides, on=["game_id", "team"])
    counted = entries.group_by("game_id", "athlete_id", "team_id").agg(pl.col("weight").sum())
    ordered = counted.sort("weight", "team_id", descending=[True, False])
    mostly = ordered.unique(["game_id", "athlete_id"], keep="first")
    home = mostly.select("game_id", "athlete_id", own_team_id="team_id")
    stranger = pl.col("athlete_id").is_null() | (pl.col("own_team_id") != pl.col("team_id")).fill_null(value=False)
    return entries.join(home, on=["game_id", "athlete_id"], how="left").with_columns(is_stranger=stranger)


def _lineups(moments: pl.DataFrame, lists: pl.DataFrame, listed: pl.DataFrame, sides: pl.DataFrame) -> pl.DataFrame:
    """Two rows per moment, in order of play by game and team: the line-up until the next moment as text, or null."""
    present = pl.col("athlete_id").filter(~pl.col("is_stranger")).unique().sort()
    floors = listed.group_by("list", "team_id").agg(
        present.alias("five"), pl.col("is_stranger").sum().cast(pl.Int64).alias("strangers")
    )
    whole = pl.when(pl.col("five").list.len() == FIVE).then(_text(pl.col("five")))
    of_list = floors.select("list", "team_id", "strangers", lineup=whole)
    rows = moments.select("moment", "game_id", "at").join(
        lists.select("list", "moment").explode("moment"), on="moment", how="left"
    )
    rows = rows.join(sides.select(*SIDE, "opponent_id"), on="game_id").join(of_list, on=["list", "team_id"], how="left")
    rows = rows.sort("game_id", "team_id", "moment").with_columns(pl.struct(SIDE).rle_id().alias(RUN))
    next_is_same, last_is_same = (_same_side(step) for step in (-1, 1))
    rows = rows.with_columns(
        pl.col("strangers").fill_null(0),
        begin=pl.when(last_is_same).then("at").otherwise(0),
        end=pl.when(next_is_same).then(pl.col("at").shift(-1)),
        next_list=pl.when(next_is_same).then(pl.col("list").shift(-1)),
        odd=pl.col("lineup").is_null(),
    )
    rows = rows.join(_common(rows.filter("odd"), floors), on=["moment", "team_id"], how="left", maintain_order="left")
    return rows.with_columns(lineup=pl.coalesce("lineup", "common"))


def _same_side(step: int) -> pl.Expr:
    """Whether the row `step` rows earlier is of the same game and team."""
    return pl.all_horizontal(pl.col(name) == pl.col(name).shift(step) for name in SIDE).fill_null(value=False)


def _common(odd: pl.DataFrame, floors: pl.DataFrame) -> pl.DataFrame:
    """The five players that a list has in common with the next one: moment, team_id, and the line-up as text."""
    fives = floors.select("list", "team_id", "five")
    rows = odd.select("moment", "team_id", "list", "next_list").join(fives, on=["list", "team_id"])
    rows = rows.join(fives.rename({"list": "next_list", "five": "following"}), on=["next_list", "team_id"])
    both = rows.select("moment", "team_id", both=pl.col("five").list.set_intersection("following").list.sort())
    return both.filter(pl.col("both").list.len() == FIVE).select("moment", "team_id", common=_text(pl.col("both")))


def _text(five: pl.Expr) -> pl.Expr:
    return five.cast(pl.List(pl.String)).list.join(BETWEEN)


def _repaired(rows: pl.DataFrame) -> pl.DataFrame:
    """Fill short gaps between the same five; what stays unknown is an empty text. The last second is left out."""
    rows = rows.filter(pl.col("end") >= pl.col("begin"))
    known = pl.col("lineup").is_not_null()
    before, after = (getattr(pl.col("lineup"), fill)().over(RUN) for fill in ("forward_fill", "backward_fill"))
    left = pl.when(known).then("end").forward_fill().over(RUN)
    right = pl.when(known).then("begin").backward_fill().over(RUN)
    found = ~known & (before == after) & (right - left <= REPAIRED)
    seconds = pl.when(found.fill_null(value=False)).then(pl.col("end") - pl.col("begin")).otherwise(0)
    return rows.with_columns(
        lineup=pl.when(known | found).then(before).fill_null(""), repaired_seconds=seconds.cast(pl.Int64)
    )


def _met(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds the opponent's line-up at the same moment."""
    other = rows.select("moment", team_id="opponent_id", opposed="lineup")
    return rows.join(other, on=["moment", "team_id"], maintain_order="left")


def _collapsed(rows: pl.DataFrame) -> pl.DataFrame:
    """One row per stint and team. Stretches of no length add their moments to the stint before or after."""
    timed = pl.col("end") > pl.col("begin")
    fives = [pl.when(timed).then(name).forward_fill().backward_fill().over(RUN) for name in ("lineup", "opposed")]
    rows = rows.with_columns(fives).drop_nulls("lineup")
    pair = ("lineup", "opposed")
    changed = pl.any_horizontal(pl.col(name) != pl.col(name).shift(1) for name in pair).fill_null(value=False)
    rows = rows.with_columns(changes=changed.cast(pl.Int64).cum_sum())
    rows = rows.with_columns(stint_number=pl.col("changes") - pl.col("changes").first().over(RUN) + 1)
    return rows.group_by(*SIDE, "opponent_id", "stint_number").agg(
        pl.col(pair).first(),
        pl.col("begin").min().alias("begin_elapsed_seconds"),
        pl.col("end").max().alias("end_elapsed_seconds"),
        (pl.col("end") - pl.col("begin")).sum().alias("stint_seconds"),
        pl.col("repaired_seconds", "strangers").sum(),
        recorded_moments=pl.len().cast(pl.Int64),
        odd_moments=pl.col("odd").sum().cast(pl.Int64),
    )


def _with_possessions(stints: pl.DataFrame, possessions: pl.DataFrame) -> pl.DataFrame:
    """Adds the possessions of each stint: those whose middle is after its start and not after its end.

    A substitution happens during a dead ball, after the previous possession. Moments are half seconds, so that middles
    are whole numbers.
    """
    ends = [elapsed(pl.col("period"), pl.col(f"{end}_seconds_remaining")) for end in ("start", "end")]
    garbage = pl.col("is_garbage_time")
    rows = possessions.select(
        "game_id",
        (ends[0] + ends[1]).clip(0).cast(pl.Int64).alias("middle"),
        team_id="offence_team_id",
        possessions=pl.lit(1, pl.Int64),
        points="points",
        garbage_time_possessions=garbage.cast(pl.Int64),
        garbage_time_points=garbage * pl.col("points"),
    )
    begin = pl.when(pl.col("stint_number") == 1).then(-1).otherwise(2 * pl.col("begin_elapsed_seconds"))
    starts = stints.select("game_id", "stint_number", middle=begin.cast(pl.Int64)).unique()
    starts = starts.sort("middle", "stint_number")
    placed = rows.sort("middle").join_asof(
        starts, on="middle", by="game_id", allow_exact_matches=False, check_sortedness=False
    )
    counted = placed.group_by(*SIDE, "stint_number").agg(pl.col(POSSESSED).sum())
    names = {name: f"stint_{name}" for name in POSSESSED} | {"possessions": STINT_COUNTS[0]}
    own = counted.rename(names)
    against = counted.select(
        "game_id", "stint_number", pl.col("possessions", "points"), opponent_id="team_id"
    ).rename({"possessions": STINT_COUNTS[1], "points": STINT_COUNTS[3]})  # fmt: skip
    joined = stints.join(own, on=[*SIDE, "stint_number"], how="left").join(
        against, on=["game_id", "opponent_id", "stint_number"], how="left"
    )
    return joined.with_columns(pl.col(list({*names.values(), *STINT_COUNTS})).fill_null(0))


def _named(stints: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Line-ups as lists of ids, and the names of the team's own five."""
    names = listed.group_by("game_id", "athlete_id").agg(pl.col("name").drop_nulls().min())
    fives = stints.select("game_id", "lineup").unique().with_columns(athlete_ids=_ids("lineup"))
    people = fives.explode("athlete_ids", empty_as_null=True).join(
        names, left_on=["game_id", "athlete_ids"], right_on=["game_id", "athlete_id"], how="left", maintain_order="left"
    )
    name = pl.coalesce("name", pl.concat_str(pl.lit("athlete "), "athlete_ids"))
    called = people.group_by("game_id", "lineup").agg(athlete_names=name.drop_nulls())
    return stints.join(called, on=["game_id", "lineup"], how="left").with_columns(
        athlete_ids=_ids("lineup"), opponent_athlete_ids=_ids("opposed")
    )


def _ids(lineup: str) -> pl.Expr:
    empty = pl.lit([], pl.List(pl.Int64))
    split = pl.col(lineup).str.split(BETWEEN).list.eval(pl.element().cast(pl.Int64, strict=False))
    return pl.when(pl.col(lineup) == "").then(empty).otherwise(split)
