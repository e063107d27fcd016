"""The plan in ORCHESTRATE.md: which session follows which, and who owns what. It stands there and nowhere else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property

from kit.checkout import PLAN, PROMPTS, Checkout
from kit.markdown import Row, rows
from tasks.errors import BadInput

ORDER = ("session", "prompt", "subagent", "builds on", "delivers", "report")
OWNERS = ("owner", "owns", "what others may add")
SHARED = ("shared file", "owner", "how others ask for a change")
BUILT_IN = "general-purpose"  # Claude Code's own subagent: for the session whose brief is its prompt
PROMPT = re.compile(rf"^{PROMPTS}session_(?P<number>\d+)_(?P<role>\w+)\.txt$")


@dataclass(frozen=True)
class Session:
    """One session of the plan.

    Attributes:
        builds_on: numbers of the sessions whose work it needs most.
        report: path of the report that it leaves.
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
        """How its commit's subject begins."""
        return f"Session {self.number} ({self.role}):"

    @property
    def trailer(self) -> str:
        """The line that its commit message ends with."""
        return f"Kit-Session: {self.number}"


@dataclass(frozen=True)
class Area:
    """What one role owns: patterns of paths."""

    owner: str
    owns: tuple[str, ...]
    line: int

    def hold(self, path: str) -> int:
        """How closely its closest pattern names a path: the characters before its first *; -1: none names it."""
        found = [pattern for pattern in self.owns if matches(path, pattern)]
        return max((len(path) if pattern == path else len(pattern.partition("*")[0]) for pattern in found), default=-1)


def matches(path: str, pattern: str) -> bool:
    """Whether a pattern takes a path: `tasks/gold/` all below it, `docs/gold*.md` within one folder."""
    if pattern.endswith("/"):
        return path.startswith(pattern)
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


@dataclass(frozen=True)
class Plan:
    """Order and ownership, as the tables of ORCHESTRATE.md have them."""

    text: str

    @cached_property
    def sessions(self) -> tuple[Session, ...]:
        """In the order of the table."""
        return tuple(_session(row) for row in rows(self.text, *ORDER))

    @cached_property
    def areas(self) -> tuple[Area, ...]:
        """Every role's."""
        found = rows(self.text, *OWNERS)
        return tuple(Area(row.codes("owner")[0], row.codes("owns"), row.line) for row in found)

    @cached_property
    def shared(self) -> tuple[Row, ...]:
        """Files that several roles need."""
        return tuple(rows(self.text, *SHARED))

    def session(self, number: int) -> Session:
        """One session.

        Raises:
            BadInput: when there is none of that number.
        """
        for session in self.sessions:
            if session.number == number:
                return session
        raise BadInput(f"there is no session {number}; there are: {', '.join(str(s.number) for s in self.sessions)}")

    def owners(self, path: str) -> list[str]:
        """Whoever names a path most closely: one, where the table is right."""
        holds = {area.owner: area.hold(path) for area in self.areas}
        closest = max(holds.values())
        return [owner for owner, hold in holds.items() if hold == closest >= 0]


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
        BadInput: when there is none, or a table of it cannot be read.
    """
    assert checkout.kit
    plan = Plan(checkout.read(PLAN))
    for columns, found in ((ORDER, plan.sessions), (OWNERS, plan.areas), (SHARED, plan.shared)):
        if not found:
            raise BadInput(f"{PLAN} has no table with the columns {' | '.join(columns)}")
    return plan
