"""A copy becomes a lake of its own: everything that names a file names its own, and the original is not touched."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tasks.errors import LakeConflict, LakeDamaged
from tasks.lake.content import hash_lake
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.relocation import Relocation
from tasks.lake.site import Site
from tasks.lake.table_files import expire, orphans
from tests.support.files import fingerprint
from tests.support.tables import DAYS, S2025, TOYS, days, present, replace, toys
from tests.unit.lake.test_home import hardlinked

DAY = date(2025, 1, 2)
SOON = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def original(lake: Lake) -> Lake:
    """Two tables, one in several versions with deleted files."""
    for number in range(3):
        replace(lake, S2025, toys(2025, number), toys(2025, number + 10), inputs=f"version {number}")
    replace(lake, PartitionKey(2025, DAY.replace(day=1)), days(2025, DAY), table=DAYS)
    return lake


def relocated(folder: Path) -> Lake:
    Relocation.of(Site.of(str(folder), "cbbd_")).run()
    return Lake.open(folder)


@pytest.mark.parametrize("copy", [shutil.copytree, hardlinked])
def test_l1_a_relocated_copy_stands_on_its_own(original: Lake, tmp_path: Path, copy: Callable[[str, Path], object]):
    """Traps: one address that still names the original; a catalog file that a hard link shares with it."""
    place = tmp_path / "copy"
    copy(original.location, place)
    before, hashes = fingerprint(Path(original.location)), hash_lake(original)
    made = relocated(place)
    assert (made.home.elsewhere, hash_lake(made), made.inputs(TOYS)) == (None, hashes, original.inputs(TOYS))
    table = made.iceberg(TOYS.qualified)
    assert table is not None
    versions = [item.snapshot_id for item in table.metadata.snapshots]
    assert [table.scan(snapshot_id=version).to_arrow().num_rows for version in versions][-1] == 2
    for number in range(25):  # more versions than metadata files are kept: the oldest are deleted
        replace(made, S2025, toys(2025, number))
    expire(made, TOYS.qualified, SOON)
    made.delete_table_files([file.path for file in orphans(made, SOON)])
    assert present(made) == [24]
    assert fingerprint(Path(original.location)) == before, "not one byte of the original"
    assert hash_lake(Lake.open(original.location)) == hashes


def test_l1_a_moved_lake_is_read_again(original: Lake, tmp_path: Path):
    hashes = hash_lake(original)
    shutil.move(original.location, tmp_path / "moved")
    made = relocated(tmp_path / "moved")
    assert hash_lake(made) == hashes
    replace(made, S2025, toys(2025, 5))


def test_l1_a_copy_without_its_catalog_is_adopted_by_its_newest_metadata(original: Lake, tmp_path: Path):
    shutil.copytree(original.location, tmp_path / "copy", ignore=shutil.ignore_patterns("catalog.db"))
    assert hash_lake(relocated(tmp_path / "copy")) == hash_lake(original)


def test_l1_a_lake_at_home_needs_nothing(original: Lake):
    before = fingerprint(Path(original.location))
    assert not Relocation.of(Site.of(original.location, "cbbd_")).is_needed
    assert fingerprint(Path(original.location)) == before


def test_l1_an_incomplete_copy_is_refused_and_changes_nothing(original: Lake, tmp_path: Path):
    """A file that is not there would be missed later, when the original is gone."""
    place = tmp_path / "copy"
    shutil.copytree(original.location, place)
    table = original.iceberg(DAYS.qualified)
    assert table is not None
    (task,) = table.scan().plan_files()
    lost = place / original.relative(task.file.file_path)
    lost.unlink()
    before = (place / "catalog.db").read_bytes()
    with pytest.raises(
        LakeDamaged, match=rf"{lost.name}, a file of silver.days, is not in the copy; `cbbd-etl rebuild"
    ):
        relocated(place)
    assert (place / "catalog.db").read_bytes() == before


def test_l1_a_copy_that_shares_its_tables_by_a_link_is_refused(original: Lake, tmp_path: Path):
    """Trap: cp -a keeps the link, so that the copy's own addresses are the original's files."""
    home = Path(original.location)
    shutil.move(home / "warehouse", tmp_path / "disk")
    (home / "warehouse").symlink_to(tmp_path / "disk")
    shutil.copytree(home, tmp_path / "copy", symlinks=True)
    with pytest.raises(LakeConflict, match=r"is a link to .*/disk, the files of another lake; .* cp -aL"):
        relocated(tmp_path / "copy")
    assert Lake.open(home).home.elsewhere is None
