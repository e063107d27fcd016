"""Whether the plays of a game are usable, and the reasons if not: rows of silver.fct_game_pbp. No game is dropped."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from quality.contracts.possessions import BOX_COUNTS, PBP_FLAGS, POSSESSION_SOURCES
from tasks.pbp._excitement import excitement

FREE_THROW_SHARE = 0.475  # possessions per free throw: a trip has several shots, an and-one uses no possession
POSSESSIONS_RANGE = (35.0, 120.0)  # plausible possessions of a team per 40 minutes
BOX_TOLERANCE = 3.0  # allowed difference between plays and box, in possessions of a team by the same formula
UNEVEN = 1  # allowed difference between the two teams' possessions in a period
FEW = 3  # plays of other teams, falling scores, or ends without a play, that a usable game may have
REGULATION, OVERTIME = 40, 5  # minutes
OK = PBP_FLAGS[-1]


def game_pbp(
    games: pl.LazyFrame,
    plays: pl.LazyFrame,
    possessions: pl.LazyFrame,
    boxes: pl.LazyFrame,
    probabilities: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row per game, in the columns of silver.fct_game_pbp.

    Args:
        games, plays, possessions, boxes, probabilities: rows of one season, with the columns that the table's
            derivation reads.
    """
    rows = games.join(_of_plays(plays), on="game_id", how="left")
    rows = rows.join(_of_others(games, plays), on="game_id", how="left").join(_falling(plays), on="game_id", how="left")
    rows = rows.join(_of_teams(possessions, "home"), on=["game_id", "home_team_id"], how="left")
    rows = rows.join(_of_teams(possessions, "away"), on=["game_id", "away_team_id"], how="left")
    rows = rows.join(_of_periods(possessions), on="game_id", how="left")
    rows = rows.join(_of_boxes(boxes), on="game_id", how="left")
    counts = ["recorded_plays", "running_total", *(f"{side}_pbp_{what}" for side in ("home", "away") for what in WHAT)]
    counts += [
        "other_team_plays",
        "falling_scores",
        "team_total",
        "unrecorded_ends",
        "garbage_time_possessions",
        "inferred_shots",
        "uneven",
    ]
    rows = rows.with_columns(pl.col(counts).fill_null(0)).with_columns(_minutes())
    rows = rows.with_columns(_box_possessions(), _from_plays().alias("counted"))
    wrong = pl.concat_str(
        [pl.when(broken.fill_null(value=False)).then(pl.lit(name)) for name, broken in _reasons()],
        separator=" ",
        ignore_nulls=True,
    )
    rows = rows.with_columns(wrong.alias("pbp_reasons"))
    first = pl.col("pbp_reasons").str.split(" ").list.first()
    flag = pl.when(pl.col("pbp_reasons") == "").then(pl.lit(OK)).otherwise(first)
    rated = _rated(rows.with_columns(flag.alias("pbp_flag"), (flag == OK).alias("is_pbp_usable")))
    return _with_excitement(rated, probabilities)


def _with_excitement(rows: pl.LazyFrame, probabilities: pl.LazyFrame) -> pl.LazyFrame:
    """Adds what the win probability shows; a game without a play that has one has zero such plays."""
    lengths = rows.select("game_id", "minutes", "has_result")
    found = rows.join(excitement(probabilities, lengths), on="game_id", how="left")
    return found.with_columns(pl.col("win_probability_plays").fill_null(0))


WHAT = ("points", "possessions", "estimate")


def _of_plays(plays: pl.LazyFrame) -> pl.LazyFrame:
    return plays.group_by("game_id").agg(
        pl.len().cast(pl.Int64).alias("recorded_plays"),
        (pl.col("home_score") + pl.col("away_score")).max().alias("running_total"),
    )


def _of_others(games: pl.LazyFrame, plays: pl.LazyFrame) -> pl.LazyFrame:
    """Plays of teams that do not play the game."""
    teams = games.select("game_id", "home_team_id", "away_team_id")
    other = (pl.col("team_id") != pl.col("home_team_id")) & (pl.col("team_id") != pl.col("away_team_id"))
    counted = plays.select("game_id", "team_id").join(teams, on="game_id").group_by("game_id")
    return counted.agg(other.fill_null(value=False).sum().cast(pl.Int64).alias("other_team_plays"))


def _falling(plays: pl.LazyFrame) -> pl.LazyFrame:
    """Plays with a lower score than at an earlier time. Plays of one second have no order, so they are not compared."""
    scores = ["home_score", "away_score"]
    moment = ["game_id", "period", "seconds_remaining"]
    best = plays.group_by(moment).agg(pl.col(scores).max()).sort(*moment, descending=[False, False, True])
    before = best.select(
        *moment, *(pl.col(name).cum_max().shift(1).over("game_id").name.suffix("_before") for name in scores)
    )
    falls = pl.any_horizontal(pl.col(name) < pl.col(f"{name}_before") for name in scores).fill_null(value=False)
    joined = plays.join(before, on=moment, nulls_equal=True).group_by("game_id")
    return joined.agg(falls.sum().cast(pl.Int64).alias("falling_scores"))


def _of_teams(possessions: pl.LazyFrame, side: str) -> pl.LazyFrame:
    """Points, possessions, and possessions by the box-score formula of each team, named after a side."""
    values = (pl.col("points").sum(), pl.len().cast(pl.Int64), _estimate(FROM_PLAYS))
    named = [value.alias(f"{side}_pbp_{name}") for name, value in zip(WHAT, values, strict=True)]
    return possessions.group_by("game_id", pl.col("offence_team_id").alias(f"{side}_team_id")).agg(named)


