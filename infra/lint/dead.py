"""Dead code: `make dead`. Vulture's settings are in pyproject.toml; exit code 1 if it found something.

Vulture sees no use of a name that only a string contains, and none of a table that the registry finds by its type. Both
are found here, so no list of functions or tables has to be kept. Tests do not count as a use.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from vulture import Vulture

import quality.contracts
from quality.dataset import Endpoint, Table

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"[\"'](?:\w+\.)+\w+:(\w+)[\"']")  # "package.module:function", as in Derivation.make


def named_in_strings(paths: list[str]) -> Iterator[str]:
    """Functions that a string names with their module."""
    for path in paths:
        for file in sorted((ROOT / path).rglob("*.py")):
            yield from NAMED.findall(file.read_text(encoding="utf-8"))


def registered() -> Iterator[str]:
    """Variables of the contracts that the registry collects."""
    for module in iter_modules(quality.contracts.__path__):
        found = vars(import_module(f"quality.contracts.{module.name}"))
        yield from (name for name, value in found.items() if isinstance(value, Endpoint | Table))


def main() -> int:
    """Print dead code."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["vulture"]
    paths: list[str] = settings["paths"]
    vulture = Vulture(ignore_names=settings["ignore_names"], ignore_decorators=settings["ignore_decorators"])
    vulture.scavenge([ROOT / path for path in paths])
    vulture.scan("\n".join({*named_in_strings(paths), *registered()}), filename=Path("used.py"))
    found = vulture.get_unused_code(min_confidence=settings["min_confidence"])
    for item in found:
        sys.stdout.write(f"{item.get_report().removeprefix(f'{ROOT}/')}; remove it, or see [tool.vulture]\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
