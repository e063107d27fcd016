"""Drift of settled answers: some finished requests are asked again and compared with what the lake has of them."""

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
from tasks.requests import DATED, Request, window_of
from tasks.runs.engine import Engine
from tasks.source.fetch import Outcome


@dataclass(frozen=True)
class Settled:
    """A request whose games were over long before its newest answer."""

    endpoint: Endpoint
    request: Request
    answer: RawObject


def settled_keys(lake: Lake, seasons: Sequence[int], now: datetime) -> list[Settled]:
    """Every dated request that the source should answer today as it did before, in the order of names."""
    found = []
    for endpoint in registry():
        if endpoint.pattern not in DATED:
            continue
        for season in seasons:
            newest = lake.raw.latest(endpoint.name, season)
            for request in todo(lake, endpoint, season, now).expected if newest else ():
                answer, window = newest.get((season, request.key)), window_of(request)
                if answer is not None and window is not None and answer.fetched_at >= window.end + SETTLED:
                    found.append(Settled(endpoint, request, answer))
    return sorted(found, key=lambda item: item.answer.path)


def draw(keys: Sequence[Settled], wanted: int, seed: int) -> list[Settled]:
    """A random sample without repeats; the same seed draws the same keys of the same lake."""
    return Random(seed).sample(keys, min(wanted, len(keys)))  # noqa: S311  a sample, not a secret


def ask_again(
    session: Engine, chosen: Sequence[Settled], wanted: int, seed: int, progress: Callable[[Outcome], None]
) -> SampleStatus:
    """Ask for the chosen keys, keep the answers as any others, and compare record by record.

    What drifted is built into the tables: the newest answer counts, here as everywhere.
    """
    status = SampleStatus(seed=seed, wanted=wanted, calls=0, sampled=[])
    for endpoint, season in dict.fromkeys((item.endpoint, item.request.season) for item in chosen):
        own = [item for item in chosen if (item.endpoint, item.request.season) == (endpoint, season)]
        requests = [item.request for item in own]
        outcomes = session.fetch(Todo(endpoint, season, requests, requests), progress)
        status.calls += sum(outcome.calls for outcome in outcomes)
        status.not_asked += sum(outcome.status == "not_asked" for outcome in outcomes)
        status.failed += [f"{outcome.request}: {outcome.error}" for outcome in outcomes if outcome.status == "failed"]
        newest = session.lake.raw.latest(endpoint.name, season)
        for item in own:
            after = newest[season, item.request.key]
            if after != item.answer:
                status.sampled.append(_compared(session.lake, item, after))
        built = session.build(endpoint, season, lambda _: None)
        status.failed += [f"{name}: {error}" for name, error in built.failed]
    if any(item.changed for item in status.sampled):
        seasons = sorted({item.season for item in status.sampled if item.season is not None})
        derived = session.derive(seasons, [], lambda _: None)
        status.failed += [f"{name}: {error}" for name, error in derived.failed]
    return status


def _compared(lake: Lake, item: Settled, after: RawObject) -> SampledKey:
    old, new = _records(lake, item.answer), _records(lake, after)
    return SampledKey(
        dataset=item.endpoint.name,
        season=item.request.season,
        key=item.request.key,
        records_before=old.total(),
        records_after=new.total(),
        changed=max((old - new).total(), (new - old).total()),
    )


def _records(lake: Lake, answer: RawObject) -> Counter[bytes]:
    """Records of an answer with their fields in order, so that equal ones are equal bytes."""
    _, body = lake.raw.body(answer.path)
    return Counter(orjson.dumps(record, option=orjson.OPT_SORT_KEYS) for record in orjson.loads(body))
