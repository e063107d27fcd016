"""Names and paths that a checkout uses already, in the imported registry and in its files."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from quality.dataset import registry
from sandbox.operations.operations import OPERATIONS
from tasks.errors import BadInput

CONTRACTS, SIMULATED, EXAMPLES = "quality/contracts", "sandbox/operations", "tests/contracts/examples"


def require_checkout(root: Path) -> None:
    """Refuse a folder that is not a checkout of this project.

    Raises:
        BadInput: when it is not one.
    """
    missing = [name for name in (CONTRACTS, SIMULATED, "tests/contracts") if not (root / name).is_dir()]
    if missing:
        raise BadInput(f"{root} is not a checkout of cbbd_etl: {missing[0]}/ is missing; name a checkout with --root")


def names_taken(root: Path) -> set[str]:
    """Names of datasets, tables (without layer) and modules."""
    known = {*registry().endpoints, *(table.name for table in registry().tables.values())}
    modules = {path.stem for folder in (CONTRACTS, SIMULATED) for path in (root / folder).glob("*.py")}
    said = {
        text
        for node in _nodes(root)
        if isinstance(node, ast.keyword) and node.arg == "name"
        for text in _text(node.value)
    }
    return known | modules | said


def paths_taken(root: Path) -> set[str]:
    """Paths of operations, in the form of `without_names`."""
    known = {*(endpoint.path for endpoint in registry()), *OPERATIONS}
    said = {text for node in _nodes(root) for text in _text(node) if text.startswith("/")}
    return {without_names(path) for path in known | said}


def without_names(path: str) -> str:
    """A path without parameter names: `/plays/game/{}` for `/plays/game/{gameId}`."""
    return re.sub(r"\{\w*\}", "{}", path)


def _nodes(root: Path) -> Iterator[ast.AST]:
    for folder in (CONTRACTS, SIMULATED):
        for path in sorted((root / folder).glob("*.py")):
            try:
                yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            except SyntaxError as error:
                raise BadInput(f"{path} is not valid Python ({error}); correct it first") from error


def _text(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
