"""The rooms of the houses: a leading underscore marks what is private to a room, and every room says what is in it.

A room is a package inside a house: tasks/lake, sandbox/game. The modules beside the rooms (quality/dataset.py) are
public: pyproject.toml has their order.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HOUSES = ("cbbd_etl", "flows", "kit", "quality", "report", "sandbox", "tasks")
CALLERS = ("benchmarks", "infra", "tests")  # other code that imports modules of the houses
REFERENCE = re.compile(r"^((?:\w+\.)+\w+):\w*$")  # "package.module:function", as in Derivation.make
DISCOVERED = ("quality.contracts.", "sandbox.operations.")  # every module of these packages is imported
SUMMARY = re.compile(r"[A-Z`][^\n]{10,118}\.")


@cache
def modules() -> dict[str, Path]:
    """Modules of the houses by dotted name, packages included."""
    found = {}
    for path in files(*HOUSES):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def files(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def room(path: Path) -> tuple[str, ...]:
    """Folders from the root: tasks, lake for tasks/lake/raw.py and tasks/lake/__init__.py."""
    return path.relative_to(ROOT).parts[:-1]


@cache
def imports(path: Path) -> frozenset[str]:
    """Modules of the houses that a file imports, inside functions too."""
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(found & modules().keys())


def references() -> set[str]:
    """Modules that a string names, with a function."""
    nodes = (node for path in modules().values() for node in ast.walk(tree(path)))
    texts = (node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {match[1] for text in texts if (match := REFERENCE.match(text))}


def is_script(path: Path) -> bool:
    return '\nif __name__ == "__main__":' in path.read_text(encoding="utf-8")


def is_private(name: str) -> bool:
    last = name.rpartition(".")[2]
    return last.startswith("_") and last != "__main__"


def is_inside(caller: Path, module: Path) -> bool:
    """Whether a file is in a module's room, or is a test of it: tests/unit/lake mirrors tasks/lake."""
    if room(caller)[0] == "tests":
        return room(caller)[-1] in room(module)
    return room(caller) == room(module)


def rooms_modules() -> Iterator[tuple[str, Path]]:
    """Modules in rooms that may be private: no packages, no scripts, nothing that is found by name."""
    referenced = references()
    for name, path in modules().items():
        named = name in referenced or name.startswith(DISCOVERED) or is_script(path)
        if len(room(path)) > 1 and path.name != "__init__.py" and not named:
            yield name, path


def test_what_only_its_own_room_imports_begins_with_an_underscore():
    """Trap: a hall of 48 doors, and no sign which of them are meant for visitors."""
    callers = defaultdict(set)
    for path in files(*HOUSES, *CALLERS):
        for name in imports(path):
            callers[name].add(path)
    unmarked = [
        name
        for name, path in rooms_modules()
        if callers[name] and not is_private(name)
        if all(is_inside(caller, path) and caller.name != "__init__.py" for caller in callers[name])
    ]
    assert unmarked == []


def test_private_modules_are_imported_by_their_room_and_its_tests_only():
    """Trap: a helper of one room that another room uses, so that neither can change it."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(*HOUSES, *CALLERS)
        for name in sorted(imports(path))
        if is_private(name) and not is_inside(path, modules()[name])
    ]
    assert wrong == []


@pytest.mark.parametrize("house", HOUSES)
def test_every_room_says_in_one_line_what_is_in_it(house: str):
    """Trap: a folder without `__init__.py` is a namespace package, which is installed and imported differently."""
    wrong = []
    for folder in sorted({path.parent for path in files(house)}):
        file = folder / "__init__.py"
        summary = (ast.get_docstring(tree(file)) or "").partition("\n")[0] if file.is_file() else ""
        if not SUMMARY.fullmatch(summary):
            wrong.append(str(folder.relative_to(ROOT)))
    assert wrong == []
