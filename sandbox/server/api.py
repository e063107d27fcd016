"""From a request to its response: faults, authentication, quota, parameters, rows, ETag."""

import gzip
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha1
from html import escape
from itertools import islice
from threading import Lock
from typing import Any

import orjson

from sandbox.atlas.config import FaultRule
from sandbox.operations.operations import Operation, find
from sandbox.operations.params import Given, Invalid, Unanswerable, read
from sandbox.operations.twins import joined
from sandbox.season.world import World
from sandbox.server._accounts import Accounts, Refused
from sandbox.server.faults import Call, FaultPlan, Reply, altered, replacement

ALWAYS = {"strict-transport-security": "max-age=31536000; includeSubDomains", "access-control-allow-origin": "*"}
JSON = {**ALWAYS, "content-type": "application/json; charset=utf-8"}
BATCH = 500
NOT_FOUND = (
    '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n'
    "<pre>Cannot {method} {path}</pre>\n</body>\n</html>\n"
)


@dataclass
class Entry:
    """One line of the request log. status: 0 while the response is being made."""

    at: datetime
    path: str
    params: dict[str, str]
    fault: str | None
    status: int = 0
    rows: int | None = None


@dataclass(frozen=True)
class Arrival:
    """A request that has arrived, with its fault and its line in the log."""

    call: Call
    rule: FaultRule | None
    entry: Entry


class Api:
    """The server: `respond` handles a request, the transports and the ASGI app only carry its replies."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.plan = FaultPlan(world.config.faults)
        self.accounts = Accounts(world)
        self.log: list[Entry] = []
        self._lock = Lock()

    def respond(self, call: Call) -> Reply:
        """Respond to a request."""
        return self.complete(self.arrive(call))

    def arrive(self, call: Call) -> Arrival:
        """Take a place in the log and find the fault. Requests are logged, and hit by faults, in order of arrival."""
        with self._lock:
            rule = self.plan.hit(call)
            entry = Entry(self.world.now, call.path, call.params, rule.action if rule else None)
            self.log.append(entry)
            return Arrival(call, rule, entry)

    def complete(self, arrival: Arrival) -> Reply:
        """The response to a request that has arrived. Requests run side by side, so none waits for another."""
        call, rule = arrival.call, arrival.rule
        reply = replacement(rule) if rule else None
        if reply is None:
            reply = self._regular(call)
            if rule:
                reply = altered(rule, reply)
        arrival.entry.status = reply.status
        arrival.entry.rows = int(reply.headers["x-rows"]) if "x-rows" in reply.headers else None
        headers = {name: value for name, value in reply.headers.items() if name != "x-rows"}
        return _compressed(call, replace(reply, headers=headers))

    def _regular(self, call: Call) -> Reply:
        """The response without any fault."""
        if call.method == "OPTIONS":
            return Reply(204, b"", {**ALWAYS, "vary": "Access-Control-Request-Headers"})
        found = find(call.path) if call.method == "GET" else None
        if found is None or (found[0].client_only and not self.world.config.client_only):
            page = NOT_FOUND.format(method=call.method, path=escape(call.path))
            return Reply(404, page.encode(), {**ALWAYS, "content-type": "text/html; charset=utf-8"})
        operation, inside = found
        try:
            key = self.accounts.key(call.headers, operation)
        except Refused as refusal:
            return _message(401, str(refusal))
        given: dict[str, str | list[str]] = {**call.params, **call.repeated, **inside}
        if key is None:
            return self._run(operation, given, call)
        reply = self._counted(operation, given, call, key)
        return replace(reply, headers={**reply.headers, "x-calllimit-remaining": str(self.accounts.left(key))})

    def _counted(self, operation: Operation, given: Given, call: Call, key: str) -> Reply:
        """Respond, and count the call. The server decides on the refund before it knows of a 304."""
        if operation.metered and not self.accounts.take(key):
            return _message(429, "Monthly call quota exceeded.")
        reply = self._run(operation, given, call)
        if operation.metered and reply.status >= 400:
            self.accounts.give_back(key)
        return reply

    def _run(self, operation: Operation, given: Given, call: Call) -> Reply:
        try:
            args = read(operation.params, given, operation.needs)
        except Invalid as error:
            return _json(400, {"message": str(error), "details": error.details})
        except Unanswerable:
            return _message(500, "Internal Server Error")
        rows = joined(self.world, operation, args, operation.handler(self.world, args))
        if operation.single:
            body, count = orjson.dumps(next(iter(rows), None)), 1
        else:
            body, count = _array(islice(rows, operation.cap) if operation.cap else rows)
        tag = etag(body)
        headers = {**JSON, "etag": tag, "x-rows": str(count)}
        if call.headers.get("if-none-match") == tag:
            return Reply(304, b"", headers)
        return Reply(200, body, headers)


def _array(rows: Iterable[Any]) -> tuple[bytes, int]:
    """A JSON array and its length. It is written in batches, so that the rows are never all in memory."""
    parts, count = [], 0
    for batch in _batches(iter(rows)):
        parts.append(orjson.dumps(batch)[1:-1])
        count += len(batch)
    return b"[" + b",".join(parts) + b"]", count


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _message(status: int, text: str) -> Reply:
    return _json(status, {"message": text})


def _json(status: int, value: dict[str, Any]) -> Reply:
    body = orjson.dumps(value)
    return Reply(status, body, {**JSON, "etag": etag(body)})


def etag(body: bytes) -> str:
    """The weak ETag of Express: length and the start of a SHA-1."""
    digest = b64encode(sha1(body, usedforsecurity=False).digest()).decode()[:27]
    return f'W/"{len(body):x}-{digest}"'


def _compressed(call: Call, reply: Reply) -> Reply:
    """gzip for bodies from 1 KiB, if the client accepts it and no fault depends on single bytes."""
    accepted = "gzip" in call.headers.get("accept-encoding", "")
    if not accepted or len(reply.body) < 1024 or reply.promised is not None or reply.drip:
        return reply
    headers = {**reply.headers, "content-encoding": "gzip", "vary": "Accept-Encoding"}
    return replace(reply, body=gzip.compress(reply.body, compresslevel=1, mtime=0), headers=headers)
