"""The monthly quota: calls left by the API's count, calls used by this lake, and calls reserved for the daily run.

The raw store is the ledger here too. Every response that cost a call has an object there, including rejected ones, with
the time in its name and the calls left in its envelope. Errors cost nothing: the API refunds all but 2xx. The API's own
number is authoritative, because other lakes and the football API use the same key.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from quality.dataset import Endpoint, registry
from tasks.completeness.due import SETTLED
from tasks.lake.lake import Lake
from tasks.lake.raw import RawObject
from tasks.requests import DATED


@dataclass(frozen=True)
class Month:
    """Calls of a calendar month (UTC, like the API's count).

    Attributes:
        used: calls of this lake by dataset, most first: stored responses of datasets whose calls are metered.
        remaining: calls left according to the newest response of the month; None if no response has the number.
        as_of: time of that response.
        elsewhere: calls made elsewhere with the key between the first and the newest response, by the API's count.
    """

    used: dict[str, int]
    remaining: int | None = None
    as_of: datetime | None = None
    elsewhere: int = 0

    @property
    def calls(self) -> int:
        """Calls of this lake in the month."""
        return sum(self.used.values())


def month(lake: Lake, now: datetime) -> Month:
    """Calls of the month of `now`, from the names of raw objects and two envelopes."""
    metered = [item for item in sorted(lake.raw.responses(f"{now:%Y%m}")) if _is_metered(item)]
    used = dict(Counter(item.endpoint for item in metered).most_common())
    if not metered:
        return Month(used)
    first, newest = (lake.raw.envelope(item.path).remaining_calls for item in (metered[0], metered[-1]))
    if newest is None:
        return Month(used)
    # Responses of the same moment arrive in any order, so a few calls in flight may look like calls from elsewhere.
    elsewhere = 0 if first is None else max(first - newest - (len(metered) - 1), 0)
    return Month(used, newest, metered[-1].fetched_at, elsewhere)


def _is_metered(item: RawObject) -> bool:
    endpoint = registry().endpoints.get(item.endpoint)
    return endpoint is None or endpoint.metered


def quota_left(lake: Lake, now: datetime) -> int | None:
    """Calls left this month according to the newest response; None if there is no response or it has no number."""
    newest = max(lake.raw.responses(f"{now:%Y%m}"), default=None)
    return None if newest is None else lake.raw.envelope(newest.path).remaining_calls


def daily_calls(endpoint: Endpoint) -> float:
    """Calls that a daily run makes for a dataset on an average day of the season.

    A window is re-fetched daily until it is settled; a dataset without dates is re-fetched every `refresh_days`.
    """
    if endpoint.opt_in or not endpoint.metered:
        return 0.0
    if endpoint.pattern in DATED:
        days = endpoint.window_days or 1
        return (days + SETTLED.days) / days
    return (endpoint.each.about if endpoint.each else 1) / max(endpoint.refresh_days, 1)


def daily_need() -> int:
    """Calls of one daily run of all datasets, except those on request."""
    return round(sum(daily_calls(endpoint) for endpoint in registry()))


def need_until_month_ends(now: datetime) -> int:
    """Calls of the daily runs from tomorrow to the last day of the month."""
    return daily_need() * (monthrange(now.year, now.month)[1] - now.day)
