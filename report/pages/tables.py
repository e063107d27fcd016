"""Descriptions of the tables that the report shows, from the registry."""

from __future__ import annotations

from collections.abc import Iterable

import cbbd_etl as cbb
from report import links
from report.page import Page, Shown
from report.source import Source

COLUMNS = (
    Shown("column", "Column"),
    Shown("type", "Type"),
    Shown("unit", "Unit"),
    Shown("meaning", "Meaning"),
)


def page(source: Source, names: Iterable[str]) -> Page:
    """The page: one section per table."""
    found = []
    for name in sorted(set(names)):
        about = cbb.describe(name, lake=source.lake)
        rows = about.columns.select(*(column.key for column in COLUMNS)).to_dicts()
        found.append({"name": name, "meaning": about.meaning, "grain": about.grain, "columns": rows})
    return Page(links.TABLES, "Tables", "tables.html", {"columns": COLUMNS, "found": found})


def meanings(source: Source, names: Iterable[str]) -> dict[str, str]:
    """Meaning of each column of the tables, by name; a name has one meaning in the whole lake."""
    found: dict[str, str] = {}
    for name in sorted(set(names)):
        found |= cbb.describe(name, lake=source.lake).columns.select("column", "meaning").iter_rows()
    return found
