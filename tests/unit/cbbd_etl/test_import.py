"""The package is light: importing it loads no library, and reading a lake needs nothing that only the pipeline has."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import cbbd_etl as cbb
from cbbd_etl import _api
from tasks.lake.lake import Lake
from tests.support import finished

ROOT = Path(__file__).parents[3]
HEAVY = ("polars", "pyiceberg", "duckdb", "pyarrow", "pydantic", "boto3", "prefect")

# Refuses the packages named in its first argument, as if they were not installed.
WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

missing = set(sys.argv[1].split(","))
sys.meta_path.insert(0, Missing())
lake = sys.argv[2]
"""
READS = """
import cbbd_etl as cbb
from flows.commands.cli import main

assert cbb.load("fct_games", lake=lake).height > 0
assert cbb.query("select count(*) from gold.v_team_dashboard", lake=lake).item() > 0
name = cbb.rankings(top=1, lake=lake)["team"].item()
assert cbb.team(name, lake=lake).name == name
for words in (["tables"], ["describe", "fct_games"], ["columns", "rebound"], ["rankings"], ["team", name], ["market"]):
    place = [] if words[0] == "columns" else ["--lake", lake]
    assert main([*words, *place]) == 0, words
assert main(["query", "select 1", "--lake", lake]) == 0
assert main(["export", "fct_games", "--out", lake + "-export", "--lake", lake]) == 0
"""
FETCHES = """
from flows.commands.cli import main

sys.exit(main(["ingest", "--lake", lake + "-new"]))
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CBBD_", "PREFECT_"))}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, cwd=ROOT, env=environment | finished.ENVIRONMENT, capture_output=True, text=True, check=False
    )


def closure(requirements: list[str]) -> set[str]:
    """Names of the installed distributions that some requirements need, with those that they need."""
    todo, seen = [Requirement(text) for text in requirements], set[tuple[str, frozenset[str]]]()
    while todo:
        item = todo.pop()
        key = (canonicalize_name(item.name), frozenset(item.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            needs = [Requirement(text) for text in metadata.requires(item.name) or []]
        except metadata.PackageNotFoundError:
            continue
        extras = [*item.extras, ""]
        todo += [need for need in needs if not need.marker or any(need.marker.evaluate({"extra": e}) for e in extras)]
    return {name for name, _ in seen}


@pytest.fixture(scope="module")
def missing() -> str:
    """Import names of all installed packages that an installation without the extra `pipeline` does not have."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    kept, own = closure(project["dependencies"]), canonicalize_name(project["name"])
    homes = metadata.packages_distributions()
    gone = {name for name, dists in homes.items() if not {canonicalize_name(dist) for dist in dists} & {*kept, own}}
    assert {"prefect", "httpx", "fastapi", "yaml"} <= gone
    assert not {"polars", "duckdb", "pyiceberg", "boto3", "rich", "typer"} & gone
    return ",".join(sorted(gone - sys.stdlib_module_names))


def test_the_import_loads_no_library():
    done = python("import cbbd_etl, sys; print(*sys.modules)")
    assert done.returncode == 0, done.stderr
    assert not [name for name in HEAVY if name in done.stdout.split()]


def test_a_lake_is_read_without_the_packages_of_the_pipeline(missing: str, january: Lake):
    done = python(WITHOUT + READS, missing, january.location)
    assert done.returncode == 0, done.stderr


def test_a_command_of_the_pipeline_names_the_extra_that_is_missing(missing: str, january: Lake):
    """Trap: a traceback that names a module of a library."""
    done = python(WITHOUT + FETCHES, missing, january.location)
    assert done.returncode == 2
    assert "is not installed" in done.stderr
    assert "pip install 'cbbd-etl[pipeline]'" in done.stderr
    assert not Path(f"{january.location}-new").exists()


def test_public_names_are_one_list_and_documented():
    assert set(cbb.__all__) == set(_api.__all__)
    for name in cbb.__all__:
        assert name in dir(cbb)
        found = getattr(cbb, name)
        assert inspect.getdoc(found), name
        if inspect.isfunction(found):
            assert "return" in inspect.signature(found).parameters or found.__annotations__["return"], name
    with pytest.raises(AttributeError, match="cbbd_etl has no laod; it has: "):
        _ = cbb.laod
