"""The command line: options of a flow from its signature, and the `cbbd-etl` command."""

from __future__ import annotations

import argparse
import inspect
import logging
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.corrected import print_counts
from flows.kit import add_kit, run_kit
from flows.params import expand_seasons
from flows.quota import print_month
from flows.views import add_views, run_views
from quality.markdown import percent
from quality.report import in_words, verdict
from tasks.corrections import by_column, corrections, for_people
from tasks.documents import outdated, write
from tasks.errors import BadInput, LakeConflict, LakeUnavailable
from tasks.lake import Lake
from tasks.overrides import waiting
from tasks.query import FORMATS, query, render
from tasks.quota import month
from tasks.rules import check_rules, seasons_of
from tasks.settings import load_settings
from tasks.termination import Terminated, Termination

OK, FAILED, BAD_INPUT = 0, 1, 2
INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM


def complain(message: str) -> None:
    """One line on stderr that says what is wrong and what is valid."""
    Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/] {escape(' '.join(message.split()))}")


def parse(function: Callable[..., object], argv: list[str] | None = None) -> dict[str, Any]:
    """Arguments of a flow function from the command line; every parameter is an option.

    Raises:
        SystemExit: with code 2 and one line, when a value is not valid.
    """
    hints = get_type_hints(function, include_extras=True)
    parser = argparse.ArgumentParser(description=inspect.getdoc(function), formatter_class=_Help, allow_abbrev=False)
    for name, parameter in inspect.signature(function).parameters.items():
        _add_option(parser, name, hints[name], parameter.default)
    given = vars(parser.parse_args(argv))
    return {name: _valid(name, hints[name], value) for name, value in given.items()}


class _Help(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=110)


def _add_option(parser: argparse.ArgumentParser, name: str, hint: Any, default: object) -> None:
    info = next(item for item in hint.__metadata__ if isinstance(item, FieldInfo))
    option, text = f"--{name.replace('_', '-')}", info.description
    if hint.__origin__ is bool:
        parser.add_argument(option, action="store_true", help=text)
    elif list in {getattr(part, "__origin__", part) for part in getattr(hint.__origin__, "__args__", ())}:
        parser.add_argument(option, action="append", metavar="X", help=f"{text} (repeatable)")
    else:
        given = "" if default is None else f"; default: {default}"
        parser.add_argument(option, metavar="X", help=f"{text}{given}", default=default)


def _valid(name: str, hint: Any, value: object) -> Any:
    try:
        return TypeAdapter(hint).validate_python(value)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        shown = " ".join(map(str, value)) if isinstance(value, list) else value
        complain(f"--{name.replace('_', '-')} {shown}: {reason}")
        raise SystemExit(BAD_INPUT) from None


def quiet() -> None:
    """Silence Prefect's log lines: the terminal belongs to progress and summary, and errors are told there once."""
    logging.getLogger("prefect").setLevel(logging.WARNING)
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def say_starting() -> None:
    """Why nothing happens at first: without a server of its own, Prefect starts one for the run."""
    Console(stderr=True).print("starting Prefect (10 to 20 seconds without a server) ...", highlight=False)


def guarded(command: Callable[[], int]) -> int:
    """Run a command; expected errors become one line and an exit code."""
    try:
        with Termination():
            return command()
    except (BadInput, LakeConflict) as error:
        complain(str(error))
        return BAD_INPUT
    except LakeUnavailable as error:
        complain(str(error))
        return FAILED
    except (KeyboardInterrupt, Exception) as error:
        interruption = _interruption(error)
        if interruption is None:
            raise
        complain("interrupted; what was fetched is kept, the next run resumes")
        return TERMINATED if isinstance(interruption, Terminated) else INTERRUPTED


