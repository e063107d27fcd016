"""What a call waits for besides the run's own limiter: an allotment of the month's calls, then the shared limit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from tasks.errors import LakeUnavailable, ReserveReached, Stopped
from tasks.lake.allotments import Allotments
from tasks.source.client import Client
from tasks.source.shared_rate import SharedLimit


class Admission:
    """Admits the calls of one run. `client` is set before the first call.

    Args:
        allotments: of the month's calls, for a client with a reserve.
        rate: the limit in common with other runs, if there is one.
    """

    client: Client

    def __init__(self, allotments: Allotments, clock: Callable[[], datetime], rate: SharedLimit | None) -> None:
        self._allotments, self._clock, self._rate = allotments, clock, rate
        self._may_start = 0

    async def turn(self) -> None:
        """Wait until a call may start, and count it.

        Raises:
            ReserveReached: when other runs have reserved what can be spent. Where the calls left are the reason, the
                client says so itself.
            Outage, LakeUnavailable: when a call can be neither allowed nor refused. The client sends nothing more.
        """
        if self.client.stopped is not None:
            return  # the client refuses the call
        try:
            await self._reserve()
            if self._rate is not None:
                await self._rate.turn()
        except (Stopped, LakeUnavailable) as error:
            self.client.stopped = self.client.stopped or error
            raise

    async def hold(self, seconds: float) -> None:
        """Let no run that shares the limit start a call for so long."""
        if self._rate is not None:
            await self._rate.hold(seconds)

    def give_back(self) -> None:
        """Return what was reserved and not used."""
        self._allotments.give_back(self.client.remaining)

    async def _reserve(self) -> None:
        client, reserve = self.client, self.client.reserve
        if not reserve:
            return
        if not self._may_start:
            month, in_flight = f"{self._clock():%Y-%m}", client.in_progress
            self._may_start = await asyncio.to_thread(
                self._allotments.take, month, client.remaining, in_flight, reserve
            )
        if self._may_start:
            self._may_start -= 1
            return
        client.remaining = self._allotments.left  # other runs may know better, and the client has to refuse the call
        if self._allotments.elsewhere:
            raise ReserveReached(
                f"{client.remaining:,} calls are left this month: {reserve:,} are reserved for the daily run "
                f"(CBBD_QUOTA_RESERVE), and {self._allotments.elsewhere:,} by other runs that are under way; run again "
                "when they have ended"
            )
