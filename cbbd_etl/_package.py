"""`datapackage.json` of an export, after the Data Package standard: files, columns with their meaning, keys.

Names and meanings come from the registry. Three properties are ours: `source` of the package, and of a resource `rows`
and `version`, which names what the file was made from.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import polars as pl

from cbbd_etl._destination import Destination
from quality.columns import Column
from quality.dataset import Table
from quality.wording import null_rule
from tasks.errors import BadInput
from tasks.sql.catalog import column_meaning, contract

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
SOURCE = "source"
MEDIA_TYPES = {
    "csv": "text/csv",
    "duckdb": "application/vnd.duckdb",
    "parquet": "application/vnd.apache.parquet",
}
TYPES: dict[type[pl.DataType], str] = {
    pl.Int64: "integer",
    pl.Float64: "number",
    pl.String: "string",
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Datetime: "datetime",
    pl.List: "array",
    pl.Struct: "object",
}

Resource = dict[str, Any]
Schema = Mapping[str, pl.DataType]


@dataclass
class Package:
    """What an export has so far.

    Attributes:
        source: where the data of the lake comes from, as the lake records it.
        resources: by name.
    """

    destination: Destination
    source: Mapping[str, object]
    resources: dict[str, Resource] = field(default_factory=dict)
    _saved: dict[str, Resource] = field(default_factory=dict)

    @classmethod
    def read(cls, destination: Destination, source: Mapping[str, object]) -> Package:
        """The package of an earlier export to the same place, or an empty one.

        Raises:
            BadInput: when another program wrote it, or it has files of another format or source.
        """
        text = destination.read(destination.package)
        if text is None:
            return cls(destination, source)
        try:
            known = orjson.loads(text)
            resources = {item["name"]: item for item in known["resources"]}
            before, formats = known[SOURCE], {item["format"] for item in resources.values()}
        except (orjson.JSONDecodeError, KeyError, TypeError) as error:
            place = f"{destination.location}/{destination.package}"
            raise BadInput(f"{place} is not of an export of cbbd_etl: name another place") from error
        other = ", ".join(sorted(formats - {destination.file_format})) if before == source else _in_words(before)
        if other:
            own = destination.file_format if before == source else f"data from {_in_words(source)}"
            raise BadInput(f"{destination.location} has an export of {other}: name another place for {own}")
        return cls(destination, source, resources, dict(resources))

    def is_current(self, name: str, data: str, sizes: Mapping[str, int]) -> bool:
        """Whether the file of a resource is there, whole, and made from the same data.

        Args:
            data: fingerprint of the data.
            sizes: bytes of the files that are there.
        """
        known = self.resources.get(name)
        return known is not None and known["version"]["data"] == data and sizes.get(known["path"]) == known["bytes"]

    def save(self, now: datetime) -> None:
        """Write the file if it would say anything new, as of a time in UTC."""
        if self.resources == self._saved:
            return
        content = {
            "$schema": PROFILE,
            "name": "cbbd-export",
            "title": "College basketball, from the CollegeBasketballData API",
            "created": f"{now:%Y-%m-%dT%H:%M:%SZ}",
            "sources": [{"title": _in_words(self.source)}],
            SOURCE: dict(self.source),
            "resources": [self.resources[name] for name in sorted(self.resources)],
        }
        with self.destination.writing(self.destination.package) as file:
            file.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        self._saved = dict(self.resources)


def _in_words(source: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in source.items()) or "an unknown source"


def resource(name: str, table: str, path: str, schema: Schema, destination: Destination) -> Resource:
    """Description of one table in one file, without what is only known once the file is written.

    Args:
        name: of the resource, unique in the package.
        table: name of the table with its layer.
        schema: columns with their types.
    """
    known = contract(table)
    form = destination.file_format
    found: Resource = {"name": name, "path": path, "format": form, "mediatype": MEDIA_TYPES[form]}
    if form == "csv":
        found |= {"encoding": "utf-8"}
    if form == "duckdb":
        found |= {"dialect": {"table": table}}
    if known is not None:
        found |= {"description": known.description}
    return found | {"schema": table_schema(known, schema, is_text=form == "csv")}


def table_schema(known: Table | None, schema: Schema, *, is_text: bool) -> dict[str, Any]:
    """Columns as a Table Schema: type, description, constraints, primary key.

    Args:
        known: contract of the table; None where no contract describes it.
        schema: columns of the file with their types.
        is_text: the file has no nulls: an empty text stands for null.
    """
    fields = [_field(name, dtype, known) for name, dtype in schema.items()]
    for item in fields if is_text else ():
        if item["type"] == "string" and item.get("constraints", {}).get("required"):
            item["missingValues"] = []  # an empty text is a value where null is not allowed
    key = [name for name in (known.key if known else ()) if name in schema]
    return {"fields": fields} | ({"primaryKey": key} if key else {})


def _field(name: str, dtype: pl.DataType, known: Table | None) -> dict[str, Any]:
    column = known.by_name.get(name) if known else None
    found: dict[str, Any] = {"name": name, "type": TYPES.get(type(dtype), "any")}
    if known is None or column is None:
        return found
    found["description"] = column_meaning(column)
    if column.nullable and (rule := null_rule(known, column)) != "allowed":
        found["description"] += f". Null: {rule.replace('`', '')}"
    constraints = dict(_constraints(column, is_key=name in known.key))
    return found | ({"constraints": constraints} if constraints else {})


def _constraints(column: Column, *, is_key: bool) -> Iterable[tuple[str, Any]]:
    if not column.nullable or is_key:
        yield "required", True
    if column.only_values:
        yield "enum", list(column.only_values)
    if column.dtype.is_numeric():
        whole = column.dtype.is_integer()
        for side, limit in (("minimum", column.limits.ge), ("maximum", column.limits.le)):
            if limit is not None:
                yield side, int(limit) if whole else limit
