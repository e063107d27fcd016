"""The engine of ingest, backfill and gap-fill: connect, fetch the due requests, rebuild what is out of date."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Self

from httpx import AsyncBaseTransport
from pydantic import SecretStr

from quality.dataset import Endpoint
from tasks.build import build_dataset, derive_tables, is_derived_stale, is_stale
from tasks.completeness.due import Todo
from tasks.completeness.quota import quota_left
from tasks.crash import failpoint
from tasks.errors import (
    BadInput,
    ContractViolation,
    Interrupted,
    LakeUnavailable,
    LeaseLost,
    PipelineError,
    ReserveReached,
)
from tasks.lake.allotments import Allotments
from tasks.lake.lake import Lake
from tasks.lake.leases import Leases
from tasks.lake.raw import Envelope
from tasks.layers.building import Built
from tasks.layers.earlier import Answered
from tasks.layers.inspection import inspect
from tasks.layers.policy import BuildPolicy
from tasks.layers.report import LayerReport
from tasks.requests import wire_value
from tasks.runs._admission import Admission
from tasks.runs._turns import Turns
from tasks.settings import KEY_PAGE, Clock, Settings
from tasks.source.client import Client, Response
from tasks.source.fetch import Outcome, Work, fetch_all
from tasks.source.limiter import Limiter
from tasks.source.responses import RetryPolicy
from tasks.source.shared_rate import SharedLimit
from tasks.termination import GRACE_SECONDS, Termination

__all__ = ["Built", "Engine", "is_derived_stale", "is_stale", "require_source"]

CONTRACT_VERSION = "1.30.1"  # release of the official client that the contracts match


class Engine:
    """The source and the lake of one run. It connects with the first call.

    Args:
        keeps_reserve: leave the reserve of the monthly quota to the daily run. Datasets on request always do.
        run_id: of the run, for others that wait for it.
        shared: a limit of calls that this run has in common with others.

    Attributes:
        leases: of the datasets that the run works on; none is needed to fetch or build.
        stopped_by_reserve: why requests were left out because of the reserve, or None.
    """

    def __init__(
        self,
        settings: Settings,
        lake: Lake,
        max_calls: int | None = None,
        *,
        keeps_reserve: bool = False,
        run_id: str = "without an id",
        shared: SharedLimit | None = None,
    ) -> None:
        self.settings = settings
        self.lake = lake
        self.clock = settings.clock()
        self.policy = BuildPolicy.of(settings)
        self.leases = Leases.of(lake.raw.store, run_id)
        self.admission = Admission(Allotments(self.leases.files), self.clock, shared)
        self.client = self.admission.client = _client(settings, self.clock, max_calls, self.admission)
        self.keeps_reserve = keeps_reserve
        self.stopped_by_reserve: str | None = None
        self.termination = Termination()
        self._before: Answered | None = None
        self._loop = asyncio.Runner()

    def __enter__(self) -> Self:
        self.termination.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leases.__exit__(kind, error, trace)
        self.termination.__exit__(kind, error, trace)
        with suppress(RuntimeError):  # after an interruption the loop is already closed
            self._loop.run(self.client.__aexit__(None, None, None))
        self._loop.close()
        with suppress(PipelineError):  # what cannot be returned now is free when this process has ended
            self.admission.give_back()

    def turns(self, say: Callable[[str], None]) -> Turns:
        """The turns of this run beside other runs that work on the same lake."""
        return Turns(self.leases, self.lake, self.settings.lease_wait_seconds, say)

    def fetch(self, todo: Todo, progress: Callable[[Outcome], None]) -> list[Outcome]:
        """Send the due requests. Every response is in the raw store before its outcome is reported.

        Raises:
            LeaseLost: when another run has taken over the dataset.
        """
        failpoint("plan")
        self._check_leases()
        work = [(todo.endpoint, request) for request in todo.due]
        self._set_reserve(todo.endpoint)
        self.termination.check()
        self._before = Answered.of(self.lake, todo.endpoint, todo.season) if work else None
        try:
            done = self._loop.run(self._fetch(work, progress))
        except asyncio.CancelledError:
            self.termination.check()
            raise
        if isinstance(self.client.stopped, ReserveReached):
            self.stopped_by_reserve = str(self.client.stopped)
        return done

    async def _fetch(self, work: list[Work], progress: Callable[[Outcome], None]) -> list[Outcome]:
        """Fetch a list. After SIGTERM no more requests are sent, and those in flight have some seconds to finish."""
        loop, task = (
            asyncio.get_running_loop(),
            asyncio.ensure_future(fetch_all(self.client, work, self._keep, progress)),
        )

        def wind_up() -> None:
            self.client.stopped = self.client.stopped or Interrupted("The process received SIGTERM.")
            loop.call_soon_threadsafe(lambda: loop.call_later(GRACE_SECONDS, task.cancel))

        with self.termination.winding_up(wind_up):
            return await task

    def _set_reserve(self, endpoint: Endpoint) -> None:
        reserve = self.settings.quota_reserve if self.keeps_reserve or endpoint.opt_in else 0
        if reserve and self.client.remaining is None:
            self.client.remaining = quota_left(self.lake, self.clock())
        self.client.set_reserve(reserve)

    def _check_leases(self) -> None:
        if isinstance(self.client.stopped, LeaseLost):  # of an earlier dataset
            self.client.stopped = None
        self._require_leases()

    def _require_leases(self) -> None:
        for lease in self.lake.held:
            lease.check()

    def _keep(self, endpoint: Endpoint, response: Response) -> int:
        failpoint("response")
        request, body = response.request, response.body
        envelope = _envelope(endpoint, response)
        earlier = self._before.before(request, envelope.sha256) if self._before else None
        found = inspect(endpoint, request, envelope, body, earlier=earlier)
        envelope, defect = found.envelope, response.defect or found.defect
        try:
            self.lake.raw.put(request, envelope, body, good=defect is None)
        except LakeUnavailable as error:
            self.client.stopped = self.client.stopped or error  # a call is wasted if its response cannot be stored
            raise
        self._stop_without_lease()
        if defect is not None and response.defect is None:
            raise ContractViolation(f"{request}: {defect}; it is stored as rejected, run again to repeat the request")
        return envelope.records

    def _stop_without_lease(self) -> None:
        """Send no more requests of a dataset that another run has taken over; what was paid for is kept."""
        try:
            self._require_leases()
        except LeaseLost as error:
            self.client.stopped = self.client.stopped or error

    def build(self, endpoint: Endpoint, season: int | None, progress: Callable[[LayerReport], None]) -> Built:
        """Rebuild the bronze and silver partitions whose inputs changed. A failure does not stop the others."""
        self.termination.check()
        self._check_leases()
        failpoint("raw")
        return build_dataset(self.lake, endpoint, season, progress, self.policy)

    def derive(self, seasons: list[int], named: list[str], progress: Callable[[LayerReport], None]) -> Built:
        """Update what is computed from other tables: columns looked up in them, and whole tables.

        Args:
            named: tables on request that the user has named.
        """
        self.termination.check()
        return derive_tables(self.lake, seasons, named, progress, self.policy)


def _envelope(endpoint: Endpoint, response: Response) -> Envelope:
    """The envelope of a response, without what its body says."""
    request, body = response.request, response.body
    return Envelope(
        endpoint=endpoint.name,
        params={name: wire_value(value) for name, value in request.params},
        season=request.season,
        url=response.url,
        status=response.status,
        fetched_at=response.fetched_at.isoformat(),
        elapsed_seconds=round(response.elapsed_seconds, 3),
        records=0,
        sha256=hashlib.sha256(body).hexdigest(),
        bytes=len(body),
        remaining_calls=response.remaining_calls,
        contract=CONTRACT_VERSION,
    )


def require_source(settings: Settings) -> None:
    """Refuse a run whose source cannot be used, before anything is written.

    Raises:
        BadInput: without a key for the API, with the page that issues keys; for a proxy or certificate of the
            environment that cannot be used, a base URL that is not valid, and a sandbox configuration that is not.
    """
    _client(settings, settings.clock(), max_calls=0)


def _require_key(settings: Settings) -> None:
    """Refuse the API without a key.

    Raises:
        BadInput: with the page that issues keys.
    """
    if settings.chosen_source == "api" and settings.api_key is None:
        raise BadInput(
            f"--source api needs a key: set CBBD_API_KEY (free keys: {KEY_PAGE}), or use --source sandbox without one"
        )


def _client(settings: Settings, clock: Clock, max_calls: int | None, shared: SharedLimit | None = None) -> Client:
    if settings.chosen_source == "sandbox":
        return Client(
            "http://sandbox",
            SecretStr("sandbox"),
            limiter=Limiter(None, settings.in_flight, shared=shared),
            transport=_simulated(settings),
            clock=clock,
            max_calls=max_calls,
        )
    _require_key(settings)
    return Client(
        settings.base_url,
        settings.api_key,
        limiter=Limiter(settings.requests_per_second, settings.in_flight, shared=shared),
        clock=clock,
        max_calls=max_calls,
        retry=RetryPolicy(settings.max_attempts, settings.retry_wait_seconds),
        deadline_seconds=settings.deadline_seconds,
        read_timeout_seconds=settings.read_timeout_seconds,
    )


def _simulated(settings: Settings) -> AsyncBaseTransport:
    from sandbox import Sandbox, SandboxConfig  # noqa: PLC0415  the import takes a tenth of a second

    try:
        text = settings.sandbox_config.read_text() if settings.sandbox_config else "{}"
        base = SandboxConfig.from_json(text)
    except (OSError, ValueError) as error:
        raise BadInput(
            f"CBBD_SANDBOX_CONFIG={settings.sandbox_config}: {error}; name a SandboxConfig as JSON, or unset it"
        ) from error
    config = replace(base, seed=settings.sandbox_seed, size=settings.sandbox_size, now=settings.sandbox_now)
    return Sandbox(config).transport()
