"""Whether every file has one owner, and no row of the table is about nothing."""

from __future__ import annotations

from collections.abc import Iterator

from kit.checkout import PLAN, Checkout, Problem
from kit.plan import Plan, matches


def ownership_problems(checkout: Checkout, plan: Plan) -> Iterator[Problem]:
    """Files with no owner or several, patterns that match nothing, shared files of somebody else."""
    for file in checkout.files:
        owners = plan.owners(file)
        if len(owners) != 1:
            said = f"{len(owners)} owners ({', '.join(owners)})" if owners else "no owner"
            yield Problem(PLAN, plan.areas[0].line, f"{file} has {said}; every path has exactly one")
    yield from _rows(checkout, plan)


def _rows(checkout: Checkout, plan: Plan) -> Iterator[Problem]:
    roles = {session.role for session in plan.sessions}
    for area in plan.areas:
        if area.owner not in roles:
            yield Problem(PLAN, area.line, f"{area.owner} owns files, and no session is theirs")
        unused = [pattern for pattern in area.owns if not any(matches(file, pattern) for file in checkout.files)]
        yield from (Problem(PLAN, area.line, f"{pattern} matches no file") for pattern in unused)
    for row in plan.shared:
        others = [file for file in row.codes("shared file") if plan.owners(file) != list(row.codes("owner"))]
        yield from (Problem(PLAN, row.line, f"{file} has another owner in the table of owners") for file in others)
