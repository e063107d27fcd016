"""All that a new endpoint needs, drafted from its name, its path and an example of its response."""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import orjson

from kit.scaffold._advice import Advice, advice
from kit.scaffold._contract import Contract, contract_source
from kit.scaffold._fields import Drafting, entity_of
from kit.scaffold._fixture import fixture_text
from kit.scaffold._keys import given_key, guessed_key, key_columns
from kit.scaffold._operation import operation_source
from kit.scaffold._requests import PATH, Wish, asking
from kit.scaffold._shapes import Row, infer, read_example
from kit.scaffold._taken import (
    CONTRACTS,
    EXAMPLES,
    SIMULATED,
    names_taken,
    paths_taken,
    require_checkout,
    without_names,
)
from quality.columns import Record, flatten, to_mapping
from quality.dataset import Pattern
from tasks.errors import BadInput, ContractViolation
from tasks.parsing.parse import parse
from tasks.requests import SEASON_PARAMS

__all__ = ["Advice", "Draft", "Wish", "draft", "write"]

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME, LONGEST_PATH = 40, 80


@dataclass(frozen=True)
class Draft:
    """Files by their path in the checkout, and what to tell the person who asked for them."""

    files: dict[str, str]
    advice: Advice


def draft(name: str, wish: Wish, example: Path, root: Path, key: str | None = None) -> Draft:
    """The files of a new endpoint. Nothing is written.

    Args:
        wish: the path, and what is known about the requests.
        example: JSON of a response: a list of objects.
        key: columns of the silver table that identify a row, with commas between them; default: a guess.

    Raises:
        BadInput: for a name or path that is not valid or taken, an example that no contract can hold, a key that does
            not tell its rows apart, or a folder that is no checkout.
    """
    require_checkout(root)
    _require_name(name, root)
    _require_path(wish.path, root)
    rows = read_example(example)
    contract = drafted(name, wish, rows, key)
    _require_fit(contract, rows)
    files = {
        f"{CONTRACTS}/{name}.py": contract_source(contract),
        f"{SIMULATED}/{name}.py": operation_source(contract),
        f"{EXAMPLES}/{name}.json": fixture_text(contract, rows),
    }
    if there := [file for file in files if (root / file).exists()]:
        raise BadInput(f"{', '.join(there)} is there already; nothing was written")
    return Draft(files, advice(contract, wish, key))


def drafted(name: str, wish: Wish, rows: Sequence[Row], key: str | None = None) -> Contract:
    """The contract of rows.

    Raises:
        BadInput: for rows that no contract can hold, requests that nothing can send, or a key that is none.
    """
    entity = entity_of(name)
    fields = Drafting(entity).fields(infer(list(enumerate(rows, start=1))))
    known = to_mapping(tuple(flatten(Record(tuple(item.field for item in fields)))))
    asked = asking(wish, known)
    injected = [column.name for column in asked.inject.values()]
    by_season = asked.pattern is not Pattern.ONCE
    season = next((name for name in SEASON_PARAMS if by_season and name in known), None)
    distinct = list({orjson.dumps(row, option=orjson.OPT_SORT_KEYS): row for row in rows}.values())
    columns = key_columns(fields, distinct, tuple(column for column in injected if column != "date"), entity)
    found = given_key(key, columns) if key is not None else guessed_key(columns, season)
    return Contract(name, wish.path, fields, asked, found, len(rows))


def write(files: dict[str, str], root: Path) -> None:
    """Write all files or none; what is there stays.

    Raises:
        BadInput: when one is there, or cannot be written.
    """
    written: list[Path] = []
    try:
        for file, text in files.items():
            path = root / file
            path.parent.mkdir(exist_ok=True)
            with path.open("x", encoding="utf-8") as opened:
                written.append(path)
                opened.write(text)
    except OSError as error:
        for path in written:
            with suppress(OSError):
                path.unlink()
        raise BadInput(f"{file} could not be written ({error.strerror}); nothing was left behind") from error


def _require_name(name: str, root: Path) -> None:
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME or keyword.iskeyword(name):
        raise BadInput(
            f"{name!r} is no name of an endpoint: lower-case words with _ between them, up to {LONGEST_NAME} letters, "
            "as in game_weather"
        )
    taken = names_taken(root)
    if clashing := [word for word in (name, f"fct_{name}", f"dim_{name}") if word in taken]:
        raise BadInput(
            f"the name {name} is taken: {clashing[0]} is a dataset, a table or a module already; choose another"
        )


def _require_path(path: str, root: Path) -> None:
    if not PATH.fullmatch(path) or len(path) > LONGEST_PATH:
        raise BadInput(
            f"--path {path} is no path of an operation: it begins with /, has no query and no / at its end, and names "
            "its parameters in braces, as in /games/{gameId}/weather"
        )
    if without_names(path) in paths_taken(root):
        raise BadInput(
            f"--path {path} is taken: docs/endpoints.md has its dataset, sandbox/operations/ its operation; another "
            "dataset of the same path is written by hand"
        )


def _require_fit(contract: Contract, rows: Sequence[Row]) -> None:
    """Hold the example against the draft, through the parser of every run."""
    try:
        parsed = parse(orjson.dumps(rows), contract.endpoint)
    except ContractViolation as error:
        raise BadInput(f"the example cannot be read as a response: {error}") from error
    drift = [item for item in parsed.drift if item.kind != "missing column"]  # absent from the first rows
    if parsed.rejects or drift:
        said = [f"{item.column}: {item.rule}" for item in parsed.rejects] or [f"{i.column}: {i.kind}" for i in drift]
        raise BadInput(
            f"the example does not fit the contract that was drafted from it ({said[0]}); nothing was written"
        )
