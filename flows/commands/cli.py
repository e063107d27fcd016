"""`cbbd-etl`: the one door to everything. A command is imported when it is used, so help and errors come at once."""

from __future__ import annotations

import pkgutil
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from flows.command_line.command import FLOWS, click_command, invoke, new_app, warn_of_variables
from flows.terminal.shell import BAD_INPUT, OK, guarded
from tasks.errors import did_you_mean

ABOUT = "The whole CollegeBasketballData API as a validated lake: fetch it, build it, check it, query it."
PANELS = {
    "Fetch and build": {name: item.about for name, item in FLOWS.items()},
    "Answers": {
        "rankings": "Rank the teams of Division I by our rating.",
        "team": "Show a team: profile, schedule with results and forecasts.",
        "player": "Show a player: season line, game log.",
        "game": "Show a game: result, forecast, line, box scores.",
        "slate": "Show the games of a day with forecast, line and chance.",
        "standings": "Show the standings of a conference.",
        "odds": "Show how a conference race can still end.",
        "bracket": "Show how far each team of the NCAA tournament can get.",
        "market": "Show how accurate the closing lines are.",
    },
    "Look": {
        "tables": "List the tables of the lake: rows, seasons, meaning.",
        "describe": "Show what a table is: grain, columns, examples.",
        "columns": "Find columns by words of their name or meaning.",
        "query": "Run SQL (DuckDB) on the tables of the lake.",
        "mcp": "Serve the lake to agents by the Model Context Protocol (stdio).",
        "rules": "Check seasons against the rules across tables; exit code 1 if one is broken.",
        "corrections": "List values that the source revised or an override replaced.",
        "quota": "Show calls used and left this month.",
        "views": "SQL views for analysts: list, show, deploy to Athena.",
    },
    "Repair": {
        "rebuild": "Rebuild catalog and tables from raw alone, at any path.",
        "lake": "A lake as a whole: relocate a copy.",
        "raw": "Stored responses: list them, reject one, accept it again.",
    },
    "Work on it": {
        "doctor": "Check settings, network, key, lake and Prefect; each fault with its cure.",
        "deploy": "Check an environment on AWS before its first run: doctor.",
        "settings": "Show every setting and its value; secrets are masked.",
        "sandbox": "Serve the simulated API on this machine.",
        "new": "Start something new: an endpoint, from an example of its response.",
        "docs": "Write the docs that follow from the registry, or check them.",
        "kit": "The kit for coding agents: check, session, copy, owners.",
    },
}
OWN_MODULE = (
    *("query", "mcp", "views", "rebuild", "lake", "raw"),
    *("doctor", "deploy", "settings", "sandbox", "new", "docs", "kit"),
)
# Where a command is that is not a flow: the function that runs it, or one that adds it to an app.
RUN = {
    **{name: f"flows.commands.look:run_{name}" for name in ("rules", "corrections", "quota")},
    **{name: f"flows.commands.discover:run_{name}" for name in ("tables", "describe", "columns")},
    **{name: f"flows.commands.answers:run_{name}" for name in PANELS["Answers"]},
}
ADD = {name: f"flows.commands.{name}:add" for name in OWN_MODULE}


class _Lazy(TyperGroup):
    """A group whose commands are imported when they are used; the list of commands imports none."""

    listing = False

    def list_commands(self, ctx: Any) -> list[str]:
        return [name for panel in PANELS.values() for name in panel]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        panel = next((panel for panel, commands in PANELS.items() if cmd_name in commands), None)
        if panel is None:
            return None
        if self.listing:
            return TyperCommand(cmd_name, help=PANELS[panel][cmd_name], rich_help_panel=panel)
        if cmd_name not in self.commands:
            self.commands[cmd_name] = _made(cmd_name)
        return self.commands[cmd_name]

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None:
            ctx.fail(f"No such command {args[0]!r}{did_you_mean(args[0], self.list_commands(ctx))}")
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        self.listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self.listing = False


def _made(name: str) -> Any:
    """A command by itself; a group keeps its own commands."""
    app = new_app()
    if name in FLOWS:
        FLOWS[name].add_to(app)
    elif name in RUN:
        app.command(name)(pkgutil.resolve_name(RUN[name]))
    else:
        pkgutil.resolve_name(ADD[name])(app)
    made = click_command(app)
    made.name = name
    return made


def command_line() -> Any:
    """`cbbd-etl` with all its commands."""
    app = typer.Typer(cls=_Lazy, help=ABOUT, pretty_exceptions_enable=False)
    app.callback(invoke_without_command=True)(_root)
    return click_command(app)


def _root(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if show_version:
        sys.stdout.write(f"cbbd-etl {version('cbbd-etl')}\n")
        raise typer.Exit(OK)
    if context.invoked_subcommand is None:
        context.command.format_help(context, context.make_formatter())
        raise typer.Exit(BAD_INPUT)
    warn_of_variables()


def main(argv: Sequence[str] | None = None) -> int:
    """The command line."""
    words = sys.argv[1:] if argv is None else argv
    flow = FLOWS.get(words[0]) if words else None
    return guarded(lambda: invoke(command_line(), words, "cbbd-etl"), flow.kept if flow else "")


if __name__ == "__main__":
    sys.exit(main())
