"""Scripted faults: the requests that they hit, and their effect on the response."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

import orjson

from sandbox.atlas.config import FaultRule
from sandbox.server._cases import CASES, DAMAGES, applied

Row = dict[str, Any]
ACTIONS = frozenset(
    (
        "status",
        "delay",
        "drip",
        "truncate",
        "content_type",
        "body",
        "empty",
        "html",
        "disconnect",
        "edit",
        "cases",
        "damage",
    )
)
PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"


@dataclass(frozen=True)
class Call:
    """One request: path, query and headers (lower-case names). repeated: values of names that come more than once."""

    path: str
    params: dict[str, str]
    headers: dict[str, str] = field(default_factory=dict)
    method: str = "GET"
    repeated: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, method: str, path: str, pairs: Iterable[tuple[str, str]], headers: dict[str, str]) -> "Call":
        """A call from its query as pairs."""
        values: dict[str, list[str]] = {}
        for name, value in pairs:
            values.setdefault(name, []).append(value)
        repeated = {name: found for name, found in values.items() if len(found) > 1}
        return cls(path, {name: found[-1] for name, found in values.items()}, headers, method, repeated)

    @property
    def url(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path


@dataclass(frozen=True)
class Reply:
    """One response. promised: the value of Content-Length; delay, drip: seconds before it, and between bytes."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None
    delay: float = 0.0
    drip: float = 0.0
    broken: bool = False


class FaultPlan:
    """Counts requests per rule and finds the rule that hits a request. The first hit wins."""

    def __init__(self, rules: tuple[FaultRule, ...]) -> None:
        self.rules = rules
        if unknown := sorted({rule.action for rule in rules} - ACTIONS):
            raise ValueError(f"The sandbox has no fault {', '.join(unknown)}; valid: {', '.join(sorted(ACTIONS))}.")
        for rule in rules:
            _require_known_cases(rule)
        self.seen: Counter[int] = Counter()

    def hit(self, call: Call) -> FaultRule | None:
        """The fault of this request, if any. Every matching rule counts the request, hit or not."""
        found = None
        for number, rule in enumerate(self.rules):
            if _matches(rule, call):
                self.seen[number] += 1
                if found is None and (not rule.calls or self.seen[number] in rule.calls):
                    found = rule
        return found


def _require_known_cases(rule: FaultRule) -> None:
    if rule.action == "cases":
        named, known = list(rule.edit), list(CASES)
    elif rule.action == "damage":
        named, known = [str(rule.body)], list(DAMAGES)
    else:
        return
    if unknown := [name for name in named if name not in known]:
        raise ValueError(f"The sandbox has no case {', '.join(unknown)}; valid: {', '.join(known)}.")


def _matches(rule: FaultRule, call: Call) -> bool:
    same = all(call.params.get(name) == value for name, value in rule.params.items())
    return call.path.startswith(rule.path) and rule.contains in call.url and same


def replacement(rule: FaultRule) -> Reply | None:
    """The response of a fault that replaces the regular one; None for a fault that alters it."""
    if rule.action == "status":
        headers = {"content-type": "application/json; charset=utf-8", **rule.headers}
        return Reply(rule.status, (rule.body or '{"message":"Internal Server Error"}').encode(), headers)
    if rule.action == "empty":
        return Reply(200, b"", {"content-type": "application/json; charset=utf-8", **rule.headers})
    if rule.action == "html":
        page = rule.body.encode() if rule.body is not None else PAGE
        return Reply(200, page, {"content-type": "text/html; charset=UTF-8", **rule.headers})
    if rule.action == "disconnect":
        return Reply(0, broken=True)
    return None


def altered(rule: FaultRule, reply: Reply) -> Reply:
    """The regular response, altered by a fault."""
    match rule.action:
        case "delay":
            return replace(reply, delay=rule.seconds)
        case "drip":
            return replace(reply, drip=rule.seconds)
        case "truncate":
            part = reply.body[: int(len(reply.body) * rule.keep)]
            return replace(reply, body=part, promised=len(reply.body))
        case "content_type":
            return replace(reply, headers={**reply.headers, "content-type": "text/html; charset=UTF-8"})
    return replace(reply, body=_other_body(rule, reply.body))


def _other_body(rule: FaultRule, body: bytes) -> bytes:
    if rule.action == "body":
        return (rule.body or "").encode()
    if rule.action == "damage":
        return DAMAGES[str(rule.body)](body)
    change = applied if rule.action == "cases" else edited
    return orjson.dumps(change(orjson.loads(body), rule.edit))


def edited(rows: list[Row], edit: dict[str, Any]) -> list[Row]:
    """Rows, some of them edited. edit: {"every": 3, "set": {"x": 1}, "drop": ["y"], "text": ["z"], "repeat": 2}.

    every: edit every n-th row (1 = all); set: fields to set (also new fields and nulls); drop: fields to leave out;
    text: numbers to send as text; repeat: number of copies of the row (2 = a duplicate).
    """
    out = []
    for number, row in enumerate(rows):
        hit = number % edit.get("every", 1) == 0
        out += [_changed(row, edit)] * edit.get("repeat", 1) if hit else [row]
    return out


def _changed(row: Row, edit: dict[str, Any]) -> Row:
    text = {name: str(row[name]) for name in edit.get("text", []) if row.get(name) is not None}
    changed = {**row, **text, **edit.get("set", {})}
    return {name: value for name, value in changed.items() if name not in edit.get("drop", [])}
