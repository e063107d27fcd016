"""The simulated operation of a drafted endpoint: invented rows in the shape of the example."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from kit.scaffold._contract import Contract
from kit.scaffold._invent import Invention
from kit.scaffold._shapes import Kind
from kit.scaffold._source import call, imports, lines, names_in, sequence, text
from kit.scaffold._subjects import subject_of
from quality.dataset import Param
from sandbox.operations.games import either, find_game, games, seasons, team_fits
from sandbox.operations.operations import operation
from sandbox.operations.people import requested_years
from sandbox.rows.rows import conference, game_row
from sandbox.season.world import World

STEP = 4
USED = (games, seasons, either, team_fits, find_game, operation, requested_years, conference, game_row, World)
MODULES = {item.__name__: item.__module__ for item in USED} | dict.fromkeys(("Args", "Row"), operation.__module__)
COMPARED = frozenset({Kind.INTEGER, Kind.TEXT, Kind.BOOLEAN})


def operation_source(contract: Contract) -> str:
    """The module's text."""
    body = list(_body(contract))
    used = names_in("\n".join(body))
    ours = defaultdict[str, list[str]](list)
    for name, module in MODULES.items():
        if name in used:
            ours[module].append(name)
    return "\n".join(
        [
            f'"""A stub of `{contract.path}`: invented rows in the shape of an example."""',
            "",
            "from collections.abc import Iterable",
            *(["from datetime import timedelta"] if "timedelta" in used else []),
            "",
            *(line for module in sorted(ours) for line in imports(module, ours[module])),
            *([] if body[0].startswith("FILTERS") else [""]),
            "",
            *body,
            "",
        ]
    )


def ignored_filters(contract: Contract) -> list[str]:
    """Parameters that the operation accepts without filtering by them."""
    known = {*subject_of(contract).filters, *_filters(contract)}
    return [param.name for param in contract.requests.params if param.name not in known]


def _body(contract: Contract) -> Iterator[str]:
    subject = subject_of(contract)
    row, indent = Invention(subject.known, contract.key).row(contract.fields), STEP * subject.depth
    specs = [text(_spec(param)) for param in contract.requests.params]
    filters = _filters(contract)
    if filters:
        yield from (*lines(sequence(map(text, filters)), before="FILTERS = "), "", "")
    yield from lines(call("operation", text(contract.path), *specs), before="@")
    yield f"def list_{contract.name}(world: World, args: Args) -> Iterable[Row]:"
    yield f'    """Invented rows, {subject.rows}{"" if subject.has_key(contract) else ": the first"}."""'
    yield from subject.loop(frozenset(names_in("\n".join(lines(row)))))
    yield from lines(row, indent, "row = " if filters else "yield ")
    if filters:
        yield f"{' ' * indent}if all(row[name] == args.get(name, row[name]) for name in FILTERS):"
        indent += STEP
        yield f"{' ' * indent}yield row"
    if not subject.has_key(contract):
        yield f"{' ' * indent}return"


def _spec(param: Param) -> str:
    """A parameter in the notation of the sandbox."""
    kind = "" if param.type == "string" and not param.required else f":{param.type}"
    return f"{param.name}{kind}{'!' if param.required else ''}"


def _filters(contract: Contract) -> list[str]:
    """Parameters that have the name of a field, except those that the loop compares."""
    fields = {item.field.wire for item in contract.fields if item.shape.kind in COMPARED}
    others = {param.name for param in contract.requests.params} - subject_of(contract).filters
    return [param.name for param in contract.requests.params if param.name in others & fields]
