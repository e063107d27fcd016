"""Where a lake can be, and what is said where it cannot."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tests.support.lakes import new_lake
from tests.support.tables import S2025, present, replace, toys


def test_two_lakes_in_one_process(tmp_path: Path):
    one, two = new_lake(tmp_path / "one"), new_lake(tmp_path / "two")
    replace(one, S2025, toys(2025, 1))
    replace(two, S2025, toys(2025, 2))
    assert (present(one), present(two)) == ([1], [2])


@pytest.mark.parametrize("name", ["my lake", "lake's", "été", "a=b,c", "~x"])
def test_names_of_folders(tmp_path: Path, name: str):
    lake = new_lake(tmp_path / "up" / name)
    replace(lake, S2025, toys(2025, 1))
    replace(lake, S2025, toys(2025, 2))
    assert present(Lake.open(tmp_path / "up" / name)) == [2]
    assert [path.name for path in (tmp_path / "up").iterdir()] == [name]


@pytest.mark.parametrize("name", ["a#b", "a?b", "a%20b"])
def test_names_that_are_read_as_addresses_are_refused(tmp_path: Path, name: str):
    """Trap: PyIceberg cuts `a#b` to `a` and writes there."""
    with pytest.raises(BadInput, match="cannot be in its path"):
        Lake.open(tmp_path / name, create=True)
    assert list(tmp_path.iterdir()) == []


def places(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/holiday.jpg").write_text("x")
    yield tmp_path / "file", "is a file"
    yield tmp_path / "file/lake", "is not a folder"
    yield tmp_path / "full", "holds other files and is not a lake"


def test_places_that_cannot_hold_a_lake(tmp_path: Path):
    for place, why in places(tmp_path):
        with pytest.raises(BadInput, match=why):
            Lake.open(place, create=True)
    with pytest.raises(BadInput, match=r"there is no lake at .*; `cbbd-etl ingest --lake .*` creates one"):
        Lake.open(tmp_path / "new")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "full"], "nothing was made on the way"


def test_a_lake_whose_making_was_interrupted_can_be_opened(tmp_path: Path):
    """A run killed before it claimed its new lake must not stand in the way of the next."""
    Lake.open(tmp_path / "lake", create=True)
    lake = new_lake(tmp_path / "lake")
    replace(lake, S2025, toys(2025, 1))
    assert present(lake) == [1]
