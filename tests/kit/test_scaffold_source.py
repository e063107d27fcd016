"""What `cbbd-etl new endpoint` writes: formatted, typed, and a contract that holds its example and its stub."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import orjson
import polars as pl
import pytest

from kit.scaffold.endpoint import Draft, RequestOptions, draft, drafted
from quality.dataset import Endpoint, Pattern, Table
from quality.validate import check
from sandbox.operations.operations import OPERATIONS
from tasks.layers.silver import conform
from tasks.parsing.parse import parse
from tasks.requests import Request, season_requests
from tasks.source.client import address
from tests.kit.checkouts import ROOT
from tests.kit.scaffold_examples import CASES, TOYS, Case
from tests.support.records import BY_TYPE
from tests.support.simulated import finished

SEASON = 2025
every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def made(case: Case, folder: Path) -> Draft:
    """A draft of a case for this checkout."""
    example = folder / "example.json"
    example.write_bytes(orjson.dumps(case.rows))
    return draft(case.name, RequestOptions(case.path, case.pattern, None, case.params), example, ROOT, case.key)


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All contracts and operations of the cases, each as a module of its own."""
    folder = tmp_path_factory.mktemp("sources")
    for case in CASES:
        for file, text in made(case, folder).files.items():
            if file.endswith(".py"):
                (folder / file.replace("/", "_")).write_text(text)
    return folder


