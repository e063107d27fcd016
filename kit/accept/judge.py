"""The verdict on the change of a session."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kit.accept import _contents, _contracts, _docs, _guards, _ownership, _rows, _tests
from kit.accept._objection import Objection
from kit.accept.change import Change
from kit.commands import Commands
from kit.names import Names
from kit.plan import Plan, Session

HEADINGS = ("Done", "Checked", "Open", "Requests")
SUMMARY = ("Requests",)  # of the report of the last session, which summarises the others
CHECKS = ("ownership", "report", "contracts", "tests", "guards", "docs", "secrets", "data", "rows")


@dataclass(frozen=True)
class Verdict:
    """Findings of a change. reasons: by objection, for those that the report explains."""

    objections: tuple[Objection, ...]
    reasons: dict[Objection, str]

    @property
    def open(self) -> list[Objection]:
        """Findings that nothing explains."""
        return [objection for objection in self.objections if objection not in self.reasons]


def judge(
    change: Change, plan: Plan, session: Session, options: frozenset[str], commands_of: Callable[[Names], Commands],
    *, rows: bool = True,
) -> Verdict:  # fmt: skip
    """Judge a change without running its tests.

    Args:
        rows: also build a season with the code before and after, which takes minutes.
    """
    names = Names(change.checkout, plan, options)
    found = [
        *_ownership.ownership(change, plan, session),
        *_report(change, plan, session),
        *_contracts.loosened(change),
        *_tests.weakened(change),
        *_guards.weakened(change),
        *_guards.hidden(change),
        *_docs.dead(change, names, commands_of(names)),
        *_contents.contents(change),
        *(_rows.fewer_rows(change) if rows else ()),
    ]
    report = change.new(session.report)
    reasons = {objection: why for objection in found if (why := objection.reason(report))}
    return Verdict(tuple(found), reasons)


def _report(change: Change, plan: Plan, session: Session) -> Iterator[Objection]:
    """A change without its report, and a report without one of its headings."""
    if not change.files:
        yield Objection("report", session.report, "nothing has changed: there is nothing to accept or to commit")
        return
    if session.report not in change.files:
        yield Objection("report", session.report, "the change does not include the report: write it first")
        return
    last = max(plan.sessions, key=lambda one: one.number)
    lines = [line.strip("# ").strip() for line in change.new(session.report).splitlines() if line.startswith("#")]
    for heading in SUMMARY if session == last else HEADINGS:
        if heading not in lines:
            yield Objection("report", session.report, f"it has no heading {heading}")
