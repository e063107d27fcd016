"""The suite's result: one line per operation, and one per answer that is no list of rows."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import httpx

from sandbox import Sandbox
from sandbox.operations.operations import find

from . import edge
from .answers import Answer, recorded, replay, world
from .compare import Compared, Difference, compare, shapes
from .order import is_ordered
from .tolerances import TOLERANCES, Tolerance

# Headers that a client can notice. The ETag is the hash of the body, so it is equal where the bytes are.
HEADERS = ("content-type", "access-control-allow-origin", "strict-transport-security", "x-calllimit-remaining")


@dataclass(frozen=True)
class Verdict:
    """One answer beside its replay. tolerated: differences with the entry that allows them."""

    answer: Answer
    fields: frozenset[str]
    tolerated: tuple[tuple[Difference, Tolerance], ...]
    different: tuple[Difference, ...]


@dataclass
class Line:
    """One line of the table: an operation with its number of answers, and of equal and other fields."""

    answers: int = 0
    fields: set[str] = field(default_factory=set)
    tolerated: dict[str, str] = field(default_factory=dict)
    different: dict[str, str] = field(default_factory=dict)


def verdicts(sandbox: Sandbox | None = None) -> list[Verdict]:
    """Every recorded answer beside the sandbox's response; the order matters, because each call is counted."""
    sandbox = sandbox or world()
    answers = recorded()
    replies = {one.name: replay(sandbox, one) for one in answers if one.group != "edge"}
    return judge(sandbox, answers, replies)


def judge(sandbox: Sandbox, answers: list[Answer], replies: dict[str, httpx.Response]) -> list[Verdict]:
    """Every answer beside its reply; answers of the hand-made database beside rows that are requested now."""
    return [verdict(one, replies[one.name]) if one.name in replies else _edge(sandbox, one) for one in answers]


def _edge(sandbox: Sandbox, answer: Answer) -> Verdict:
    """An answer of the hand-made database beside rows in the same state."""
    status, rows = edge.rows(sandbox, edge.MOMENTS[answer.name])
    body = shapes(answer.body, rows)
    return _judged(answer, body, (*_differs("(status)", answer.status, status), *body.differences))


def verdict(answer: Answer, reply: httpx.Response) -> Verdict:
    """One answer beside the response to the same request."""
    found = _outside(answer, reply)
    body = Compared(frozenset(), ())
    if answer.text is not None:
        found += _differs("(text)", answer.text, reply.text)
    elif answer.body is not None and reply.status_code == answer.status:
        body = compare(answer.body, reply.json(), partial=answer.kept is not None)
    return _judged(answer, body, (*found, *body.differences))


def _judged(answer: Answer, body: Compared, differences: tuple[Difference, ...]) -> Verdict:
    allowed = [(one, _allowed(answer, one)) for one in differences]
    return Verdict(
        answer=answer,
        fields=body.fields | {"(status)"},
        tolerated=tuple((one, entry) for one, entry in allowed if entry),
        different=tuple(one for one, entry in allowed if entry is None),
    )


def _outside(answer: Answer, reply: httpx.Response) -> list[Difference]:
    """Status, headers, number and order of rows."""
    out = [*_differs("(status)", answer.status, reply.status_code), *_headers(answer, reply)]
    if answer.rows is not None and reply.status_code == answer.status:
        body, operation = reply.json(), operation_of(answer)
        out += _differs("(count)", answer.rows, len(body) if isinstance(body, list) else 1)
        out += _differs("(order)", is_ordered(operation, answer.body), is_ordered(operation, body))
    return out


def _headers(answer: Answer, reply: httpx.Response) -> list[Difference]:
    pairs = ((name, answer.headers.get(name), reply.headers.get(name)) for name in HEADERS)
    return [one for name, server, ours in pairs for one in _differs(f"({name})", server, ours)]


def _differs(name: str, one: object, two: object) -> list[Difference]:
    return [] if one == two else [Difference(name, "value", 1, f"{one!r} != {two!r}")]


def _allowed(answer: Answer, one: Difference) -> Tolerance | None:
    return next((entry for entry in TOLERANCES if entry.covers(answer.name, one.field, one.kind)), None)


def operation_of(answer: Answer) -> str:
    """The path of the operation with its placeholders."""
    found = find(answer.path)
    return found[0].path if found else answer.path


def lines(results: Iterable[Verdict]) -> dict[str, Line]:
    """The table by operation, or by name for errors and the edge database."""
    out: dict[str, Line] = {}
    for one in results:
        name = operation_of(one.answer) if one.answer.group == "ops" else f"{one.answer.group}: {one.answer.name}"
        line = out.setdefault(name, Line())
        line.answers += 1
        line.fields |= one.fields
        line.tolerated |= {diff.field: entry.reason for diff, entry in one.tolerated}
        line.different |= {diff.field: f"{diff.kind} x{diff.count}: {diff.said}" for diff in one.different}
    return dict(sorted(out.items()))


def table(results: list[Verdict], *, details: bool = False) -> str:
    """The table as text; with `details`, every difference with an example."""
    rows = [f"{'operation':<48}{'answers':>8}{'equal':>7}{'tolerated':>10}{'different':>10}"]
    for name, line in lines(results).items():
        other = line.tolerated.keys() | line.different.keys()
        counts = f"{len(line.fields - other):>7}{len(line.tolerated):>10}{len(line.different):>10}"
        rows.append(f"{name:<48}{line.answers:>8}{counts}")
        if details:
            rows += [f"    {key}: {text[:220]}" for key, text in sorted(line.different.items())]
            rows += [f"    ({key}: {text})" for key, text in sorted(line.tolerated.items())]
    return "\n".join(rows)
