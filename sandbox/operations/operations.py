"""The table of operations: path, parameters, row cap, and the function that yields the rows.

A new operation is a function decorated with `@operation(path, "name:kind", ...)`, in a module that
`sandbox/operations/__init__.py` imports. It gets the world and the given parameters (validated, without empty or zero
values) and yields rows in the order of the API.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sandbox.operations.params import Needs, QueryParam, declare
from sandbox.season.world import World

Args = dict[str, Any]
Row = dict[str, Any]
Handler = Callable[[World, Args], Iterable[Row]]


@dataclass(frozen=True)
class Operation:
    """One GET operation of the API.

    cap: number of rows at which the response is truncated silently; single: the response is an object, not a list;
    needs: rule about parameters that depend on each other; client_only: missing in the public server.
    """

    path: str
    params: tuple[QueryParam, ...]
    handler: Handler
    cap: int | None = None
    tier: int = 0
    metered: bool = True
    single: bool = False
    needs: Needs | None = None
    client_only: bool = False


OPERATIONS: dict[str, Operation] = {}


def operation(
    path: str,
    *params: str,
    cap: int | None = None,
    tier: int = 0,
    metered: bool = True,
    single: bool = False,
    needs: Needs | None = None,
    client_only: bool = False,
) -> Callable[[Handler], Handler]:
    """Register a handler. Path parameters are declared like query parameters ("gameId:integer!")."""

    def register(handler: Handler) -> Handler:
        OPERATIONS[path] = Operation(path, declare(*params), handler, cap, tier, metered, single, needs, client_only)
        return handler

    return register


def find(path: str) -> tuple[Operation, dict[str, str]] | None:
    """The operation of a path, and its path parameters. Fixed paths take precedence over patterns.

    As in Express, upper and lower case and a slash at the end make no difference.
    """
    path = path.removesuffix("/")
    if path.lower() in OPERATIONS:
        return OPERATIONS[path.lower()], {}
    for template, found in OPERATIONS.items():
        if "{" in template and (match := _pattern(template).fullmatch(path)):
            return found, match.groupdict()
    return None


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", template), re.IGNORECASE)
