"""What the command reports: guesses, descriptions taken from the lake, and decisions for a person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kit.scaffold._contract import Contract
from kit.scaffold._fields import Drafted
from kit.scaffold._meanings import column_name
from kit.scaffold._operation import ignored_filters
from kit.scaffold._requests import RequestOptions, calls_of_every_run
from kit.scaffold._shapes import Kind
from quality.dataset import Pattern
from quality.patterns import CALL_BUDGET

FEW, REPEATED = 6, 3


@dataclass(frozen=True)
class Advice:
    """Lines for people, by heading."""

    guessed: tuple[str, ...]
    from_the_lake: tuple[str, ...]
    decide: tuple[str, ...]


def advice(contract: Contract, options: RequestOptions, key: str | None) -> Advice:
    """The report on a draft.

    Args:
        key: value of `--key`.
    """
    fields = [leaf for item in contract.fields for leaf in item.leaves()]
    told = [f"{leaf.column}: {leaf.field.description}" for leaf in fields if leaf.described]
    return Advice(tuple(_guesses(contract, options, key)), tuple(told), tuple(_decisions(contract, fields)))


def _guesses(contract: Contract, options: RequestOptions, key: str | None) -> Iterator[str]:
    requests = contract.requests
    if options.pattern is None:
        yield f"--pattern {requests.pattern}"
    if options.season_param is None and requests.season:
        yield f"--season-param {requests.season}"
    if key is None:
        rows = len(contract.rows)
        weak = ", which proves nothing" if rows == 1 else ""
        yield f"--key {','.join(contract.key)}: unique in the {rows} row{'s' * (rows != 1)} of the example{weak}"


def _decisions(contract: Contract, fields: list[Drafted]) -> Iterator[str]:
    yield from _about_fields(contract, fields)
    yield from _about_requests(contract)


def _about_fields(contract: Contract, fields: list[Drafted]) -> Iterator[str]:
    open_names = [leaf.column for leaf in fields if not leaf.described]
    yield f"describe the endpoint{' and these columns: ' if open_names else ''}{', '.join(open_names)}"
    for leaf in fields:
        if leaf.column != column_name("_".join(leaf.path)):
            yield f"{leaf.column}: is this a good name for {'.'.join(leaf.path)}?"
    objects = [item for item in contract.fields if item not in fields]
    yield from (f"{item.column}: {item.comment}" for item in (*objects, *fields) if item.comment)
    for leaf in fields:
        yield from _about_field(leaf)


def _about_field(leaf: Drafted) -> Iterator[str]:
    shape, made = leaf.shape, leaf.field
    if made.unit in ("percent", "fraction 0-1") and not leaf.shared:
        yield f"{leaf.column}: {made.unit}? The largest value in the example is {shape.largest:g}"
    if shape.kind is Kind.LIST and leaf.inside:
        yield f"{leaf.column}: one row per element? Then add explode= to silver_table, and extend the key"
    few = len(shape.texts) <= FEW and shape.seen >= REPEATED * len(shape.texts)
    if shape.kind is Kind.TEXT and few and made.values is None and not leaf.described:
        yield f"{leaf.column}: has {len(shape.texts)} different texts; if there are no others, list them in values="


def _about_requests(contract: Contract) -> Iterator[str]:
    """Facts that an example does not show. They stand in contract and operation, and a test compares the two."""
    requests = contract.requests
    known = ", ".join(param.name for param in requests.params) or "none"
    yield f"parameters: {known}. Does the API have others? It ignores unknown ones without an error"
    if left := ignored_filters(contract):
        yield f"filters: the simulated operation does not filter by {', '.join(left)}"
    yield "subscription: min_tier= and metered= in the contract, tier= and metered= in the operation"
    if requests.pattern is Pattern.WINDOWS:
        yield f"row cap: row_cap= in the contract, cap= in the operation; do {requests.window_days} days stay below it?"
    else:
        yield "row cap: if the API cuts responses, use --pattern windows; only windows are split"
    if requests.pattern is not Pattern.ONCE:
        yield "first_season= (default 2003), refresh_days= (default 30: days until the same rows are fetched again)"
    if requests.opt_in:
        yield (
            "opt_in=True: fetched only when --endpoints names it; without it a season takes "
            f"{calls_of_every_run()} calls, and the budget is {CALL_BUDGET}"
        )
