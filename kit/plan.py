"""The plan in ORCHESTRATE.md: the order of the sessions, and who owns which files. It is the only place for both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from kit.checkout import PLAN, PROMPTS, Checkout
from kit.markdown import Row, rows
from kit.portable import hold
from tasks.errors import BadInput

ORDER = ("session", "prompt", "subagent", "builds on", "delivers", "report")
OWNERS = ("owner", "owns", "what others may add")
SHARED = ("shared file", "owner", "how others ask for a change")
BUILT_IN = "general-purpose"  # Claude Code's own subagent, for a session without an agent file
PROMPT = re.compile(rf"^{PROMPTS}session_(?P<number>\d+)_(?P<role>\w+)\.txt$")


@dataclass(frozen=True)
class Session:
    """One session of the plan.

    Attributes:
        builds_on: numbers of the sessions whose work it needs most.
        report: path of its report.
    """

    number: int
    prompt: str
    agent: str
    builds_on: tuple[int, ...]
    report: str
    line: int

    @property
    def role(self) -> str:
        """`data-engineer`, from the name of the prompt."""
        found = PROMPT.match(self.prompt)
        return found["role"].replace("_", "-") if found else ""

    @property
    def title(self) -> str:
        """Beginning of its commit's subject."""
        return f"Session {self.number} ({self.role}):"

    @property
    def trailer(self) -> str:
        """Last line of its commit message."""
        return f"Kit-Session: {self.number}"


@dataclass(frozen=True)
class Area:
    """The files of one role, as patterns of paths. additions: of files that others may add to."""

    owner: str
    owns: tuple[str, ...]
    additions: tuple[str, ...]
    line: int

    def hold(self, path: str) -> int:
        """How specific the pattern is that matches a path; -1 if none does."""
        return hold(path, self.owns)


@dataclass(frozen=True)
class Plan:
    """Order and ownership from the tables of ORCHESTRATE.md."""

    text: str

    @cached_property
    def sessions(self) -> tuple[Session, ...]:
        """The sessions, in the order of the table."""
        return tuple(_session(row) for row in rows(self.text, *ORDER))

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """The areas of all roles."""
        found = rows(self.text, *OWNERS)
        return tuple(
            Area(row.codes("owner")[0], row.codes("owns"), row.codes("what others may add"), row.line) for row in found
        )

    @cached_property
    def shared(self) -> tuple[Row, ...]:
        """Files that several roles change."""
        return tuple(rows(self.text, *SHARED))

    def session(self, number: int) -> Session:
        """The session with a number.

        Raises:
            BadInput: when there is no such session.
        """
        for session in self.sessions:
            if session.number == number:
                return session
        raise BadInput(f"there is no session {number}; there are: {', '.join(str(s.number) for s in self.sessions)}")

    def owners(self, path: str) -> list[str]:
        """Owners with the most specific pattern for a path; exactly one if the table is right."""
        holds = {area.owner: area.hold(path) for area in self.areas}
        closest = max(holds.values())
        return [owner for owner, hold in holds.items() if hold == closest >= 0]

    def additions(self, owner: str) -> tuple[str, ...]:
        """Patterns of an owner's files that other roles may add to."""
        return next((area.additions for area in self.areas if area.owner == owner), ())


def _session(row: Row) -> Session:
    try:
        return Session(
            number=int(row.cells["session"]),
            prompt=row.codes("prompt")[0],
            agent=row.codes("subagent")[0],
            builds_on=tuple(map(int, re.findall(r"\d+", row.cells["builds on"]))),
            report=row.codes("report")[0],
            line=row.line,
        )
    except (ValueError, IndexError) as error:
        raise BadInput(
            f"{PLAN}:{row.line}: a session needs a number, and prompt, subagent and report in backticks; "
            f"this row has {' | '.join(row.cells.values())}"
        ) from error


def load_plan(checkout: Checkout) -> Plan:
    """The plan of a checkout.

    Raises:
        BadInput: when there is no plan, or one of its tables is missing.
    """
    assert checkout.kit
    plan = Plan(checkout.read(PLAN))
    for columns, found in ((ORDER, plan.sessions), (OWNERS, plan.areas), (SHARED, plan.shared)):
        if not found:
            raise BadInput(f"{PLAN} has no table with the columns {' | '.join(columns)}")
    return plan
