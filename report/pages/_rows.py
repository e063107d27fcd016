"""Rows of tables: what several pages show in the same way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from report import links
from report.forms import DASH
from report.source import Source
from tasks.gold.model.outcome import QUANTILE_80

Row = dict[str, Any]


def team_links(source: Source) -> dict[int, str]:
    """Pages of the teams of Division I by team_id. Other opponents have no page."""
    return {number: links.of_team(number) for number in source.teams["team_id"]}


def conference_links(source: Source) -> dict[str, str]:
    """Pages of the conferences by the abbreviation that tables show."""
    pairs = source.teams.select("conference", "conference_id").drop_nulls().unique().sort("conference_id").iter_rows()
    return {name: links.of_conference(number) for name, number in pairs}


def by_key(frame: pl.DataFrame | None, key: str = "team_id") -> dict[int, Row]:
    """Rows of a table with one row per team, or per other key; empty where there is no table."""
    return {} if frame is None else {row[key]: row for row in frame.iter_rows(named=True)}


def linked(row: Mapping[str, Any], **pages: str | None) -> Row:
    """A row with links: `linked(row, team="teams/1.html")`. Without a page there is no link."""
    return {**row, **{f"{key}_link": path for key, path in pages.items() if path}}


def interval(net: pl.Expr, uncertainty: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """Ends of the central 80 % interval of a normally distributed rating, from its mean and standard deviation."""
    return net - QUANTILE_80 * uncertainty, net + QUANTILE_80 * uncertainty


def record(row: Mapping[str, Any], kind: str) -> str:
    """Wins and losses with a dash between them: `record(row, "home")`."""
    return f"{row[f'{kind}_wins']}{DASH}{row[f'{kind}_losses']}"


def score(points: int | None, other: int | None) -> str | None:
    """Points of a game; None without a result."""
    return None if points is None or other is None else f"{points}{DASH}{other}"