def _interruption(error: BaseException | None) -> KeyboardInterrupt | None:
    """The Ctrl-C or SIGTERM behind an error: in the middle of its own work Prefect turns it into another one."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error


def command_line() -> argparse.ArgumentParser:
    """Commands of `cbbd-etl` and their options."""
    parser = argparse.ArgumentParser(prog="cbbd-etl", description="Read and inspect a lake.", formatter_class=_Help)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("settings", help="print every setting with its value; secrets are masked")
    reader = commands.add_parser("query", help="run SQL (DuckDB) on the lake's tables")
    reader.add_argument("sql", help="for example: select count(*) from silver.fct_games")
    reader.add_argument("--format", choices=FORMATS, default="table", help="how to print the result")
    reader.add_argument("--lake", help="folder or s3://bucket/prefix; default: CBBD_LAKE, ./lake")
    reader.add_argument("--output", type=Path, help="file to write to instead of the terminal")
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
    add_views(commands.add_parser("views", help="the views for analysts: list, show, deploy to Athena"))
    docs = commands.add_parser("docs", help="write the docs that follow from the registry")
    docs.add_argument("--check", action="store_true", help="write nothing; exit code 1 if a file is out of date")
    docs.add_argument("--folder", type=Path, default=Path("docs"), help="where they are; default: ./docs")
    add_kit(commands.add_parser("kit", help="the kit for coding agents: check, session, copy"))
    return parser


def main(argv: list[str] | None = None) -> int:
    """`cbbd-etl`: settings, queries, rules, docs."""
    args = command_line().parse_args(argv)
    return guarded(lambda: COMMANDS[args.command](args))


def _settings(_: argparse.Namespace) -> int:
    settings = load_settings()
    console = Console(soft_wrap=True)
    for name, value in settings.model_dump().items():
        console.print(f"CBBD_{name.upper()}={'' if value is None else value}", markup=False, highlight=False)
    console.print(f"# source in use: {settings.chosen_source}", markup=False, highlight=False)
    return OK


def _query(args: argparse.Namespace) -> int:
    lake = load_settings(lake=args.lake).lake
    data = render(query(lake, args.sql), args.format)
    if args.output is not None:
        args.output.write_bytes(data)
    else:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    return OK


def _rules(args: argparse.Namespace) -> int:
    lake = Lake.open(load_settings(lake=args.lake).lake)
    try:
        wanted, present = expand_seasons(args.season), seasons_of(lake)
    except ValueError as error:
        raise BadInput(f"--season {args.season}: {error}") from None
    if unknown := sorted(set(wanted) - set(present)):
        have = ", ".join(map(str, present)) or "none yet"
        raise BadInput(f"{lake.location} has no games of {', '.join(map(str, unknown))}; its seasons: {have}")
    results = check_rules(lake, wanted or present)
    table = Table("rule", "season", "judged", "broken by", "allowed", "verdict", box=None, header_style="bold")
    for result in results:
        counts = (f"{result.checked:,}", f"{result.violations:,}", percent(result.allowed))
        table.add_row(result.rule, str(result.season), *counts, verdict(result))
    console = Console(soft_wrap=True, highlight=False)
    console.print(table)
    for result in results:
        if result.violations:
            console.print(f"\n{in_words(result)}", *result.sample[1:], sep="\n  ", markup=False)
    return FAILED if any(result.fails_the_run for result in results) else OK


def _corrections(args: argparse.Namespace) -> int:
    settings = load_settings(lake=args.lake)
    lake = Lake.open(settings.lake, database_prefix=settings.database_prefix)
    try:
        seasons = expand_seasons(args.season)
    except ValueError as error:
        raise BadInput(f"--season {args.season}: {error}") from None
    found = corrections(lake, seasons, args.table)
    sys.stdout.buffer.write(render(for_people(found) if args.format == "table" else found, args.format))
    sys.stdout.flush()
    if args.format == "table":
        print_counts(by_column(found), waiting(lake))
    return OK


def _quota(args: argparse.Namespace) -> int:
    settings = load_settings(lake=args.lake)
    now = settings.clock()()
    print_month(month(Lake.open(settings.lake), now), now, settings.quota_reserve)
    return OK


def _docs(args: argparse.Namespace) -> int:
    stale = outdated(args.folder) if args.check else write(args.folder)
    if args.check and stale:
        complain(f"out of date in {args.folder}: {', '.join(stale)}; `cbbd-etl docs` writes them")
        return FAILED
    Console(soft_wrap=True).print(
        f"written: {', '.join(stale)}" if stale else "the docs are up to date", highlight=False
    )
    return OK


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "settings": _settings,
    "query": _query,
    "rules": _rules,
    "corrections": _corrections,
    "quota": _quota,
    "docs": _docs,
    "views": run_views,
    "kit": run_kit,
}


if __name__ == "__main__":
    sys.exit(main())
