"""Values of a simulated row, as Python expressions of `number`, which differs in every row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kit.scaffold._fields import Drafted
from kit.scaffold._meanings import column_name
from kit.scaffold._shapes import Kind
from kit.scaffold._source import Group, Item, Node, text

NULL_EVERY = 5  # rows
ROOM = 80  # characters of a line for a name and its value
LABEL = 20


@dataclass(frozen=True)
class Invention:
    """How rows are invented.

    Attributes:
        known: expressions for shared fields that the simulated world has, by API name.
        key: columns of the key.
    """

    known: Mapping[str, str]
    key: tuple[str, ...]

    def row(self, fields: tuple[Drafted, ...]) -> Group:
        """A row, or an object in a row."""
        return Group("{", tuple(Item(self.value(item), f"{text(item.field.wire)}: ") for item in fields), "}")

    def value(self, drafted: Drafted) -> Node:
        """The value of a field."""
        if drafted.shape.kind is Kind.OBJECT:
            return self.row(drafted.inside)
        if drafted.shape.kind is Kind.LIST:
            return self._list(drafted)
        if drafted.shared and drafted.field.wire in self.known:
            return self.known[drafted.field.wire]
        return self._sometimes_null(drafted, self._scalar(drafted))

    def invents_key(self, fields: tuple[Drafted, ...]) -> bool:
        """Whether an invented value of the key is unique."""
        return any(self._is_unique(leaf) for item in fields for leaf in item.leaves() if leaf.column in self.key)

    def _is_unique(self, drafted: Drafted) -> bool:
        from_world = bool(drafted.shared) and drafted.field.wire in self.known
        is_numbered = drafted.shape.kind in (Kind.INTEGER, Kind.TEXT) and drafted.field.values is None
        return is_numbered and not from_world

    def _list(self, drafted: Drafted) -> Node:
        if drafted.inside:
            return Group("[", (Item(self.row(drafted.inside)),), "]")
        invented = _of(drafted.shape.item, drafted)
        return "[]" if invented == "None" else f"[{invented}]"

    def _scalar(self, drafted: Drafted) -> str:
        if drafted.field.values is not None:
            return text(drafted.field.values[-1])
        if drafted.shape.kind is Kind.INTEGER and drafted.column in self.key:
            return "number"
        return _of(drafted.shape.kind, drafted)

    def _sometimes_null(self, drafted: Drafted, value: str) -> str:
        wrapped = f"None if number % {NULL_EVERY} == 0 else {value}"
        if value == "None" or not drafted.shape.has_nulls or len(drafted.field.wire) + len(wrapped) > ROOM:
            return value
        return wrapped


def _of(kind: Kind, drafted: Drafted) -> str:
    """An invented value of a kind."""
    share = drafted.field.unit == "fraction 0-1"
    label = (column_name(drafted.field.wire) or "value").replace("_", " ")[:LABEL].strip()
    return {
        Kind.INTEGER: "number % 2" if share else "number % 97",
        Kind.NUMBER: "(number % 89 + 0.5) / 100" if share else "number % 97 + 0.5",
        Kind.TEXT: f'f"{label} {{number}}"',
        Kind.BOOLEAN: "number % 2 == 0",
        Kind.DATE: 'f"2025-01-{number % 28 + 1:02d}"',
        Kind.TIMESTAMP: 'f"2025-01-15T{number % 24:02d}:30:00.000Z"',
    }.get(kind, "None")
