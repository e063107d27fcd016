"""Checks that every file has one owner, and that every row of the table matches files."""

from __future__ import annotations

from collections.abc import Iterator

from kit.checkout import PLAN, Checkout, Problem
from kit.plan import Plan
from kit.portable import matches


def ownership_problems(checkout: Checkout, plan: Plan) -> Iterator[Problem]:
    """Files without an owner or with several, patterns that match nothing, shared files with another owner."""
    for file in checkout.files:
        owners = plan.owners(file)
        if len(owners) != 1:
            found = f"{len(owners)} owners ({', '.join(owners)})" if owners else "no owner"
            yield Problem(PLAN, plan.areas[0].line, f"{file} has {found}; every path has exactly one")
    yield from _area_problems(checkout, plan)
    yield from _shared_problems(plan)


def _area_problems(checkout: Checkout, plan: Plan) -> Iterator[Problem]:
    roles = {session.role for session in plan.sessions}
    for area in plan.areas:
        if area.owner not in roles:
            yield Problem(PLAN, area.line, f"{area.owner} owns files but has no session")
        for pattern in area.owns:
            known = (*checkout.files, *(session.report for session in plan.sessions))  # before the first report as well
            if not any(matches(file, pattern) for file in known):
                yield Problem(PLAN, area.line, f"{pattern} matches no file")


def _shared_problems(plan: Plan) -> Iterator[Problem]:
    for row in plan.shared:
        for file in row.codes("shared file"):
            if plan.owners(file) != list(row.codes("owner")):
                yield Problem(PLAN, row.line, f"{file} has another owner in the table of owners")
