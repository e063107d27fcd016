"""Runs the shell blocks of a page without doing anything: programs are replaced by ones that note their arguments.

The shell itself is real, so quotes, substitutions, lines that continue and variables are what a reader's shell makes of
them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^([ ]*)```(bash|sh|console)\n(.*?)^[ ]*```$", re.DOTALL | re.MULTILINE)
PROMPT = re.compile(r"^\s*\$ ((?:.*\\\n)*.*)$", re.MULTILINE)
PROGRAMS = (
    *("aws", "cbbd-etl", "claude", "curl", "dask", "docker", "gh", "git", "make", "pip", "pipx", "prefect", "pytest"),
    *("python", "python3", "terraform", "uv", "uvx"),
)
SCRIPTS = ("infra/image/publish", "infra/image/deploy")
FIELD, RECORD = "\x1f", "\x1e"
NOTING = """#!/bin/bash
fields=
(( $# )) && printf -v fields '\\x1f%s' "$@"
printf '%s%s\\x1e' "${0#"$PLACE"/}" "$fields" > "$PLACE/note.$$"
cat "$PLACE/note.$$" >> "$PLACE/noted"  # one write: programs of a pipe run at the same time, and printf writes by lines
case "$*" in
  *"config view"*) echo "PREFECT_API_URL='http://127.0.0.1:4200/api'" ;;
  *"state list"*) echo aws_s3_bucket.lake ;;
  *) echo "VALUE/OF-${*: -1}" ;;
esac
"""
SHELL = """
set -u
trap 'printf "%s\\n" "exit code $?: $BASH_COMMAND" >> "$PLACE/failed"' ERR
"""


@dataclass(frozen=True)
class Dry:
    """What the blocks of a page did: commands in their order, the first word as it was written; and what failed."""

    commands: list[list[str]]
    failed: list[str]


def blocks(text: str) -> Iterator[str]:
    """Shell code of a page. Of a session with prompts only what is typed."""
    for indent, language, body in BLOCK.findall(text):
        code = re.sub(rf"^{indent}", "", body, flags=re.MULTILINE)
        yield "\n".join(PROMPT.findall(code)) if language == "console" else code


def dry(text: str, folder: Path) -> Dry:
    """Run the shell blocks of a page in a copy of the folders that they use, in one shell, one after the other."""
    place = folder / "checkout"
    shutil.copytree(ROOT / "infra", place / "infra", ignore=shutil.ignore_patterns("node_modules", ".terraform*"))
    files = [place / "bin" / name for name in PROGRAMS] + [place / ".venv/bin" / name for name in PROGRAMS]
    for file in (*files, *(place / name for name in SCRIPTS)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(NOTING)
        file.chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", SHELL + "\n".join(blocks(text))],
        cwd=place,
        env={"PATH": f"{place / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin", "PLACE": str(place), "HOME": str(folder)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    noted, failed = place / "noted", place / "failed"
    records = noted.read_text().split(RECORD)[:-1] if noted.exists() else []
    wrong = failed.read_text().splitlines() if failed.exists() else []
    wrong += [line for line in done.stderr.splitlines() if "unbound variable" in line or "syntax error" in line]
    commands = [[name.removeprefix("bin/"), *words] for name, *words in (record.split(FIELD) for record in records)]
    return Dry(commands, wrong)
