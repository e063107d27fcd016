"""infra/image: an image's platform is named wherever it is built or run, and each platform has its own tag."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.deployment.orchestration import ROOT

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
REPOSITORY = "registry.example/cbbd-etl"
# Programs that write down how they are called. The registry has an image once `docker push` has named its tag.
DOCKER = """#!/bin/sh
echo "docker $*" | tr '\\n' ' ' >> "$LOG"
echo >> "$LOG"
"""
AWS = f"""#!/bin/sh
tag=$(echo "$*" | sed -n 's/.*imageTag=\\([^ ]*\\).*/\\1/p')
if grep -q "push {REPOSITORY}:$tag *$" "$LOG" 2>/dev/null; then echo {DIGEST}; else
  echo "ImageNotFoundException: $tag" >&2; exit 254; fi
"""


@dataclass
class Checkout:
    """A repository with nothing but the scripts, and programs in front of the real ones."""

    folder: Path
    log: Path

    def publish(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """`infra/image/publish REPOSITORY`."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CBBD_")}
        path = f"{self.folder.parent / 'bin'}:{kept['PATH']}"
        return subprocess.run(
            ["infra/image/publish", REPOSITORY],
            cwd=self.folder, env=kept | {"PATH": path, "LOG": str(self.log)} | environment,
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def calls(self) -> list[str]:
        """What docker was asked."""
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder, programs = tmp_path / "checkout", tmp_path / "bin"
    shutil.copytree(ROOT / "infra/image", folder / "infra/image")
    programs.mkdir()
    for name, text in {"docker": DOCKER, "aws": AWS}.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    identity = ["-c", "user.name=tests", "-c", "user.email=tests@example.com"]
    for command in (["init", "-q"], ["add", "-A"], [*identity, "commit", "-qm", "scripts"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    return Checkout(folder, tmp_path / "log")


def test_an_image_is_built_and_run_for_the_platform_of_the_tasks(checkout: Checkout) -> None:
    """Trap: on an ARM laptop docker builds for ARM, and Fargate refuses the task with `exec format error`."""
    done = checkout.publish()
    assert (done.returncode, done.stdout.strip()) == (0, f"{REPOSITORY}@{DIGEST}"), done.stderr
    build, run, push = checkout.calls()
    assert build.startswith("docker build --platform linux/amd64 ")
    assert run.startswith("docker run --platform linux/amd64 ")
    assert re.search(rf"push {REPOSITORY}:[0-9a-f]{{40}} *$", push)


def test_each_platform_has_its_own_tag(checkout: Checkout) -> None:
    """Trap: tags are immutable and looked up first, so ARM tasks would get the digest of the x86 image."""
    assert checkout.publish().returncode == 0
    done = checkout.publish(CBBD_PLATFORM="linux/arm64")
    assert done.returncode == 0, done.stderr
    build, run, push = checkout.calls()[3:]
    assert "--platform linux/arm64" in build
    assert "--platform linux/arm64" in run
    assert re.search(rf"push {REPOSITORY}:[0-9a-f]{{40}}-arm64 *$", push)
    assert checkout.publish(CBBD_PLATFORM="linux/arm64").returncode == 0
    assert len(checkout.calls()) == 6, "what has an image is not built again"


def test_an_unknown_platform_is_refused_before_anything_is_built(checkout: Checkout) -> None:
    done = checkout.publish(CBBD_PLATFORM="windows/amd64")
    assert (done.returncode, "valid are linux/amd64 and linux/arm64" in done.stderr) == (2, True), done.stderr
    assert checkout.calls() == []


def test_no_script_builds_or_runs_an_image_without_its_platform() -> None:
    for path in [*sorted((ROOT / "infra/image").iterdir()), ROOT / "tests/image/run"]:
        for line in path.read_text().splitlines():
            if re.match(r"\s*(docker|\$engine) (build|run) |build=\(build", line):
                assert "--platform" in line, f"{path.name}: {line}"
    for name, service in yaml.safe_load((ROOT / "compose.yaml").read_text())["services"].items():
        assert service["platform"] == "${CBBD_PLATFORM:-linux/amd64}", name
