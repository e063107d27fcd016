"""A dated summary of the API's operations, by which a newer description of the API is compared."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tasks.errors import BadInput

FILE = Path("docs", "api-operations.json")
JSON = "application/json"
DEPTH = 4  # levels of objects in a response; the API has three


@dataclass(frozen=True)
class Summary:
    """Names of the API's operations.

    Attributes:
        version: of the API, as its description gives it.
        dated: day on which the description was downloaded, YYYY-MM-DD.
        operations: by path: names of the parameters, and of the fields of a record; an inner field as `a.b`.
    """

    version: str
    dated: str
    operations: dict[str, dict[str, list[str]]]

    def text(self) -> str:
        """The summary as the file has it."""
        lines = (f"  {json.dumps(path)}: {json.dumps(found)}" for path, found in sorted(self.operations.items()))
        head = f'{{"version": {json.dumps(self.version)}, "dated": {json.dumps(self.dated)}, "operations": {{\n'
        return head + ",\n".join(lines) + "\n}}\n"


def load(path: Path) -> Summary:
    """The summary in a file.

    Raises:
        BadInput: when the file is missing or is no description.
    """
    value = _json(path)
    try:
        return Summary(value["version"], value["dated"], value["operations"])
    except (KeyError, TypeError) as error:
        raise BadInput(f"{path} is no summary of operations: it has no {error}; `--write` makes one") from error


def described(path: Path, dated: str) -> Summary:
    """The summary of a description of the API in OpenAPI 3, as JSON.

    Raises:
        BadInput: when the file is not such a description.
    """
    value = _json(path)
    if not isinstance(value, dict) or not isinstance(value.get("paths"), dict) or not value["paths"]:
        raise BadInput(f"{path} has no paths: it is no description in OpenAPI; download the JSON of the API's own docs")
    schemas = value.get("components", {}).get("schemas", {})
    found = {
        place: {"params": sorted(_params(methods["get"])), "fields": sorted(set(_of_response(methods["get"], schemas)))}
        for place, methods in value["paths"].items()
        if isinstance(methods, dict) and "get" in methods
    }
    return Summary(str(value.get("info", {}).get("version", "?")), dated, found)


def differences(old: Summary, new: Summary) -> Iterator[str]:
    """What a newer description has or lacks, a line per operation, parameter and field."""
    for path in sorted(old.operations.keys() | new.operations.keys()):
        before, now = old.operations.get(path), new.operations.get(path)
        if before is None:
            yield f"new operation {path}"
        elif now is None:
            yield f"operation {path} is gone"
        else:
            for kind, word in (("params", "parameter"), ("fields", "field")):
                yield from (f"{path}: new {word} {name}" for name in _less(now[kind], before[kind]))
                yield from (f"{path}: {word} {name} is gone" for name in _less(before[kind], now[kind]))


def not_fetched(summary: Summary, paths: Iterable[str]) -> list[str]:
    """Operations without an endpoint."""
    return _less(summary.operations, paths)


def _less(some: Iterable[str], others: Iterable[str]) -> list[str]:
    return sorted(set(some) - set(others))


def _params(operation: Mapping[str, Any]) -> list[str]:
    return [str(item["name"]) for item in operation.get("parameters", []) if "name" in item]


def _of_response(operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> Iterator[str]:
    content = operation.get("responses", {}).get("200", {}).get("content", {})
    yield from _fields(content.get(JSON, {}).get("schema", {}), schemas, "", 0)


def _fields(schema: Mapping[str, Any], schemas: Mapping[str, Any], above: str, depth: int) -> Iterator[str]:
    while "$ref" in schema or "items" in schema:
        schema = schemas.get(schema["$ref"].rpartition("/")[2], {}) if "$ref" in schema else schema["items"]
    parts = (schema, *schema.get("allOf", ()))
    for name, inner in ((name, inner) for part in parts for name, inner in part.get("properties", {}).items()):
        yield f"{above}{name}"
        if depth < DEPTH:
            yield from _fields(inner, schemas, f"{above}{name}.", depth + 1)


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as JSON: {error}") from error
