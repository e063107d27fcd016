"""What an agent reads before its first edit, and how many words that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kit.briefs import STEP
from kit.checkout import AGENTS, CONTEXT, RULES, Checkout, Problem
from kit.markdown import SPAN, part, sections
from kit.plan import Plan, Session

LIMIT = 4000  # words, of everything below
READ = re.compile(r"^Read\b")
IF_THERE = re.compile(r"\bIf (?:they|it) exists?\b")  # reports of sessions that ran: their length is theirs


@dataclass(frozen=True)
class Read:
    """A text that a session reads: a file, or a section of one (`docs/gold-guide.md#a-new-gold-table`)."""

    name: str
    words: int


def reading(checkout: Checkout, session: Session) -> list[Read]:
    """What lead and subagent of a session read, each text once: context, prompt, brief, and what the prompt names."""
    own = (CONTEXT, RULES, session.prompt, f"{AGENTS}{session.agent}.md")
    named = [name for name in own if checkout.read(name)] + list(_named(checkout, session))
    return [Read(name, _words(checkout, name)) for name in dict.fromkeys(named)]


def _named(checkout: Checkout, session: Session) -> Iterator[str]:
    """Files and sections that the orientation names after "Read"."""
    for step in sections(checkout.read(session.prompt), STEP):
        if step.name == "Orient":
            for paragraph in step.text.split("\n\n"):
                if READ.match(paragraph):
                    spans = SPAN.findall(IF_THERE.split(paragraph)[0])
                    yield from (span for span in spans if span.partition("#")[0] in checkout.files)


def _words(checkout: Checkout, name: str) -> int:
    file, _, anchor = name.partition("#")
    text = checkout.read(file)
    return len((part(text, anchor) if anchor else text).split())


def reading_problems(checkout: Checkout, plan: Plan) -> Iterator[Problem]:
    """Sessions with too much to read, and prompts that ask for the context again."""
    for session in plan.sessions:
        read = reading(checkout, session)
        if (total := sum(item.words for item in read)) > LIMIT:
            longest = max(read, key=lambda item: item.words)
            text = f"{total:,} words to read before the first edit, more than {LIMIT:,}; the longest is {longest.name}"
            yield Problem(session.prompt, 1, f"{text} with {longest.words:,}: name a section of it")
        for name in set(_named(checkout, session)) & {CONTEXT, RULES}:
            yield Problem(session.prompt, 1, f"it asks to read {name}, which is in the context already")
