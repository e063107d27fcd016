"""The page of all players: usage against efficiency, and the players with the most usage."""

from __future__ import annotations

import polars as pl

from quality.contracts.gold_similar import ENOUGH_MINUTES
from report import links
from report.charts import Drawing, usage
from report.forms import Shown, day
from report.page import Page
from report.pages._rows import linked, team_links
from report.source import Source

TABLES = ("gold.player_season_impact", "gold.player_impact_adjusted")
DRAWN, LISTED = 500, 100  # players with most minutes in the chart, with most usage in the table
COLUMNS = (
    Shown("name", "Player"),
    Shown("team", "Team"),
    Shown("minutes", "Minutes", "integer"),
    Shown("usage_pct", "Usage", "percent"),
    Shown("true_shooting_pct", "True shooting", "percent"),
    Shown("points_per_game", "Points", "tenth"),
    Shown("net_impact", "Impact", "signed"),
)


def page(source: Source) -> Page:
    """The page. Without gold it says what builds it."""
    found = _rated(source)
    drawn = found.sort("minutes", "athlete_id", descending=[True, False]).head(DRAWN)
    points = drawn.select(usage=pl.col("usage_pct").round(3), shooting=pl.col("true_shooting_pct").round(3)).to_dicts()
    teams = team_links(source)
    rows = [
        linked(row, name=links.of_player(row["athlete_id"]), team=teams.get(row["team_id"]))
        for row in found.head(LISTED).iter_rows(named=True)
    ]
    title = f"Usage against true shooting of {drawn.height} players"
    content = {"columns": COLUMNS, "rows": rows, "number_drawn": drawn.height, "least": ENOUGH_MINUTES}
    drawings = {"usage": Drawing(usage, title, points)} if points else {}
    as_of = f"Results through {day(source.results_through)}"
    return Page(links.PLAYERS, "Players", "players.html", content, TABLES, drawings, as_of)


def _rated(source: Source) -> pl.DataFrame:
    """Players of Division I with enough minutes and both rates, those with most usage first."""
    wanted = [column.key for column in COLUMNS[:-1]]
    if source.players is None:
        kinds = {column.key: pl.Float64() if column.is_number else pl.String() for column in COLUMNS}
        return pl.DataFrame(schema={"team_id": pl.Int64(), "athlete_id": pl.Int64(), **kinds})
    rows = source.players.filter(
        pl.col("team_id").is_in(source.teams["team_id"].implode()),
        pl.col("minutes") >= ENOUGH_MINUTES,
        pl.col("usage_pct").is_not_null() & pl.col("true_shooting_pct").is_not_null(),
    )
    keys = ["team_id", "athlete_id"]
    found = rows.select(*keys, *wanted)
    if source.impacts is None:
        found = found.with_columns(net_impact=pl.lit(None, pl.Float64))
    else:
        found = found.join(source.impacts.select(*keys, "net_impact"), keys, "left")
    return found.sort("usage_pct", "athlete_id", descending=[True, False])