def run(*command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_source_is_formatted_and_passes_the_linter(sources: Path):
    run("ruff", "format", "--no-cache", "--check", "--diff", "--config", "pyproject.toml", str(sources))
    run("ruff", "check", "--no-cache", "--config", "pyproject.toml", str(sources))


def test_source_is_typed(sources: Path, tmp_path: Path):
    """With the cache of `make lint`, if there is one, this takes a second."""
    if (ROOT / ".mypy_cache").is_dir():
        shutil.copytree(ROOT / ".mypy_cache", tmp_path / "cache")
    files = map(str, sorted(sources.glob("*.py")))
    run("mypy", "--strict", "--config-file", "pyproject.toml", "--cache-dir", str(tmp_path / "cache"), *files)


def loaded(source: str, name: str) -> ModuleType:
    module = ModuleType(name)
    exec(compile(source, name, "exec"), vars(module))
    return module


def contract_of(files: dict[str, str], name: str) -> tuple[Endpoint, Table]:
    """Endpoint and silver table that the source of a contract defines."""
    found = vars(loaded(files[f"quality/contracts/{name}.py"], name)).values()
    (endpoint,) = (value for value in found if isinstance(value, Endpoint))
    (table,) = (value for value in found if isinstance(value, Table))
    return endpoint, table


@every_case
def test_the_source_says_what_was_drafted(case: Case, tmp_path: Path):
    contract = drafted(case.name, RequestOptions(case.path, case.pattern, None, case.params), case.rows[:1], case.key)
    endpoint, table = contract_of(made(case, tmp_path).files, case.name)
    assert (endpoint.name, endpoint.path, table.source) == (contract.name, contract.path, endpoint)
    assert endpoint.params == contract.requests.params
    assert table.key[: len(contract.key)] == contract.key or case.key is None


def rows_arrive(body: bytes, endpoint: Endpoint, table: Table) -> int:
    """Rows of a response in silver; none may drift, be refused or share a key with another."""
    parsed = parse(body, endpoint)
    assert (parsed.rejects, parsed.drift) == ([], [])
    values: dict[str, Any] = {"fetched_at": pl.lit("2025-06-01T12:00:00Z").str.to_datetime("%+"), "raw_object": "toy"}
    for column in endpoint.of_request:
        values[column.name] = SEASON if column.name == "season" else BY_TYPE.get(type(column.dtype), 7)
    values |= {"date": pl.lit("2025-01-15").str.to_date()} if "date" in values else {}
    added = {n: v if isinstance(v, pl.Expr) else pl.lit(v) for n, v in ({"unknown_fields": None} | values).items()}
    types = {column.name: column.dtype for column in endpoint.columns}
    bronze = parsed.frame.with_columns(value.alias(name) for name, value in added.items()).cast(types)
    assert check(bronze.select(list(types)), endpoint.table).report.quarantined == 0
    silver, dropped = conform(bronze, table)
    checked = check(silver, table)
    assert checked.report.quarantined == 0, checked.quarantined
    assert dropped == 0
    return checked.report.rows_out


@every_case
def test_example_and_example_rows_keep_the_contract(case: Case, tmp_path: Path):
    files = made(case, tmp_path).files
    endpoint, table = contract_of(files, case.name)
    different = {orjson.dumps(row): row for row in case.rows}.values()
    assert rows_arrive(orjson.dumps([*different]), endpoint, table) == len(different)
    body = files[f"tests/contracts/examples/{case.name}.json"].encode()
    assert rows_arrive(body, endpoint, table) == len(different)


@pytest.fixture
def operations(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The table of operations, as it is again after the test."""
    before = dict(OPERATIONS)
    yield
    OPERATIONS.clear()
    OPERATIONS.update(before)


def request_for(endpoint: Endpoint) -> Request:
    """A request for something that the simulated world has."""
    world = finished().world
    game, team = next(iter(world.season(SEASON).games)), next(iter(world.atlas.teams.values()))
    known = {"gameId": game.id, "teamId": team.id, "team": team.school, "playerId": 7, "conference": "ACC"}
    known["conference"] = world.atlas.conferences[0].abbreviation
    if endpoint.pattern is Pattern.ONCE:
        return Request(endpoint.name)
    values = [(known[endpoint.each.param], None)] if endpoint.each else ()
    return season_requests(endpoint, SEASON, [game.start], values)[0]


@every_case
@pytest.mark.usefixtures("operations")
def test_the_simulated_operation_keeps_the_contract(case: Case, tmp_path: Path):
    files = made(case, tmp_path).files
    endpoint, table = contract_of(files, case.name)
    loaded(files[f"sandbox/operations/{case.name}.py"], case.name)
    path, params = address(endpoint, request_for(endpoint))
    with finished().client() as client:
        reply = client.get(path, params=params)
    assert reply.status_code == 200, reply.text
    assert rows_arrive(reply.content, endpoint, table) == len(reply.json()) > 0


@pytest.mark.usefixtures("operations")
def test_a_filter_of_the_stub_filters(tmp_path: Path):
    """Trap: a parameter that is declared and ignored brings the whole table."""
    case = next(case for case in CASES if case.name == "team_toys")
    loaded(made(case, tmp_path).files[f"sandbox/operations/{case.name}.py"], case.name)
    with finished().client() as client:
        everything = client.get(case.path, params={"season": SEASON}).json()
        label = everything[0]["label"] or everything[1]["label"]
        some = client.get(case.path, params={"season": SEASON, "label": label}).json()
    assert {row["label"] for row in some} == {label}
    assert 0 < len(some) < len(everything)


def test_no_value_of_the_example_is_in_the_files(tmp_path: Path):
    """Trap: the terms of the source forbid copies of its data, and an example is such data."""
    secret = {"label": "Kestrel", "team": "Osprey", "bornOn": "1987-06-05", "madeAt": "1988-07-06T05:04:03.000Z"}
    rows = [row | secret | {"id": 777_001 + n, "heft": 98.7654} for n, row in enumerate(TOYS)]
    rows[0] |= {"marks": [6543], "parts": [{"partId": 7654, "label": "Merlin", "size": 87.65}]}
    written = "".join(made(Case("toys", "/toys", rows), tmp_path).files.values())
    said = [*secret.values(), "777", "98.7", "6543", "7654", "Merlin", "87.6"]
    assert [value for value in said if value in written] == []
