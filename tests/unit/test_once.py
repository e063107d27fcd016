"""What several workers read is made by one of them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.once import once

ASKS = """
import sys
from pathlib import Path
from tests.support.once import once

class Factory:
    def getbasetemp(self):
        return Path(sys.argv[1]) / f"popen-gw{sys.argv[2]}"

def make(folder):
    with (folder.parent / "makers").open("a") as out:
        out.write(sys.argv[2])
    (folder / "whole").touch()

assert (once(Factory(), "lake", make) / "whole").exists()
"""


def test_workers_that_ask_at_the_same_time_get_one_folder(tmp_path: Path):
    """Trap: each worker makes its own, or reads one that another has only begun."""
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    commands = [[sys.executable, "-c", ASKS, str(tmp_path), str(number)] for number in range(3)]
    running = [subprocess.Popen(command, env=environment) for command in commands]
    assert [process.wait(timeout=300) for process in running] == [0, 0, 0]
    assert len((tmp_path / "made-once" / "makers").read_text()) == 1


def test_after_a_failure_the_next_begins_with_an_empty_folder(tmp_path_factory: pytest.TempPathFactory):
    """Trap: half a lake is taken for a whole one."""

    def breaks(folder: Path) -> None:
        (folder / "half").touch()
        raise OSError("disk full")

    for _ in range(2):
        with pytest.raises(OSError, match="disk full"):
            once(tmp_path_factory, "broken", breaks)
    made = once(tmp_path_factory, "broken", lambda folder: (folder / "whole").touch())
    assert sorted(item.name for item in made.iterdir()) == ["done", "whole"]
    assert once(tmp_path_factory, "broken", breaks) == made
