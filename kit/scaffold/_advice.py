"""What the command says: what it assumed, what it took over from the lake, and what a person must decide."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kit.scaffold._contract import Contract
from kit.scaffold._fields import Drafted
from kit.scaffold._meanings import column_name
from kit.scaffold._operation import ignored_filters
from kit.scaffold._requests import Wish, calls_of_every_run
from kit.scaffold._shapes import Kind
from quality.dataset import Pattern
from quality.patterns import CALL_BUDGET

FEW, REPEATED = 6, 3


@dataclass(frozen=True)
class Advice:
    """Lines for people, by heading."""

    assumed: tuple[str, ...]
    taken_over: tuple[str, ...]
    decide: tuple[str, ...]


def advice(contract: Contract, wish: Wish, key: str | None) -> Advice:
    """All that is to be said of a draft.

    Args:
        key: the one that was named, if any.
    """
    fields = [leaf for item in contract.fields for leaf in item.leaves()]
    told = [f"{leaf.column}: {leaf.field.description}" for leaf in fields if leaf.described]
    return Advice(tuple(_assumed(contract, wish, key)), tuple(told), tuple(_decisions(contract, fields)))


def _assumed(contract: Contract, wish: Wish, key: str | None) -> Iterator[str]:
    asking = contract.asking
    if wish.pattern is None:
        yield f"--pattern {asking.pattern}"
    if wish.season_param is None and asking.season:
        yield f"--season-param {asking.season}"
    if key is None:
        rows = contract.example_rows
        weak = "; one row cannot show whether it is enough" if rows == 1 else ""
        yield f"--key {','.join(contract.key)}: tells the {rows} row{'s' * (rows != 1)} of the example apart{weak}"


def _decisions(contract: Contract, fields: list[Drafted]) -> Iterator[str]:
    yield from _about_fields(contract, fields)
    yield from _about_requests(contract)


def _about_fields(contract: Contract, fields: list[Drafted]) -> Iterator[str]:
    open_names = [leaf.column for leaf in fields if not leaf.described]
    yield f"descriptions: of the endpoint{', and of ' if open_names else ''}{', '.join(open_names)}"
    for leaf in fields:
        if leaf.column != column_name("_".join(leaf.path)):
            yield f"{leaf.column}: its name for {'.'.join(leaf.path)}"
    objects = [item for item in contract.fields if item not in fields]
    yield from (f"{item.column}: {item.comment}" for item in (*objects, *fields) if item.comment)
    for leaf in fields:
        yield from _about_field(leaf)


def _about_field(leaf: Drafted) -> Iterator[str]:
    shape, made = leaf.shape, leaf.field
    if made.unit in ("percent", "fraction 0-1") and not leaf.shared:
        yield f"{leaf.column}: taken for a {made.unit}, as its largest value in the example is {shape.largest:g}"
    if shape.kind is Kind.LIST and leaf.inside:
        yield f"{leaf.column}: kept as a list; rows of their own need explode= in silver_table, and a key for them"
    few = len(shape.texts) <= FEW and shape.seen >= REPEATED * len(shape.texts)
    if shape.kind is Kind.TEXT and few and made.values is None and not leaf.described:
        yield f"{leaf.column}: {len(shape.texts)} different texts; if there can be no others, list them in values="


def _about_requests(contract: Contract) -> Iterator[str]:
    """Facts that no example shows. Contract and operation say them both, and a test compares the two."""
    asking = contract.asking
    known = ", ".join(param.name for param in asking.params) or "none"
    yield f"parameters: {known}; the API ignores a name that it does not know, so both files name all, and no other"
    if left := ignored_filters(contract):
        yield f"filters: the simulated operation takes {', '.join(left)} and does not filter by it"
    yield "subscription: min_tier= and metered= of the contract, tier= and metered= of the operation"
    if asking.pattern is Pattern.WINDOWS:
        yield f"row cap: row_cap= of the contract, cap= of the operation; {asking.window_days} days must stay below it"
    else:
        yield f"row cap: where the API cuts responses, use --pattern windows; {asking.pattern} does not notice a cut"
    if asking.pattern is not Pattern.ONCE:
        yield "first_season= (2003 is assumed), refresh_days= (30 are assumed between two requests for the same rows)"
    if asking.opt_in:
        yield (
            "opt_in=True: only asked when --endpoints names it; all others together take "
            f"{calls_of_every_run()} calls a season, of at most {CALL_BUDGET}"
        )
