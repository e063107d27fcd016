"""Players: season line and game log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import polars as pl

from cbbd_etl._frames import chosen, find_team, of_season, optional, results_through, site_of
from cbbd_etl._lake import Place, open_lake
from cbbd_etl._names import Named, pick, plains
from tasks.lake.damage import explaining
from tasks.lake.lake import Lake

BOX = "silver.fct_game_players"
IMPACT = "gold.player_season_impact"
ADJUSTED, ON_OFF, SHOTS = "gold.player_impact_adjusted", "gold.player_on_off", "gold.shot_profile"
SIMILAR = "gold.similar_player_seasons"
TOTALS = (
    *("minutes", "points", "rebounds_total", "assists", "steals", "blocks", "turnovers", "fouls"),
    *("field_goals_made", "field_goals_attempted", "three_point_field_goals_made"),
    *("three_point_field_goals_attempted", "free_throws_made", "free_throws_attempted"),
)


@dataclass(frozen=True)
class Player:
    """One player in a season.

    Attributes:
        athlete_id: id of the API.
        name: as the lake has it.
        team: the team of the season, or the teams.
        season: by the year it ends in.
        as_of: day of the last result in the lake, US Eastern; None before the first.
        line: the season, one row per team: games, starts, and totals of the box scores; with the columns of
            `gold.player_season_impact` where gold is built.
        log: one row per game in order: opponent, site, box score.
        impact: one row per team: the newest morning of `gold.player_impact_adjusted`, with `on_off_net_per100`; empty
            where gold has none.
        shots: the player's rows of `gold.shot_profile`, one per team and range; empty where gold has none.
        similar: the player's rows of `gold.similar_player_seasons`, the most similar first; empty where gold has none.
    """

    athlete_id: int
    name: str
    team: str
    season: int
    as_of: date | None
    line: pl.DataFrame
    log: pl.DataFrame
    impact: pl.DataFrame
    shots: pl.DataFrame
    similar: pl.DataFrame


def player(name: str, season: int | None = None, *, team: str | None = None, lake: Place = None) -> Player:
    """A player with a box score in a season, by name: `player("smith")`.

    Args:
        name: the name or a part of it; case, accents and punctuation do not matter.
        season: by the year it ends in; default: the newest one.
        team: the team, where several players can be meant.
        lake: folder or `s3://bucket/prefix`.

    Raises:
        BadInput: when several players or none can be meant; the message names candidates with their teams.
    """
    opened = open_lake(lake)
    with explaining(opened):
        season = chosen(opened, season)
        rows = of_season(opened, BOX, season).filter(pl.col("athlete_id").is_not_null())
        if team is not None:
            rows = rows.filter(pl.col("team_id") == find_team(opened, team, season).id)
        found = pick("player", name, _known(rows))
        log = _log(of_season(opened, BOX, season).filter(pl.col("athlete_id") == found.id))
        line = _line(opened, season, found.id, log)
        label, _, teams = found.label.removesuffix(")").rpartition(" (")
        through = results_through(opened, season)
        impact, shots = _impact(opened, season, found.id), _shots(opened, season, found.id)
        similar = _similar(opened, season, found.id)
        return Player(found.id, label, teams, season, through, line, log, impact, shots, similar)


def _known(rows: pl.LazyFrame) -> list[Named]:
    """Players of box scores, with their teams in the label, and the parts of their names as weak names."""
    newest = pl.col("name").sort_by("start_at").last()
    every = rows.group_by("athlete_id").agg(newest, pl.col("team").unique().sort()).collect()
    return [_named(*row) for row in every.select("athlete_id", "name", "team").iter_rows()]


def _named(number: int, name: str, teams: list[str]) -> Named:
    names = plains([name, *(f"{name} {team}" for team in teams)])
    return Named(number, f"{name} ({', '.join(teams)})", names, plains(name.split()))


def _log(rows: pl.LazyFrame) -> pl.DataFrame:
    shown = rows.sort("start_at", "game_id").select(
        "game_date", site_of(pl.col("is_home")), "opponent", "team", "starter", *TOTALS, "game_score", "game_id"
    )
    return shown.collect()


def _line(lake: Lake, season: int, athlete_id: int, log: pl.DataFrame) -> pl.DataFrame:
    impact = optional(lake, IMPACT, season)
    if impact is not None:
        found = impact.filter(pl.col("athlete_id") == athlete_id).sort("games", descending=True).collect()
        if found.height:
            return found
    return log.group_by("team").agg(
        pl.len().alias("games"), pl.col("starter").sum().alias("starts"), pl.col(TOTALS).sum()
    )


def _impact(lake: Lake, season: int, athlete_id: int) -> pl.DataFrame:
    every = optional(lake, ADJUSTED, season)
    if every is None:
        return pl.DataFrame()
    rows = every.filter(pl.col("athlete_id") == athlete_id).sort("as_of_date").collect()
    newest = rows.unique("team_id", keep="last", maintain_order=True)
    on_off = optional(lake, ON_OFF, season)
    if on_off is None:
        return newest.with_columns(on_off_net_per100=pl.lit(None, pl.Float64))
    own = on_off.filter(pl.col("athlete_id") == athlete_id).select("team_id", "on_off_net_per100").collect()
    return newest.join(own, on="team_id", how="left", maintain_order="left")


def _shots(lake: Lake, season: int, athlete_id: int) -> pl.DataFrame:
    every = optional(lake, SHOTS, season)
    if every is None:
        return pl.DataFrame()
    mine = every.filter(pl.col("profile") == "player", pl.col("subject_id") == athlete_id)
    return mine.sort("team_id", "shots_attempted", descending=[False, True]).collect()


def _similar(lake: Lake, season: int, athlete_id: int) -> pl.DataFrame:
    every = optional(lake, SIMILAR, season)
    if every is None:
        return pl.DataFrame()
    return every.filter(pl.col("athlete_id") == athlete_id).sort("team_id", "similar_rank").collect()
