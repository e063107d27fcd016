"""The NCAA tournament: how far each team can get."""

from __future__ import annotations

from quality.contracts.gold_forecasts import ROUNDS
from report import links
from report.forms import Shown, day
from report.page import Page
from report.pages._rows import linked, team_links
from report.source import Source

TABLES = ("gold.bracket_forecast", "gold.season_forecast")
COLUMNS = (
    Shown("team", "Team"),
    Shown("region", "Region"),
    Shown("seed", "Seed", "integer"),
    *(Shown(name, name.replace("_", " ").capitalize(), "percent") for name in reversed(ROUNDS)),
)


def page(source: Source) -> Page:
    """The page. Without a forecast it says what builds one."""
    found = source.bracket
    rows = [] if found is None else list(found.iter_rows(named=True))
    as_of = f"Forecast of the morning of {day(rows[0]['as_of_date'])}" if rows else ""
    teams = team_links(source)
    columns = [column for column in COLUMNS if any(row[column.key] is not None for row in rows)]
    content = {
        "columns": columns,
        "rows": [linked(row, team=teams.get(row["team_id"])) for row in rows],
        "is_drawn": bool(rows) and rows[0]["is_field_drawn"],
    }
    return Page(links.BRACKET, "Bracket", "bracket.html", content, TABLES, as_of=as_of)
