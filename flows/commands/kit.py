"""`cbbd-etl kit`: check the orchestration kit, print or rehearse a session's prompt, copy the kit elsewhere."""

from __future__ import annotations

import argparse
import importlib
import inspect
import io
import sys
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.commands.cli import command_line
from flows.terminal.shell import FAILED, OK, parse
from kit.briefs import review
from kit.check import check_kit
from kit.checkout import Checkout
from kit.commands import Commands
from kit.history import Standing, standing
from kit.names import Names
from kit.plan import load_plan
from kit.rehearse import rehearse
from kit.transfer import transfer, write
from tasks.errors import BadInput


def run_kit(args: argparse.Namespace) -> int:
    """The command; its exit code."""
    checkout = Checkout(args.root)
    if args.action == "check":
        return _check(checkout)
    if args.action == "owners":
        return _owners(checkout, args.path)
    if args.action == "copy":
        return _copy(checkout, args.destination, dry_run=args.dry_run)
    return _rehearse(checkout, args.number, slow=args.slow) if args.dry_run else _session(checkout, args.number)


def _check(checkout: Checkout) -> int:
    found = check_kit(checkout, our_commands, our_options())
    for problem in found.problems:
        sys.stdout.write(f"{problem}\n")
    looked = f"{found.files} files: {found.names} names, {found.commands} commands, owners of {found.owned} paths"
    verdict = f"{len(found.problems)} problems" if found.problems else "the kit is right"
    sys.stdout.write(f"{verdict} ({looked})\n")
    return FAILED if found.problems else OK


def our_commands(names: Names) -> Commands:
    """Parsers of `cbbd-etl` and of the flows, for what the kit's files say to run."""
    return Commands(names, lambda argv: _etl_refuses(*argv), lambda name, argv: _flow_refuses(name, *argv), _parameters)


@cache
def our_options() -> frozenset[str]:
    """Every option of `cbbd-etl` and of the flows."""
    flows = (path.stem for path in Path(__file__).parents[1].glob("*.py") if _is_flow(path.stem))
    return frozenset(option for name in flows for option in _options(name)) | _etl_options(_etl_parser())


@cache
def _etl_parser() -> argparse.ArgumentParser:
    return command_line()


def _etl_options(parser: argparse.ArgumentParser) -> frozenset[str]:
    found = {option for action in parser._actions for option in action.option_strings}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= {option for one in action.choices.values() for option in _etl_options(one)}
    return frozenset(found)


@cache
def _etl_help(*path: str) -> str | None:
    return _refusal(lambda: _etl_parser().parse_args([*path, "--help"]))


@cache
def _etl_refuses(*argv: str) -> str | None:
    commands = argv[:1] if argv and not argv[0].startswith("-") else ()
    unknown = [
        word for word in argv if word.startswith("--") and word.partition("=")[0] not in _etl_options(_etl_parser())
    ]
    if unknown:  # argparse would take the beginning of an option for it
        return f"unrecognized arguments: {' '.join(unknown)}"
    return _etl_help(*commands) or _refusal(lambda: _etl_parser().parse_args(argv))


def _is_flow(name: str) -> bool:
    """Whether a module of flows/ is a script, with a flow of its own name."""
    path = Path(__file__).parents[1] / f"{name}.py"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return '\nif __name__ == "__main__":' in text and f"\ndef {name}(" in text


def _function(name: str) -> Any:
    return getattr(importlib.import_module(f"flows.{name}"), name).fn


def _options(name: str) -> frozenset[str]:
    return frozenset(f"--{parameter.replace('_', '-')}" for parameter in inspect.signature(_function(name)).parameters)


@cache
def _flow_refuses(name: str, *argv: str) -> str | None:
    if not _is_flow(name):
        return f"flows/{name}.py is not run by itself"
    return _refusal(lambda: parse(_function(name), ["--help"])) or _refusal(lambda: parse(_function(name), list(argv)))


def _parameters(entry: str) -> frozenset[str]:
    module, _, function = entry.rpartition(".")
    found = getattr(importlib.import_module(module), function)
    return frozenset(inspect.signature(getattr(found, "fn", found)).parameters)


def _refusal(run: Callable[[], object]) -> str | None:
    """What a parser says when it refuses; None when it does not."""
    said = io.StringIO()
    with redirect_stderr(said), redirect_stdout(io.StringIO()):
        try:
            run()
        except SystemExit as stopped:
            if stopped.code:
                return said.getvalue().strip().splitlines()[-1].partition("error: ")[2]
    return None


def _session(checkout: Checkout, number: int) -> int:
    plan = load_plan(checkout)
    place = standing(checkout, plan, number)
    text = checkout.read(place.session.prompt)
    if not text:
        raise BadInput(f"there is no {place.session.prompt}; ORCHESTRATE.md has it for session {number}")
    _tell(place)
    sys.stdout.write(text)
    return OK


def _tell(place: Standing) -> None:
    """What stands before a session, on stderr: the prompt alone goes to stdout."""
    say = Console(stderr=True, soft_wrap=True, highlight=False)
    for session, commit in place.earlier.items():
        needed = "; this session builds on it" if session.number in place.session.builds_on else ""
        there = f"committed, {commit}" if commit else f"no commit{needed}: it works from what is here"
        say.print(f"session {session.number} ({session.role}): {there}", markup=False)
    if place.own:
        say.print(f"session {place.session.number} ran before, {place.own}: it goes on from there", markup=False)


def _rehearse(checkout: Checkout, number: int, *, slow: bool) -> int:
    session, failed = load_plan(checkout).session(number), 0
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    asked = review(checkout, session, "Orient", "Review")
    for done in rehearse((command for command in asked if slow or not command.takes), checkout.root):
        console.print(f"[bold]$ {escape(done.command.text)}[/]   {done.seconds:.1f} s")
        lines = done.output.rstrip().splitlines()
        shown = lines if done.why else lines[-3:]
        if shown:
            console.print(*(f"  {line}" for line in shown), sep="\n", markup=False)
        if done.why:
            failed += 1
            console.print(f"  not as expected: {done.why}", style="bold red", markup=False)
    for command in () if slow else (command for command in asked if command.takes):
        console.print(f"$ {command.text}   left out, it takes {command.takes}; --slow runs it", markup=False)
    console.print(f"session {number}: " + (f"{failed} commands not as expected" if failed else "as expected"))
    return FAILED if failed else OK


def _owners(checkout: Checkout, paths: list[str]) -> int:
    plan, known = load_plan(checkout), checkout.files
    if unknown := [path for path in paths if path not in known]:
        raise BadInput(f"no file of this checkout: {', '.join(unknown)}; paths are relative to its root")
    for path in paths or checkout.changed():
        sys.stdout.write(f"{', '.join(plan.owners(path)) or 'nobody':<20} {path}\n")
    return OK


def _copy(checkout: Checkout, destination: Path, *, dry_run: bool) -> int:
    copies = transfer(checkout, destination)
    if dry_run:
        sys.stdout.write("".join(copied.diff() for copied in copies))
    else:
        write(copies, destination)
    console = Console(stderr=dry_run, soft_wrap=True, highlight=False)
    table = Table("file", "", "", box=None, header_style="bold")
    for copied in copies:
        table.add_row(escape(copied.file), copied.what, escape(copied.why))
    console.print(table)
    if dry_run:
        console.print("nothing was written")
    else:
        console.print(f"next: `cbbd-etl kit check --root {destination}` names what is not there", markup=False)
    return OK
