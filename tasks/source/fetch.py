"""The engine that works through a list of requests: ingest, backfill and gap-fill are this with different lists.

Nothing here stores anything: each response goes to the caller's `keep`, which writes it and counts its records.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from quality.dataset import Endpoint
from tasks.errors import PipelineError, Stopped, TierRequired
from tasks.requests import Request, split
from tasks.source.client import Client, Effort, Response, Unreadable

__all__ = ["Client", "Outcome", "Response", "Unreadable", "fetch_all"]

Work = tuple[Endpoint, Request]
Keep = Callable[[Endpoint, Response], int]
Status = Literal["kept", "failed", "not_available", "not_asked"]


@dataclass(frozen=True)
class Outcome:
    """What became of one request.

    Args:
        status: kept in raw; failed, for the reason in `error`; not available to the key's tier; not asked, or asked
            only to hear that the quota is spent: a later run asks.
        records: as counted by `keep`.
        bytes: of the body.
        calls: sent for it, retries included.
        seconds: from the first attempt until it was kept, pauses included.
        split_into: the requests that replace this one, because its answer came back at the row cap.
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
    """Ask everything in `work` and hand each answer to `keep` as soon as it is there; a bad key stops no other.

    As many requests run at once as the client's limiter allows, and each is kept before its worker asks on: no more
    bodies than that are in memory. An answer at the endpoint's row cap is kept, and its halves are asked as well.
    When the quota is spent, the key refused or the API down, nothing more is asked; what is in flight is finished and
    kept.

    Args:
        keep: stores a response durably and returns its number of records; called in a thread, also with responses
            that have a `defect`. A PipelineError fails the key; any other error (a full disk, a bug) ends the run.
        progress: called with each outcome as it comes.

    Returns:
        One outcome per request, halves of splits included, in order of completion; never-asked ones last.
    """
    run = _Run(client, work, keep, progress)
    await run.ask_alone()
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(client.limiter.in_flight):
                group.create_task(run.work_off())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    run.give_back()
    return run.outcomes


class _Run:
    def __init__(self, client: Client, work: Sequence[Work], keep: Keep, progress: Callable[[Outcome], None]) -> None:
        self.client = client
        self.keep = keep
        self.progress = progress
        self.pending = deque(work)
        self.outcomes: list[Outcome] = []

    async def ask_alone(self) -> None:
        """First one request with nothing beside it, and one per tier-gated endpoint: a bad key costs one call."""
        probes: dict[str, Work] = {}
        for number, (endpoint, request) in enumerate(self.pending):
            if endpoint.min_tier or (number == 0 and not self.client.calls):
                probes.setdefault(endpoint.name, (endpoint, request))
        for probe in probes.values():
            if self.client.stopped is None:
                self.pending.remove(probe)
                await self.settle(*probe)

    async def work_off(self) -> None:
        while self.pending and self.client.stopped is None:
            await self.settle(*self.pending.popleft())

    def give_back(self) -> None:
        """Whatever is left was not asked."""
        for _, request in self.pending:
            self.report(Outcome(request, "not_asked", error=str(self.client.stopped)))

    def report(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.progress(outcome)

    async def settle(self, endpoint: Endpoint, request: Request) -> None:
        if gate := self.client.gated.get(endpoint.name):
            self.report(Outcome(request, "not_available", error=gate))
            return
        begun, effort = time.perf_counter(), Effort()
        try:
            outcome = await self.ask(endpoint, request, effort)
        except PipelineError as error:
            outcome = Outcome(request, self.status_after(error, effort), error=str(error))
        self.report(replace(outcome, calls=effort.calls, seconds=time.perf_counter() - begun))

    async def ask(self, endpoint: Endpoint, request: Request, effort: Effort) -> Outcome:
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
        if isinstance(error, TierRequired):
            return "not_available"
        refused_by_client = self.client.stopped is not None and effort.calls == 0
        return "not_asked" if refused_by_client or isinstance(error, Stopped) else "failed"


async def _keep_whole(keep: Keep, endpoint: Endpoint, response: Response) -> int:
    """Run `keep` in a thread; a cancellation waits for its end, so that nothing is half kept."""
    job = asyncio.ensure_future(asyncio.to_thread(keep, endpoint, response))
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        await asyncio.wait([job])
        raise
