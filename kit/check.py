"""`cbbd-etl kit check`: compares what the kit says about the repository with the repository."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kit.briefs import acceptance_problems, agent_problems, mention_problems, plan_problems, prompt_problems
from kit.checkout import AGENTS, COMMANDS, GUIDE, SKILLS, Checkout, Problem
from kit.commands import Commands
from kit.copies import copy_problems
from kit.front_matter import front_matter_problems, settings_problems
from kit.guide import unmarked, updated
from kit.markdown import Code, codes
from kit.names import Names
from kit.ownership import ownership_problems
from kit.plan import BUILT_IN, Plan, load_plan
from kit.reading import reading_problems
from kit.tasks import task_problems


@dataclass(frozen=True)
class Findings:
    """Result of a check: problems, warnings, and the number of items checked."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    files: int
    names: int
    commands: int
    owned: int


def check_kit(checkout: Checkout, commands_of: Callable[[Names], Commands], options: frozenset[str]) -> Findings:
    """Check the kit of a checkout.

    Args:
        commands_of: makes the parsers of the commands from the known names.
        options: every option of the commands.

    Raises:
        BadInput: when there is no kit, or its plan cannot be read.
    """
    plan = load_plan(checkout)
    names = Names(checkout, plan, options)
    commands = commands_of(names)
    lines, spans = _codes(checkout, commands)
    found = [*_command_problems(lines, commands), *_name_problems(spans, names), *_structure(checkout, plan, names)]
    ordered = sorted(set(found))
    problems = tuple(item for item in ordered if not item.is_warning)
    warnings = tuple(item for item in ordered if item.is_warning)
    return Findings(problems, warnings, len(checkout.kit), len(spans), len(lines), len(checkout.files))


def _codes(checkout: Checkout, commands: Commands) -> tuple[list[tuple[str, Code]], list[tuple[str, Code]]]:
    """Code in the kit's files, each with its file: command lines, and spans with names."""
    lines: list[tuple[str, Code]] = []
    spans: list[tuple[str, Code]] = []
    for file in checkout.kit:
        for code in codes(checkout.read(file)):
            (lines if code.is_command or commands.is_command(code.text) else spans).append((file, code))
    return lines, spans


def _command_problems(lines: list[tuple[str, Code]], commands: Commands) -> Iterator[Problem]:
    for file, code in lines:
        yield from (Problem(file, code.line, message) for message in commands.wrong(code.text))


def _name_problems(spans: list[tuple[str, Code]], names: Names) -> Iterator[Problem]:
    for file, code in spans:
        if message := names.wrong(code.text):
            yield Problem(file, code.line, message)


def _structure(checkout: Checkout, plan: Plan, names: Names) -> Iterator[Problem]:
    for file in checkout.kit:
        if file.startswith(AGENTS):
            yield from agent_problems(checkout, file)
        elif file.startswith((SKILLS, COMMANDS)):
            yield from front_matter_problems(checkout, file)
        for number, line in checkout.lines(file):
            yield from (Problem(file, number, message) for message in names.roles(line))
            yield from mention_problems(file, number, line, plan)
    for session in plan.sessions:
        yield from prompt_problems(checkout, session) if session.prompt in checkout.files else ()
        yield from acceptance_problems(checkout, session) if session.agent != BUILT_IN else ()
    yield from plan_problems(checkout, plan)
    yield from ownership_problems(checkout, plan)
    yield from settings_problems(checkout)
    yield from copy_problems(checkout)
    yield from task_problems(checkout)
    yield from reading_problems(checkout, plan)
    yield from _guide(checkout, plan)


def _guide(checkout: Checkout, plan: Plan) -> Iterator[Problem]:
    text = checkout.read(GUIDE)
    yield from (Problem(GUIDE, 1, f"it has no place for the table of {name}") for name in unmarked(text))
    wanted = updated(text, plan.text).splitlines()
    for number, line in checkout.lines(GUIDE):
        if number > len(wanted) or line != wanted[number - 1]:
            yield Problem(GUIDE, number, "its tables are not those of ORCHESTRATE.md; `cbbd-etl docs` writes them")
            return
