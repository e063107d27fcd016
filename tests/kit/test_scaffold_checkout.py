"""A new endpoint in a copy of this checkout: one command, and battery, docs, plan and ingest know it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from flows.commands.cli import main
from tests.kit.checkouts import BASE, ROOT
from tests.kit.scaffold_examples import TOYS

pytestmark = pytest.mark.xdist_group("new endpoint")
FOLDERS = ("flows/", "kit/", "quality/", "sandbox/", "tasks/", "tests/", "docs/", "infra/terraform/", "pyproject.toml")
BATTERY = ("contracts/test_registry.py", "contracts/test_examples.py", "contracts/test_sandbox_registry.py")
INGEST = """
import sys
from datetime import UTC, datetime
from pathlib import Path

import quality
from flows.params import expand_endpoints
from tests.support.engine import ingest, open_lake, sandbox_settings

assert Path(quality.__file__).is_relative_to(Path.cwd()), "the copy's own code runs"
assert expand_endpoints("toys") == ["toys"]
settings = sandbox_settings(Path(sys.argv[1]), datetime(2025, 5, 1, tzinfo=UTC))
calls = ingest(settings, "toys")
lake = open_lake(settings)
print(calls, *(lake.scan(table).collect().height for table in ("bronze.toys", "silver.fct_toys")))
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the code, the tests and the docs, with a new endpoint."""
    folder = tmp_path_factory.mktemp("copy") / "checkout"
    for name in BASE.files:
        if name.startswith(FOLDERS):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    example = folder.parent / "example.json"
    example.write_text(json.dumps(TOYS))
    assert main(["new", "endpoint", "toys", "--path", "/toys", "--example", str(example), "--root", str(folder)]) == 0
    return folder


def python(checkout: Path, *arguments: str) -> str:
    """Run Python with the code of the copy; its output."""
    done = subprocess.run([sys.executable, *arguments], cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_contract_battery_accepts_it_at_once(checkout: Path):
    """Trap: an endpoint that needs lines in other files before anything passes."""
    chosen = ("-k", "toys or a_column_name or every_operation or names_carry or budget or dear")
    paths = [f"tests/{name}" for name in (*BATTERY, "unit/test_call_budget.py")]
    said = python(checkout, "-m", "pytest", "-n", "0", "-q", "-p", "no:cacheprovider", *chosen, *paths)
    passed = int(said.splitlines()[-1].partition(" passed")[0].split()[-1])
    assert passed > 20
    assert "skipped" not in said


def test_it_is_fetched_from_the_sandbox_up_to_silver(checkout: Path, tmp_path: Path):
    assert python(checkout, "-c", INGEST, str(tmp_path)).split() == ["1", "10", "10"]


def test_the_docs_follow(checkout: Path):
    python(checkout, "-m", "flows.commands.cli", "docs")
    assert "| `toys` | `/toys` |" in (checkout / "docs/endpoints.md").read_text()
    assert "# silver.fct_toys" in (checkout / "docs/tables/silver.fct_toys.md").read_text()
