"""A page per player of Division I with a box score: the season by team, impact, and all games."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from report import links, shot_maps
from report.forms import Shown, day, shown
from report.page import Page
from report.pages import _shots
from report.pages._rows import Row, team_links
from report.source import Source

TABLES = (
    *("silver.fct_shots", "gold.similar_player_seasons"),
    *("silver.fct_game_players", "gold.player_season_impact", "gold.player_on_off", "gold.player_impact_adjusted"),
    _shots.TABLE,
)
KIND = "players"
SIMILAR = 2  # seasons of others that are named
COUNTS = ("minutes", "points", "rebounds_total", "assists")
RATES = {"minutes": "minutes", "points": "points", "rebounds_total": "rebounds", "assists": "assists"}
FACTS = (
    Shown("games", "Games", "integer"),
    Shown("starts", "Starts", "integer"),
    Shown("minutes", "Minutes", "integer"),
    Shown("minutes_per_game", "Minutes per game", "tenth"),
    Shown("points_per_game", "Points per game", "tenth"),
    Shown("rebounds_per_game", "Rebounds per game", "tenth"),
    Shown("assists_per_game", "Assists per game", "tenth"),
    Shown("true_shooting_pct", "True shooting", "percent"),
    Shown("usage_pct", "Usage", "percent"),
    Shown("net_rating", "Net rating", "signed"),
    Shown("porpag", "PORPAG", "tenth"),
    Shown("win_shares_total", "Win shares", "tenth"),
    Shown("on_off_net_per100", "On minus off the floor", "signed"),
    Shown("net_impact", "Adjusted impact", "signed"),
    Shown("offence_impact", "Impact on offence", "signed"),
    Shown("defence_impact", "Impact on defence", "signed"),
    Shown("net_impact_low_80", "Impact, low end", "signed"),
    Shown("net_impact_high_80", "Impact, high end", "signed"),
)


def linked_players(source: Source) -> dict[int, str]:
    """Pages of players by athlete_id."""
    return {row["athlete_id"]: links.of_player(row["athlete_id"]) for row in _seasons(source).iter_rows(named=True)}


def pages(source: Source) -> Iterator[Page]:
    """One page per player, by athlete_id."""
    teams, seasons, with_shots = team_links(source), _seasons(source), _shots.of_teams(source)
    for (number,), rows in seasons.partition_by("athlete_id", as_dict=True, maintain_order=True).items():
        yield _page(int(number), rows.to_dicts(), teams, with_shots)


def _page(number: int, seasons: list[Row], teams: dict[int, str], with_shots: dict[int, _shots.Shots]) -> Page:
    newest = max(seasons, key=lambda row: row["last_game"])
    content = {
        "similar": next((row["similar"] for row in seasons if row["similar"]), ""),
        "shot_maps": {"line": newest["map_line"], "maps": shot_maps.of_player(seasons)},
        "athlete_id": number,
        "position": newest["position"],
        "seasons": [
            {
                "team": row["team"],
                "team_id": row["team_id"],
                "link": teams.get(row["team_id"]),
                "has_shots": str(number) in with_shots.get(row["team_id"], {}),
                "facts": [(c.label, shown(row[c.key], c.form)) for c in FACTS if row.get(c.key) is not None],
            }
            for row in seasons
        ],
    }
    return Page(
        links.of_player(number), newest["name"], "player.html", content, TABLES,
        as_of=f"Games through {_through(seasons)}", kind=KIND,
    )  # fmt: skip


def _through(seasons: list[Row]) -> str:
    last: date = max(row["last_day"] for row in seasons)
    return day(last)


def _seasons(source: Source) -> pl.DataFrame:
    """A row per player and team of Division I, the team with most games first: sums of box scores, and gold's columns.

    Where gold is not built, the columns of FACTS that follow from box scores are made from them.
    """
    boxes = source.boxes
    if boxes is None:
        return pl.DataFrame(schema={"athlete_id": pl.Int64})
    keys = ["athlete_id", "team_id"]
    days = source.games.select("game_id", "game_date")
    own = boxes.filter(pl.col("athlete_id").is_not_null() & pl.col("team_id").is_in(source.teams["team_id"].implode()))
    found = (
        own.join(days, "game_id", "left")
        .sort("start_at", "game_id")
        .group_by(keys)
        .agg(
            pl.col("team", "name", "position").last(),
            pl.col("start_at").last().alias("last_game"),
            pl.col("game_date").last().alias("last_day"),
            pl.len().alias("games"),
            pl.col("starter").sum().alias("starts"),
            pl.col(COUNTS).sum(),
        )
    )
    found = found.with_columns((pl.col(c) / pl.col("games")).alias(f"{name}_per_game") for c, name in RATES.items())
    for more in (source.players, source.on_off, source.impacts):
        if more is not None:
            wanted = [c.key for c in FACTS if c.key in more.columns and c.key not in found.columns]
            found = found.join(more.select(*keys, *wanted), keys, "left")
    found = found.join(shot_maps.of_players(source.shot_bins), keys, "left")
    found = found.join(_similar(source), keys, "left")
    found = found.with_columns(map_line=pl.lit(shot_maps.line_of(source.season)))
    return found.sort("athlete_id", "games", "team_id", descending=[False, True, False])


def _similar(source: Source) -> pl.DataFrame:
    """team_id, athlete_id and the most similar seasons of others in words."""
    if source.similar is None:
        return pl.DataFrame(schema={"team_id": pl.Int64(), "athlete_id": pl.Int64(), "similar": pl.String()})
    near = source.similar.filter(pl.col("similar_rank") <= SIMILAR)
    one = pl.concat_str("similar_name", pl.lit(" ("), "similar_team", pl.lit(" "), "similar_season", pl.lit(")"))
    alike = pl.col("alike_rates").first().list.join(", ")
    said = pl.concat_str(pl.lit("; the first has "), alike, pl.lit(" in common"))
    words = pl.when(alike != "").then(said).otherwise(pl.lit(""))
    return near.group_by("team_id", "athlete_id", maintain_order=True).agg(
        similar=pl.concat_str(one.str.join(", "), words)
    )
