"""Which responses are trusted for which games: a response with fewer rows than before does not replace good rows.

Responses to the same request are compared in order of arrival, game by game. A response that has clearly fewer rows of
a game than the one in force is *held back* for this game: the earlier rows stay in force, the difference is reported,
and the request stays due. The response is believed once the source has repeated the same number on several days. So
nothing is lost, and no correction is refused permanently. This follows from raw alone; there is no other state.
docs/decisions/0014-trust-in-responses.md has the reasons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

import polars as pl

from quality.dataset import Endpoint, Table, registry
from tasks.errors import ContractViolation
from tasks.lake.lake import Lake
from tasks.lake.raw import Envelope, RawObject, Tally
from tasks.layers._rulings import BELIEVED, Place, Ruling, Subject, Version
from tasks.layers._tally import WHOLE, exploded, names_games, read_tally, skim_tally
from tasks.parsing.bounds import MAX_BYTES, too_large
from tasks.requests import is_cut

History = Mapping[tuple[int | None, str], list[RawObject]]  # responses to each request, newest first


@dataclass(frozen=True)
class Hold:
    """A game, or a whole response, for which newer responses are held back.

    Attributes:
        served: the response whose rows stay in force, with `before` rows of the game.
        refused: the later responses, oldest first; the newest of them has `rows` rows of the game.
        days: number of days on which the source has sent `rows`; it is believed at `BELIEVED`.
    """

    endpoint: str
    season: int | None
    subject: Subject
    served: RawObject
    before: int
    refused: tuple[RawObject, ...]
    rows: int
    days: int

    def __str__(self) -> str:
        what = "the response" if self.subject is WHOLE else f"game {self.subject}"
        return (
            f"{what}: {self.rows:,} rows where raw/{self.served.path} has {self.before:,}; the earlier rows stay, and "
            f"the request is sent again (day {self.days} of {BELIEVED} with this number): "
            f"raw/{self.refused[-1].path}"
        )


@dataclass(frozen=True)
class Judgement:
    """The responses of an endpoint and season, judged.

    Attributes:
        believed: games (None: a whole response) whose lower number of rows is in force, because the source repeats it.
    """

    holds: list[Hold] = field(default_factory=list)
    believed: frozenset[Subject] = frozenset()


def holds(lake: Lake, endpoint: Endpoint, season: int | None) -> list[Hold]:
    """Games for which newer responses are held back, over all routes to the rows of an endpoint."""
    return judged(lake, endpoint, season).holds


def judged(lake: Lake, endpoint: Endpoint, season: int | None) -> Judgement:
    """Holds and beliefs about the responses of an endpoint.

    Only requests with different responses are read. A first load has none, so it costs nothing. If some game is held
    back, all requests are read, because the game may have moved to another one.
    """
    if endpoint.partial or not endpoint.metered:
        return Judgement()
    found = _judged(lake, endpoint, season, every=False)
    moved = any(hold.subject is not WHOLE for hold in found.holds)
    return _judged(lake, endpoint, season, every=True) if moved else found


def _judged(lake: Lake, endpoint: Endpoint, season: int | None, *, every: bool) -> Judgement:
    """The judgement; that of the same responses is not made twice, because all that is read for it never changes."""
    routes = [route for route in registry().routes(endpoint.route_of or endpoint) if not route.partial]
    found = {route.name: lake.raw.history(route.name, season) for route in routes}
    paths = frozenset(item.path for place in found.values() for versions in place.values() for item in versions)
    what = endpoint.name, season, every
    known = lake.raw.judged.get(what, (None, None))
    if known[0] == paths and isinstance(known[1], Judgement):
        return known[1]
    made = _made(lake, endpoint, season, routes, found, every=every)
    lake.raw.judged[what] = paths, made
    return made


def _made(
    lake: Lake,
    endpoint: Endpoint,
    season: int | None,
    routes: list[Endpoint],
    found: Mapping[str, History],
    *,
    every: bool,
) -> Judgement:
    several = sum(bool(versions) for versions in found.values()) > 1
    held: list[Hold] = []
    compared: list[Version] = []
    for route in routes:
        for versions in found[route.name].values():
            spans = _spans(versions)
            if len(spans) > 1 or several or every:
                known = _versions(lake, route, spans)
                held += _emptied(route, season, known)
                compared += [item for item in known if item.envelope.records]
    believed: set[Subject] = set()
    for versions_together in _comparable(endpoint, compared, apart=several and _in_parts(endpoint)):
        rulings = _ruled(versions_together)
        held += _held(endpoint, season, rulings)
        believed |= {subject for subject, ruling in rulings.items() if ruling.believed}
    return Judgement(held, frozenset(believed))


def _comparable(endpoint: Endpoint, versions: list[Version], *, apart: bool) -> Iterator[list[Version]]:
    """Responses that are compared with each other: all of them, or those to one request."""
    if names_games(endpoint) and not apart:
        yield sorted(versions, key=lambda item: item.raw)
        return
    ordered = sorted(versions, key=lambda item: (item.place, item.raw))
    for _, items in groupby(ordered, key=lambda item: item.place):
        yield list(items)


def _in_parts(endpoint: Endpoint) -> bool:
    """Whether a route may have a part of a game's rows, such as those of one team."""
    return any(table.version != ("game_id",) for table in registry().silver_of(endpoint))


