"""What an export says about its files: true of every value, with the meanings of the registry. Also as a command."""

from __future__ import annotations

import csv
import json
import shlex
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest

import cbbd_etl as cbb
from flows.commands.cli import main
from quality.dataset import registry
from tasks.lake.lake import Lake

PARSE: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "number": float,
    "boolean": {"true": True, "false": False}.__getitem__,
    "string": str,
    "date": date.fromisoformat,
    "datetime": datetime.fromisoformat,
    "array": json.loads,
}


@pytest.fixture(scope="module")
def whole(january: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Silver and gold of a season as CSV."""
    folder = tmp_path_factory.mktemp("export") / "csv"
    cbb.export(out=folder, file_format="csv", lake=january)
    return folder


def resources(folder: Path, name: str = "datapackage.json") -> dict[str, dict[str, Any]]:
    found = json.loads((folder / name).read_text())["resources"]
    return {item["name"]: item for item in found}


def check(value: str, field: dict[str, Any]) -> None:
    """A value as text is what its field says."""
    constraints = field.get("constraints", {})
    if value in field.get("missingValues", [""]):
        assert not constraints.get("required"), field
        return
    found = PARSE[field["type"]](value)
    assert found in constraints.get("enum", [found]), (found, field)
    assert "minimum" not in constraints or found >= constraints["minimum"], (found, field)
    assert "maximum" not in constraints or found <= constraints["maximum"], (found, field)


def test_every_value_is_what_its_field_says(whole: Path) -> None:
    """Trap: percentages are sent as 0-100 and stored as 0-1, so the bounds of the API would be wrong here."""
    for name, item in resources(whole).items():
        fields = item["schema"]["fields"]
        with (whole / item["path"]).open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        assert header == [field["name"] for field in fields], name
        assert len(rows) == item["rows"], name
        for row in rows:
            for value, field in zip(row, fields, strict=True):
                check(value, field)


def test_fields_have_the_meanings_and_keys_of_the_registry(whole: Path) -> None:
    for item in resources(whole).values():
        layer, name = item["path"].split("/")[:2]
        known = registry().tables[f"{layer}.{name.removesuffix('.csv')}"]
        assert item["description"] == known.description
        assert item["schema"].get("primaryKey", []) == list(known.key)
        for field in item["schema"]["fields"]:
            column = known.by_name[field["name"]]
            assert field["description"].startswith(column.description)
            assert bool(field.get("constraints", {}).get("required")) == (
                not column.nullable or column.name in known.key
            )


def test_the_rows_are_those_of_the_lake(whole: Path, january: Lake) -> None:
    lake = {row["table"]: row["rows"] for row in cbb.tables(lake=january).drop_nulls("rows").iter_rows(named=True)}
    counts: dict[str, int] = {}
    for item in resources(whole).values():
        table = ".".join(item["path"].removesuffix(".csv").split("/")[:2])
        counts[table] = counts.get(table, 0) + item["rows"]
    assert counts == {name: rows for name, rows in lake.items() if rows and name.startswith(("silver.", "gold."))}


def test_a_database_has_the_tables_with_comments_and_the_views(january: Lake, tmp_path: Path) -> None:
    cbb.export(out=tmp_path / "season.duckdb", lake=january)
    listed = cbb.tables(lake=january)
    views = listed.filter(pl.col("rows").is_null())["table"].to_list()
    assert views
    with duckdb.connect(str(tmp_path / "season.duckdb"), read_only=True) as connection:
        for name in [*resources(tmp_path, "season.datapackage.json"), *views]:
            counted = f"select count(*) from {name}"
            ((rows,),) = connection.execute(counted).fetchall()
            assert rows == cbb.query(counted, lake=january).item(), name
        commented = "select column_name, comment from duckdb_columns() where table_name = 'fct_games'"
        comments = dict(connection.execute(commented).fetchall())
    known = registry().tables["silver.fct_games"].by_name
    assert comments.keys() == known.keys()
    assert [name for name, text in comments.items() if not text.startswith(known[name].description)] == []


@pytest.fixture
def run(january: Lake, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `cbbd-etl export` with some words: exit code, standard output, standard error."""
    monkeypatch.setenv("CBBD_LAKE", january.location)

    def typed(line: str) -> tuple[int, str, str]:
        code = main(["export", *shlex.split(line)])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return typed


def test_the_command_writes_and_counts(run: Any, january: Lake, tmp_path: Path) -> None:
    rows = cbb.load("fct_games", seasons=2025, lake=january).height
    code, out, err = run(f"fct_games dim_teams --season 2025 --format csv --out {tmp_path}/files")
    assert code == 0
    assert f"silver.fct_games 2025: {rows:,} rows" in err
    assert "silver.fct_games  2025" in out
    assert "2 files written, 0 kept" in out
    code, out, err = run(f"fct_games dim_teams --format csv --out {tmp_path}/files")
    assert (code, "0 files written, 2 kept" in out, err) == (0, True, "")
    code, out, _ = run(f"--dry-run --out {tmp_path}/none")
    assert (code, "nothing was written" in out, (tmp_path / "none").exists()) == (0, True, False)


def test_the_command_refuses_in_one_sentence(run: Any, tmp_path: Path) -> None:
    for line, said in (
        ("fct_gmaes", "did you mean silver.fct_games"),
        ("--season 2019", "there is no season 2019 to export"),
        (f"--format csv --out {tmp_path}/x.duckdb", "contradict each other"),
    ):
        code, out, err = run(line if "--out" in line else f"{line} --out {tmp_path}/files")
        assert (code, out, len(err.splitlines())) == (2, "", 1), err
        assert said in err
    assert list(tmp_path.iterdir()) == []
