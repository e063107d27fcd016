"""Guards outside of contracts and tests that a change weakens: limits in code, settings of lint and CI, exceptions."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator

from kit.accept._objection import Objection
from kit.accept.change import REMOVED, Change
from kit.checkout import AGENTS, PROMPTS
from kit.markdown import shortened

SETTINGS = (
    "pyproject.toml",
    "Makefile",
    ".ci/run",
    ".github/workflows/ci.yml",
    "kit/check.py",
    ".claude/settings.json",
)
EXCEPTION = re.compile(r"# (?:noqa|type: ignore|pragma: no cover|nosec)\b|# fmt: off|checkov:skip|zizmor: ignore")
REVIEW = re.compile(r"^\s+(?:\$ |expect: |exit: )")
CODE = ("tasks/", "flows/", "cbbd_etl/", "report/", "kit/", "infra/")
CHECK = "guards"


def weakened(change: Change) -> Iterator[Objection]:
    """Limits with another value, settings that went or changed, new exceptions from the lint."""
    for path in sorted(change.files):
        if path in SETTINGS:
            yield from _settings(change, path, _lines)
        if path.startswith((PROMPTS, AGENTS)):
            yield from _settings(change, path, _reviews)
        if path.endswith(".py") and path.startswith(CODE):
            yield from _limits(change, path)
        old = len(EXCEPTION.findall(change.old(path)))
        if path.endswith((".py", ".tf", ".yml", ".yaml")) and len(EXCEPTION.findall(change.new(path))) > old:
            line = next(n for n, text in change.added_lines(path) if EXCEPTION.search(text))
            yield Objection(CHECK, path, f"line {line}: a new exception from the lint", excusable=True)


def hidden(change: Change) -> Iterator[Objection]:
    """Files whose changes git was asked not to see: they would not be judged."""
    for line in change.checkout.git("ls-files", "-v").splitlines():
        if line[:1].islower() or line.startswith("S "):
            text = "git does not look at its changes: run git update-index --no-assume-unchanged --no-skip-worktree"
            yield Objection(CHECK, line[2:], text)


def _settings(change: Change, path: str, lines: Callable[[str], list[str]]) -> Iterator[Objection]:
    lost = Counter(lines(change.old(path))) - Counter(lines(change.new(path)))
    if lost:
        text = f"{lost.total()} lines of a check's settings are gone or changed, first: {shortened(next(iter(lost)))}"
        yield Objection(CHECK, path, text, excusable=True)


def _reviews(text: str) -> list[str]:
    """Commands of a brief that judge work, with their expectations; those of its tasks change with the tasks."""
    judging = re.split(r"^(?:3\. Review|## Acceptance)$", text, flags=re.MULTILINE)[1:]
    return [line.strip() for part in judging for line in part.splitlines() if REVIEW.match(line)]


def _lines(text: str) -> list[str]:
    stripped = (line.strip() for line in text.splitlines())
    return [line for line in stripped if line and not line.startswith("#")]


def _limits(change: Change, path: str) -> Iterator[Objection]:
    """Numbers with a name in capitals: limits, bounds and shares."""
    new = _numbers(change.new(path))
    for name, value in _numbers(change.old(path)).items():
        if change.files[path] != REMOVED and name in new and new[name] != value:
            yield Objection(CHECK, f"{path}::{name}", f"the number changed: {value} -> {new[name]}", excusable=True)


def _numbers(text: str) -> dict[str, str]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {}
    found: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None and _has_number(node.value):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            shown = shortened(ast.unparse(node.value))
            found |= {target.id: shown for target in targets if isinstance(target, ast.Name) and target.id.isupper()}
    return found


def _has_number(value: ast.expr) -> bool:
    constants = (part.value for part in ast.walk(value) if isinstance(part, ast.Constant))
    return any(isinstance(found, int | float) for found in constants)