def _spans(versions: list[RawObject]) -> list[list[RawObject]]:
    """Responses to one request, oldest first; equal ones in a row together, by the hash in their names."""
    return [list(run) for _, run in groupby(versions[::-1], key=lambda item: item.sha8)]


def _versions(lake: Lake, endpoint: Endpoint, spans: list[list[RawObject]]) -> list[Version]:
    """Spans with their tallies.

    A response that was truncated at the row cap says nothing about absent rows, and one that cannot be used as a whole
    is not compared: bronze takes the response before it.
    """
    envelopes = lake.raw.envelopes([run[-1].path for run in spans])
    found = []
    for run in spans:
        envelope = envelopes[run[-1].path]
        if is_cut(endpoint, envelope.records):
            continue
        with suppress(ContractViolation):
            tally = _tally(lake, endpoint, run[-1], envelope)
            found.append(Version(run[-1], frozenset(item.fetched_at.date() for item in run), envelope, tally))
    return found


def _tally(lake: Lake, endpoint: Endpoint, raw: RawObject, envelope: Envelope) -> Tally:
    known = read_tally(envelope) or lake.raw.tallies.get(raw.path)
    if known is None:
        if envelope.bytes > MAX_BYTES:
            raise too_large(f"{envelope.bytes:,} bytes")
        _, body = lake.raw.body(raw.path)
        _, known = skim_tally(body, endpoint, raw.season, raw.fetched_at)
        lake.raw.tallies[raw.path] = known = known or ({}, frozenset())
    return known


def counts_rows(endpoint: Endpoint, table: Table) -> bool:
    """Whether the tallies of an endpoint are numbers of rows of a silver table. That of a game itself is its state."""
    is_state = any(column.name == "status" for column in endpoint.fields)
    return names_games(endpoint) and not is_state and exploded(endpoint) == table.explode


def _emptied(endpoint: Endpoint, season: int | None, versions: list[Version]) -> Iterator[Hold]:
    """Empty responses at the end, after one with rows of games that were over. They never remove rows."""
    full = [item for item in versions if item.envelope.records]
    empty = versions[versions.index(full[-1]) + 1 :] if full else []
    if not empty:
        return
    rows, open_games = full[-1].tally
    before = sum(count for subject, count in rows.items() if subject not in open_games)
    days = frozenset[date]().union(*(item.days for item in empty))
    if before and len(days) < BELIEVED:
        refused = tuple(item.raw for item in empty)
        yield Hold(endpoint.name, season, WHOLE, full[-1].raw, before, refused, 0, len(days))


def _ruled(versions: list[Version]) -> dict[Subject, Ruling]:
    """The response in force for each game in some responses, which are in order of arrival."""
    rulings: dict[Subject, Ruling] = {}
    served_by: dict[Place, set[Subject]] = defaultdict(set)
    for version in versions:
        for subject in version.tally[0].keys() | served_by[version.place]:
            ruling = rulings.setdefault(subject, Ruling(version))
            before = ruling.served.place
            if ruling.served is not version:
                ruling.consider(version, subject)
            served_by[before].discard(subject)
            served_by[ruling.served.place].add(subject)
    return rulings


def _held(endpoint: Endpoint, season: int | None, rulings: Mapping[Subject, Ruling]) -> Iterator[Hold]:
    for subject, ruling in rulings.items():
        if ruling.refused:
            refused = tuple(item.raw for item in ruling.refused)
            rows = ruling.served.rows(subject) or 0
            yield Hold(endpoint.name, season, subject, ruling.served.raw, rows, refused, ruling.rows, len(ruling.days))


@dataclass(frozen=True)
class Verdicts:
    """What holds mean for the responses of an endpoint.

    Attributes:
        without: games that are not taken from a response, by its path.
        only: games that are still taken from an older response, by its path.
        rejected: paths of responses that are held back as a whole, each with the one in force.
    """

    without: Mapping[str, frozenset[int]]
    only: Mapping[RawObject, frozenset[int]]
    rejected: Mapping[str, RawObject]


def verdicts(found: Iterable[Hold]) -> Verdicts:
    """Holds by response."""
    without: dict[str, set[int]] = {}
    only: dict[RawObject, set[int]] = {}
    rejected: dict[str, RawObject] = {}
    for hold in found:
        if hold.subject is not WHOLE:
            only.setdefault(hold.served, set()).add(hold.subject)
        for raw in hold.refused:
            if hold.subject is WHOLE:
                rejected[raw.path] = hold.served
            else:
                without.setdefault(raw.path, set()).add(hold.subject)
    return Verdicts(
        {path: frozenset(games) for path, games in without.items()},
        {raw: frozenset(games) for raw, games in only.items()},
        rejected,
    )


def requests_held(found: Iterable[Hold], newest: Mapping[tuple[int | None, str], RawObject]) -> set[str]:
    """Keys of the requests whose newest response is held back. They are due."""
    paths = {raw.path for raw in newest.values()}
    return {raw.key for hold in found for raw in hold.refused if raw.path in paths}


def not_believed(lake: Lake, table: Table, season: int | None, gone: pl.DataFrame) -> pl.DataFrame:
    """Removed rows of a silver table without those whose removal the source has repeated on several days."""
    assert table.source is not None
    believed = judged(lake, table.source, season).believed
    if WHOLE in believed:
        return gone.clear()
    if not believed or "game_id" not in table.by_name:
        return gone
    games = lake.scan(table.qualified).filter(pl.col("game_id").is_in(list(believed))).select(table.key).collect()
    return gone.join(games, on=table.key, how="anti")