FROM_PLAYS = ("field_goals_attempted", "offensive_rebounds", "turnovers", "free_throws_attempted")


def _estimate(names: Iterable[str]) -> pl.Expr:
    attempts, rebounds, turnovers, throws = (pl.col(name).cast(pl.Float64).sum() for name in names)
    return attempts - rebounds + turnovers + FREE_THROW_SHARE * throws


def _of_periods(possessions: pl.LazyFrame) -> pl.LazyFrame:
    """Totals of each game's possessions. `uneven` is the largest difference between the teams in any period."""
    first = pl.col("offence_team_id") < pl.col("defence_team_id")
    periods = possessions.group_by("game_id", "period").agg(
        (2 * first.sum().cast(pl.Int64) - pl.len()).abs().alias("uneven"),
        (pl.col("end_type") == "unrecorded").sum().cast(pl.Int64).alias("unrecorded_ends"),
        pl.col("is_garbage_time").sum().cast(pl.Int64).alias("garbage_time_possessions"),
        pl.col("points").sum().alias("team_total"),
        pl.col("inferred_shots").sum(),
    )
    return periods.group_by("game_id").agg(
        pl.col("uneven").max(),
        pl.col("unrecorded_ends", "garbage_time_possessions", "team_total", "inferred_shots").sum(),
        pl.col("period").max().alias("last_period"),
    )


def _of_boxes(boxes: pl.LazyFrame) -> pl.LazyFrame:
    """Possessions by the box scores of both teams; null where one of the two is missing or incomplete."""
    counts = [f"team_stats_{name}" for name in BOX_COUNTS]
    known = pl.all_horizontal(pl.col(name).is_not_null() & pl.col(name).cast(pl.Float64).is_finite() for name in counts)
    teams = boxes.filter(known).group_by("game_id", "team_id").agg(_estimate(counts).alias("estimate"))
    return teams.group_by("game_id").agg(
        pl.when(pl.len() == 2).then(pl.col("estimate").mean()).alias("box_estimate"),
        pl.col("estimate").sort().first().alias("box_low"),
        pl.col("estimate").sort().last().alias("box_high"),
    )


def _minutes() -> pl.Expr:
    """Length of the game in minutes: from its period points, otherwise from its plays."""
    periods = pl.coalesce(pl.col("home_period_points").list.len().cast(pl.Int64).replace(0, None), "last_period", 2)
    return (REGULATION + OVERTIME * (periods - 2).clip(0)).alias("minutes")


def _possible(possessions: pl.Expr) -> pl.Expr:
    return (possessions * REGULATION / pl.col("minutes")).is_between(*POSSESSIONS_RANGE)


def _box_possessions() -> pl.Expr:
    return pl.when(_possible(pl.col("box_estimate"))).then("box_estimate").alias("box_possessions")


def _from_plays() -> pl.Expr:
    return (pl.col("home_pbp_possessions") + pl.col("away_pbp_possessions")) / 2


def _reasons() -> list[tuple[str, pl.Expr]]:
    """Flags in order of precedence, each with the condition for it. A null condition counts as false."""
    home, away = pl.col("home_points"), pl.col("away_points")
    home_pbp, away_pbp = pl.col("home_pbp_points"), pl.col("away_pbp_points")
    final, played = pl.col("status") == "final", pl.col("recorded_plays") > 0
    scored = final & (home.fill_null(0) + away.fill_null(0) > 0)
    right = (home_pbp == home) & (away_pbp == away)
    swapped = ~right & (home_pbp == away) & (away_pbp == home)
    short = pl.col("running_total") < home + away
    complete = scored & played & ~right & ~swapped & ~short
    sides = [pl.col("home_team_id"), pl.col("away_team_id")]
    nameless = pl.any_horizontal(team.is_null() | (team < 0) for team in sides) | (sides[0] == sides[1])
    stranger = played & (pl.col("team_total") != home_pbp + away_pbp)
    estimates = [pl.min_horizontal(*PLAY_ESTIMATES), pl.max_horizontal(*PLAY_ESTIMATES)]
    apart = [(mine - pl.col(box)).abs() for mine, box in zip(estimates, ("box_low", "box_high"), strict=True)]
    conditions = (
        ~final,
        final & ~scored,
        scored & (home == away),
        nameless | stranger,
        final & ~played,
        scored & played & short,
        scored & played & swapped,
        complete & (home_pbp <= home) & (away_pbp <= away),
        complete & ((home_pbp > home) | (away_pbp > away)),
        *(played & (pl.col(name) > FEW) for name in ("other_team_plays", "falling_scores", "unrecorded_ends")),
        played & (pl.col("uneven") > UNEVEN),
        played & ~_possible(pl.col("counted")),
        played & pl.col("box_possessions").is_not_null() & (pl.max_horizontal(apart) > BOX_TOLERANCE),
    )
    return list(zip(PBP_FLAGS[:-1], conditions, strict=True))


PLAY_ESTIMATES = ("home_pbp_estimate", "away_pbp_estimate")


def _rated(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Adds the possessions used for ratings: from usable plays, otherwise from the box score of a finished game."""
    plays, box = POSSESSION_SOURCES
    by_box = pl.col("box_possessions").is_not_null() & (pl.col("status") == "final")
    source = pl.when("is_pbp_usable").then(pl.lit(plays)).when(by_box).then(pl.lit(box))
    value = pl.when("is_pbp_usable").then("counted").when(by_box).then("box_possessions")
    return rows.with_columns(source.alias("rating_possessions_source"), value.alias("rating_possessions"))
