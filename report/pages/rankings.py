"""Rankings: all teams by rating, with interval and change over a week."""

from __future__ import annotations

import polars as pl

from report import links
from report.forms import DASH, Shown, day
from report.page import Page
from report.pages._rows import conference_links, interval, linked, team_links
from report.source import Source

TABLES = ("gold.team_ratings_daily", "gold.team_power_rankings", "silver.fct_games", "silver.dim_team_seasons")
COLUMNS = (
    Shown("rank", "#", "integer"),
    Shown("team", "Team"),
    Shown("conference", "Conference"),
    Shown("record", "Record"),
    Shown("net", "Net", "signed"),
    Shown("low", "80 % from", "signed", "uncertainty"),
    Shown("high", "to", "signed", "uncertainty"),
    Shown("rank_change", "7 days", "change"),
    Shown("net_change", "Net, 7 days", "signed", "net"),
    Shown("adjusted_offence", "Offence", "tenth"),
    Shown("adjusted_defence", "Defence", "tenth"),
    Shown("tempo", "Tempo", "tenth"),
    Shown("strength_of_schedule", "Schedule", "signed"),
    Shown("ap_rank", "AP", "integer"),
)


def page(source: Source) -> Page:
    """The page. Without ratings it says what builds them."""
    found = source.rankings
    rows, as_of = [], ""
    if found is not None:
        as_of = f"Ratings of the morning of {day(found['as_of_date'][0])}"
        teams, conferences = team_links(source), conference_links(source)
        rows = [
            linked(row, team=teams.get(row["team_id"]), conference=conferences.get(row["conference"]))
            for row in prepared(found).iter_rows(named=True)
        ]
    content = {
        "columns": COLUMNS,
        "rows": rows,
        "conferences": sorted({row["conference"] for row in rows if row["conference"]}),
    }
    return Page(links.RANKINGS, "Rankings", "rankings.html", content, TABLES, as_of=as_of)


def prepared(found: pl.DataFrame) -> pl.DataFrame:
    """Rankings with the columns of the page: record, interval, and change of rank (positive: up) and net in a week."""
    low, high = interval(pl.col("net"), pl.col("uncertainty"))
    return found.select(
        *("rank", "team", "team_id", "conference", "net", "adjusted_offence", "adjusted_defence", "tempo"),
        *("strength_of_schedule", "ap_rank"),
        pl.concat_str("wins", pl.lit(DASH), "losses").alias("record"),
        low.alias("low"),
        high.alias("high"),
        (pl.col("rank_before") - pl.col("rank")).alias("rank_change"),
        (pl.col("net") - pl.col("net_before")).alias("net_change"),
    )
