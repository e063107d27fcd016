"""Division I teams of a season from its schedule, for a lake without silver.dim_team_seasons."""

from __future__ import annotations

import polars as pl

from quality.contracts.games import FCT_GAMES
from quality.dataset import StandIn

FULL_SCHEDULE = 0.75  # quantile of the games of a team that stands for a full schedule
MEMBER_SHARE = 0.5  # a member plays at least this share of it; teams from outside Division I have one to three games
SIDES = ("home", "away")
COLUMNS = ("team_id", "team", "conference_id", "conference")


def members_of(games: pl.LazyFrame) -> pl.LazyFrame:
    """One row per team and season: season, team_id, school, conference_id, conference.

    A team is a member if a game of the season gives it a conference (the API has none for teams outside of Division I),
    or if it is scheduled as often as a member. The second condition covers independent teams, and a source that sends
    no conferences. The conference of most games counts, and of equally many the one with the lower id.
    """
    sides = pl.concat(
        games.select("season", *(pl.col(f"{side}_{name}").alias(name) for name in COLUMNS)) for side in SIDES
    )
    league = pl.struct("conference_id", "conference")
    known = league.filter(pl.col("conference_id").is_not_null())
    named = pl.col("team").filter(pl.col("team") != "")
    teams = (
        sides.filter(pl.col("team_id") >= 0)
        .group_by("season", "team_id")
        .agg(games=pl.len(), school=named.mode().sort().first(), league=known.mode().sort().first())
        .with_columns(pl.col("league").struct.field("conference_id", "conference"))
    )
    enough = pl.col("games") >= MEMBER_SHARE * pl.col("games").quantile(FULL_SCHEDULE).over("season")
    return teams.filter(pl.col("conference_id").is_not_null() | enough).select(
        *("season", "team_id"),
        pl.coalesce("school", pl.concat_str(pl.lit("team "), "team_id")).alias("school"),
        *("conference_id", "conference"),
    )


FROM_SCHEDULE = StandIn(
    FCT_GAMES,
    ("season", *(f"{side}_{name}" for side in SIDES for name in COLUMNS)),
    members_of,
    "teams of Division I are those of the schedule with a conference or with about a full number of games",
)
