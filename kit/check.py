"""`cbbd-etl kit check`: everything that the kit says of the repository, held against the repository."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kit.briefs import acceptance_problems, agent_problems, mention_problems, plan_problems, prompt_problems
from kit.checkout import AGENTS, GUIDE, Checkout, Problem
from kit.commands import Commands
from kit.copies import copy_problems
from kit.guide import unmarked, updated
from kit.markdown import codes
from kit.names import Names
from kit.ownership import ownership_problems
from kit.plan import BUILT_IN, Plan, load_plan


@dataclass(frozen=True)
class Findings:
    """What a check found, and how much it looked at."""

    problems: tuple[Problem, ...]
    files: int
    names: int
    commands: int
    owned: int


def check_kit(checkout: Checkout, commands_of: Callable[[Names], Commands], options: frozenset[str]) -> Findings:
    """Check the kit of a checkout.

    Args:
        commands_of: our commands' parsers, told what names there are.
        options: every option of our commands.

    Raises:
        BadInput: when there is no kit, or its plan cannot be read.
    """
    plan = load_plan(checkout)
    names = Names(checkout, plan, options)
    known = commands_of(names)
    spans = [(file, code) for file in checkout.kit for code in codes(checkout.read(file))]
    asked = [(file, code) for file, code in spans if code.is_command or known.is_command(code.text)]
    named = [item for item in spans if item not in asked]
    found = [Problem(file, code.line, said) for file, code in asked for said in known.wrong(code.text)]
    found += [Problem(file, code.line, said) for file, code in named if (said := names.wrong(code.text))]
    found += _structure(checkout, plan, names)
    return Findings(tuple(sorted(set(found))), len(checkout.kit), len(named), len(asked), len(checkout.files))


def _structure(checkout: Checkout, plan: Plan, names: Names) -> Iterator[Problem]:
    for file in checkout.kit:
        if file.startswith(AGENTS):
            yield from agent_problems(checkout, file)
        for number, line in checkout.lines(file):
            yield from (Problem(file, number, said) for said in names.roles(line))
            yield from mention_problems(file, number, line, plan)
    for session in plan.sessions:
        yield from prompt_problems(checkout, session) if session.prompt in checkout.files else ()
        yield from acceptance_problems(checkout, session) if session.agent != BUILT_IN else ()
    yield from plan_problems(checkout, plan)
    yield from ownership_problems(checkout, plan)
    yield from copy_problems(checkout)
    yield from _guide(checkout, plan)


def _guide(checkout: Checkout, plan: Plan) -> Iterator[Problem]:
    text = checkout.read(GUIDE)
    yield from (Problem(GUIDE, 1, f"it has no place for the table of {name}") for name in unmarked(text))
    wanted = updated(text, plan.text).splitlines()
    for number, line in checkout.lines(GUIDE):
        if number > len(wanted) or line != wanted[number - 1]:
            yield Problem(GUIDE, number, "its tables are not those of ORCHESTRATE.md; `cbbd-etl docs` writes them")
            return
