"""The shape of an example response: fields, types, and where values are missing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from tasks.errors import BadInput

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:?\d\d)")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
NAME = re.compile(r"[A-Za-z0-9_ .$%#@:/+-]{1,50}")  # fits on a line of a contract without escapes
LARGEST = 2**63
DEEPEST = 8

Row = dict[str, Any]
Located = tuple[int, Any]  # row number in the example, and a value of that row


class Kind(StrEnum):
    """JSON types as messages name them. Text that is always a date or a timestamp has a kind of its own."""

    INTEGER = "an integer"
    NUMBER = "a number"
    TEXT = "text"
    BOOLEAN = "true or false"
    DATE = "a date"
    TIMESTAMP = "a timestamp"
    OBJECT = "an object"
    LIST = "a list"
    UNKNOWN = "null"


@dataclass(frozen=True)
class Shape:
    """One field.

    Attributes:
        of: number of objects that could have the field.
        seen: number of these that have a value; in the others it is null or absent.
        item: kind of the elements of a list.
        inside: fields of an object, or of the objects in a list.
        texts: distinct texts, sorted; dates and timestamps count as text.
        largest: largest absolute value of the numbers.
    """

    wire: str
    kind: Kind
    seen: int
    of: int
    item: Kind = Kind.UNKNOWN
    inside: tuple[Shape, ...] = ()
    texts: tuple[str, ...] = ()
    largest: float = 0

    @property
    def has_nulls(self) -> bool:
        """Whether the value is null or absent somewhere."""
        return self.seen < self.of


def read_example(path: Path) -> list[Row]:
    """Read the rows of an example.

    Raises:
        BadInput: when it cannot be read, is not JSON, or is not a list of objects with at least one.
    """
    try:
        rows = orjson.loads(path.read_bytes())
    except OSError as error:
        raise BadInput(
            f"--example {path} could not be read ({error.strerror}); name a file that holds a response of the endpoint"
        ) from error
    except orjson.JSONDecodeError as error:
        raise BadInput(f"--example {path} is not JSON ({error}); save the body of a response unchanged") from error
    if not isinstance(rows, list):
        raise BadInput(
            f"--example {path} is {kind_of(rows)}, not a list of objects; if the API sends one object, put it into a "
            "list: [{...}]"
        )
    if not rows:
        raise BadInput(f"--example {path} is an empty list; use a response that has rows")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BadInput(f"--example {path}: row {number} is {kind_of(row)}, not an object")
    return rows


def infer(rows: Sequence[Located], above: str = "") -> tuple[Shape, ...]:
    """Fields of objects, in order of first appearance.

    Args:
        above: path of the objects, for messages.

    Raises:
        BadInput: for what a contract cannot express: two types in one field, lists of lists, objects without fields.
    """
    names = dict.fromkeys(name for _, row in rows for name in row)
    return tuple(_shape(name, above, [(number, row.get(name)) for number, row in rows]) for name in names)


def _shape(wire: str, above: str, values: Sequence[Located]) -> Shape:
    where = f"{above}{wire}"
    if where.count(".") > DEEPEST:
        raise BadInput(f"{where} is nested more than {DEEPEST} levels deep; a contract describes flat records")
    if not NAME.fullmatch(wire) or not re.search("[A-Za-z]", wire):
        raise BadInput(
            f"the example has a field {where!r}; a contract needs names of 1 to 50 ASCII characters, with a letter"
        )
    there = [(number, value) for number, value in values if value is not None]
    kind = _one_kind(where, there)
    shape = Shape(wire, kind, len(there), len(values))
    if kind is Kind.OBJECT:
        return replace(shape, inside=_inside(there, where, "an empty object"))
    if kind is Kind.LIST:
        return _of_list(shape, where, there)
    if kind in (Kind.TEXT, Kind.DATE, Kind.TIMESTAMP):
        return replace(shape, texts=tuple(sorted({value for _, value in there})))
    numeric = kind in (Kind.INTEGER, Kind.NUMBER)
    return replace(shape, largest=max(abs(value) for _, value in there)) if numeric else shape


def _inside(objects: Sequence[Located], where: str, said: str) -> tuple[Shape, ...]:
    inside = infer(objects, f"{where}.")
    if not inside:
        raise BadInput(
            f"{where} is {said} in all rows of the example, so the names of its fields are not known; use an example "
            "in which it is filled, or delete it from the example: the lake then keeps it in unknown_fields"
        )
    return inside


def _of_list(shape: Shape, where: str, there: Sequence[Located]) -> Shape:
    elements = [(number, element) for number, value in there for element in value]
    filled = [(number, element) for number, element in elements if element is not None]
    item = _one_kind(f"an element of {where}", filled)
    if item is Kind.LIST:
        raise BadInput(f"{where} is a list of lists; a contract can describe lists of values and lists of objects")
    if item is Kind.OBJECT:
        if len(filled) < len(elements):
            raise BadInput(
                f"{where} has null between its objects; a contract can only describe lists of objects without null"
            )
        return replace(shape, item=item, inside=_inside(filled, f"{where}[]", "a list of empty objects"))
    return replace(shape, item=item)


def _one_kind(where: str, there: Iterable[Located]) -> Kind:
    """The kind that all values have.

    Raises:
        BadInput: when two values have different kinds.
    """
    first: dict[Kind, int] = {}
    for number, value in there:
        first.setdefault(kind_of(value), number)
        if isinstance(value, int) and abs(value) >= LARGEST:
            raise BadInput(f"{where} is {value} in row {number} of the example, more than an integer of 64 bits holds")
    kinds = set(first)
    if kinds == {Kind.INTEGER, Kind.NUMBER}:
        return Kind.NUMBER
    if kinds and kinds <= {Kind.TEXT, Kind.DATE, Kind.TIMESTAMP}:
        return kinds.pop() if len(kinds) == 1 else Kind.TEXT
    if len(kinds) > 1:
        (one, row), (other, later) = list(first.items())[:2]
        raise BadInput(
            f"{where} is {one} in row {row} of the example and {other} in row {later}, but a field has one type; "
            "check the API's documentation, then correct the example"
        )
    return kinds.pop() if kinds else Kind.UNKNOWN


def kind_of(value: Any) -> Kind:
    """The kind of one JSON value. A time without a time zone is text, because the moment is not known."""
    if isinstance(value, str):
        return _kind_of_text(value)
    kinds = {bool: Kind.BOOLEAN, int: Kind.INTEGER, float: Kind.NUMBER, dict: Kind.OBJECT, list: Kind.LIST}
    return kinds.get(type(value), Kind.UNKNOWN)


def _kind_of_text(text: str) -> Kind:
    with suppress(ValueError):
        if MOMENT.fullmatch(text) and datetime.fromisoformat(text):
            return Kind.TIMESTAMP
        if DAY.fullmatch(text) and date.fromisoformat(text):
            return Kind.DATE
    return Kind.TEXT
