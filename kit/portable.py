"""Ownership by the table of a plan, with the standard library alone: the hook of Claude Code, and the check of a kit.

It runs as a script, `python3 FILE check` or `python3 FILE hook`, wherever a plan and Python are: a kit for another
repository has it as `.claude/kit.py`.

Input and answer of a hook: https://code.claude.com/docs/en/hooks (PreToolUse; `agent_type` is the subagent's name).
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

PLAN, AGENTS, CONTEXT, RULES = "ORCHESTRATE.md", ".claude/agents", "CLAUDE.md", "AGENTS.md"
OWNER, OWNS, ADD = "owner", "owns", "what others may add"
BUILT_IN = "general-purpose"
ROLE = "KIT_ROLE"  # set by hand where the role is not the subagent's name
SPAN = re.compile(r"`([^`]+)`")
PATH = re.compile(r"^(?:[\w.-]+/)+[\w.-]*$|^[\w-]+\.(?:md|py|txt|toml|ya?ml|json)$")
COMMAND = re.compile(r"^\s+\$ (.+)$", re.MULTILINE)

Owners = dict[str, tuple[tuple[str, ...], tuple[str, ...]]]  # by role: patterns of its files, and of others' additions


def matches(path: str, pattern: str) -> bool:
    """Whether a pattern matches a path: `src/` everything below it, `docs/api*.md` within one folder."""
    if pattern.endswith("/"):
        return path.startswith(pattern)
    parts, wanted = path.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def hold(path: str, patterns: Iterable[str]) -> int:
    """Length of the most specific pattern that matches a path, up to its first *; -1 if no pattern matches."""
    found = [pattern for pattern in patterns if matches(path, pattern)]
    return max((len(path) if pattern == path else len(pattern.partition("*")[0]) for pattern in found), default=-1)


def owners_in(plan: str) -> Owners:
    """The table of owners in the text of a plan."""
    found: Owners = {}
    columns: list[str] = []
    for line in plan.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            columns = []
        elif cells[:2] == [OWNER, OWNS]:
            columns = cells
        elif columns and set("".join(cells)) - set("-: "):
            row = dict(zip(columns, cells, strict=False))
            role = (SPAN.findall(row[OWNER]) or [row[OWNER]])[0]
            found[role] = (tuple(SPAN.findall(row[OWNS])), tuple(SPAN.findall(row.get(ADD, ""))))
    return found


def owners_of(path: str, owners: Owners) -> list[str]:
    """Roles with the most specific pattern for a path; exactly one if the table is right."""
    holds = {role: hold(path, patterns) for role, (patterns, _) in owners.items()}
    closest = max(holds.values(), default=-1)
    return [role for role, found in holds.items() if found == closest >= 0]


def refusal(root: Path, role: str, path: str) -> str:
    """Why a role may not edit a file of a checkout; empty if it may, or if it is no role."""
    owners = owners_in(_text(root / PLAN))
    if role not in owners or not Path(path).resolve().is_relative_to(root.resolve()):
        return ""
    name = Path(path).resolve().relative_to(root.resolve()).as_posix()
    found = owners_of(name, owners)
    if role in found or name.startswith("reports/"):
        return ""
    if any(matches(name, pattern) for owner in found for pattern in owners[owner][1]):
        return ""
    held = " and ".join(found) or f"nobody: give it an owner in {PLAN}"
    return (
        f"{name} belongs to {held}; you are {role}. Do not edit it: ask under Requests of your report, with the reason."
    )


def hook(root: Path, text: str) -> str:
    """The answer to a PreToolUse event, as JSON; empty if nothing stands against it."""
    event = json.loads(text)
    given = event.get("tool_input", {})
    path = given.get("file_path") or given.get("notebook_path") or ""
    role = os.environ.get(ROLE) or str(event.get("agent_type") or "")
    why = refusal(root, role, path) if path else ""
    if not why:
        return ""
    decision = {"hookEventName": "PreToolUse", "permissionDecision": "deny", "permissionDecisionReason": why}
    return json.dumps({"hookSpecificOutput": decision})


def check(root: Path) -> Iterator[str]:
    """Problems of a kit: files without one owner, paths that are not there, roles without a brief and the reverse."""
    plan, files = _text(root / PLAN), _files(root)
    owners = owners_in(plan)
    if not owners:
        yield f"{PLAN}:1: no table with the columns {OWNER} | {OWNS}"
        return
    yield from _ownership(root, files, owners)
    for file in _kit(files):
        yield from _names(root, file, files, owners)
        if file.startswith(f"{AGENTS}/"):
            yield from _agent(root, file, owners)


def _ownership(root: Path, files: list[str], owners: Owners) -> Iterator[str]:
    for file in files:
        found = owners_of(file, owners)
        if len(found) != 1:
            yield f"{file}:1: {' and '.join(found) or 'nobody'} own it; every path has exactly one owner"
    for role in owners:
        if not (root / AGENTS / f"{role}.md").is_file():
            yield f"{PLAN}:1: the role {role} has no {AGENTS}/{role}.md"


def _kit(files: list[str]) -> list[str]:
    texts = (name for name in files if name.endswith((".md", ".txt")))
    return [name for name in texts if name == PLAN or name.startswith((".claude/", "prompts/"))]


def _names(root: Path, file: str, files: list[str], owners: Owners) -> Iterator[str]:
    known = {*files, *(parent.as_posix() for name in files for parent in Path(name).parents)}
    known |= {name.rstrip("/") for patterns, _ in owners.values() for name in patterns}  # a folder may come later
    for number, line in enumerate(_text(root / file).splitlines(), start=1):
        for span in SPAN.findall(line):
            is_path = PATH.match(span) and "*" not in span and not span.startswith("reports/")
            if is_path and span.rstrip("/") not in known:
                yield f"{file}:{number}: there is no path {span}"


def _agent(root: Path, file: str, owners: Owners) -> Iterator[str]:
    text, role = _text(root / file), Path(file).stem
    if role not in owners:
        yield f"{file}:1: a brief whose role owns nothing in {PLAN}"
    if not text.startswith("---\n") or f"\nname: {role}\n" not in text:
        yield f"{file}:1: its front matter must have name: {role}"
    if not COMMAND.search(text):
        yield f"{file}:1: no command to accept the work with"


def _files(root: Path) -> list[str]:
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\0")  # noqa: S603
    return sorted({name for name in listed if name and (root / name).is_file()})


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def main(argv: list[str]) -> int:
    """`check`: problems, one a line, exit code 1 if there are any; `hook`: the answer to an event on standard input."""
    root = Path(os.environ.get("CLAUDE_PROJECT_DIR") or Path(__file__).resolve().parents[1])
    if argv == ["hook"]:
        sys.stdout.write(hook(root, sys.stdin.read()))
        return 0
    if argv == ["check"]:
        found = list(check(root))
        sys.stdout.write("".join(f"{problem}\n" for problem in found) + f"{len(found)} problems\n")
        return 1 if found else 0
    sys.stderr.write("python3 kit.py check | hook\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
