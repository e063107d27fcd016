"""Drafts the files of a new endpoint from its name, its path and an example response."""

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
from kit.scaffold._fixture import fixture_text, has_null_list
from kit.scaffold._keys import given_key, guessed_key, key_columns
from kit.scaffold._operation import operation_source
from kit.scaffold._requests import PATH, RequestOptions, requests_of
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

__all__ = ["Advice", "Draft", "RequestOptions", "draft", "write"]

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME, LONGEST_PATH = 40, 80


@dataclass(frozen=True)
class Draft:
    """Text of the files by path in the checkout, and advice for the person who runs the command."""

    files: dict[str, str]
    advice: Advice


def draft(name: str, options: RequestOptions, example: Path, root: Path, key: str | None = None) -> Draft:
    """Draft the files of a new endpoint; nothing is written.

    Args:
        options: path and other options about requests.
        example: JSON file with a response: a list of objects.
        key: columns that identify a row of the silver table, separated by commas; default: a guess.

    Raises:
        BadInput: for a name or path that is invalid or taken, an example that a contract cannot express, a key that is
            not unique, or a folder that is not a checkout.
    """
    require_checkout(root)
    _require_name(name, root)
    _require_path(options.path, root)
    rows = read_example(example)
    contract = drafted(name, options, rows, key)
    _require_fit(contract, rows)
    files = {
        f"{CONTRACTS}/{name}.py": contract_source(contract),
        f"{SIMULATED}/{name}.py": operation_source(contract),
        f"{EXAMPLES}/{name}.json": fixture_text(contract),
    }
    if there := [file for file in files if (root / file).exists()]:
        raise BadInput(f"{', '.join(there)} exists already; nothing was written; choose another name")
    return Draft(files, advice(contract, options, key))


def drafted(name: str, options: RequestOptions, rows: Sequence[Row], key: str | None = None) -> Contract:
    """Draft a contract from rows.

    Raises:
        BadInput: for rows that a contract cannot express, options that do not fit together, or an invalid key.
    """
    entity = entity_of(name)
    fields = Drafting(entity).fields(infer(list(enumerate(rows, start=1))))
    known = to_mapping(tuple(flatten(Record(tuple(item.field for item in fields)))))
    requests = requests_of(options, known)
    injected = [column.name for column in requests.inject.values()]
    by_season = requests.pattern is not Pattern.ONCE
    season = next((name for name in SEASON_PARAMS if by_season and name in known), None)
    distinct = _distinct(rows)
    columns = key_columns(fields, distinct, tuple(column for column in injected if column != "date"), entity)
    found = given_key(key, columns) if key is not None else guessed_key(columns, season)
    return Contract(name, options.path, fields, requests, found, distinct)


def write(files: dict[str, str], root: Path) -> None:
    """Write all files, or none; nothing is overwritten.

    Raises:
        BadInput: when a file exists or cannot be written.
    """
    made: list[Path] = []
    try:
        for file, text in files.items():
            path = root / file
            if not path.parent.exists():
                path.parent.mkdir()
                made.append(path.parent)
            with path.open("x", encoding="utf-8") as opened:
                made.append(path)
                opened.write(text)
    except OSError as error:
        for path in reversed(made):
            with suppress(OSError):
                path.rmdir() if path.is_dir() else path.unlink()
        raise BadInput(f"{file} could not be written ({error.strerror}); no file was written") from error


def _distinct(rows: Sequence[Row]) -> list[Row]:
    """Rows without repetitions; silver keeps one of equal rows."""
    return list({orjson.dumps(row, option=orjson.OPT_SORT_KEYS): row for row in rows}.values())


def _require_name(name: str, root: Path) -> None:
    if not NAME.fullmatch(name) or len(name) > LONGEST_NAME or keyword.iskeyword(name):
        raise BadInput(
            f"{name!r} is not a valid name; use snake_case with at most {LONGEST_NAME} characters, such as game_weather"
        )
    taken = names_taken(root)
    if clashing := [word for word in (name, f"fct_{name}", f"dim_{name}") if word in taken]:
        raise BadInput(
            f"the name {name} is taken: there is a dataset, table or module {clashing[0]}; choose another name"
        )


def _require_path(path: str, root: Path) -> None:
    if not PATH.fullmatch(path) or len(path) > LONGEST_PATH:
        raise BadInput(
            f"--path {path} is not valid; it has a leading /, no query and no trailing /, and its parameters stand in "
            "braces, as in /games/{gameId}/weather"
        )
    if without_names(path) in paths_taken(root):
        raise BadInput(
            f"--path {path} is taken, docs/endpoints.md lists its dataset; write a second dataset of one path by hand"
        )


def _require_fit(contract: Contract, rows: Sequence[Row]) -> None:
    """Parse the example with the drafted contract."""
    rows = [row for row in rows if not has_null_list(contract.fields, row)]
    try:
        parsed = parse(orjson.dumps(rows), contract.endpoint)
    except ContractViolation as error:
        raise BadInput(f"the example cannot be read as a response: {error}") from error
    drift = [item for item in parsed.drift if item.kind != "missing column"]  # it is absent from the first rows
    if parsed.rejects or drift:
        said = [f"{item.column}: {item.rule}" for item in parsed.rejects] or [f"{i.column}: {i.kind}" for i in drift]
        raise BadInput(
            f"the example does not fit its own contract ({said[0]}), an error of this command; nothing was written"
        )
