"""Version hints: readers without a catalog find the newest version of each table, and never a mix of versions."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from pyiceberg.table import StaticTable

from quality.contracts.games import GAMES
from tasks.lake._hints import HINT, point_to, read_hint
from tasks.lake.lake import Lake
from tasks.lake.maintenance import correct_hints
from tasks.lake.relocation import Relocation
from tasks.lake.site import Site
from tasks.lake.table_files import MIN_FILES, compact, crowded, expire, orphans
from tasks.layers.policy import BuildPolicy
from tasks.runs.rebuild import Rebuild
from tests.support.lakes import built, keep, request_of
from tests.support.records import record
from tests.support.s3 import BUCKET, Aws, AwsFault
from tests.support.tables import S2024, S2025, TOYS, present, replace, toys

SOON = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture(params=["folder", "S3"])
def anywhere(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """An empty lake in a folder, and one on S3 with AWS Glue (moto's server)."""
    if request.param == "folder":
        yield Lake.open(tmp_path / "place", create=True)
        return
    with Aws() as server:
        server.environment(monkeypatch)
        yield Lake.open(f"s3://{BUCKET}/hinted", create=True, database_prefix="hint_")


def folder_of(lake: Lake, name: str = TOYS.qualified) -> str:
    table = lake.iceberg(name)
    assert table is not None
    return table.location()


def without_catalog(lake: Lake, name: str = TOYS.qualified) -> StaticTable:
    """The table as a reader finds it that knows its folder only."""
    table = lake.iceberg(name)
    assert table is not None
    return StaticTable.from_metadata(table.location(), dict(table.io.properties))


def ids(lake: Lake) -> list[int]:
    return sorted(without_catalog(lake).scan().to_arrow()["id"].to_pylist())


def hint_file(lake: Lake) -> Path:
    return Path(folder_of(lake).removeprefix("file://")) / "metadata" / HINT


def test_every_commit_moves_the_hint(anywhere: Lake):
    anywhere.replace(TOYS, S2025, None)
    assert ids(anywhere) == [], "a table without rows is found, too"
    for version in (0, 100):
        replace(anywhere, S2025, *[toys(2025, version + number) for number in range(MIN_FILES)], inputs=f"{version}")
        assert ids(anywhere) == present(anywhere)
    (found,) = crowded(anywhere, TOYS)
    compact(anywhere, found)
    assert without_catalog(anywhere).metadata == anywhere.iceberg(TOYS.qualified).metadata  # type: ignore[union-attr]
    expire(anywhere, TOYS.qualified, SOON)
    anywhere.delete_table_files([file.path for file in orphans(anywhere, SOON)])
    assert ids(anywhere) == present(anywhere), "maintenance deletes no hint, and the hint names no deleted file"


def test_polars_reads_a_table_by_its_folder(lake: Lake):
    """Trap: the data files of a folder include those of older versions, so a glob counts rows twice."""
    for version in ("first", "second"):
        replace(lake, S2025, toys(2025, 1, 2, note=version), inputs=version)
    place = folder_of(lake).removeprefix("file://")
    assert sorted(pl.scan_iceberg(place).collect()["id"]) == [1, 2]
    assert pl.read_parquet(f"{place}/data/**/*.parquet").height == 4


def test_the_hint_of_an_older_commit_never_stays(lake: Lake):
    """Trap: two writers commit one after the other, and the slower one writes its hint last."""
    replace(lake, S2024, toys(2024, 1))
    older = lake.iceberg(TOYS.qualified)
    replace(lake, S2025, toys(2025, 2))
    newer = lake.iceberg(TOYS.qualified)
    assert older is not None
    assert newer is not None
    point_to(older.io, older.metadata_location, lambda: newer.metadata_location)
    assert ids(lake) == [1, 2]


def test_a_commit_whose_reply_was_lost_moves_the_hint(monkeypatch: pytest.MonkeyPatch):
    with Aws() as server:
        server.environment(monkeypatch)
        lake = Lake.open(f"s3://{BUCKET}/lost", create=True, database_prefix="lost_")
        replace(lake, S2025, toys(2025, 1), inputs="first")
        server.script(AwsFault("lost", "POST", "UpdateTable"))
        replace(lake, S2025, toys(2025, 2), inputs="second")
        assert ids(lake) == present(lake) == [2]


def test_a_hint_that_a_killed_process_left_behind_is_corrected(lake: Lake):
    """A process can be killed between its commit and the hint: until then readers see the version before."""
    replace(lake, S2025, toys(2025, 1), inputs="first")
    old = hint_file(lake).read_text()
    replace(lake, S2025, toys(2025, 2), inputs="second")
    for state in (old, None):
        hint_file(lake).unlink() if state is None else hint_file(lake).write_text(state)
        assert correct_hints(lake, dry_run=True) == "version hints:     1 missing or out of date"
        correct_hints(lake, dry_run=False)
        assert ids(lake) == [2]
    assert correct_hints(lake, dry_run=True) == "version hints:     0 missing or out of date"


def test_a_relocated_copy_is_read_without_the_original(lake: Lake, tmp_path: Path):
    replace(lake, S2025, toys(2025, 1, 2))
    shutil.move(lake.location, tmp_path / "moved")
    Relocation.of(Site.of(str(tmp_path / "moved"), "cbbd_")).run()
    assert ids(Lake.open(tmp_path / "moved")) == [1, 2]


def test_a_rebuild_moves_the_hints_when_it_replaces_the_catalog(lake: Lake):
    """Trap: tables that are built beside the old ones are in the same folders, and not those of the lake yet."""
    lake.claim({"source": "test"})
    keep(lake, request_of(GAMES, 2025), [record(GAMES.record, 1)])
    built(lake, GAMES)
    name = GAMES.table.qualified
    before = without_catalog(lake, name).metadata_location
    site = Site.of(lake.location, "cbbd_")
    work = Rebuild.of(site)
    with site.beside() as new:
        assert not [done for done in work.build(new, BuildPolicy(), lambda _: None) if done.failed]
        assert without_catalog(lake, name).metadata_location == before
        work.finish(new)
    after = Lake.open(lake.location)
    table = after.iceberg(name)
    assert table is not None
    assert before != without_catalog(after, name).metadata_location == table.metadata_location
    assert read_hint(table.io, table.metadata_location) + ".metadata.json" in table.metadata_location  # type: ignore[operator]
