"""Responses that the next one to the same request repeats byte for byte: a day or a window that has more games now.

They are not parsed and not compared, because every row of them is the same in the responses in force.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial
from itertools import pairwise, takewhile

import polars as pl

from quality.dataset import Table
from quality.derivation import GAME
from quality.diff import CONTENT, content
from tasks.corrections._statements import ResponseSpan, Statements, dates_with, routes, rows_by_game, sent
from tasks.lake.lake import Lake
from tasks.lake.raw import WHOLE_TEXT, Envelope
from tasks.layers.earlier import has_records
from tasks.layers.guard import counts_rows

Games = Mapping[str, Collection[int]]  # by path of a response
Pair = Callable[[ResponseSpan, ResponseSpan], bool]  # whether the second response repeats the first


def without_repeated(statements: Statements, season: int | None, history: list[ResponseSpan]) -> list[ResponseSpan]:
    """The history without the responses that add nothing to the changes of a table.

    Of the responses to a request, these are the last ones before the response in force, each of them repeated by the
    next. Their games are in no other response that was replaced, and have the same rows in all responses in force. So
    each of these rows was never another one. If the key of the table does not name the game, no row of another game may
    have one of their keys.
    """
    by_key = GAME in statements.table.key
    if GAME not in statements.table.version or not (by_key or all(item.of(statements.table) for item in history)):
        return history
    chains = _chains(statements.table, history)
    envelopes = statements.lake.raw.envelopes([item.raw.path for item in history]) if chains else {}
    tallies = {item.raw.path: rows_by_game(envelopes[item.raw.path], item.endpoint) for item in history if chains}
    games = {path: [int(game) for game in rows] for path, rows in tallies.items() if rows and WHOLE_TEXT not in rows}
    if not chains or games.keys() != {path for path, rows in tallies.items() if rows != {}}:
        return history  # where the games of any response are not known
    for repeats in (partial(_has_rows_of, envelopes), partial(_has_records_of, statements.lake, envelopes)):
        chains = _apart([_tail(chain, repeats) for chain in chains], history, games)
    differing = _differing(statements, season, history, games, _named(games, _replaced(chains)))
    chains = _apart([chain for chain in chains if differing.isdisjoint(_named(games, chain))], history, games)
    left_out = _replaced(chains)
    paths = {item.raw.path for item in left_out}
    less = [item for item in history if item.raw.path not in paths]
    return less if by_key or _have_own_keys(statements, season, less, _named(games, left_out)) else history


def _chains(table: Table, history: list[ResponseSpan]) -> list[list[ResponseSpan]]:
    """The responses to each request of which one was replaced, if their rows are counted."""
    requests = defaultdict[tuple[str, int | None, str], list[ResponseSpan]](list)
    for item in history:
        requests[item.endpoint.name, item.raw.season, item.raw.key].append(item)
    return [spans for spans in requests.values() if len(spans) > 1 and _may_repeat(table, spans[-1])]


def _may_repeat(table: Table, newest: ResponseSpan) -> bool:
    return newest.current and not newest.endpoint.partial and counts_rows(newest.endpoint, table)


def _tail(chain: list[ResponseSpan], repeats: Pair) -> list[ResponseSpan]:
    """The last responses of a chain, each of them repeated by the next."""
    pairs = takewhile(lambda pair: repeats(*pair), list(pairwise(chain))[::-1])
    return [*[old for old, _ in pairs][::-1], chain[-1]]


def _replaced(chains: Iterable[list[ResponseSpan]]) -> list[ResponseSpan]:
    return [item for chain in chains for item in chain[:-1]]


def _named(games: Games, found: Iterable[ResponseSpan]) -> set[int]:
    return {game for item in found for game in games.get(item.raw.path, ())}


def _apart(chains: list[list[ResponseSpan]], history: list[ResponseSpan], games: Games) -> list[list[ResponseSpan]]:
    """The chains whose games no replaced response has that is compared."""
    while True:
        out = {item.raw.path for item in _replaced(chains)}
        compared = _named(games, (item for item in history if not item.current and item.raw.path not in out))
        apart = [chain for chain in chains if len(chain) > 1 and compared.isdisjoint(_named(games, chain[:-1]))]
        if len(apart) == len(chains):
            return apart
        chains = apart


def _has_rows_of(envelopes: Mapping[str, Envelope], old: ResponseSpan, new: ResponseSpan) -> bool:
    """Whether a response has as many rows of each game as the one before it, and all of them are in force.

    The new one was read in full, so its rows satisfy the contract: as many as there were records before.
    """
    if any((new.without, new.kept, old.without, old.kept)) or envelopes[new.raw.path].checked_by is None:
        return False
    rows, before = (rows_by_game(envelopes[item.raw.path], item.endpoint) or {} for item in (new, old))
    return before.items() <= rows.items()


def _has_records_of(lake: Lake, envelopes: Mapping[str, Envelope], old: ResponseSpan, new: ResponseSpan) -> bool:
    """Whether a body has all records of the one before it. Bodies are read if the envelope does not say so."""
    if envelopes[new.raw.path].repeats == envelopes[old.raw.path].sha256:
        return True
    return has_records(lake.raw.body(new.raw.path)[1], lake.raw.body(old.raw.path)[1])


def _differing(
    statements: Statements, season: int | None, history: list[ResponseSpan], games: Games, wanted: Collection[int]
) -> set[int]:
    """The games that are in several responses in force, such as those of two days, and not with the same rows."""
    current = [item for item in history if item.current]
    count = Counter(game for item in current for game in games.get(item.raw.path, ()) if game in wanted)
    shared = {game: number for game, number in count.items() if number > 1}
    if not shared:
        return set()
    rows, key = _in_force(statements, season, history, shared), statements.table.key
    found = rows.group_by(list(dict.fromkeys((GAME, *key)))).agg(pl.len(), pl.col(CONTENT).n_unique())
    wanted_rows = pl.LazyFrame({GAME: list(shared), "responses": list(shared.values())})
    checked = wanted_rows.join(found, on=GAME, how="left")
    same = (pl.col("len") == pl.col("responses")) & (pl.col(CONTENT) == 1)
    return set(checked.filter(~same.fill_null(value=False)).select(GAME).collect(engine="streaming").to_series())


def _have_own_keys(
    statements: Statements, season: int | None, history: list[ResponseSpan], games: Collection[int]
) -> bool:
    """Whether each row of some games has a key of its own, among these and the rows that are compared."""
    key = list(statements.table.key)
    compared = [statements.earlier(item) for item in history if not item.current]
    other_games = {game for rows in compared for game in rows[GAME].unique()}
    mine, theirs = (
        _in_force(statements, season, history, found)
        .select(*key, GAME)
        .unique()
        .select(key)
        .collect(engine="streaming")
        for found in (games, other_games)
    )
    others = pl.concat([theirs, *(rows.select(key) for rows in compared)])
    return not mine.is_duplicated().any() and mine.join(others, on=key, how="semi").is_empty()


def _in_force(
    statements: Statements, season: int | None, history: list[ResponseSpan], games: Collection[int]
) -> pl.LazyFrame:
    """The rows of some games in all responses in force: their key, game, and the hash of their content."""
    table, lake = statements.table, statements.lake
    units, dates = pl.DataFrame({GAME: sorted(games)}, schema={GAME: pl.Int64}), dates_with(lake, history, games)
    columns = [*dict.fromkeys((*table.key, GAME))]
    return pl.concat(
        [
            statements.current(route, season, units, dates).select(*columns, content(sent(table)))
            for route in routes(table)
        ]
    )
