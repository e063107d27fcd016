"""Conference races: an overview, and a page per conference with standings and projected finish."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from report import links
from report.forms import Shown, day
from report.page import Page
from report.pages._rows import Row, linked, record, team_links
from report.source import Source

TABLES = ("gold.conference_standings", "gold.season_forecast", "silver.dim_conferences", "silver.dim_team_seasons")
STANDINGS = (
    Shown("conference_rank", "#", "integer"),
    Shown("team", "Team"),
    Shown("conference_record", "Conference", name="conference_win_pct"),
    Shown("games_behind", "Behind", "tenth"),
    Shown("total_record", "All games", name="total_wins"),
    Shown("net", "Net", "signed"),
    Shown("rank", "Rank", "integer"),
)
RACE = (
    Shown("team", "Team"),
    Shown("expected_conference_rank", "Expected place", "tenth"),
    Shown("expected_conference_wins", "Expected wins", "tenth"),
    Shown("title_probability", "Title", "percent"),
    Shown("outright_title_probability", "Alone", "percent"),
    Shown("expected_wins_above_bubble", "Above bubble", "signed"),
)
OVERVIEW = (
    Shown("name", "Conference"),
    Shown("teams", "Teams", "integer"),
    Shown("mean_net", "Mean net", "signed", "net"),
    Shown("leader", "First now"),
    Shown("favourite", "Favourite for the title"),
    Shown("title_probability", "Its chance", "percent"),
)


def pages(source: Source) -> Iterator[Page]:
    """The overview, and one page per conference with teams in the season."""
    standings, races = _by_conference(source.standings), _by_conference(source.races)
    as_of = _as_of(source)
    rows = []
    for conference in source.conferences.iter_rows(named=True):
        number = conference["conference_id"]
        stands, race = standings.get(number, []), races.get(number, [])
        rows.append(linked(_summary(conference, stands, race, source), name=links.of_conference(number)))
        yield _page(conference, stands, race, team_links(source), as_of)
    content = {"columns": OVERVIEW, "rows": rows}
    yield Page(links.CONFERENCES, "Conferences", "conferences.html", content, TABLES, as_of=as_of)


def _by_conference(frame: pl.DataFrame | None) -> dict[int, list[Row]]:
    """Rows by conference_id; teams without a conference are left out."""
    found: dict[int, list[Row]] = {}
    if frame is not None:
        for row in frame.filter(pl.col("conference_id").is_not_null()).iter_rows(named=True):
            found.setdefault(row["conference_id"], []).append(row)
    return found


def _as_of(source: Source) -> str:
    text = f"Results through {day(source.results_through)}"
    races = source.races
    return text if races is None else f"{text}; forecast of the morning of {day(races['as_of_date'][0])}"


def _summary(conference: Row, stands: list[Row], race: list[Row], source: Source) -> Row:
    """A conference's row of the overview."""
    ordered, favoured = sorted(stands, key=_place), sorted(race, key=_chance)
    nets = [row["net"] for row in stands if row["net"] is not None]
    return {
        "name": conference["name"],
        "teams": source.teams.filter(pl.col("conference_id") == conference["conference_id"]).height,
        "mean_net": sum(nets) / len(nets) if nets else None,
        "leader": ordered[0]["team"] if ordered else None,
        "favourite": favoured[0]["team"] if favoured else None,
        "title_probability": favoured[0]["title_probability"] if favoured else None,
    }


def _place(row: Row) -> tuple[int, str]:
    return row["conference_rank"], row["team"]


def _chance(row: Row) -> tuple[float, float, str]:
    return -row["title_probability"], row["expected_conference_rank"], row["team"]


def _page(conference: Row, stands: list[Row], race: list[Row], teams: dict[int, str], as_of: str) -> Page:
    shown = [
        linked(
            row | {"conference_record": record(row, "conference"), "total_record": record(row, "total")},
            team=teams.get(row["team_id"]),
        )
        for row in sorted(stands, key=_place)
    ]
    places = sorted(race, key=lambda row: (row["expected_conference_rank"], row["team"]))
    content = {
        "standings_columns": STANDINGS,
        "standings": shown,
        "race_columns": RACE,
        "race": [linked(row, team=teams.get(row["team_id"])) for row in places],
    }
    path = links.of_conference(conference["conference_id"])
    return Page(path, conference["name"], "conference.html", content, TABLES, as_of=as_of)
