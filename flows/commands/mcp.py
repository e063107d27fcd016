"""`cbbd-etl mcp`: the lake for coding agents and chat programs, by the Model Context Protocol on standard input."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Any

import orjson
import typer
from pydantic import Field

import cbbd_etl as cbb
from flows.commands._shared import LakeOption, lake_for_reading
from flows.terminal.shell import OK
from tasks.errors import BadInput, PipelineError
from tasks.lake.lake import Lake
from tasks.sql.render import render

ABOUT = (
    "College basketball since 2003: games, box scores, plays, betting lines, ratings, forecasts. A season is named by "
    "the year it ends in. Columns ending in _pct are fractions from 0 to 1, and _date is a day in US Eastern. Call "
    "list_tables and describe before query: column names cannot be guessed. Every tool only reads."
)
ROWS, MOST_ROWS = 100, 1000
NOT_LISTED = "bronze."  # rows as the source sends them; silver has the same, checked and joined

Answer = dict[str, Any]
Season = Annotated[int | None, Field(description="Season by the year it ends in; default: the newest")]
Day = Annotated[str | None, Field(description="YYYY-MM-DD, US Eastern")]


def add(app: typer.Typer) -> None:
    """Add `mcp`."""
    app.command("mcp")(run_mcp)


def run_mcp(lake: LakeOption = None) -> int:
    """Serve the lake to agents by the Model Context Protocol, on standard input and output. It only reads."""
    try:
        from mcp.server.mcpserver import MCPServer  # noqa: PLC0415  an extra
        from mcp.server.mcpserver.exceptions import ToolError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise BadInput(
            f"{error.name} is not installed; this command needs the extra mcp: pip install '.[mcp]'"
        ) from None
    server = MCPServer("cbbd-etl", instructions=ABOUT, version=version("cbbd-etl"), log_level="WARNING")
    for tool in Tools(lake_for_reading(lake)).all:
        server.add_tool(_explained(tool, ToolError))
    server.run("stdio")
    return OK


def _explained(tool: Callable[..., Answer], kind: type[Exception]) -> Callable[..., Answer]:
    """A tool whose errors reach the agent; the text of any other error stays on this machine."""

    @functools.wraps(tool)
    def answer(**given: Any) -> Answer:
        try:
            return tool(**given)
        except PipelineError as error:
            raise kind(str(error)) from error

    vars(answer)["__signature__"] = inspect.signature(tool, eval_str=True)
    return answer


@dataclass(frozen=True)
class Tools:
    """What an agent can ask. The description of a tool is its docstring, as the agent reads it."""

    lake: Lake

    @property
    def all(self) -> tuple[Callable[..., Answer], ...]:
        """Every tool."""
        return self.list_tables, self.describe, self.query, self.rankings, self.team, self.slate

    def list_tables(
        self,
        layer: Annotated[str | None, Field(description="silver, gold, ops or bronze; default: all but bronze")] = None,
    ) -> Answer:
        """Tables and views of the lake: rows, seasons, time of the newest response (UTC), what a row is."""
        rows = [row for row in _rows(cbb.tables(lake=self.lake)) if _is_listed(row["table"], layer)]
        if not rows:
            raise BadInput(f"the lake has no layer {layer}; call list_tables without one")
        return {"tables": rows}

    def describe(self, table: Annotated[str, Field(description="For example: silver.fct_games")]) -> Answer:
        """A table or view: what a row is, key, seasons, and each column with type, unit, null rule and meaning."""
        found = cbb.describe(table, lake=self.lake).to_dict()
        return {name: value for name, value in found.items() if name != "examples"}

    def query(
        self,
        sql: Annotated[str, Field(description="One SELECT in DuckDB's SQL on tables such as silver.fct_games")],
        limit: Annotated[int, Field(ge=1, le=MOST_ROWS, description="Return at most this many rows")] = ROWS,
    ) -> Answer:
        """Rows of one SELECT. Only the tables of the lake can be read. is_cut is true where there are more rows."""
        found = cbb.query(sql, limit=limit + 1, lake=self.lake)
        return {"columns": found.columns, "rows": _rows(found.head(limit)), "is_cut": found.height > limit}

    def rankings(
        self,
        season: Season = None,
        top: Annotated[int, Field(ge=1, le=400, description="Number of teams")] = 25,
        as_of: Day = None,
    ) -> Answer:
        """Division I teams by our rating, on the newest morning or that of as_of: points per 100 possessions."""
        return {"teams": _rows(cbb.rankings(season, top=top, as_of=as_of, lake=self.lake))}

    def team(
        self, name: Annotated[str, Field(description="For example: uconn, st johns, miami fl")], season: Season = None
    ) -> Answer:
        """A team in a season: profile, and schedule with results, forecasts and closing spreads from its side."""
        found = cbb.team(name, season, lake=self.lake)
        parts = {"profile": _rows(found.profile)[0], "schedule": _rows(found.schedule)}
        as_of = found.as_of and found.as_of.isoformat()
        return {"team_id": found.team_id, "name": found.name, "season": found.season, "results_through": as_of, **parts}

    def slate(self, day: Day = None) -> Answer:
        """Games of a day with forecast, closing line and chance; by default today's, or of the next day with games."""
        return {"games": _rows(cbb.games(day, lake=self.lake))}


def _is_listed(table: str, layer: str | None) -> bool:
    return not table.startswith(NOT_LISTED) if layer is None else table.startswith(f"{layer}.")


def _rows(frame: Any) -> list[Answer]:
    """Rows of a data frame with values that JSON has."""
    found: list[Answer] = orjson.loads(render(frame, "json"))
    return found
