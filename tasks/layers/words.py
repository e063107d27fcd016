"""`CBBD_DRIFT`: an operator's words for values of another type in single columns, without a change of the contract."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from quality.columns import Column
from quality.dataset import Endpoint, registry
from quality.drift import EFFECTS, Word
from tasks.errors import BadInput, did_you_mean

Words = tuple[tuple[str, str, Word], ...]  # dataset, path of the column in the record, word

VALID: Mapping[str, Word] = {word: word for case, word in EFFECTS if case == "type change"}
EXAMPLE = "CBBD_DRIFT=plays.wallclock=discard,games.attendance=evolve"


def parse_words(text: str) -> Words:
    """The words of the setting: `dataset.column=word`, separated by commas.

    A column is named as in the API (`shotInfo.location.x`, `players[].minutes`) or as in the tables.

    Raises:
        BadInput: when a dataset, a column or a word does not exist, or a value is to be dropped that must not be null.
    """
    return tuple(_parsed(entry.strip()) for entry in text.split(",") if entry.strip())


def _parsed(entry: str) -> tuple[str, str, Word]:
    place, _, word = (part.strip() for part in entry.partition("="))
    dataset, _, name = place.partition(".")
    endpoint = registry().endpoints.get(dataset)
    if endpoint is None or not name:
        advice = did_you_mean(dataset, registry().endpoints) if endpoint is None else ""
        raise BadInput(f"CBBD_DRIFT: {entry!r} names no column of a dataset{advice}; write {EXAMPLE}")
    columns = _columns(endpoint)
    path = next((path for path, column in columns.items() if name in {path, column.name}), None)
    if path is None:
        raise BadInput(f"CBBD_DRIFT: {dataset} has no column {name!r}{did_you_mean(name, columns)}; write {EXAMPLE}")
    if word not in VALID:
        raise BadInput(f"CBBD_DRIFT: {entry!r} has no word for a value of another type; valid: {', '.join(VALID)}")
    if word == "discard" and not columns[path].nullable:
        raise BadInput(f"CBBD_DRIFT: {dataset}.{path} must not be null, so its values cannot be discarded")
    return dataset, path, VALID[word]


def _columns(endpoint: Endpoint) -> dict[str, Column]:
    """Columns of an endpoint and of the objects in its lists, by path in the record."""
    found = {".".join(column.path): column for column in endpoint.fields}
    lists = {column.name: ".".join(column.path) for column in endpoint.fields}
    for name, inner in endpoint.list_fields.items():
        found |= {f"{lists[name]}[].{'.'.join(column.path)}": column for column in inner}
    return found


def with_words(endpoint: Endpoint, words: Words) -> Endpoint:
    """The endpoint with an operator's words. Routes to the same rows take those of the endpoint they stand in for."""
    names = {endpoint.name, *((endpoint.route_of.name,) if endpoint.route_of else ())}
    own = tuple((path, word) for dataset, path, word in words if dataset in names)
    return replace(endpoint, drift=replace(endpoint.drift, columns=own)) if own else endpoint
