"""A lake that the tests of a file build once, copied for each of them."""

from pathlib import Path

import pytest

from tasks.lake.lake import Lake
from tests.support.lakes import copy_lake


@pytest.fixture
def season(built_day_by_day: Path, tmp_path: Path) -> Lake:
    """A copy of the lake that the file's own fixture `built_day_by_day` has built."""
    copy_lake(built_day_by_day, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")
