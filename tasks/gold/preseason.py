"""What silver rosters, player boxes and recruiting classes say before the first game of a season.

Rosters and classes have no date of their own. They are used if they were fetched before the day of that game, US
Eastern. This also applies to the earlier seasons that the weights are learned from: see docs/decisions/0010.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from quality.calendar import eastern_date
from tasks.gold.model.preseason import KEY, QUANTITIES

PRODUCED = ("minutes", "production")
ROTATION = 8  # players of a team that are no reserves
EMPTY = pl.Schema({"season": pl.Int64(), "team_id": pl.Int64(), **dict.fromkeys(QUANTITIES, pl.Float64())})


def preseason_of(
    games: pl.DataFrame, inputs: tuple[pl.LazyFrame, ...], season: int, *, as_known_now: bool = False
) -> pl.DataFrame:
    """The `preseason` of `tasks.gold.ratings` for a season and earlier ones, as known on the season's first morning.

    games: from `model_games`. inputs: rosters at the opening, newest rosters, player boxes and recruiting classes; or
    empty. as_known_now: also with rosters and classes that were fetched later, for research on backfilled seasons; such
    rows must not be used where the future may not be known.
    """
    opening = games.filter(season=season)["game_date"].min()
    if not inputs or not isinstance(opening, date):
        return EMPTY.to_frame()
    early, newest, players, classes = inputs
    if not as_known_now:
        early, newest, classes = (_fetched_before(rows, opening) for rows in (early, newest, classes))
    members = _members(early, newest).collect()
    before = (members["season"].unique() - 1).to_list()  # only boxes of these seasons are needed
    players = players.filter(pl.col("season").is_in(before), pl.col("game_date") < opening)
    parts = [
        *continuity(members.lazy(), players),
        entering(classes),
    ]
    keys = pl.concat([part.select(KEY) for part in parts]).unique()
    for part in parts:
        keys = keys.join(part, on=KEY, how="left")
    return keys.filter(pl.col("season") <= season).select(EMPTY.names()).sort(KEY).collect()


def _members(early: pl.LazyFrame, newest: pl.LazyFrame) -> pl.LazyFrame:
    """season, team_id, athlete_source_id: from the rosters at a season's opening, otherwise from the newest."""
    later = newest.join(early.select("season").unique(), on="season", how="anti")
    rows = pl.concat([early, later], how="diagonal")
    return rows.select("season", "team_id", athlete_source_id="source_id").unique()


def continuity(members: pl.LazyFrame, players: pl.LazyFrame) -> list[pl.LazyFrame]:
    """What of last season's minutes and production is on a roster, by season and team.

    Four quantities: returning_minutes_pct and returning_production_pct (shares of the team's own), transfer_minutes and
    transfer_production (of athletes who were elsewhere). For teams with a roster, and seasons with boxes.

    members: season, team_id, athlete_source_id. players: the same columns, minutes and game_score, one row per game.
    """
    here, athlete = [*KEY], ["season", "athlete_source_id"]
    last = produced(players).with_columns(pl.col("season") + 1)
    known = last.join(members.select(here).unique(), on=here, how="semi")
    still = known.join(members.with_columns(is_back=pl.lit(value=True)), on=[*here, "athlete_source_id"], how="left")
    is_back = pl.col("is_back").fill_null(value=False)
    shares = [
        (pl.col(name).filter(is_back).sum() / _positive(pl.col(name).sum())).clip(0, 1).alias(f"returning_{name}_pct")
        for name in PRODUCED
    ]
    elsewhere = members.join(last.rename({"team_id": "last_team_id"}), on=athlete, how="left")
    came = pl.col("last_team_id") != pl.col("team_id")
    seasons = last.group_by("season").agg(is_known=pl.col("production").is_not_null().any())
    joined = elsewhere.join(seasons, on="season")
    sums = [pl.col(name).filter(came).sum().alias(f"transfer_{name}") for name in PRODUCED]
    arrived = joined.group_by(*here, "is_known").agg(sums)
    production = pl.when("is_known").then("transfer_production")
    return [still.group_by(here).agg(shares), arrived.with_columns(transfer_production=production).drop("is_known")]


def produced(players: pl.LazyFrame) -> pl.LazyFrame:
    """Minutes and production of a season by season, team_id and athlete_source_id, for athletes with minutes.

    Production is the game score (Hollinger: points of a game, corrected for shots, rebounds, assists and so on) above
    what the team's reserves reach in the same minutes, at least 0. The reserves are the athletes of the division who
    are not among the eight of their team with the most minutes. Null in a season without any game score.
    """
    here = [*KEY, "athlete_source_id"]
    sums = players.group_by(here).agg(
        pl.col("minutes").sum().cast(pl.Float64),
        score=pl.when(pl.col("game_score").is_not_null().any()).then(pl.col("game_score").sum()),
    )
    sums = sums.filter(pl.col("minutes") > 0).with_columns(
        place=pl.struct("minutes", "athlete_source_id").rank("ordinal", descending=True).over(KEY)
    )
    reserve, season = pl.col("place") > ROTATION, "season"
    per_minute = (
        pl.col("score").filter(reserve).sum().over(season)
        / _positive(pl.col("minutes").filter(reserve).sum().over(season))
    ).fill_null(0.0)
    above = (pl.col("score").fill_null(0.0) - per_minute * pl.col("minutes")).clip(0.0)
    has_scores = pl.col("score").is_not_null().any().over("season")
    return sums.select(*here, "minutes", production=pl.when(has_scores).then(above))


def _positive(value: pl.Expr) -> pl.Expr:
    return pl.when(value > 0).then(value)


def entering(classes: pl.LazyFrame) -> pl.LazyFrame:
    """recruiting_class_rating by season and team. The class of 2024 first plays in the season 2025."""
    return classes.select(
        "team_id", season=pl.col("year") + 1, recruiting_class_rating=pl.col("rating").cast(pl.Float64)
    )


def _fetched_before(rows: pl.LazyFrame, day: date) -> pl.LazyFrame:
    return rows.filter(eastern_date(pl.col("fetched_at")) < day)
