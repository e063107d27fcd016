"""Fetches a list of requests. Ingest, backfill and gap-fill all use this, with different lists.

This module stores nothing: it passes each response to the caller's `keep`, which stores it and counts its records.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from quality.dataset import Endpoint
from tasks.errors import NotAvailable, Outage, PipelineError, Stopped, unexpected
from tasks.requests import Request, split
from tasks.source.client import Client, Effort, Response, Unreadable

__all__ = ["Client", "Outcome", "Response", "Unreadable", "fetch_all"]

SURPRISES = 3  # requests in a row that fail with an error that no code expects, after which no more are sent

Work = tuple[Endpoint, Request]
Keep = Callable[[Endpoint, Response], int]
Status = Literal["kept", "failed", "not_available", "not_asked"]


@dataclass(frozen=True)
class Outcome:
    """The result of one request.

    Args:
        status: kept in raw; failed for the reason in `error`; not available from this server or in the key's tier; or
            not asked (not sent, or refused because the quota is used up), so that a later run sends it.
        records: as counted by `keep`.
        bytes: size of the body.
        calls: sent for it, including retries.
        seconds: from the first attempt until it was stored, including waits.
        split_into: the requests that replace this one because its response reached the row cap.
    """

    request: Request
    status: Status
    records: int = 0
    bytes: int = 0
    calls: int = 0
    seconds: float = 0.0
    error: str | None = None
    split_into: tuple[Request, ...] = ()


async def fetch_all(
    client: Client, work: Sequence[Work], keep: Keep, progress: Callable[[Outcome], None]
) -> list[Outcome]:
    """Send all requests in `work` and pass each response to `keep`. A request that fails does not stop the others.

    The client's limiter sets how many requests run at once. A worker stores its response before it sends the next
    request, so there are never more bodies in memory than requests in flight. A response at the endpoint's row cap is
    kept, and the halves of its window are requested too. When the quota is used up, the key is refused or the API is
    down, no more requests are sent; those in flight finish and are kept.

    Args:
        keep: stores a response durably and returns its number of records. It is called in a thread, also with responses
            that have a `defect`. An error fails its request. A full disk, or `SURPRISES` errors in a row that no code
            expects, stop the client.
        progress: called with each outcome.

    Returns:
        One outcome per request, including halves, in order of completion; requests that were not sent come last.
    """
    run = _Run(client, work, keep, progress)
    await run.probe()
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(client.limiter.in_flight):
                group.create_task(run.drain())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    run.report_unsent()
    return run.outcomes


class _Run:
    def __init__(self, client: Client, work: Sequence[Work], keep: Keep, progress: Callable[[Outcome], None]) -> None:
        self.client = client
        self.keep = keep
        self.progress = progress
        self.pending = deque(work)
        self.outcomes: list[Outcome] = []
        self._surprises = 0

    async def probe(self) -> None:
        """Send the first request alone, and one per endpoint with a minimum tier, so that a bad key costs one call."""
        probes: dict[str, Work] = {}
        for number, (endpoint, request) in enumerate(self.pending):
            if endpoint.min_tier or (number == 0 and not self.client.calls):
                probes.setdefault(endpoint.name, (endpoint, request))
        for probe in probes.values():
            if self.client.stopped is None:
                self.pending.remove(probe)
                await self.handle(*probe)

    async def drain(self) -> None:
        """Handle pending requests until there are none, or the client has stopped."""
        while self.pending and self.client.stopped is None:
            await self.handle(*self.pending.popleft())

    def report_unsent(self) -> None:
        """Report the remaining requests as not asked."""
        for _, request in self.pending:
            self.report(Outcome(request, "not_asked", error=str(self.client.stopped)))

    def report(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.progress(outcome)

    async def handle(self, endpoint: Endpoint, request: Request) -> None:
        if gate := self.client.gated.get(endpoint.name):
            self.report(Outcome(request, "not_available", error=gate))
            return
        begun, effort = time.perf_counter(), Effort()
        try:
            outcome = await self.fetch(endpoint, request, effort)
        except PipelineError as error:
            outcome = Outcome(request, self.status_after(error, effort), error=str(error))
        except Exception as error:  # noqa: BLE001  one response must not end the run
            outcome = self._surprised(request, error)
        else:
            self._surprises = 0
        self.report(replace(outcome, calls=effort.calls, seconds=time.perf_counter() - begun))

    def _surprised(self, request: Request, error: Exception) -> Outcome:
        """The outcome of an error that no code expects. If it is there every time, calls would be wasted."""
        self._surprises += 1
        if self._surprises >= SURPRISES and self.client.stopped is None:
            self.client.stopped = Outage(f"{SURPRISES} requests in a row failed with an {unexpected(error)}.")
        return Outcome(request, "failed", error=unexpected(error))

    async def fetch(self, endpoint: Endpoint, request: Request, effort: Effort) -> Outcome:
        try:
            response = await self.client.get(endpoint, request, effort)
        except Unreadable as error:
            await _keep_whole(self.keep, endpoint, error.response)
            raise
        records = await _keep_whole(self.keep, endpoint, response)
        halves: list[Request] = []
        if endpoint.row_cap is not None and records >= endpoint.row_cap:
            halves = split(endpoint, request)
            self.pending.extendleft((endpoint, half) for half in reversed(halves))
        return Outcome(request, "kept", records, len(response.body), split_into=tuple(halves))

    def status_after(self, error: PipelineError, effort: Effort) -> Status:
        if isinstance(error, NotAvailable):
            return "not_available"
        refused_by_client = self.client.stopped is not None and effort.calls == 0
        return "not_asked" if refused_by_client or isinstance(error, Stopped) else "failed"


async def _keep_whole(keep: Keep, endpoint: Endpoint, response: Response) -> int:
    """Run `keep` in a thread. A cancellation waits for it, so that no response is half stored."""
    job = asyncio.ensure_future(asyncio.to_thread(keep, endpoint, response))
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        await asyncio.wait([job])
        raise
