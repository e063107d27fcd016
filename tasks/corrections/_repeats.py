"""Responses that the next one to the same request repeats byte for byte: a window of days that has more games now.

They are not parsed and not compared, because every row of them is the same in the response in force.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from itertools import pairwise, takewhile

from quality.dataset import Table
from tasks.corrections._statements import ResponseSpan, rows_by_game
from tasks.lake.lake import Lake
from tasks.lake.raw import WHOLE_TEXT, Envelope
from tasks.layers.guard import counts_rows

Envelopes = Mapping[str, Envelope]


def without_repeated(lake: Lake, table: Table, history: list[ResponseSpan]) -> list[ResponseSpan]:
    """The history without the responses that add nothing to the changes of a table.

    Of the responses to a request, these are the last ones before the response in force, each of them repeated by the
    next, if no other response has any of their games. So each of their rows begins with them and was never another one.
    """
    if "game_id" not in table.version or not _is_apart(table, history):
        return history
    requests = defaultdict[tuple[str, int | None, str], list[ResponseSpan]](list)
    for item in history:
        requests[item.endpoint.name, item.raw.season, item.raw.key].append(item)
    several = [spans for spans in requests.values() if len(spans) > 1 and _may_repeat(table, spans)]
    envelopes = lake.raw.envelopes([item.raw.path for item in history]) if several else {}
    left_out = {item.raw.path for spans in several for item in _repeated(lake, envelopes, history, spans)}
    return [item for item in history if item.raw.path not in left_out]


def _is_apart(table: Table, history: list[ResponseSpan]) -> bool:
    """Whether rows of different games are never compared: their key names the game, or only one response is old."""
    if "game_id" in table.key:
        return True
    return sum(not item.current for item in history) == 1 and all(item.of(table) for item in history)


def _may_repeat(table: Table, spans: list[ResponseSpan]) -> bool:
    endpoint = spans[-1].endpoint
    return spans[-1].current and not endpoint.partial and counts_rows(endpoint, table)


def _repeated(
    lake: Lake, envelopes: Envelopes, history: list[ResponseSpan], spans: list[ResponseSpan]
) -> list[ResponseSpan]:
    """The responses before the newest one to a request that are left out. Bodies are read if nothing else differs."""
    chain = spans[:-1]
    for is_repeated in (partial(_has_rows_of, envelopes), partial(_has_records_of, lake)):
        pairs = list(pairwise([*chain, spans[-1]]))[::-1]
        chain = [old for old, _ in takewhile(lambda pair: is_repeated(*pair), pairs)][::-1]  # noqa: B023  used at once
        others = [item for item in history if item not in {*chain, spans[-1]}]
        if not _are_alone(envelopes, chain, others):
            return []
    return chain


def _has_rows_of(envelopes: Envelopes, old: ResponseSpan, new: ResponseSpan) -> bool:
    """Whether a response has as many rows of each game as the one before it, and all of them are in force.

    The new one was read in full, so its rows satisfy the contract: as many as there were records before.
    """
    if any((new.without, new.kept, old.without, old.kept)) or envelopes[new.raw.path].checked_by is None:
        return False
    rows, before = (_rows_by_game(envelopes, item) for item in (new, old))
    return rows is not None and before is not None and before.items() <= rows.items()


def _has_records_of(lake: Lake, old: ResponseSpan, new: ResponseSpan) -> bool:
    return has_records(lake.raw.body(new.raw.path)[1], lake.raw.body(old.raw.path)[1])


def has_records(body: bytes, part: bytes) -> bool:
    """Whether a JSON array begins or ends with all elements of another one, written in the same way.

    What is between two such places is not compared: the same bytes could be inside of an element there.
    """
    return body.startswith(part[:-1] + b",") or body.endswith(b"," + part[1:])


def _rows_by_game(envelopes: Envelopes, item: ResponseSpan) -> Mapping[str, int] | None:
    return rows_by_game(envelopes[item.raw.path], item.endpoint)


def _are_alone(envelopes: Envelopes, chain: list[ResponseSpan], others: list[ResponseSpan]) -> bool:
    """Whether no other response has any game of these."""
    games = {game for item in chain for game in envelopes[item.raw.path].tally or ()}
    tallies = [_rows_by_game(envelopes, item) for item in others]
    return all(rows is not None and rows.keys().isdisjoint({*games, WHOLE_TEXT}) for rows in tallies)
