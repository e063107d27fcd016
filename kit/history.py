"""Which sessions have been committed, from commit messages. These survive a rebase, a squash and a revert."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kit.checkout import Checkout
from kit.plan import Plan, Session
from tasks.errors import BadInput

FORMAT = "%H%x00%h%x00%cs%x00%B%x01"
REVERTS = re.compile(r"^This reverts commit ([0-9a-f]{40})", re.MULTILINE)
BULLET = r"^[ \t]*(?:[*-] )?"  # a squashed branch has the messages of its commits as a list


@dataclass(frozen=True)
class Commit:
    """A commit of a session. date: YYYY-MM-DD."""

    short: str
    date: str

    def __str__(self) -> str:
        return f"{self.short} of {self.date}"


@dataclass(frozen=True)
class Standing:
    """State of a checkout before a session.

    Attributes:
        earlier: every earlier session with its newest commit, or None.
        own: newest commit of the session itself, if it ran before.
    """

    session: Session
    earlier: dict[Session, Commit | None]
    own: Commit | None


def standing(checkout: Checkout, plan: Plan, number: int) -> Standing:
    """State of a checkout before a session.

    Raises:
        BadInput: when there is no such session, or the work tree has uncommitted changes.
    """
    session = plan.session(number)
    if changed := checkout.changed():
        shown = ", ".join(changed[:5]) + (" ..." if len(changed) > 5 else "")
        raise BadInput(
            f"changes that are not committed ({len(changed)}: {shown}); a session must start from a commit, so that it "
            "can be undone: commit them, stash them with git stash -u, or drop them, then run this again"
        )
    found = committed(checkout, plan)
    return Standing(session, {one: found.get(one) for one in plan.sessions if one.number < number}, found.get(session))


def committed(checkout: Checkout, plan: Plan) -> dict[Session, Commit]:
    """Newest commit of each session, without reverted ones."""
    found: dict[Session, Commit] = {}
    reverted: set[str] = set()
    for entry in _log(checkout):
        sha, short, date, message = entry.strip("\n").split("\0")
        if sha in reverted:
            continue
        reverted |= set(REVERTS.findall(message))
        for session in plan.sessions:
            if session not in found and _is_of(session, message):
                found[session] = Commit(short, date)
    return found


def _log(checkout: Checkout) -> list[str]:
    try:
        checkout.git("rev-parse", "--verify", "--quiet", "HEAD")
    except BadInput:
        return []  # no commit yet
    return [entry for entry in checkout.git("log", f"--format={FORMAT}").split("\1") if entry.strip()]


def _is_of(session: Session, message: str) -> bool:
    marks = (rf"{re.escape(session.trailer)}[ \t]*$", re.escape(session.title))
    return any(re.search(BULLET + mark, message, re.MULTILINE | re.IGNORECASE) for mark in marks)
