"""The first page: what the report stands on, the best teams, and ways to all pages."""

from __future__ import annotations

from report import links
from report.forms import Shown, day
from report.page import Page
from report.pages._rows import conference_links, linked, team_links
from report.pages.rankings import COLUMNS, prepared
from report.pages.slates import next_day
from report.source import Source

TOP = 10
SHOWN = ("rank", "team", "conference", "record", "net", "rank_change")


def page(source: Source) -> Page:
    """The page."""
    teams, conferences = team_links(source), conference_links(source)
    ranked = source.rankings
    best = [] if ranked is None else prepared(ranked).head(TOP).to_dicts()
    through, newest, on = source.results_through, source.newest_response, next_day(source)
    morning = None if ranked is None else ranked["as_of_date"][0]
    content = {
        "facts": [
            ("Results through", day(through)),
            ("Ratings of the morning of", day(morning)),
            ("Newest response", f"{newest:%Y-%m-%d %H:%M} UTC" if newest else "none"),
            ("Games with a result", f"{source.games['has_result'].sum():,} of {source.games.height:,}"),
            ("Teams of Division I", f"{source.teams.height:,}"),
        ],
        "columns": _columns(),
        "best": [
            linked(row, team=teams.get(row["team_id"]), conference=conferences.get(row["conference"])) for row in best
        ],
        "slate": {"date": on, "link": links.of_day(on)},
        "teams": [
            {"name": row["school"], "conference": row["conference"], "link": links.of_team(row["team_id"])}
            for row in source.teams.iter_rows(named=True)
        ],
    }
    tables = ("gold.team_ratings_daily", "silver.fct_games", "silver.dim_team_seasons")
    return Page(links.INDEX, "Overview", "index.html", content, tables, as_of=f"Results through {day(through)}")


def _columns() -> list[Shown]:
    return [column for column in COLUMNS if column.key in SHOWN]
