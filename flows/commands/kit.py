"""`cbbd-etl kit`: check the orchestration kit, print or rehearse a session's prompt, copy the kit elsewhere."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.commands._kit_accept import accept_change
from flows.commands._kit_root import Root
from flows.commands._kit_tasks import compare_operations, print_tasks
from flows.commands.parsers import our_commands, our_options
from flows.terminal.shell import FAILED, OK
from kit.accept.change import started
from kit.briefs import review
from kit.check import check_kit
from kit.checkout import Checkout
from kit.history import Standing, standing
from kit.plan import load_plan
from kit.reading import reading
from kit.rehearse import Rehearsed, rehearse
from kit.role_plan import CHECK, kit_of, load_role_plan
from kit.transfer import Copied, transfer, transfer_texts, write
from tasks.errors import BadInput


def add(app: typer.Typer) -> None:
    """Add `kit` with its actions."""
    app.callback(help="The kit for coding agents: check, session, accept, tasks, copy, owners.", no_args_is_help=True)(
        lambda: None
    )
    app.command("check")(check_kit_files)
    app.command("session")(print_session)
    app.command("accept")(accept_change)
    app.command("tasks")(print_tasks)
    app.command("operations")(compare_operations)
    app.command("words")(print_words)
    app.command("copy")(copy_kit)
    app.command("owners")(print_owners)


def check_kit_files(root: Root = Path()) -> int:
    """Compare the kit's files with the repository; exit code 1 on a difference."""
    return _check(Checkout(root))


def print_session(
    number: Annotated[int, typer.Argument(metavar="N", help="1, 2, ... as in ORCHESTRATE.md")],
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Run its orientation and review; dispatch nothing")
    ] = False,
    slow: Annotated[bool, typer.Option("--slow", help="With --dry-run: also commands that take minutes")] = False,
    root: Root = Path(),
) -> int:
    """Print a session's prompt, once the work tree is clean."""
    checkout = Checkout(root)
    return _rehearse(checkout, number, slow=slow) if dry_run else _session(checkout, number)


def print_words(root: Root = Path()) -> int:
    """Print what each session reads before its first edit, in words."""
    checkout = Checkout(root)
    for session in load_plan(checkout).sessions:
        read = reading(checkout, session)
        listed = ", ".join(f"{item.name} {item.words:,}" for item in read)
        sys.stdout.write(f"session {session.number}: {sum(item.words for item in read):,} words ({listed})\n")
    return OK


def copy_kit(
    destination: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder of the other checkout")],
    *,
    role_plan: Annotated[
        Path | None, typer.Option("--role-plan", metavar="FILE", help="Roles of another project, as YAML")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the changes as a diff, write nothing")] = False,
    root: Root = Path(),
) -> int:
    """Copy the kit into another checkout, or make one for another project; nothing there is overwritten."""
    if role_plan is None:
        check = f"cbbd-etl kit check --root {destination}"
        return _copy(transfer(Checkout(root), destination), destination, check, dry_run=dry_run)
    copies = transfer_texts(kit_of(load_role_plan(role_plan)), destination)
    return _copy(copies, destination, f"cd {destination} && python3 {CHECK} check", dry_run=dry_run)


def print_owners(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="[PATH]...", help="Default: those changed since the last commit")
    ] = None,
    root: Root = Path(),
) -> int:
    """Print who owns which file."""
    return _owners(Checkout(root), paths or [])


def _check(checkout: Checkout) -> int:
    found = check_kit(checkout, our_commands, our_options())
    for problem in (*found.problems, *found.warnings):
        sys.stdout.write(f"{problem}\n")
    looked = f"{found.files} files: {found.names} names, {found.commands} commands, owners of {found.owned} paths"
    verdict = f"{len(found.problems)} problems" if found.problems else "the kit is right"
    sys.stdout.write(f"{verdict} ({looked})\n")
    return FAILED if found.problems else OK


def _session(checkout: Checkout, number: int) -> int:
    plan = load_plan(checkout)
    place = standing(checkout, plan, number)
    text = checkout.read(place.session.prompt)
    if not text:
        raise BadInput(f"there is no {place.session.prompt}; ORCHESTRATE.md has it for session {number}")
    started(checkout, number)
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
    session = load_plan(checkout).session(number)
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    commands = review(checkout, session, "Orient", "Review")
    skipped = [command for command in commands if command.takes and not slow]
    failed = 0
    for done in rehearse((command for command in commands if command not in skipped), checkout.root):
        _print_rehearsed(console, done)
        failed += bool(done.why)
    for command in skipped:
        console.print(f"$ {command.text}   skipped, it takes {command.takes}; --slow runs it", markup=False)
    console.print(f"session {number}: " + (f"{failed} commands not as expected" if failed else "as expected"))
    return FAILED if failed else OK


def _print_rehearsed(console: Console, done: Rehearsed) -> None:
    console.print(f"[bold]$ {escape(done.command.text)}[/]   {done.seconds:.1f} s")
    lines = done.output.rstrip().splitlines()
    for line in lines if done.why else lines[-3:]:
        console.print(f"  {line}", markup=False)
    if done.why:
        console.print(f"  not as expected: {done.why}", style="bold red", markup=False)


def _owners(checkout: Checkout, paths: list[str]) -> int:
    plan, known = load_plan(checkout), checkout.files
    if unknown := [path for path in paths if path not in known]:
        raise BadInput(f"no file of this checkout: {', '.join(unknown)}; paths are relative to its root")
    for path in paths or checkout.changed():
        sys.stdout.write(f"{', '.join(plan.owners(path)) or 'nobody':<20} {path}\n")
    return OK


def _copy(copies: list[Copied], destination: Path, check: str, *, dry_run: bool) -> int:
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
        console.print(f"next: `{check}` names what is not there", markup=False)
    return OK
