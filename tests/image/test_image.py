"""The image, run as ECS runs it. `make image-test` builds it and sets CBBD_TEST_ENGINE; elsewhere these are skipped.

In an earlier pipeline the image lacked files that the job needs, and nobody ran what was deployed.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ENGINE = shlex.split(os.environ.get("CBBD_TEST_ENGINE", ""))
IMAGE, WITH_TESTS = "cbbd-etl:test", "cbbd-etl:with-tests"
ROOT = Path(__file__).parents[2]
LIMIT_MB = 820  # 88 of them are what draws the charts of the report without a browser
CONFINED = [
    *("--read-only", "--network", "none", "--cap-drop", "all", "--security-opt", "no-new-privileges"),
    *("--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096", "--tmpfs", "/tmp:rw,size=2g,mode=1777"),
]

pytestmark = pytest.mark.skipif(not ENGINE, reason="needs an image: make image-test")


def report(text: str) -> None:
    """Figures: they are what `make image-test` is run for."""
    sys.stdout.write(f"\n{text}\n")


def run(script: str, *options: str, image: str = IMAGE, timeout: int = 900) -> subprocess.CompletedProcess[str]:
    """A shell script in a new container, confined as on ECS."""
    command = [*ENGINE, "run", "--rm", *CONFINED, *options, image, "sh", "-euc", script]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout, check=False)


def passed(script: str, *options: str, image: str = IMAGE) -> str:
    """What a script printed; it has to end well."""
    done = run(script, *options, image=image)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_it_is_small() -> None:
    found = json.loads(subprocess.run([*ENGINE, "image", "inspect", IMAGE], capture_output=True, check=True).stdout)
    size = found[0]["Size"] / 1e6
    report(f"image: {size:.0f} MB")
    assert size <= LIMIT_MB


def test_a_season_from_the_sandbox_goes_through_it() -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [ROOT / "infra/image/smoke", shlex.join(ENGINE), IMAGE],
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report(f"smoke: {time.monotonic() - begun:.0f} s\n{done.stdout}")
    assert re.search(r"^games\n\d+$", done.stdout, re.MULTILINE)


def test_a_flow_run_of_a_deployment_is_executed_in_it() -> None:
    """The command that ECS starts, against a server in the same container."""
    out = passed("""
        export PREFECT_API_URL=http://127.0.0.1:4200/api PREFECT_UI_STATIC_DIRECTORY=/tmp/ui CBBD_LAKE=/tmp/lake
        prefect server start > /tmp/server.log 2>&1 &
        python - <<'PY'
import time, urllib.request
for _ in range(300):
    try:
        urllib.request.urlopen("http://127.0.0.1:4200/api/health")
        break
    except OSError:
        time.sleep(1)
PY
        prefect work-pool create cbbd-local --type process > /tmp/pool.log
        CBBD_POOL=cbbd-local CBBD_VERSION=tested prefect --no-prompt deploy --all
        prefect deployment run ingest/ingest -p 'season="2025"' -p 'endpoints=["games","teams"]' > /tmp/run.log
        id=$(sed -n 's/.*UUID: *\\([0-9a-f-]*\\).*/\\1/p' /tmp/run.log | head -1)
        prefect flow-run execute "$id"
        prefect flow-run inspect "$id"
        cbbd-etl query 'select count(*) as games from silver.fct_games' --format csv
    """)
    report(out[-1500:])
    assert "COMPLETED" in out.upper()


def test_whoever_runs_in_it_can_write_only_to_tmp_and_volumes() -> None:
    assert passed("id -u; id -g").split() == ["10001", "10001"]
    unconfined = [*ENGINE, "run", "--rm", "--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096", "--network",
                  "none", IMAGE, "sh", "-c"]  # fmt: skip
    find = "find / -xdev -writable -not -type l -not -path '/proc/*' -not -path '/dev/*' 2>/dev/null"
    found = subprocess.run([*unconfined, find], capture_output=True, text=True, check=False).stdout.split()
    allowed = ("/tmp", "/var/tmp", "/run/lock", "/data/lake", "/data/prefect", "/sys", "/var/lock")
    assert [path for path in found if not path.startswith(allowed)] == []


def test_there_is_no_compiler_package_manager_or_cache_of_python_in_it() -> None:
    for name in ("gcc", "cc", "ld", "strip", "pip", "pip3", "git", "curl"):
        assert run(f"command -v {name}").returncode != 0, name
    assert run("python -c 'import pip'").returncode != 0
    assert (
        passed("find / -xdev -name '*.whl' -o -path '*/.cache/*' -o -path '/var/lib/apt/lists/*_*' 2>/dev/null || true")
        == ""
    )


def test_nothing_is_compiled_when_a_flow_starts() -> None:
    """Without bytecode every start costs seconds, on a file system that cannot keep it, every time."""
    done = run("CBBD_LAKE=/tmp/lake python -v flows/ingest.py --dry-run")
    assert done.returncode == 0, done.stderr[-2000:]
    compiled = re.findall(r"^# code object from (/\S+\.py)$", done.stderr, re.MULTILINE)
    assert compiled == []


def test_corrections_and_views_are_found() -> None:
    passed("python -c 'from tasks.settings import OVERRIDES as c; assert c.is_file(), c'")
    listed = passed("cbbd-etl views list")
    assert all(path.stem in listed for path in (ROOT / "infra/athena_views").glob("*.sql"))


def test_without_a_lake_it_says_so_at_once() -> None:
    done = run("python flows/ingest.py")
    assert done.returncode == 2
    assert "a lake cannot be created at /app/lake" in done.stderr


def test_without_its_key_it_says_so_at_once() -> None:
    done = run("python flows/ingest.py", "--env", "CBBD_SOURCE=api", "--env", "CBBD_LAKE=/tmp/lake")
    assert done.returncode == 2
    assert "CBBD_API_KEY" in done.stderr


def test_it_ends_in_order_when_it_is_stopped() -> None:
    """SIGTERM reaches the run, though tini is the first process."""
    name = f"cbbd-stopped-{os.getpid()}"
    command = [*ENGINE, "run", "--rm", "--name", name, *CONFINED, "--env", "CBBD_LAKE=/tmp/lake", IMAGE]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "starting Prefect" in line:
                break
        subprocess.run([*ENGINE, "stop", "--time", "60", name], check=True, capture_output=True)
        rest = process.stdout.read()
    assert process.returncode == 128 + signal.SIGTERM, rest
    assert "the next run resumes" in rest


def test_the_tests_of_the_package_pass_in_it() -> None:
    """On the Python of the image, by its user, with what its wheels were stripped of missing."""
    chosen = "tests/unit/test_*.py tests/unit/sql tests/flows/test_ingest.py"
    out = passed(
        f"cd /app && python -m pytest -q -n 2 --dist loadgroup -p no:cacheprovider {chosen}",
        *("--env", "CI=true", "--env", "PYTHONDONTWRITEBYTECODE=1"),
        image=WITH_TESTS,
    )
    report("\n".join(out.splitlines()[-8:]))
    assert " passed" in out.splitlines()[-1]
