"""Checks the files of agents and prompts: their format, and their agreement with the plan (one brief per role)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from kit.checkout import AGENTS, PLAN, PROMPTS, Checkout, Problem
from kit.front_matter import front_matter_problems
from kit.markdown import Command, Section, commands, sections
from kit.names import ROLE
from kit.plan import BUILT_IN, Plan, Session

MARKDOWN_HEADING = re.compile(r"^## (?P<name>.+)$")
STEP = re.compile(r"^\d\. (?P<name>Orient|Dispatch|Review|Commit)$")
AGENT_SECTIONS = ("Context", "Tasks", "Constraints", "Acceptance")
STEPS = ("Orient", "Dispatch", "Review", "Commit")
TASK = re.compile(r"^(\d+)\. ", re.MULTILINE)
MENTION = re.compile(r"[Ss]ession (\d+)[ ,:(]+(?:the )?`?([a-z]+-engineer|integration)\b")
BUILT_INS = re.compile(rf"\b{BUILT_IN}\b")


def agent_problems(checkout: Checkout, file: str) -> Iterator[Problem]:
    """Problems of an agent's file."""
    text = checkout.read(file)
    yield from front_matter_problems(checkout, file)
    found = sections(text, MARKDOWN_HEADING)
    names = tuple(section.name for section in found)
    if names != AGENT_SECTIONS:
        yield Problem(file, 1, f"its sections must be {', '.join(AGENT_SECTIONS)}; they are {', '.join(names)}")
        return
    numbers = [int(number) for number in TASK.findall(found[1].text)]
    if not numbers or numbers != sorted(set(numbers)):
        yield Problem(file, found[1].line, "tasks are numbered, upwards; there must be at least one")
    if not commands(found[3].text):
        yield Problem(file, found[3].line, "no command to accept the work with")


def prompt_problems(checkout: Checkout, session: Session) -> Iterator[Problem]:
    """Problems of a session's prompt."""
    file, text = session.prompt, checkout.read(session.prompt)
    found = sections(text, STEP)
    if tuple(section.name for section in found) != STEPS:
        yield Problem(file, 1, f"its steps must be {', '.join(STEPS)}, numbered, each heading on a line of its own")
        return
    _, dispatch, review, commit = found
    yield from _step_problems(session, dispatch, review)
    for wanted in (session.title, session.trailer):
        if wanted not in commit.text:
            yield Problem(file, commit.line, f"the commit message must have {wanted!r}: make session looks for it")
    for wanted in (session.report, f"Session {session.number} of"):
        if wanted not in text:
            yield Problem(file, 1, f"it does not contain {wanted}")


def _step_problems(session: Session, dispatch: Section, review: Section) -> Iterator[Problem]:
    named = {*ROLE.findall(dispatch.text), *BUILT_INS.findall(dispatch.text)}
    if named != {session.agent}:
        message = f"it must dispatch {session.agent} alone; it names {sorted(named)}"
        yield Problem(session.prompt, dispatch.line, message)
    listed = commands(review.text)
    if not listed or not all(command.expect for command in listed):
        message = "each command of the review needs its expected output (expect: ...)"
        yield Problem(session.prompt, review.line, message)


def review(checkout: Checkout, session: Session, *names: str) -> list[Command]:
    """Commands of a session's prompt; names: of the steps, default all."""
    return [
        command
        for section in sections(checkout.read(session.prompt), STEP)
        if section.name in (names or STEPS)
        for command in commands(section.text, section.line + 1)
    ]


def acceptance_problems(checkout: Checkout, session: Session) -> Iterator[Problem]:
    """Commands in an agent's Acceptance section that the review of its session does not run."""
    file = f"{AGENTS}{session.agent}.md"
    wanted = {command.text for command in review(checkout, session, "Review")}
    for section in sections(checkout.read(file), MARKDOWN_HEADING):
        if section.name == "Acceptance":
            for command in commands(section.text, section.line + 1):
                if command.text not in wanted:
                    yield Problem(file, command.line, f"the review of {session.prompt} does not run {command.text}")


def plan_problems(checkout: Checkout, plan: Plan) -> Iterator[Problem]:
    """Differences between files and plan: the order, one prompt per session, one agent per role."""
    numbers = [session.number for session in plan.sessions]
    if numbers != list(range(1, len(numbers) + 1)):
        yield Problem(PLAN, plan.sessions[0].line, f"sessions run 1, 2, 3 ...; the table has {numbers}")
    agents = Counter(session.agent for session in plan.sessions)
    for session in plan.sessions:
        if agents[session.agent] > 1:
            yield Problem(PLAN, session.line, f"{session.agent} has more than one session")
        yield from (Problem(PLAN, session.line, message) for message in _session_problems(checkout, session))
    yield from _unknown_briefs(checkout, plan)


def _unknown_briefs(checkout: Checkout, plan: Plan) -> Iterator[Problem]:
    known = {file for session in plan.sessions for file in (session.prompt, f"{AGENTS}{session.agent}.md")}
    for file in checkout.kit:
        if file.startswith((AGENTS, PROMPTS)) and file not in known:
            yield Problem(file, 1, f"a brief that the order in {PLAN} does not have")


def _session_problems(checkout: Checkout, session: Session) -> Iterator[str]:
    file = f"{AGENTS}{session.agent}.md"
    if session.agent != BUILT_IN and file not in checkout.files:
        yield f"session {session.number} has no {file}"
    if not session.role or f"session_{session.number}_" not in session.prompt:
        yield f"a prompt is {PROMPTS}session_<number>_<role>.txt, not {session.prompt}"
    if session.agent not in {session.role, BUILT_IN}:
        yield f"{session.agent} is not the agent of {session.role}"
    if any(number >= session.number for number in session.builds_on):
        yield f"session {session.number} builds on a later one"


def mention_problems(file: str, number: int, line: str, plan: Plan) -> Iterator[Problem]:
    """Problems of a line that mentions a session with the wrong role."""
    roles = {session.number: session.role for session in plan.sessions}
    for session, role in MENTION.findall(line):
        if roles.get(int(session)) != role:
            yield Problem(file, number, f"session {session} is {roles.get(int(session), 'none')}, not {role}")
