"""Teams: rankings, profile and schedule of one, standings of a conference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from cbbd_etl._frames import (
    GAMES,
    PREDICTIVE,
    chosen,
    find_conference,
    find_team,
    of_morning,
    of_season,
    optional,
    results_through,
    site_of,
)
from cbbd_etl._games import of_games
from cbbd_etl._lake import Place, open_lake
from tasks.errors import BadInput
from tasks.lake.damage import explaining
from tasks.lake.lake import Lake
from tasks.sql.query import query
from tasks.sql.views import views

RATINGS = "gold.team_ratings_daily"
RATING = (
    *("net", "adjusted_offence", "adjusted_defence", "tempo", "uncertainty", "strength_of_schedule", "flag"),
    *("as_of_date", "season", "team_id"),
)


@dataclass(frozen=True)
class Team:
    """One team in a season.

    Attributes:
        name: its name, as the lake has it.
        season: by the year it ends in.
        as_of: day of the last result in the lake, US Eastern; None before the first.
        profile: one row: record, rank, resume, four factors; where gold is not built, only the record.
        schedule: its games in order: site, opponent, points, predicted_margin and win_probability of the team, spread
            of the team, whether it won.
    """

    team_id: int
    name: str
    season: int
    as_of: date | None
    profile: pl.DataFrame
    schedule: pl.DataFrame


def rankings(
    season: int | None = None, *, top: int | None = None, as_of: str | date | None = None, lake: Place = None
) -> pl.DataFrame:
    """Teams of Division I by our rating, the best first.

    Args:
        season: by the year it ends in; default: the newest one, or that of `as_of`.
        top: only this many.
        as_of: ratings of this morning, US Eastern: they use the results of earlier days. Default: the newest. This is
            the day of the ratings, unlike `as_of` of `load`, which is the time of a version in the lake.
        lake: folder or `s3://bucket/prefix`.

    Returns:
        rank, team, conference, wins, losses (all games before the morning), net (points per 100 possessions),
        adjusted_offence, adjusted_defence, tempo (possessions per 40 minutes), uncertainty (standard deviation of net),
        strength_of_schedule, ap_rank (null if unranked), flag, as_of_date, season, team_id.

    Raises:
        BadInput: when gold is not built, or there are no ratings by then.
    """
    opened = open_lake(lake)
    with explaining(opened):
        if top is not None and top < 1:
            raise BadInput(f"top: {top} is not a number of teams; the least is 1")
        rated = of_morning(opened, RATINGS, season, as_of)
        found = rated.filter(pl.col("variant") == PREDICTIVE)
        season = found["season"][0]
        morning = found["as_of_date"][0]
        names = of_season(opened, "silver.dim_team_seasons", season).select("team_id", "conference", team="school")
        full = found.lazy().join(names, "team_id", "left").join(_records(opened, season, morning), "team_id", "left")
        full = _with_poll(opened, full, season, morning)
        shown = full.select("rank", "team", "conference", "wins", "losses", *RATING[:6], "ap_rank", *RATING[6:])
        return shown.with_columns(pl.col("wins", "losses").fill_null(0)).sort("rank").head(top or 10_000).collect()


def _records(lake: Lake, season: int, morning: date) -> pl.LazyFrame:
    """Wins and losses of each team in games before a morning."""
    games = of_season(lake, GAMES, season).filter(pl.col("has_result") & (pl.col("game_date") < morning))
    won = pl.col("home_points") > pl.col("away_points")
    home, away = games.select(won, team_id="home_team_id"), games.select(won.not_(), team_id="away_team_id")
    both = pl.concat([home.rename({"home_points": "won"}), away.rename({"home_points": "won"})])
    return both.group_by("team_id").agg(wins=pl.col("won").sum(), losses=pl.col("won").not_().sum())


def _with_poll(lake: Lake, frame: pl.LazyFrame, season: int, morning: date) -> pl.LazyFrame:
    """With the rank in the AP poll, as known that morning; null where gold lacks it."""
    polls = optional(lake, "gold.team_power_rankings", season)
    if polls is None:
        return frame.with_columns(pl.lit(None, pl.Int64).alias("ap_rank"))
    ranked = polls.filter(pl.col("as_of_date") == morning).select("team_id", "ap_rank")
    return frame.join(ranked, "team_id", "left")


def team(name: str, season: int | None = None, *, lake: Place = None) -> Team:
    """A team by any of its names: `team("uconn")`, `team("st johns")`, `team("miami fl")`.

    Args:
        name: school, full or short name, abbreviation or mascot; case, accents and punctuation do not matter.
        season: by the year it ends in; default: the newest one.
        lake: folder or `s3://bucket/prefix`.

    Raises:
        BadInput: when several teams or none can be meant; the message names candidates.
    """
    opened = open_lake(lake)
    with explaining(opened):
        season = chosen(opened, season)
        found = find_team(opened, name, season)
        schedule = _schedule(opened, season, found.id)
        profile = _profile(opened, season, found.id, schedule)
        return Team(found.id, found.label, season, results_through(opened, season), profile, schedule)


def _schedule(lake: Lake, season: int, team_id: int) -> pl.DataFrame:
    is_home = pl.col("home_team_id") == team_id
    sign = pl.when(is_home).then(1).otherwise(-1)

    def own(side: str, other: str) -> pl.Expr:
        return pl.when(is_home).then(side).otherwise(other)

    points, against = own("home_points", "away_points"), own("away_points", "home_points")
    chance = pl.col("home_win_probability")
    mine = of_games(lake, season).filter(is_home | (pl.col("away_team_id") == team_id))
    return (
        mine.select(
            "game_date",
            site_of(is_home),
            own("away_team", "home_team").alias("opponent"),
            "status",
            points.alias("points"),
            against.alias("opponent_points"),
            (points > against).alias("won"),
            (sign * pl.col("predicted_home_margin")).alias("predicted_margin"),
            pl.when(is_home).then(chance).otherwise(1 - chance).alias("win_probability"),
            (sign * pl.col("spread")).alias("spread"),
            "is_line_suspect",
            "start_at",
            "game_id",
        )
        .sort("start_at", "game_id")
        .collect()
    )


def _profile(lake: Lake, season: int, team_id: int, schedule: pl.DataFrame) -> pl.DataFrame:
    dashboard = views()["v_team_dashboard"]
    if all(optional(lake, name, season) is not None for name in dashboard.tables):
        of_team = f"where season = {int(season)} and team_id = {int(team_id)}"
        found = query(lake, f"select * from gold.{dashboard.name} {of_team}")  # noqa: S608  whole numbers
        if found.height:
            return found
    won = schedule["won"].drop_nulls()
    return pl.DataFrame({"total_wins": [int(won.sum())], "total_losses": [int((~won).sum())]})


def standings(conference: str, season: int | None = None, *, lake: Place = None) -> pl.DataFrame:
    """Standings of a conference: `standings("big ten")`.

    Args:
        conference: its name, short name or abbreviation.
        season: by the year it ends in; default: the newest one.
        lake: folder or `s3://bucket/prefix`.

    Returns:
        The columns of `gold.conference_standings` and results_through (day of the last result), the first team first.

    Raises:
        BadInput: when several conferences or none can be meant, it has no teams in the season, or gold is not built.
    """
    opened = open_lake(lake)
    with explaining(opened):
        season = chosen(opened, season)
        wanted = find_conference(opened, conference)
        every = of_season(opened, "gold.conference_standings", season)
        found = every.filter(pl.col("conference_id") == wanted).sort("conference_rank").collect()
        if found.is_empty():
            has = ", ".join(sorted(set(every.collect()["conference"].drop_nulls())))
            raise BadInput(f"{conference} has no teams in season {season}; that season has: {has}")
        return found.with_columns(pl.lit(results_through(opened, season)).alias("results_through"))
