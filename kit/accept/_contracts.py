"""Contracts that a change loosens: what `quality/` required at the start and requires no more."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from kit.accept._objection import Objection
from kit.accept.change import Change, export
from tasks.errors import BadInput

FOLDER = "quality"
SCRIPT = Path(__file__).with_name("_facts.py")
UPPER = {"at_most", "allowed", "le", "enough", "may_be_missing", "can_be_null", "threshold", "hours", "periods"}
LOWER = {"ge", "first_season_limit"}
SWITCHES = {"nullable", "decoration", "opt_in", "client_only", "percent"}  # False to True
CHECK = "contracts"
_AT_START: dict[tuple[Path, str], dict[str, object]] = {}  # a commit does not change


def loosened(change: Change) -> Iterator[Objection]:
    """What the contracts of a change no longer require, or require differently."""
    if not any(path.startswith(f"{FOLDER}/") for path in change.files):
        return
    yield from compared(_facts_at_start(change), facts(change.checkout.root))


def _facts_at_start(change: Change) -> dict[str, object]:
    known = change.checkout.root, change.base
    if known not in _AT_START:
        with tempfile.TemporaryDirectory() as place:
            export(change, Path(place), [FOLDER])
            _AT_START[known] = facts(Path(place))
    return _AT_START[known]


def facts(root: Path) -> dict[str, object]:
    """The facts of the `quality/` of a folder.

    Raises:
        BadInput: when it cannot be imported.
    """
    environment = os.environ | {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(SCRIPT)], cwd=root, env=environment, capture_output=True, text=True, check=False
    )  # fmt: skip
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BadInput(
            f"the contracts in {root / FOLDER} cannot be imported: {last}; correct them, then run this again"
        )
    found: dict[str, object] = json.loads(done.stdout)
    return found


def compared(before: Mapping[str, object], now: Mapping[str, object]) -> Iterator[Objection]:
    """Differences that loosen, or may. What is only tighter or new is not one."""
    gone = [path for path in before if path not in now]
    for path in _roots(gone, now):
        yield Objection(CHECK, path, "it was required and is gone", excusable=True)
    for path, old in before.items():
        if path in now and now[path] != old and (how := _looser(path.rpartition(".")[2], old, now[path])):
            yield Objection(CHECK, path, how, excusable=True)


def _roots(gone: list[str], now: Mapping[str, object]) -> list[str]:
    """The shortest paths below which everything is gone: a removed table is one objection."""
    kept, roots = set[str](), set[str]()
    for path in now:
        while path and path not in kept:
            kept.add(path)
            path = path.rpartition(".")[0]  # noqa: PLW2901  upwards, until what is known
    for path in gone:
        parts = path.split(".")
        roots.add(next(".".join(parts[:at]) for at in range(1, len(parts) + 1) if ".".join(parts[:at]) not in kept))
    return sorted(roots)


def _looser(leaf: str, old: object, new: object) -> str:
    """How a value is looser than before; empty if it is not."""
    shown = f"{_short(old)} -> {_short(new)}"
    if leaf.endswith("()") or leaf == "judge":
        return "what it computes has changed"
    if leaf in SWITCHES:
        return f"it was {shown}" if new else ""
    if leaf in UPPER | LOWER and _is_number(old) and _is_number(new):
        tighter = (new < old) is (leaf in UPPER)  # type: ignore[operator]
        return "" if tighter else f"the bound {'rose' if leaf in UPPER else 'fell'}: {shown}"
    if leaf in UPPER | LOWER and old is None:
        return ""
    if leaf == "severity" and new == "error":
        return ""
    return f"it changed: {shown}"


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
