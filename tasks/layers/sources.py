"""Which responses a bronze partition is made from: the newest good one to each request, or every snapshot."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import date
from itertools import takewhile

import polars as pl

from quality.calendar import EASTERN
from quality.dataset import Endpoint, Partition, Pattern, registry
from tasks.lake.iceberg import PartitionKey, month_of
from tasks.lake.lake import Lake
from tasks.lake.raw import Envelope, RawObject
from tasks.layers.guard import Verdicts, holds, verdicts
from tasks.requests import is_cut, season_opens


@dataclass(frozen=True)
class Source:
    """A raw object with its envelope, and which of its rows are used.

    Attributes:
        newest: path of the newest response to the request with the same content, if it is another one than `raw`.
        without: games that are held back from it, because an earlier response has more of them.
        only: the games that are still taken from it, if a later response replaces it for all others.
    """

    raw: RawObject
    envelope: Envelope
    without: frozenset[int] = frozenset()
    only: frozenset[int] | None = None
    newest: str | None = None

    @property
    def identity(self) -> str:
        """The response and the part of it that is used, as text: an input of a fingerprint."""
        parts = [self.raw.path]
        for word, games in (("without", self.without), ("only", self.only or ())):
            parts += [f"{word} {','.join(map(str, sorted(games)))}"] if games else []
        return " ".join(parts)

    def used(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows that are used."""
        if self.only is not None:
            return rows.filter(pl.col("game_id").is_in(list(self.only)))
        if self.without:
            return rows.filter(~pl.col("game_id").is_in(list(self.without)).fill_null(value=False))
        return rows

    @property
    def date(self) -> date:
        """UTC date of the request; for a snapshot the US Eastern day on which it was taken."""
        requested = self.envelope.params.get("date")
        return date.fromisoformat(requested[:10]) if requested else self.raw.fetched_at.astimezone(EASTERN).date()


def sources(lake: Lake, endpoint: Endpoint, season: int | None, *, at_opening: bool = False) -> list[Source]:
    """The newest response with rows to each request, oldest first. Of snapshots, every response with rows.

    An empty response does not remove rows; its request is sent again later. A response that was truncated at the row
    cap is left out, because the two halves of its window contain its rows and more. Games of which the newest response
    has too few rows are taken from the response before (tasks/layers/guard.py).

    Of successive equal responses to a request for a date, the first one stands for all: a day that is asked again and
    has not changed costs no rebuild. This is only done for one route: among several, the response fetched last wins.

    Args:
        at_opening: ignore responses that were fetched after the season opened.
    """
    held = verdicts(holds(lake, endpoint, season))
    found = newest_with_rows(lake, _histories(lake, endpoint, season, held.rejected, at_opening=at_opening))
    complete = [item for item in found if not is_cut(endpoint, item.envelope.records)]
    chosen = _divided(lake, endpoint, complete, held)
    return sorted(_first_of_equal(lake, endpoint, season, chosen), key=lambda item: item.raw)


def _first_of_equal(lake: Lake, endpoint: Endpoint, season: int | None, found: list[Source]) -> list[Source]:
    """Each source with the oldest response of those that are equal to it, one after the other."""
    others = [route for route in registry().routes(endpoint.route_of or endpoint) if route.name != endpoint.name]
    if endpoint.pattern is not Pattern.DATES or any(True for o in others for _ in lake.raw.objects(o.name, season)):
        return found
    history = lake.raw.history(endpoint.name, season)
    first = {item.raw.path: _first(item.raw, history[item.raw.season, item.raw.key]) for item in found}
    envelopes = lake.raw.envelopes([raw.path for path, raw in first.items() if raw.path != path])
    return [
        replace(item, raw=raw, envelope=envelopes[raw.path], newest=item.raw.path)
        if (raw := first[item.raw.path]).path in envelopes
        else item
        for item in found
    ]


def _first(raw: RawObject, versions: list[RawObject]) -> RawObject:
    """The oldest of the responses before a given one, newest first, that have its content without a break."""
    equal = takewhile(lambda item: item.sha8 == raw.sha8, (item for item in versions if item <= raw))
    return list(equal)[-1]


def _divided(lake: Lake, endpoint: Endpoint, newest: list[Source], held: Verdicts) -> list[Source]:
    """The newest responses without the games that are held back, and the earlier ones that have these games."""
    paths = {item.raw.path for item in newest}
    found = [replace(item, without=held.without.get(item.raw.path, frozenset())) for item in newest]
    earlier = [raw for raw in held.only if raw.endpoint == endpoint.name and raw.path not in paths]
    return found + [replace(item, only=held.only[item.raw]) for item in _with_envelopes(lake, earlier)]


def _histories(
    lake: Lake, endpoint: Endpoint, season: int | None, rejected: Container[str], *, at_opening: bool
) -> list[list[RawObject]]:
    """The responses to each request that are not held back, newest first. Each snapshot is a history of its own."""
    histories = [
        [item for item in versions if item.path not in rejected]
        for versions in lake.raw.history(endpoint.name, season).values()
    ]
    if at_opening:
        histories = [[item for item in versions if _is_early(item)] for versions in histories]
    if endpoint.snapshots:
        return [[version] for versions in histories for version in versions]
    return histories


def newest_with_rows(lake: Lake, histories: list[list[RawObject]]) -> list[Source]:
    """The newest response with rows of each history. Older ones are read only where the newer is empty."""
    found: list[Source] = []
    while pending := [versions for versions in histories if versions]:
        newest = _with_envelopes(lake, [versions[0] for versions in pending])
        found += [item for item in newest if item.envelope.records]
        histories = [versions[1:] for versions, item in zip(pending, newest, strict=True) if not item.envelope.records]
    return found


def _with_envelopes(lake: Lake, objects: list[RawObject]) -> list[Source]:
    envelopes = lake.raw.envelopes([item.path for item in objects])
    return [Source(item, envelopes[item.path]) for item in objects]


def _is_early(item: RawObject) -> bool:
    return item.season is not None and item.fetched_at < season_opens(item.season)


def partition_of(endpoint: Endpoint, source: Source) -> PartitionKey:
    """Bronze partition of a response."""
    if endpoint.partition is Partition.MONTH:
        return PartitionKey(source.raw.season, month_of(source.date))
    return PartitionKey(source.raw.season if endpoint.partition is Partition.SEASON else None)
