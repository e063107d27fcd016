"""Slates: the games of each date with forecast and line, and a list of the dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from report import links
from report.forms import Shown, day, tip_off
from report.page import Page
from report.pages._rows import Row, linked, score, team_links
from report.source import Source

TABLES = ("silver.fct_games", "gold.game_predictions", "gold.market_lines_analysis")
COLUMNS = (
    Shown("time", "Tip-off", name="start_at"),
    Shown("away", "Away", name="away_team"),
    Shown("home", "Home", name="home_team"),
    Shown("result", "Result", name="status"),
    Shown("predicted_home_margin", "Forecast", "signed"),
    Shown("home_win_probability", "Home wins", "whole_percent"),
    Shown("predicted_total", "Total", "tenth"),
    Shown("spread", "Line", "signed"),
    Shown("over_under", "Over/under", "tenth"),
    Shown("venue", "Venue"),
)


def pages(source: Source) -> Iterator[Page]:
    """One page per date with games, and the list of dates."""
    teams, through = team_links(source), source.results_through
    games = source.games.partition_by("game_date", as_dict=True, maintain_order=True)
    dates = sorted(key[0] for key in games)
    for place, on in enumerate(dates):
        before = dates[place - 1] if place else None
        after = dates[place + 1] if place + 1 < len(dates) else None
        rows = [_row(row, teams) for row in games[(on,)].iter_rows(named=True)]
        content = {"columns": COLUMNS, "rows": rows, "before": _neighbour(before), "after": _neighbour(after)}
        is_over = through is not None and on <= through
        as_of = f"Forecasts of the morning of {day(on)}" if is_over else f"Results through {day(through)}"
        yield Page(links.of_day(on), f"Games of {day(on)}", "slate.html", content, TABLES, as_of=as_of)
    months = _months(source.games)
    content = {"months": months, "next": _neighbour(next_day(source))}
    as_of = f"Results through {day(through)}"
    yield Page(links.SLATES, "Games", "slates.html", content, TABLES, as_of=as_of)


def next_day(source: Source) -> date:
    """The first date after the last result with a game to play, else the last date with games."""
    through = source.results_through
    days = source.games["game_date"].unique().sort()
    later = [found for found in days if through is None or found > through]
    last: date = days[-1]
    return later[0] if later else last


def _neighbour(on: date | None) -> Row | None:
    return None if on is None else {"date": on, "link": links.of_day(on)}


def _row(row: Row, teams: dict[int, str]) -> Row:
    """A game as the table shows it."""
    found = {column.key: row.get(column.key) for column in COLUMNS} | {
        "time": tip_off(row["start_at"], to_be_determined=bool(row["start_time_tbd"])),
        "time_sort": row["start_at"].isoformat(),
        "away": row["away_team"],
        "home": row["home_team"],
        "result": score(row["away_points"], row["home_points"]) or row["status"],
        "is_line_suspect": bool(row["is_line_suspect"]),
        "neutral_site": row["neutral_site"],
    }
    sides = {side: teams.get(row[f"{side}_team_id"]) for side in ("away", "home")}
    return linked(found, **sides, result=links.of_game(row["game_id"]))


def _months(games: pl.DataFrame) -> list[Row]:
    """Dates with their number of games, by month."""
    counted = games.group_by("game_date").agg(pl.len().alias("games")).sort("game_date")
    found: dict[str, list[Row]] = {}
    for on, count in counted.iter_rows():
        found.setdefault(f"{on:%B %Y}", []).append({"date": on, "games": count, "link": links.of_day(on)})
    return [{"month": month, "dates": dates} for month, dates in found.items()]
