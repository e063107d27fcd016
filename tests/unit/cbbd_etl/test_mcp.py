"""The MCP server as an agent uses it: the real client, over the standard input and output of `cbbd-etl mcp`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal

import cbbd_etl as cbb
from flows.commands.cli import main
from tasks.lake.lake import Lake
from tests.support.january import NOW

mcp = pytest.importorskip("mcp", reason="needs the extra mcp, which `make setup` installs")

from mcp.client.stdio import StdioServerParameters  # noqa: E402  after the skip

ROOT = Path(__file__).parents[3]
TOOLS = {"list_tables", "describe", "query", "rankings", "team", "slate"}


@dataclass(frozen=True)
class Agent:
    """A client of a server that runs as long as the tests of this file.

    Attributes:
        client: the official client, connected.
        portal: runs coroutines of the client in its event loop.
    """

    client: Any
    portal: BlockingPortal

    def answers(self, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
        """The answer to each call, one after the other; the text of an error where a call fails."""
        done = [self.portal.call(self.client.call_tool, name, given) for name, given in calls]
        return [one.content[0].text if one.is_error else one.structured_content for one in done]


@pytest.fixture(scope="module")
def agent(january: Lake) -> Iterator[Agent]:
    path = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "flows.commands.cli", "mcp", "--lake", january.location],
        env={"CBBD_SANDBOX_NOW": NOW.isoformat(), "CBBD_SOURCE": "sandbox", **path},
        cwd=ROOT,
    )
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(mcp.Client(server)) as client,
    ):
        yield Agent(client, portal)


def test_every_tool_and_parameter_is_described(agent: Agent):
    """An agent knows nothing but these texts."""
    tools = agent.portal.call(agent.client.list_tools).tools
    assert "list_tables" in agent.client.instructions
    assert {tool.name for tool in tools} == TOOLS
    for tool in tools:
        assert len(tool.description) > 40, tool.name
        assert "self" not in tool.input_schema["properties"]
        for name, item in tool.input_schema["properties"].items():
            assert item["description"], (tool.name, name)


def test_the_tools_answer_as_the_reader_does(agent: Agent, january: Lake):
    best = cbb.rankings(top=3, lake=january)
    name = best["team"][0]
    tables, about, ranked, team, slate = agent.answers(
        ("list_tables", {"layer": "gold"}),
        ("describe", {"table": "fct_games"}),
        ("rankings", {"top": 3}),
        ("team", {"name": name.upper()}),
        ("slate", {"day": "2024-12-19"}),
    )
    assert "gold.team_ratings_daily" in {row["table"] for row in tables["tables"]}
    assert all(row["table"].startswith("gold.") for row in tables["tables"])
    assert about["key"] == ["game_id"]
    assert {row["column"] for row in about["columns"]} >= {"game_id", "home_points"}
    assert [row["team"] for row in ranked["teams"]] == best["team"].to_list()
    assert (team["name"], len(team["schedule"])) == (name, cbb.team(name, lake=january).schedule.height)
    assert len(slate["games"]) == cbb.games("2024-12-19", lake=january).height > 0


def test_a_query_returns_a_bounded_number_of_rows_and_says_when_there_are_more(agent: Agent, january: Lake):
    """Trap: `from silver.fct_plays` would fill the memory of the server and the context of the agent."""
    games = cbb.load("fct_games", lake=january).height
    some, default, whole = agent.answers(
        ("query", {"sql": "select game_id, game_date from silver.fct_games order by game_id", "limit": 2}),
        ("query", {"sql": "from silver.fct_games"}),
        ("query", {"sql": "select count(*) as n from silver.fct_games"}),
    )
    assert (some["columns"], len(some["rows"]), some["is_cut"]) == (["game_id", "game_date"], 2, True)
    assert len(default["rows"]) == min(games, 100)
    assert whole == {"columns": ["n"], "rows": [{"n": games}], "is_cut": False}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("query", {"sql": "from silver.fct_gmaes"}, "did you mean silver.fct_games"),
    ("query", {"sql": "from read_csv('/etc/passwd')"}, "a query reads the tables of the lake and nothing else"),
    ("query", {"sql": "create table x as select 1"}, "takes one SELECT and changes nothing"),
    ("query", {"sql": "select 1", "limit": 100_000}, "less than or equal to 1000"),
    ("team", {"name": "zzzz"}, "there is no team 'zzzz'"),
    ("rankings", {"season": 1990}, "no season 1990"),
    ("list_tables", {"layer": "platinum"}, "has no layer platinum"),
    ("slate", {"day": "tomorrow"}, "'tomorrow' is not a day; write YYYY-MM-DD"),
]


def test_an_error_says_what_to_do_and_the_server_goes_on(agent: Agent):
    right = ("query", {"sql": "select 1 as one"})
    *wrong, last = agent.answers(*((tool, given) for tool, given, _ in WRONG), right)
    for (tool, given, said), text in zip(WRONG, wrong, strict=True):
        assert said in text, (tool, given)
    assert last["rows"] == [{"one": 1}]


def test_calls_at_the_same_time_are_answered(agent: Agent):
    """Trap: tools run in threads, and a connection of SQLite belongs to one."""

    async def work() -> list[int]:
        statements = [f"select {n} as n, count(*) as games from silver.fct_games" for n in range(6)]
        calls = [agent.client.call_tool("query", {"sql": sql}) for sql in statements]
        return [done.structured_content["rows"][0]["n"] for done in await asyncio.gather(*calls)]

    assert agent.portal.call(work) == list(range(6))


def test_no_lake_is_refused_before_the_server_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["mcp", "--lake", str(tmp_path / "none")]) == 2
    printed = capsys.readouterr()
    assert (printed.out, "there is no lake at" in printed.err) == ("", True)
