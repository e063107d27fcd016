"""Python source as `ruff format` leaves it: one line where it fits, else one item a line."""

from __future__ import annotations

import ast
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

WIDTH = 120
STEP = 4


@dataclass(frozen=True)
class Item:
    """One item of a group, after `before` (`name=` or `"key": `) and under a comment."""

    value: Node
    before: str = ""
    comment: str = ""


@dataclass(frozen=True)
class Group:
    """Items between brackets. `opening` includes a function's name."""

    opening: str
    items: tuple[Item, ...]
    closing: str

    @property
    def is_nest(self) -> bool:
        """Whether it is a call with one tuple, as in `Record((...))`, which takes no comma behind it."""
        inner = self.items[0].value if len(self.items) == 1 else ""
        return self.opening != "(" and isinstance(inner, Group) and inner.opening == "("


Node = str | Group


def call(function: str, *values: Node, **named: Node | None) -> Group:
    """A call; what is named None is left out."""
    known = [Item(value, f"{name}=") for name, value in named.items() if value is not None]
    return Group(f"{function}(", (*map(Item, values), *known), ")")


def sequence(items: Iterable[Item | Node]) -> Group:
    """A tuple."""
    return Group("(", tuple(item if isinstance(item, Item) else Item(item) for item in items), ")")


def text(value: str) -> str:
    """A string literal, in the quotes that need fewer escapes."""
    if '"' in value and "'" not in value and "\\" not in value:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def lines(node: Node, indent: int = 0, before: str = "", after: str = "") -> list[str]:
    """Source lines of a node, with `before` at their start and `after` at their end."""
    space, whole = " " * indent, flat(node)
    if isinstance(node, str) or (whole is not None and indent + len(before) + len(whole) + len(after) <= WIDTH):
        return [f"{space}{before}{whole}{after}"]
    found = [f"{space}{before}{node.opening}"]
    for item in node.items:
        if item.comment:
            found.append(f"{space}{' ' * STEP}# {item.comment}")
        found += lines(item.value, indent + STEP, item.before, "" if node.is_nest else ",")
    return [*found, f"{space}{node.closing}{after}"]


def flat(node: Node) -> str | None:
    """The node on one line, or None if a comment needs a line of its own."""
    if isinstance(node, str):
        return node
    parts = [flat(item.value) for item in node.items]
    if any(part is None or item.comment for part, item in zip(parts, node.items, strict=True)):
        return None
    inner = ", ".join(f"{item.before}{part}" for item, part in zip(node.items, parts, strict=True))
    return f"{node.opening}{inner}{',' if node.opening == '(' and len(parts) == 1 else ''}{node.closing}"


def imports(module: str, names: Collection[str]) -> list[str]:
    """An import statement, in the order of isort: constants, classes, functions."""
    ordered = sorted(names, key=lambda name: (not name.isupper(), not name[0].isupper(), name.lower()))
    if not ordered:
        return []
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= WIDTH:
        return [line]
    return [f"from {module} import (", *(f"{' ' * STEP}{name}," for name in ordered), ")"]


def names_in(source: str) -> set[str]:
    """Names that source uses; keyword arguments are not among them."""
    return {node.id for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Name)}
