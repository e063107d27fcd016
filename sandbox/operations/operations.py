"""The table of operations: a path, its parameters, its cap and the function that yields its rows.

A new operation is one function under `@operation(path, "name:kind", ...)` in a module that api.py imports. It gets
the world and the parameters that are given, checked and truthy, and yields rows in the order of the API.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.operations.params import QueryParam, declare
from sandbox.season.world import World

Args = dict[str, Any]
Row = dict[str, Any]
Handler = Callable[[World, Args], Iterable[Row]]


@dataclass(frozen=True)
class Operation:
    """One GET of the API.

    cap: rows after which the answer is cut without a sign; single: an object, not a list; needs: of these
    parameters one has to be given.
    """

    path: str
    params: tuple[QueryParam, ...]
    handler: Handler
    cap: int | None = None
    tier: int = 0
    metered: bool = True
    single: bool = False
    needs: tuple[str, ...] = ()


OPERATIONS: dict[str, Operation] = {}


def operation(
    path: str,
    *params: str,
    cap: int | None = None,
    tier: int = 0,
    metered: bool = True,
    single: bool = False,
    needs: tuple[str, ...] = (),
) -> Callable[[Handler], Handler]:
    """Register a handler. A path parameter is declared like a query parameter ("gameId:integer!")."""

    def register(handler: Handler) -> Handler:
        OPERATIONS[path] = Operation(path, declare(*params), handler, cap, tier, metered, single, needs)
        return handler

    return register


def find(path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a path and its path parameters; fixed paths go before patterns."""
    if path in OPERATIONS:
        return OPERATIONS[path], {}
    for template, found in OPERATIONS.items():
        if "{" in template and (match := _pattern(template).fullmatch(path)):
            return found, match.groupdict()
    return None


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template))
