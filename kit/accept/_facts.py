"""Prints what the contracts of a checkout require, as JSON: run as a script in that checkout, which it imports.

A fact is a leaf of the registry, the rules, expectations and alarms, or of another module of `quality/`, by its path.
A function is a fact by the structure of its source, so that comments and layout do not count.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import json
import pkgutil
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import FunctionType, ModuleType
from typing import Any

WORDS = {"description", "reason", "meaning", "notes", "when", "why"}  # text for people
PLAIN = (str, int, float, bool, type(None))
Facts = Iterator[tuple[str, object]]


def facts() -> Facts:
    """Path and value of every fact of `quality/`."""
    quality = importlib.import_module("quality")
    for found in pkgutil.walk_packages(quality.__path__, "quality."):
        if ".pages" not in found.name:
            yield from _of_module(importlib.import_module(found.name))


def _of_module(module: ModuleType) -> Facts:
    place = module.__name__.removeprefix("quality.")
    own = _defined(module)
    for name, value in vars(module).items():
        if name not in own:
            continue  # imported: it is a fact of the module that defines it
        if isinstance(value, FunctionType) or (inspect.isclass(value) and not issubclass(value, Enum)):
            if not place.startswith("contracts."):  # there a function only writes a contract, which is a fact itself
                yield f"{place}.{name}()", _structure(value)
        elif table := _table(value):
            yield from _walk(value, table, 0)
        elif name.strip("_").isupper():
            yield from _walk(value, f"{place}.{name}", 0)


def _defined(module: ModuleType) -> set[str]:
    names = set()
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
    return names


def _walk(value: object, path: str, depth: int) -> Facts:
    if isinstance(value, PLAIN):
        yield path, value
    elif is_dataclass(value) and not isinstance(value, type):
        yield from _of_fields(value, path, depth)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(item, f"{path}.{key}", depth + 1)
    elif isinstance(value, (tuple, list, set, frozenset)):
        yield from _of_items(value, path, depth)
    else:
        yield path, _structure(value) if isinstance(value, FunctionType) else str(value)


def _of_fields(value: Any, path: str, depth: int) -> Facts:
    if depth and (table := _table(value)):
        yield path, table  # a table that another one names has its own facts
        return
    for item in fields(value):
        if item.name not in WORDS:
            yield from _walk(getattr(value, item.name), f"{path}.{item.name}", depth + 1)


def _of_items(items: object, path: str, depth: int) -> Facts:
    listed = sorted(items, key=str) if isinstance(items, (set, frozenset)) else list(items)  # type: ignore[call-overload]
    if all(isinstance(item, PLAIN) for item in listed):
        yield path, [str(item) for item in listed]
        return
    seen: dict[str, int] = {}
    for item in listed:
        name = _label(item)
        seen[name] = seen.get(name, 0) + 1
        yield from _walk(item, f"{path}.{name}" + (f"-{seen[name]}" if seen[name] > 1 else ""), depth + 1)


def _label(item: object) -> str:
    """A name for an element that does not depend on its place in the list."""
    for name in ("qualified", "name", "wire", "rule", "column", "table"):
        if isinstance(found := getattr(item, name, None), str):
            season = getattr(item, "season", None)
            return f"{found}@{season}" if season else found
    return type(item).__name__


def _table(value: object) -> str:
    """Name of a table or an endpoint; empty for anything else."""
    kind = type(value).__name__
    if kind == "Table":
        return str(getattr(value, "qualified", ""))
    return f"endpoint {getattr(value, 'name', '')}" if kind == "Endpoint" else ""


def _structure(item: object) -> str:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(item)))  # type: ignore[arg-type]
    except (OSError, SyntaxError, TypeError):  # made by another function, or part of an expression
        return "?"
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and body and _is_text(body[0]):
            del body[0]  # the docstring
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()[:12]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


if __name__ == "__main__":
    json.dump(dict(facts()), sys.stdout, default=str)
