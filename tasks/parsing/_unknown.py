"""Fields of records that are not in the contract. Their types are not inferred: they are kept as JSON text."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from quality.columns import Field, ListOf, Record

MAX_NAMES = 50  # of unknown fields in one list of a record; if there are more, the objects are kept as they are
MAX_TOLD = 20  # of new columns of a response that are reported by name
MAX_NAME_LENGTH = 200
OTHERS = "(other new columns)"

Path = tuple[str, ...]  # field names from the record to a value; `players[]` means each object of the list
Fields = dict[str, Any]  # unknown fields of a record by their path in it


@dataclass
class NewColumn:
    """A field that is not in the contract: number of its values that are not null, and the first of them."""

    depth: int
    count: int = 0
    first: Any = None


@dataclass
class Unknown:
    """The unknown fields of the records of a response.

    Attributes:
        rows: for each record, its unknown fields that are not null; for a field inside a list, one value per element.
        columns: the first of them by path, those inside of objects first, and the sum of the others.
        objects: paths of the objects that have any.
    """

    rows: list[Fields] = field(default_factory=list)
    columns: dict[str, NewColumn] = field(default_factory=dict)
    objects: set[Path] = field(default_factory=set)


def unknown_fields(values: list[Any], record: Record) -> Unknown:
    """Find the fields that are not in the contract, in one pass over the records.

    Time and memory are linear in the size of the records, however many different names there are.
    """
    finder = _Finder()
    rows = [finder.of(value, record, ()) for value in values]
    columns = sorted(finder.columns.items(), key=lambda item: -item[1].depth)
    return Unknown(rows, dict(columns), finder.objects)


class _Finder:
    def __init__(self) -> None:
        self.columns: dict[str, NewColumn] = {}
        self.objects: set[Path] = set()
        self._known: dict[int, dict[str, Field]] = {}

    def of(self, value: Any, record: Record, above: Path) -> Fields:
        """The unknown fields at or below an object, by path."""
        if not isinstance(value, dict):
            return {}
        known = self._known.setdefault(id(record), {item.wire: item for item in record})
        found: Fields = {}
        for name, inner in value.items():
            if (item := known.get(name)) is None:
                self._count(above, name, inner)
                if inner is not None:
                    found[".".join((*above, name))] = inner
            elif isinstance(item.type, Record):
                found |= self.of(inner, item.type, (*above, name))
            elif isinstance(item.type, ListOf) and isinstance(item.type.item, Record):
                found |= self._of_list(inner, item.type.item, (*above, f"{name}[]"))
        return found

    def _of_list(self, values: Any, record: Record, path: Path) -> Fields:
        rows = [self.of(value, record, path) for value in values] if isinstance(values, list) else []
        names = dict.fromkeys(name for row in rows for name in row)
        if len(names) > MAX_NAMES:
            return {".".join(path): rows}
        return {name: [row.get(name) for row in rows] for name in names}

    def _count(self, above: Path, name: str, value: Any) -> None:
        self.objects.add(above)
        column = ".".join((*above, name))
        if column not in self.columns and (len(self.columns) >= MAX_TOLD or len(column) > MAX_NAME_LENGTH):
            column, above = OTHERS, ()
        found = self.columns.setdefault(column, NewColumn(len(above)))
        if value is not None:
            found.first = value if found.count == 0 else found.first
            found.count += 1
