"""K11: the disk is full. On a small file system of its own, where one can be mounted."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.errors import LakeUnavailable
from tests.faults.invariants import Hashes, hashes, honest_ledger, no_duplicates
from tests.faults.scene import GAMES, Scene

DISK, BLOCK = 8 << 20, 4096  # bytes


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("needs the right to mount a file system")
    yield folder
    # Lazily: a connection to the catalog may still be open.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(file: Path, room: int) -> None:
    """Take all space but `room` bytes."""
    with file.open("wb", buffering=0) as out:
        try:
            while out.write(b"\0" * BLOCK):
                pass
        except OSError:
            pass
        out.truncate(max(out.tell() - room, 0))


@pytest.mark.parametrize("room", [0, 64 << 10, 192 << 10])
def test_k11_a_full_disk_leaves_the_previous_version(scene: Scene, disk: Path, games: tuple[Hashes, int], room: int):
    scene.place = str(disk / "lake")
    scene.ingest(**GAMES)
    served = scene.lake.scan("silver.fct_games").collect()
    fill(disk / "other", room)
    try:
        run = scene.ingest(**GAMES, refresh=True)
    except LakeUnavailable as error:
        said = str(error)
    else:
        assert run.status == "failed"
        said = run.failed[0].error
    assert "Check disk space" in said
    assert scene.lake.scan("silver.fct_games").collect().equals(served)
    (disk / "other").unlink()
    assert scene.ingest(**GAMES).status == "completed"
    assert hashes(scene.lake) == games[0]
    no_duplicates(scene.lake)
    honest_ledger(disk / "lake")
