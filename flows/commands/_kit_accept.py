"""`cbbd-etl kit accept N`: the verdict on a session's change, and the commands of its review."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from flows.commands._kit_root import Root
from flows.commands.parsers import our_commands, our_options
from flows.terminal.shell import FAILED, OK
from kit.accept.change import Change, since
from kit.accept.judge import CHECKS, Verdict, judge
from kit.briefs import review
from kit.checkout import Checkout
from kit.markdown import Command
from kit.plan import Session, load_plan
from kit.rehearse import rehearse

ITSELF = "kit accept"
ALWAYS = ("make lint",)


def accept_change(
    number: Annotated[int, typer.Argument(metavar="N", help="The session whose change it is")],
    *,
    since_commit: Annotated[
        str | None, typer.Option("--since", metavar="COMMIT", help="Compare with this; default: start of the session")
    ] = None,
    slow: Annotated[bool, typer.Option("--slow", help="Also run the review's commands that take minutes")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="Judge the files alone: run no command, build no tables")
    ] = False,
    root: Root = Path(),
) -> int:
    """Judge the change of a session before its commit; exit code 1 if it must not be committed."""
    checkout = Checkout(root.resolve())
    plan = load_plan(checkout)
    session = plan.session(number)
    change = since(checkout, number, since_commit)
    verdict = judge(change, plan, session, our_options(), our_commands, rows=not quick)
    console = Console(file=sys.stdout, soft_wrap=True, highlight=False)
    _print(console, change, verdict)
    wrong = len(verdict.open)
    left: list[Command] = []
    if not quick:
        failed, left = _run(console, checkout, session, slow=slow)
        wrong += failed
    return _close(console, session, wrong, [command.text for command in left], quick=quick)


def _print(console: Console, change: Change, verdict: Verdict) -> None:
    console.print(f"{len(change.files)} files differ from {change.base[:9]}", markup=False)
    for check in CHECKS:
        found = [objection for objection in verdict.objections if objection.check == check]
        console.print(f"{check:<10} " + (f"{len(found)} objections" if found else "ok"), markup=False)
        for objection in found:
            why = verdict.reasons.get(objection)
            ask = " (or give the reason in the report, with this name)" if objection.excusable and not why else ""
            mark = "reason given" if why else "WRONG"
            console.print(f"  {mark}: {objection.name}: {objection.text}{ask}", markup=False)
            if why:
                console.print(f"    {why}", markup=False)


def _run(console: Console, checkout: Checkout, session: Session, *, slow: bool) -> tuple[int, list[Command]]:
    """Run the commands of the review; how many were not as expected, and those that were left out."""
    listed = [command for command in review(checkout, session, "Review") if ITSELF not in command.text]
    left = [command for command in listed if command.takes and not slow and command.text not in ALWAYS]
    failed = 0
    for done in rehearse((command for command in listed if command not in left), checkout.root):
        console.print(f"$ {done.command.text}   {done.seconds:.1f} s" + (f"   WRONG: {done.why}" if done.why else ""))
        if done.why:
            failed += 1
            for line in done.output.rstrip().splitlines()[-20:]:
                console.print(f"  {line}", markup=False)
    for command in left:
        console.print(f"$ {command.text}   not run, it takes {command.takes}; --slow runs it", markup=False)
    return failed, left


def _close(console: Console, session: Session, wrong: int, left: list[str], *, quick: bool) -> int:
    if wrong:
        console.print(f"session {session.number}: not accepted, {wrong} to correct; commit nothing")
        return FAILED
    rest = "; commands and rows were not checked" if quick else f"; {len(left)} commands were not run" if left else ""
    console.print(f"session {session.number}: accepted{rest}")
    return OK
