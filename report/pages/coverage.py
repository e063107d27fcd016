"""Coverage: what the season should hold, what it holds, and the age of each table."""

from __future__ import annotations

import polars as pl

from quality.dataset import registry
from quality.expectations import expectations
from report import links
from report.page import Page, Shown
from report.pages.rows import Row
from report.source import Source
from tasks.audit.audit import audit_lake
from tasks.audit.status import DatasetStatus

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
    return Page(links.COVERAGE, "Coverage", "coverage.html", content, as_of=as_of)


def covered(source: Source) -> list[Row]:
    """Completeness of each dataset of the season, judged at the time of the newest response.

    That time, not today's, makes the page a function of the lake: it is the same whenever it is built.
    """
    now = source.newest_response
    if now is None:
        return []
    status = audit_lake(source.lake, now, [source.season], expectations(registry()))
    return [_row(item) for item in status.datasets if item.season == source.season]


def _row(item: DatasetStatus) -> Row:
    names = ("dataset", "statement", "expected", "present", "known_absent", "quarantined", "unexplained", "share")
    return {name: getattr(item, name) for name in names}


def _tables(found: pl.DataFrame) -> list[Row]:
    """Tables with rows, seasons and time of the newest response; computed tables have none."""
    time = pl.col("fetched_at").dt.to_string("%Y-%m-%d %H:%M").alias("fetched")
    rows = found.select("table", "rows", "seasons", time).to_dicts()
    return [row | {"table_link": f"{links.TABLES}#{row['table']}"} for row in rows]
