"""Tests that a change removes or weakens: by the syntax of the files in `tests/`, whatever their order and layout."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from kit.accept._objection import Objection
from kit.accept.change import Change
from kit.markdown import shortened

FOLDER = "tests/"
SKIPS = {"skip", "skipif", "xfail", "importorskip", "slow"}
HOOKS = {"collect_ignore", "collect_ignore_glob", "pytest_collection_modifyitems", "pytest_ignore_collect"}
CHECK = "tests"


@dataclass
class Tests:
    """What some test files check.

    Attributes:
        functions: tests, each with its file.
        checks: number of each assertion and of each parametrized case, by the function that has it.
        skips: number of marks and calls that leave tests out, by place.
        bodies: structure of each test, to recognise it under another name.
    """

    functions: dict[str, str] = field(default_factory=dict)
    checks: dict[str, Counter[str]] = field(default_factory=dict)
    skips: Counter[str] = field(default_factory=Counter)
    bodies: dict[str, str] = field(default_factory=dict)


def weakened(change: Change) -> Iterator[Objection]:
    """Tests that are gone, are left out, or check less than at the start."""
    files = [path for path in change.files if path.startswith(FOLDER) and path.endswith(".py")]
    old = _read({path: change.old(path) for path in files})
    new = _read({path: change.new(path) for path in files})
    for name, file in old.functions.items():
        if name not in new.functions and old.bodies[name] not in new.bodies.values():
            yield Objection(CHECK, name, f"the test is gone ({file})", excusable=True)
    for place, number in (new.skips - old.skips).items():
        text = f"{number} more skip, xfail or slow here: tests are left out"
        yield Objection(CHECK, place, text, excusable=True)
    for name in old.checks.keys() & new.checks.keys():
        if lost := old.checks[name] - new.checks[name]:
            first = shortened(next(iter(lost)))
            text = f"{lost.total()} of its checks are gone or changed, first: {first}"
            yield Objection(CHECK, name, text, excusable=True)


def _read(texts: dict[str, str]) -> Tests:
    found = Tests()
    for file, text in texts.items():
        try:
            tree = ast.parse(text)
        except SyntaxError:
            continue  # the lint names it
        for node in tree.body:
            _take(node, file, "", found)
    return found


def _take(node: ast.stmt, file: str, scope: str, found: Tests) -> None:
    if isinstance(node, ast.ClassDef):
        for inner in node.body:
            _take(inner, file, f"{node.name}::", found)
    name = getattr(node, "name", "") if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) else ""
    # Files of tests move; a test is the same one under the same name.
    place = f"{scope}{name}" if name else f"{file}::{scope}{_target(node)}"
    if name.startswith("test"):
        found.functions[place] = file
        found.bodies[place] = ast.dump(ast.Module(node.body, []))  # type: ignore[attr-defined]
    found.checks[place] = found.checks.get(place, Counter()) + Counter(_checks(node))
    skips = sum(_leaves_out(part) for part in ast.walk(node))
    found.skips[place] += skips + (name in HOOKS or _target(node) in HOOKS)


def _checks(node: ast.stmt) -> Iterator[str]:
    """Assertions, expected errors, and the elements of literal lists: cases of parametrized tests."""
    for part in ast.walk(node):
        if isinstance(part, ast.Assert):
            yield ast.unparse(part)
        elif isinstance(part, ast.With):
            yield from (ast.unparse(item) for item in part.items if "raises" in ast.unparse(item))
        elif _is_cases(part, node):
            keys = part.keys if isinstance(part, ast.Dict) else part.elts  # type: ignore[attr-defined]
            yield from (ast.unparse(item) for item in keys if item is not None)


def _is_cases(part: ast.AST, node: ast.stmt) -> bool:
    is_listed = isinstance(part, ast.List | ast.Tuple | ast.Set | ast.Dict)
    return is_listed and (isinstance(node, ast.Assign | ast.AnnAssign) or _is_decoration(part, node))


def _is_decoration(part: ast.AST, node: ast.stmt) -> bool:
    decorators = getattr(node, "decorator_list", [])
    return any(part is inner for decorator in decorators for inner in ast.walk(decorator))


def _leaves_out(part: ast.AST) -> bool:
    return isinstance(part, ast.Attribute) and part.attr in SKIPS and "pytest" in ast.unparse(part)


def _target(node: ast.stmt) -> str:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return next((target.id for target in targets if isinstance(target, ast.Name)), "")
