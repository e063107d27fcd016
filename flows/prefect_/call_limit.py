"""One limit for all runs of a key: a global concurrency limit of the Prefect server, whose slots decay.

`CBBD_CALL_LIMIT` names it, and `prefect deploy` makes it. It has one slot, which is free again after 1/rate seconds, so
calls of all runs start one after the other at that rate. Several slots would allow a burst of as many calls.
"""

from __future__ import annotations

from tasks.errors import BadInput, Outage, one_line
from tasks.settings import Settings
from tasks.source.server_failures import in_words, is_server_failure
from tasks.source.shared_rate import SharedLimit, shared_rate


def command(verb: str, name: str, rate: float) -> str:
    """The command that makes (`create`) or corrects (`update`) the limit."""
    return f"prefect gcl {verb} {name} --limit 1 --slot-decay-per-second {rate:g}"


class ServerLimit:
    """A limit of the Prefect server that this process reports to."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def turn(self) -> None:
        """Wait until a call may start, and count it.

        Raises:
            Outage: when the server does not give a slot, so that no call may be made.
        """
        from prefect.concurrency.asyncio import ConcurrencySlotAcquisitionError as Refused  # noqa: PLC0415
        from prefect.concurrency.asyncio import rate_limit  # noqa: PLC0415  a run without a server needs none

        try:
            await rate_limit(self.name, strict=True)
        except Refused as error:
            said = in_words(error) if is_server_failure(error) else one_line(error)
            raise Outage(
                f"the Prefect server gave no slot of the concurrency limit {self.name} ({said}), so no call was made; "
                f"check the server and `prefect gcl inspect {self.name}`, then run again"
            ) from error

    async def hold(self, seconds: float) -> None:
        """The server knows no pause; the process that was asked for one keeps it."""


def call_limit(settings: Settings, location: str) -> SharedLimit | None:
    """The limit that this run has in common with others; None where its own is the only one.

    Args:
        location: of the lake.

    Raises:
        BadInput: when the configured limit is missing on the server or limits no rate; it names the command to run.
    """
    if settings.chosen_source == "sandbox":
        return None
    if settings.call_limit is None:
        return shared_rate(location, settings.requests_per_second)
    require(settings.call_limit, settings.requests_per_second)
    return ServerLimit(settings.call_limit)


def require(name: str, rate: float) -> float:
    """Calls per second of a limit of the server.

    Args:
        rate: of the limit that the commands in the messages make.

    Raises:
        BadInput: when it is missing or limits no rate; it names the command to run.
        PrefectDown: when the server does not answer.
    """
    from prefect.client.orchestration import get_client  # noqa: PLC0415  as above
    from prefect.exceptions import ObjectNotFound  # noqa: PLC0415

    from flows.prefect_.server import has_server  # noqa: PLC0415  as above
    from flows.prefect_.trouble import asking  # noqa: PLC0415  as above

    if not has_server():
        raise BadInput(f"CBBD_CALL_LIMIT={name} is a limit of a Prefect server: set PREFECT_API_URL, or unset it")
    try:
        with asking(f"for the concurrency limit {name}"), get_client(sync_client=True) as client:
            found = client.read_global_concurrency_limit_by_name(name)
    except ObjectNotFound:
        raise BadInput(
            f"CBBD_CALL_LIMIT={name}, and the Prefect server has no such limit: `{command('create', name, rate)}`"
        ) from None
    if not found.active or not found.slot_decay_per_second:
        raise BadInput(
            f"the limit {name} of the Prefect server is not active or its slots do not decay, so it limits no rate: "
            f"`{command('update', name, rate)}`, `prefect gcl enable {name}`"
        )
    return float(found.slot_decay_per_second)


def ensure(name: str, rate: float) -> None:
    """Make the limit on the server, unless there is one; an operator's rate stays."""
    from prefect.client.orchestration import get_client  # noqa: PLC0415  as above
    from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate  # noqa: PLC0415
    from prefect.exceptions import ObjectNotFound  # noqa: PLC0415

    from flows.prefect_.trouble import asking  # noqa: PLC0415  as above

    with asking(f"for the concurrency limit {name}"), get_client(sync_client=True) as client:
        try:
            client.read_global_concurrency_limit_by_name(name)
        except ObjectNotFound:
            made = GlobalConcurrencyLimitCreate(name=name, limit=1, slot_decay_per_second=rate)
            client.create_global_concurrency_limit(made)
