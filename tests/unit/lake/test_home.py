"""A lake that was copied or moved: noticed when it is opened, read as far as that is safe, never written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from quality.contracts.games import GAMES
from tasks.errors import LakeConflict, LakeDamaged
from tasks.lake.lake import Lake
from tasks.lake.table_files import expire, orphans
from tests.support.files import fingerprint
from tests.support.lakes import NOON, keep, new_lake, request_of
from tests.support.records import record
from tests.support.tables import S2025, TOYS, present, replace, toys


@pytest.fixture
def original(lake: Lake) -> Lake:
    """A lake with a table in two versions, and a response."""
    keep(lake, request_of(GAMES, 2025), [record(GAMES.record, 1)])
    replace(lake, S2025, toys(2025, 1, 2))
    replace(lake, S2025, toys(2025, 1, 2, 3))
    return lake


def hardlinked(source: str, target: Path) -> None:
    shutil.copytree(source, target, copy_function=os.link)


WRITES: dict[str, Callable[[Lake], object]] = {
    "a table": lambda lake: replace(lake, S2025, toys(2025, 9)),
    "a response": lambda lake: keep(lake, request_of(GAMES, 2025), [], NOON.replace(hour=13)),
    "a summary": lambda lake: lake.write_json("ops/runs/x.json", {}),
    "the claim": lambda lake: lake.claim({"source": "test"}),
    "a deletion": lambda lake: lake.delete_table_files(["warehouse/silver/toys/data/x.parquet"]),
    "an expiry": lambda lake: expire(lake, TOYS.qualified, NOON.replace(year=2100)),
    "what maintenance would delete": lambda lake: orphans(lake, NOON.replace(year=2100)),
}


@pytest.mark.parametrize("copy", [shutil.copytree, hardlinked])
def test_l1_a_copy_is_read_and_never_written(original: Lake, tmp_path: Path, copy: Callable[[str, Path], object]):
    """Trap: its catalog names the original's files, so an ingest into the copy destroys the original."""
    copy(original.location, tmp_path / "copy")
    before = fingerprint(Path(original.location)), fingerprint(tmp_path / "copy")
    lake = Lake.open(tmp_path / "copy")
    for name, write in WRITES.items():
        with pytest.raises(LakeConflict, match=r"is a copy of the lake .*lake relocate --lake .*/copy"):
            write(lake)
        assert (fingerprint(Path(original.location)), fingerprint(tmp_path / "copy")) == before, name
    assert present(lake) == [1, 2, 3]
    assert "reads see the tables at" in str(lake.home.warning())
    replace(original, S2025, toys(2025, 4))
    assert present(original) == [4], "the original goes on"


def test_l1_a_moved_lake_says_so(original: Lake, tmp_path: Path):
    shutil.move(original.location, tmp_path / "moved")
    lake = Lake.open(tmp_path / "moved")
    with pytest.raises(LakeConflict, match=r"silver.toys is not there any more; .*lake relocate"):
        lake.scan(TOYS.qualified)
    with pytest.raises(LakeConflict, match="nothing is written here"):
        replace(lake, S2025, toys(2025, 9))


@pytest.mark.parametrize("kind", ["link", "dots", "link above"])
def test_l1_another_name_of_a_lake_is_no_copy(original: Lake, tmp_path: Path, kind: str):
    """Trap: a lake that is opened by a link, or by a path with dots, taken for a copy."""
    (tmp_path / "alias").symlink_to(original.location)
    (tmp_path / "above").symlink_to(tmp_path)
    place = {"link": "alias", "dots": "lake/../lake", "link above": "above/lake"}[kind]
    lake = Lake.open(tmp_path / place)
    assert (lake.location, lake.home.elsewhere) == (original.location, None)
    replace(lake, S2025, toys(2025, 7))
    assert present(original) == [7]


def test_l1_a_lake_made_through_a_link_is_found_by_its_own_path(tmp_path: Path):
    (tmp_path / "real").mkdir()
    (tmp_path / "alias").symlink_to(tmp_path / "real")
    replace(new_lake(tmp_path / "alias"), S2025, toys(2025, 1))
    for name in ("alias", "real"):
        assert present(Lake.open(tmp_path / name)) == [1]


def test_l1_a_relative_path_is_that_of_the_working_directory(original: Lake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(Path(original.location).parent)
    assert Lake.open("lake").home.elsewhere is None


def test_l1_a_back_up_of_raw_and_marker_alone_is_a_lake(original: Lake, tmp_path: Path):
    """It has no catalog, so there is nothing that could name another lake's files."""
    (tmp_path / "backup").mkdir()
    shutil.copy(Path(original.location) / "lake.json", tmp_path / "backup")
    shutil.copytree(Path(original.location) / "raw", tmp_path / "backup/raw")
    lake = Lake.open(tmp_path / "backup")
    assert (lake.home.warning(), lake.tables()) == (None, [])
    replace(lake, S2025, toys(2025, 1))


def emptied(file: Path) -> None:
    file.write_bytes(b"")


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:3000])


def flipped(file: Path) -> None:
    """A bit in the first page of a database."""
    data = bytearray(file.read_bytes())
    data[5] ^= 4
    file.write_bytes(data)


@pytest.mark.parametrize("damage", [Path.unlink, emptied, cut, flipped])
def test_l2_a_damaged_catalog_is_one_sentence(original: Lake, damage: Callable[[Path], object]):
    """Trap: a new, empty catalog is made in its place, and the lake seems to have no tables."""
    file = Path(original.location) / "catalog.db"
    damage(file)
    before = fingerprint(Path(original.location))
    with pytest.raises(LakeDamaged, match=r"catalog.db .*`cbbd-etl rebuild --lake .*` rebuilds it from raw$"):
        Lake.open(original.location)
    assert fingerprint(Path(original.location)) == before, "looking writes nothing"


def test_l2_a_catalog_with_another_name_of_a_table_is_damaged(original: Lake):
    """One bit in a name: the table would be gone, and nobody told."""
    file = Path(original.location) / "catalog.db"
    file.write_bytes(file.read_bytes().replace(b"silvertoys", b"silvertoxs"))
    with pytest.raises(LakeDamaged, match=r"catalog.db cannot be read \(it names"):
        Lake.open(original.location)


@pytest.mark.parametrize("damage", [Path.unlink, emptied, cut])
def test_l2_damaged_metadata_is_named_and_other_tables_go_on(original: Lake, damage: Callable[[Path], object]):
    other = TOYS.qualified.replace("toys", "days")
    file = Path(original.home.pointers()[TOYS.qualified].removeprefix("file://"))
    damage(file) if damage is not cut else file.write_bytes(file.read_bytes()[:300])
    with pytest.raises(LakeDamaged, match=rf"{file.name}, the metadata of silver.toys, (is missing|cannot be read)"):
        original.scan(TOYS.qualified)
    assert original.iceberg(other) is None
