"""The `cbbd-etl` command: its options. What a command needs beyond them is imported when it runs."""

from __future__ import annotations

import argparse
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path

from flows.terminal.shell import Help, guarded
from tasks.sql.formats import FORMATS

PRIMARY = "primary"  # the workgroup that every AWS account has

COMMANDS = {
    **{name: f"flows.commands.lake:run_{name}" for name in ("settings", "rules", "corrections", "quota", "docs")},
    "query": "flows.commands.query:query_command",
    "views": "flows.commands.views:run_views",
    "kit": "flows.commands.kit:run_kit",
}


def command_line() -> argparse.ArgumentParser:
    """Commands of `cbbd-etl` and their options."""
    parser = argparse.ArgumentParser(prog="cbbd-etl", description="Read and inspect a lake.", formatter_class=Help)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("settings", help="print every setting with its value; secrets are masked")
    reader = commands.add_parser("query", help="run SQL (DuckDB) on the lake's tables")
    reader.add_argument("sql", help="for example: select count(*) from silver.fct_games")
    reader.add_argument("--format", choices=FORMATS, help="default: a table, or what the suffix of --output says")
    reader.add_argument("--lake", help="folder or s3://bucket/prefix; default: CBBD_LAKE, ./lake")
    reader.add_argument("--output", type=Path, help="file that gets all rows: .csv, .json, .jsonl or .parquet")
    judge = commands.add_parser("rules", help="judge seasons by the rules across tables; exit code 1 if one is broken")
    judge.add_argument("--season", help="season or range: 2025, 2015-2020; default: all that the lake has")
    judge.add_argument("--lake", help="folder or s3://bucket/prefix; default: CBBD_LAKE, ./lake")
    spent = commands.add_parser("quota", help="print the month's calls: spent, left, kept for the daily run")
    spent.add_argument("--lake", help="folder or s3://bucket/prefix; default: CBBD_LAKE, ./lake")
    told = commands.add_parser("corrections", help="print values that the source or we have corrected")
    told.add_argument("--season", help="season or range: 2025, 2015-2020; default: all that the lake has")
    told.add_argument("--table", help="silver table, such as fct_games; default: all")
    told.add_argument("--format", choices=FORMATS, default="table", help="how to print them; table adds a summary")
    told.add_argument("--lake", help="folder or s3://bucket/prefix; default: CBBD_LAKE, ./lake")
    _add_views(commands.add_parser("views", help="the views for analysts: list, show, deploy to Athena"))
    docs = commands.add_parser("docs", help="write the docs that follow from the registry")
    docs.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a file is out of date")
    docs.add_argument("--folder", type=Path, default=Path("docs"), help="where they are; default: ./docs")
    _add_kit(commands.add_parser("kit", help="the kit for coding agents: check, session, copy"))
    return parser


def _add_views(parser: argparse.ArgumentParser) -> None:
    """Options of `cbbd-etl views`."""
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="print the views and what each answers")
    shown = actions.add_parser("show", help="print the SQL of a view")
    shown.add_argument("name", help="for example: v_team_dashboard")
    shown.add_argument("--dialect", choices=("athena", "duckdb"), default="athena", help="default: athena")
    made = actions.add_parser("deploy", help="create the views, or replace them, in the gold database through Athena")
    made.add_argument("name", nargs="*", help="default: all")
    made.add_argument("--workgroup", default=PRIMARY, help=f"Athena's workgroup; default: {PRIMARY}")
    made.add_argument("--output", help="s3:// address for Athena's results, where the workgroup names none")
    made.add_argument("--dry-run", action="store_true", help="print the statements, create nothing")


def _add_kit(parser: argparse.ArgumentParser) -> None:
    """Options of `cbbd-etl kit`."""
    actions = parser.add_subparsers(dest="action", required=True)
    checked = actions.add_parser("check", help="hold the kit against the repository; exit code 1 if anything is not so")
    told = actions.add_parser("session", help="print a session's prompt, once the work tree is clean")
    told.add_argument("number", type=int, help="1, 2, ... as in ORCHESTRATE.md")
    told.add_argument("--dry-run", action="store_true", help="run its orientation and its review; dispatch nothing")
    told.add_argument("--slow", action="store_true", help="with --dry-run: also commands of minutes")
    copied = actions.add_parser("copy", help="copy the kit into another checkout; nothing there is overwritten")
    copied.add_argument("destination", type=Path, help="folder of the other checkout")
    copied.add_argument("--dry-run", action="store_true", help="print the changes as a diff, write nothing")
    owned = actions.add_parser("owners", help="print whose files are")
    owned.add_argument("path", nargs="*", help="default: those that differ from the last commit")
    for action in (checked, told, copied, owned):
        action.add_argument("--root", type=Path, default=Path(), help="checkout that has the kit; default: this folder")


def main(argv: list[str] | None = None) -> int:
    """`cbbd-etl`: settings, queries, rules, docs."""
    args = command_line().parse_args(argv)
    return guarded(lambda: _command(args.command)(args))


def _command(name: str) -> Callable[[argparse.Namespace], int]:
    found: Callable[[argparse.Namespace], int] = pkgutil.resolve_name(COMMANDS[name])
    return found


if __name__ == "__main__":
    sys.exit(main())
