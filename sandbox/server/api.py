"""From a request to its response: faults, authentication, quota, parameters, rows, ETag."""

import gzip
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha1
from itertools import islice
from threading import Lock
from typing import Any

import orjson

from sandbox.operations.operations import Operation, find
from sandbox.operations.params import Invalid, read
from sandbox.season.world import World
from sandbox.server.faults import Call, FaultPlan, Reply, altered, replacement

JSON = {"content-type": "application/json; charset=utf-8"}
BATCH = 500
FORGOT = (
    'Unauthorized. Did you forget to add "Bearer " before your key? Go to CollegeBasketballData.com to register for '
    "your free API key. See the CollegeBasketballData.com documentation for examples."
)
NOT_FOUND = b'<!DOCTYPE html>\n<html lang="en">\n<body>\n<pre>Cannot GET</pre>\n</body>\n</html>\n'


@dataclass(frozen=True)
class Entry:
    """One line of the request log."""

    at: datetime
    path: str
    params: dict[str, str]
    status: int
    rows: int | None
    fault: str | None


class Api:
    """The server: `respond` handles a request, the transports and the ASGI app only carry its replies."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.plan = FaultPlan(world.config.faults)
        self.used: Counter[tuple[str, str]] = Counter()
        self.log: list[Entry] = []
        self._lock = Lock()

    def respond(self, call: Call) -> Reply:
        """Respond to one request at a time, so that the log and the quota are in order."""
        with self._lock:
            rule = self.plan.hit(call)
            reply = replacement(rule) if rule else None
            if reply is None:
                reply = self._regular(call)
                if rule:
                    reply = altered(rule, reply)
            rows = int(reply.headers["x-rows"]) if "x-rows" in reply.headers else None
            action = rule.action if rule else None
            self.log.append(Entry(self.world.now, call.path, call.params, reply.status, rows, action))
            headers = {name: value for name, value in reply.headers.items() if name != "x-rows"}
            return _compressed(call, replace(reply, headers=headers))

    def _regular(self, call: Call) -> Reply:
        """The response without any fault."""
        found = find(call.path)
        if found is None:
            return Reply(404, NOT_FOUND, {"content-type": "text/html; charset=utf-8"})
        operation, inside = found
        key, refusal = self._key(call, operation)
        if refusal:
            return _message(401, refusal)
        account = (key, f"{self.world.now:%Y-%m}")
        if operation.metered and self.used[account] >= self.world.config.monthly_quota:
            return self._counted(_message(429, "Monthly call quota exceeded."), account)
        reply = self._run(operation, {**call.params, **inside}, call)
        # The real server refunds a call unless it succeeds, and decides this before it knows of a 304.
        self.used[account] += operation.metered and reply.status < 400
        return self._counted(reply, account)

    def _key(self, call: Call, operation: Operation) -> tuple[str, str | None]:
        """The API key, and the reason for refusing it, if any."""
        scheme, _, key = call.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or not key:
            return "", FORGOT
        config = self.world.config
        if config.keys and key not in config.keys:
            return key, "Unauthorized"
        if config.tier < operation.tier:
            needs = f"Unauthorized. This endpoint requires a Patreon subscription at Tier {operation.tier} or higher."
            return key, needs
        return key, None

    def _counted(self, reply: Reply, account: tuple[str, str]) -> Reply:
        left = max(0, self.world.config.monthly_quota - self.used[account])
        return replace(reply, headers={**reply.headers, "x-calllimit-remaining": str(left)})

    def _run(self, operation: Operation, given: dict[str, str], call: Call) -> Reply:
        try:
            args = read(operation.params, given, operation.needs)
        except Invalid as error:
            return Reply(400, orjson.dumps({"message": str(error), "details": error.details}), JSON)
        rows = operation.handler(self.world, args)
        if operation.single:
            body, count = orjson.dumps(next(iter(rows), None)), 1
        else:
            body, count = _array(islice(rows, operation.cap) if operation.cap else rows)
        tag = _etag(body)
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
    return Reply(status, orjson.dumps({"message": text}), JSON)


def _etag(body: bytes) -> str:
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
