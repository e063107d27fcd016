"""Descriptions of the tables that the report shows, from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from quality.dataset import Table, registry
from quality.wording import type_name
from report import links
from report.forms import Shown
from report.page import Page

COLUMNS = (
    Shown("column", "Column"),
    Shown("type", "Type"),
    Shown("unit", "Unit"),
    Shown("meaning", "Meaning"),
)


def page(names: Iterable[str], kinds: Mapping[str, Iterable[str]]) -> Page:
    """The page: one section per table, by name.

    Args:
        names: tables.
        kinds: tables behind the pages of a kind, such as `games`, which link this list instead of each table.
    """
    found = [
        {
            "name": table.qualified,
            "meaning": table.description,
            "key": table.key,
            "columns": [
                {"column": c.name, "type": type_name(c.dtype), "unit": c.unit or "", "meaning": c.description}
                for c in table.columns
            ],
        }
        for table in _described(names)
    ]
    return Page(
        links.TABLES,
        "Tables",
        "tables.html",
        {"columns": COLUMNS, "found": found, "kinds": {kind: list(behind) for kind, behind in kinds.items()}},
        as_of="As the contracts say",
    )


def meanings(names: Iterable[str]) -> dict[str, str]:
    """Meaning of each column of the tables, by name; a name has one meaning in the whole lake."""
    return {column.name: column.description for table in _described(names) for column in table.columns}


def _described(names: Iterable[str]) -> list[Table]:
    wanted = set(names)
    return sorted((t for t in registry().tables.values() if t.qualified in wanted), key=lambda t: t.qualified)
