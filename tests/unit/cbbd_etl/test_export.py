"""Files for other tools: whole, complete, described, kept while they are right, refused before anything is written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pytest
from polars.testing import assert_frame_equal

import cbbd_etl as cbb
from quality.columns import TIMESTAMP
from quality.dataset import Partition, Table
from quality.validate import check
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tests.support.s3 import BUCKET, Aws
from tests.support.tables import DAYS, S2024, S2025, TOYS, column, days, replace, toys

PLACES = Table(
    name="places",
    layer="silver",
    description="Places.",
    columns=(column("id"), column("opened_at", TIMESTAMP, nullable=True)),
    key=("id",),
    partition=Partition.NONE,
)
ROOT = Path(__file__).parents[3]
NOON = datetime(2025, 1, 15, 12, tzinfo=UTC)


@pytest.fixture
def small(lake: Lake) -> Lake:
    """Two seasons of one table, and a table without seasons."""
    replace(lake, S2024, toys(2024, 1, 2, 3))
    replace(lake, S2025, toys(2025, 4, 5, note='a "b", c'))
    with lake.replace(PLACES, PartitionKey(), "x") as out:
        rows = pl.DataFrame({"id": [1, 2], "opened_at": [NOON, None]}, {"id": pl.Int64(), "opened_at": TIMESTAMP})
        out.add(check(rows, PLACES))
    return lake


def paths(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file()}


def package(folder: Path, name: str = "datapackage.json") -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / name).read_text())
    return found


def written(done: cbb.Export) -> list[tuple[str, int | None]]:
    return done.files.filter("is_written").select("table", "season").rows()


PARQUET = {"silver/places.parquet", "silver/toys/2024.parquet", "silver/toys/2025.parquet"}


def test_one_file_per_table_and_season_with_all_rows(small: Lake, tmp_path: Path):
    out = tmp_path / "new" / "files"
    done = cbb.export(out=out, lake=small)
    assert paths(out) == {*PARQUET, "datapackage.json"}
    assert (done.location, done.file_format, done.rows) == (str(out), "parquet", 7)
    assert done.bytes == sum((out / path).stat().st_size for path in PARQUET)
    for season in (2024, 2025):
        found = pl.read_parquet(out / f"silver/toys/{season}.parquet", hive_partitioning=False)
        assert_frame_equal(found, cbb.load("toys", seasons=season, lake=small).sort("id"))
    assert_frame_equal(pl.read_parquet(out / "silver/places.parquet"), cbb.load("places", lake=small).sort("id"))


def test_csv_has_iso_times_and_lists_as_json(small: Lake, tmp_path: Path):
    cbb.export(out=tmp_path / "files", file_format="csv", lake=small)
    assert (
        tmp_path / "files/silver/places.csv"
    ).read_text() == "id,opened_at\n1,2025-01-15T12:00:00.000000+00:00\n2,\n"
    found = pl.read_csv(tmp_path / "files/silver/toys/2025.csv")
    assert found["note"].to_list() == ['a "b", c'] * 2
    assert found["parts"].to_list() == ["[]"] * 2
    assert package(tmp_path / "files")["resources"][0]["format"] == "csv"


def test_duckdb_has_typed_tables_in_one_file(small: Lake, tmp_path: Path):
    file = tmp_path / "lake.duckdb"
    done = cbb.export(out=file, lake=small)
    assert paths(tmp_path) >= {"lake.duckdb", "lake.datapackage.json"}
    assert done.bytes == file.stat().st_size
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("select season, count(*) from silver.toys group by 1 order by 1").fetchall() == [
            (2024, 3),
            (2025, 2),
        ]
        types = {name: kind for name, kind, *_ in connection.execute("describe silver.places").fetchall()}
        assert types == {"id": "BIGINT", "opened_at": "TIMESTAMP WITH TIME ZONE"}
    tables = {
        item["name"]: item["dialect"]["table"] for item in package(tmp_path, "lake.datapackage.json")["resources"]
    }
    assert tables == {"silver.places": "silver.places", "silver.toys": "silver.toys"}


@pytest.mark.parametrize("place", ["files", "files/lake.duckdb"])
def test_a_file_whose_data_has_not_changed_is_kept(small: Lake, tmp_path: Path, place: str):
    out = tmp_path / place
    cbb.export(out=out, lake=small)
    before = {path: (tmp_path / "files" / path).stat().st_mtime_ns for path in paths(tmp_path / "files")}
    again = cbb.export(out=out, lake=small)
    assert written(again) == []
    kept = {path: time for path, time in before.items() if not path.endswith(".json")}
    assert {path: (tmp_path / "files" / path).stat().st_mtime_ns for path in kept} == kept
    assert again.rows == 7


def test_a_commit_replaces_the_files_of_its_season_alone(small: Lake, tmp_path: Path):
    """Trap: every commit makes a new version of the whole table; a daily export would rewrite twenty seasons."""
    cbb.export(out=tmp_path / "files", lake=small)
    replace(small, S2025, toys(2025, 4, 5, 6), inputs="y")
    done = cbb.export(out=tmp_path / "files", lake=small)
    assert written(done) == [("silver.toys", 2025)]
    assert pl.read_parquet(tmp_path / "files/silver/toys/2025.parquet")["id"].to_list() == [4, 5, 6]
    rows = {item["name"]: item["rows"] for item in package(tmp_path / "files")["resources"]}
    assert rows == {"silver.places": 2, "silver.toys.2024": 3, "silver.toys.2025": 3}


@pytest.mark.parametrize("damage", ["missing", "short"])
def test_a_file_that_is_not_whole_is_written_again(small: Lake, tmp_path: Path, damage: str):
    cbb.export(out=tmp_path / "files", lake=small)
    file = tmp_path / "files/silver/toys/2024.parquet"
    whole = file.read_bytes()
    file.unlink() if damage == "missing" else file.write_bytes(whole[:10])
    assert written(cbb.export(out=tmp_path / "files", lake=small)) == [("silver.toys", 2024)]
    assert file.read_bytes() == whole


def test_an_export_that_was_interrupted_continues(small: Lake, tmp_path: Path):
    def interrupt(line: str) -> None:
        if line.startswith("silver.toys 2024"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cbb.export(out=tmp_path / "files", lake=small, progress=interrupt)
    assert "silver/places.parquet" in paths(tmp_path / "files")
    lines: list[str] = []
    cbb.export(out=tmp_path / "files", lake=small, progress=lines.append)
    assert lines == ["silver.toys 2024: 3 rows", "silver.toys 2025: 2 rows"]
    assert paths(tmp_path / "files") == {*PARQUET, "datapackage.json"}


@pytest.mark.parametrize("count", [1, 2, 4])
def test_a_killed_export_leaves_whole_files_and_the_next_one_completes_it(small: Lake, tmp_path: Path, count: int):
    """Kills: in the first file, in a later one, in the package."""
    code = "import cbbd_etl as cbb, sys; cbb.export(out=sys.argv[2], lake=sys.argv[1])"
    command = [sys.executable, "-c", code, small.location, str(tmp_path / "files")]
    environment = os.environ | {"CBBD_CRASH_AT": f"export.written:{count}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    whole = {path for path in paths(tmp_path / "files") if not path.endswith(".part")}
    assert len(whole) == count - 1
    for path in whole:
        pl.read_parquet(tmp_path / "files" / path, hive_partitioning=False)
    assert cbb.export(out=tmp_path / "files", lake=small).rows == 7
    assert paths(tmp_path / "files") == {*PARQUET, "datapackage.json"}


def test_what_is_not_named_stays(small: Lake, tmp_path: Path):
    cbb.export(out=tmp_path / "files", lake=small)
    done = cbb.export("toys", seasons=2025, out=tmp_path / "files", lake=small)
    assert done.files.select("table", "season").rows() == [("silver.toys", 2025)]
    assert paths(tmp_path / "files") == {*PARQUET, "datapackage.json"}
    assert [item["path"] for item in package(tmp_path / "files")["resources"]] == sorted(PARQUET)


def test_a_season_that_the_lake_no_longer_has_leaves_the_export(small: Lake, tmp_path: Path):
    cbb.export(out=tmp_path / "files", lake=small)
    with small.replace(TOYS, S2024):
        pass
    cbb.export(out=tmp_path / "files", lake=small)
    assert "silver/toys/2024.parquet" not in paths(tmp_path / "files")
    assert "silver.toys.2024" not in {item["name"] for item in package(tmp_path / "files")["resources"]}


NOTES = Table(
    name="notes",
    layer="ops",
    description="Notes.",
    columns=(column("season", nullable=True), column("id")),
    key=("id",),
)


def test_rows_without_a_season_have_a_file_of_their_own(lake: Lake, tmp_path: Path):
    """Trap: seasons are listed without null, and an export by season would lose these rows."""
    rows = pl.DataFrame({"season": [2024, None], "id": [1, 2]}, {"season": pl.Int64, "id": pl.Int64})
    with lake.replace(NOTES, PartitionKey(), "x") as out:
        out.add(check(rows, NOTES))
    done = cbb.export("ops.notes", out=tmp_path / "files", lake=lake)
    assert done.rows == 2
    assert paths(tmp_path / "files") == {"ops/notes/2024.parquet", "ops/notes/unknown.parquet", "datapackage.json"}
    assert pl.read_parquet(tmp_path / "files/ops/notes/unknown.parquet")["id"].to_list() == [2]
    assert cbb.export("ops.notes", seasons=2024, out=tmp_path / "other", lake=lake).rows == 1


def test_a_table_by_month_has_a_file_per_season(lake: Lake, tmp_path: Path):
    for month in (date(2024, 12, 1), date(2025, 1, 1)):
        replace(lake, PartitionKey(2025, month), days(2025, month), table=DAYS)
    assert cbb.export("days", out=tmp_path / "files", lake=lake).files["rows"].to_list() == [2]


def test_a_dry_run_writes_nothing(small: Lake, tmp_path: Path):
    planned = cbb.export(out=tmp_path / "files", lake=small, dry_run=True)
    assert [row[0] for row in written(planned)] == ["silver.places", "silver.toys", "silver.toys"]
    assert planned.files["bytes"].to_list() == [None] * 3
    assert not (tmp_path / "files").exists()


def test_the_default_place_is_in_the_lake(small: Lake):
    done = cbb.export("toys", seasons=None, lake=small)
    assert done.location == f"{small.location}/export"
    assert paths(Path(done.location)) == {"silver/toys/2025.parquet", "datapackage.json"}
    assert cbb.load("toys", lake=small).height == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tables": "toyz"}, r"no table toyz; did you mean silver\.toys\?"),
        ({"tables": ["toys", "plcaes"]}, r"no table plcaes; did you mean silver\.places\?"),
        ({"tables": "v_team_dashboard"}, "is a view, not a table"),
        ({"seasons": 2019}, "there is no season 2019 to export; the tables have the seasons 2024-2025"),
        ({"tables": "places", "seasons": 2024}, "there is no season 2024 to export; the tables have no seasons"),
        ({"seasons": []}, "give a year, several years, or True"),
        ({"file_format": "xlsx"}, "there is no format xlsx; valid are parquet, csv, duckdb"),
        ({"out": "T/lake.duckdb", "file_format": "csv"}, "format csv and lake.duckdb contradict each other"),
        ({"out": "T/games.parquet"}, "names one file, and an export writes a file for each table and season"),
        ({"out": "T/a.file"}, "a.file is a file: name a folder"),
        ({"out": "T/a.file/files"}, "a.file is a file: name a folder"),
        ({"out": " "}, "an empty place for the export"),
        ({"out": "ftp://host/files"}, "no export can be at ftp://host/files"),
        ({"out": "LAKE"}, "is in the lake: name a folder outside of it, or .*/export"),
        ({"out": "LAKE/warehouse/files"}, "is in the lake"),
        ({"out": "T/other"}, "other is a lake: name another folder"),
        ({"out": "T/strange"}, "is not of an export of cbbd_etl: name another place"),
        ({"out": "T/csv"}, "has an export of csv: name another place for parquet"),
    ],
)
def test_bad_input_is_refused_before_anything_is_written(
    small: Lake, tmp_path: Path, options: dict[str, Any], message: str
):
    (tmp_path / "a.file").write_text("mine")
    Lake.open(tmp_path / "other", create=True).claim({"source": "test"})
    for name in ("strange", "csv"):
        (tmp_path / name).mkdir()
    (tmp_path / "strange/datapackage.json").write_text('{"resources": [{"name": "a", "path": "a.csv"}]}')
    cbb.export("places", out=tmp_path / "csv", file_format="csv", lake=small)
    before = {path: (tmp_path / path).read_bytes() for path in paths(tmp_path)}
    out = options.get("out", "T/files").replace("LAKE", small.location).replace("T/", f"{tmp_path}/")
    with pytest.raises(cbb.BadInput, match=message):
        cbb.export(**{"lake": small} | options | {"out": out})
    assert {path: (tmp_path / path).read_bytes() for path in paths(tmp_path)} == before


def test_two_sources_do_not_share_an_export(small: Lake, tmp_path: Path):
    """Trap: simulated games among real ones."""
    cbb.export(out=tmp_path / "files", lake=small)
    other = Lake.open(tmp_path / "other", create=True)
    other.claim({"source": "another"})
    replace(other, S2025, toys(2025, 9))
    with pytest.raises(cbb.BadInput, match="has an export of source test: name another place for data from source ano"):
        cbb.export(out=tmp_path / "files", lake=other)


@pytest.mark.parametrize("name", ["", "lake.duckdb"])
def test_an_export_to_s3_has_the_same_files(small: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    with Aws() as server:
        server.environment(monkeypatch)
        place = f"s3://{BUCKET}/files/{name}".rstrip("/")
        done = cbb.export(out=place, lake=small)
        assert (done.location, done.rows) == (f"s3://{BUCKET}/files", 7)
        assert {row["is_written"] for row in done.files.iter_rows(named=True)} == {True}
        assert written(cbb.export(out=place, lake=small)) == []
        puts = [what for method, what in server.log if method == "PUT" and "/files/" in what]
        expected = {"lake.duckdb", "lake.datapackage.json"} if name else {*PARQUET, "datapackage.json"}
        assert {what.partition("/files/")[2] for what in puts} == expected
        with pytest.raises(cbb.BadInput, match="there is no bucket nowhere"):
            cbb.export(out="s3://nowhere/files", lake=small)
