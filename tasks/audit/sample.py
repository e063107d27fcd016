"""Drift of settled responses: re-fetches a sample of settled requests and compares them with those in the lake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

import orjson

from quality.dataset import Endpoint, registry
from tasks.audit.status import SampledKey, SampleStatus
from tasks.completeness.due import SETTLED, Todo, todo
from tasks.lake.lake import Lake
from tasks.lake.raw import RawObject
from tasks.requests import DATED, Request, Target, window_of
from tasks.runs.engine import Built, Engine
from tasks.source.fetch import Outcome


@dataclass(frozen=True)
class Settled:
    """A request whose newest response came long after its games were over."""

    endpoint: Endpoint
    request: Request
    response: RawObject


def settled_keys(lake: Lake, seasons: Sequence[int], now: datetime) -> list[Settled]:
    """All requests with dates whose response should not change any more, sorted by name."""
    found = []
    for endpoint in registry():
        if endpoint.pattern not in DATED:
            continue
        for season in seasons:
            newest = lake.raw.latest(endpoint.name, season)
            for request in todo(lake, endpoint, season, now).expected if newest else ():
                response, window = newest.get((season, request.key)), window_of(request)
                if response is not None and window is not None and response.fetched_at >= window.end + SETTLED:
                    found.append(Settled(endpoint, request, response))
    return sorted(found, key=lambda item: item.response.path)


def draw(keys: Sequence[Settled], wanted: int, seed: int) -> list[Settled]:
    """A random sample without repeats. The same seed draws the same keys of the same lake."""
    return Random(seed).sample(keys, min(wanted, len(keys)))  # noqa: S311  a sample, not a secret


def ask_again(
    engine: Engine, chosen: Sequence[Settled], wanted: int, seed: int, progress: Callable[[Outcome], None]
) -> SampleStatus:
    """Re-fetch the chosen requests, store the responses as usual, and compare them record by record.

    Changes are built into the tables, because the newest response always counts.
    """
    status = SampleStatus(seed=seed, wanted=wanted, calls=0, sampled=[])
    groups: dict[Target, list[Settled]] = {}
    for item in chosen:
        groups.setdefault((item.endpoint, item.request.season), []).append(item)
    for (endpoint, season), items in groups.items():
        requests = [item.request for item in items]
        _add(status, engine.fetch(Todo(endpoint, season, requests, requests), progress))
        status.sampled += _compared(engine.lake, endpoint, season, items)
        status.failed += _failures(engine.build(endpoint, season, lambda _: None))
    if any(item.changed for item in status.sampled):
        seasons = sorted({item.season for item in status.sampled if item.season is not None})
        status.failed += _failures(engine.derive(seasons, [], lambda _: None))
    return status


def _add(status: SampleStatus, outcomes: list[Outcome]) -> None:
    """Count the outcomes of requests."""
    status.calls += sum(outcome.calls for outcome in outcomes)
    status.not_asked += sum(outcome.status == "not_asked" for outcome in outcomes)
    status.failed += [f"{outcome.request}: {outcome.error}" for outcome in outcomes if outcome.status == "failed"]


def _failures(built: Built) -> list[str]:
    return [f"{name}: {error}" for name, error in built.failed]


def _compared(lake: Lake, endpoint: Endpoint, season: int | None, items: list[Settled]) -> list[SampledKey]:
    """Comparisons of the requests that have a new response."""
    newest = lake.raw.latest(endpoint.name, season)
    pairs = [(item, newest[season, item.request.key]) for item in items]
    return [_comparison(lake, item, after) for item, after in pairs if after != item.response]


def _comparison(lake: Lake, item: Settled, after: RawObject) -> SampledKey:
    old, new = _records(lake, item.response), _records(lake, after)
    return SampledKey(
        dataset=item.endpoint.name,
        season=item.request.season,
        key=item.request.key,
        records_before=old.total(),
        records_after=new.total(),
        changed=max((old - new).total(), (new - old).total()),
    )


def _records(lake: Lake, response: RawObject) -> Counter[bytes]:
    """Records of a response with sorted fields, so that equal records have equal bytes."""
    _, body = lake.raw.body(response.path)
    return Counter(orjson.dumps(record, option=orjson.OPT_SORT_KEYS) for record in orjson.loads(body))
