"""Coverage: what the season should hold, what it holds, and the age of each table."""

from __future__ import annotations

from typing import get_args

import polars as pl

from report import links
from report.forms import Shown
from report.page import Page
from report.pages._rows import Row
from report.source import Source
from tasks.completeness.gaps import State
from tasks.completeness.season import Coverage, SeasonView
from tasks.layers.overrides import load_overrides
from tasks.layers.words import parse_words
from tasks.settings import load_settings

DATASETS = (
    Shown("dataset", "Dataset"),
    Shown("expected", "Expected", "integer"),
    Shown("present", "Complete", "integer"),
    Shown("share", "Share", "share"),
    Shown("known_absent", "Known absent", "integer"),
    Shown("quarantined", "Quarantined", "integer"),
    Shown("unexplained", "Unexplained", "integer"),
)
TABLES = (
    Shown("table", "Table"),
    Shown("rows", "Rows", "integer"),
    Shown("seasons", "Seasons"),
    Shown("fetched", "Newest response (UTC)", name="fetched_at"),
)


def page(source: Source) -> Page:
    """The page."""
    datasets = covered(source)
    content = {
        "dataset_columns": DATASETS,
        "datasets": datasets,
        "unexplained": sum(row["unexplained"] for row in datasets),
        "table_columns": TABLES,
        "tables": _tables(source.tables),
    }
    newest = source.newest_response
    as_of = f"Newest response {newest:%Y-%m-%d %H:%M} UTC" if newest else ""
    behind = tuple(source.tables["table"])
    return Page(links.COVERAGE, "Coverage", "coverage.html", content, behind, as_of=as_of)


def covered(source: Source) -> list[Row]:
    """Completeness of each dataset of the season, judged at the time of the newest response.

    That time, not today's, makes the page a function of the lake: it is the same whenever it is built.
    """
    now = source.newest_response
    if now is None:
        return []
    settings = load_settings()
    view = SeasonView(source.lake, source.season, now, load_overrides(settings.overrides), parse_words(settings.drift))
    return [_row(item) for item in view.coverage()]


def _row(item: Coverage) -> Row:
    states = {state.replace(" ", "_"): item.count(state) for state in get_args(State)}
    share = item.present / item.expected if item.expected else None
    return {
        "dataset": item.expectation.name,
        "expected": item.expected,
        "present": item.present,
        "share": share,
    } | states


def _tables(found: pl.DataFrame) -> list[Row]:
    """Tables with rows, seasons and time of the newest response; computed tables have none."""
    time = pl.col("fetched_at").dt.to_string("%Y-%m-%d %H:%M").alias("fetched")
    rows = found.select("table", "rows", "seasons", time).to_dicts()
    return [row | {"table_link": f"{links.TABLES}#{row['table']}"} for row in rows]
