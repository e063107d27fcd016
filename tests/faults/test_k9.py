"""K9: the process dies at a random moment, in each flow. `make faults` does this some hundred times."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.sweep import CASES, read_beside_writers, sweep

pytestmark = [pytest.mark.xdist_group("kills at random"), pytest.mark.slow]

SEED = 2003


@pytest.mark.parametrize("flow", CASES)
def test_k9_a_kill_at_a_random_moment_is_survived(tmp_path: Path, flow: str):
    """Trap: a moment between two named points of K1 to K8 that leaves a lake which no later run repairs."""
    score = sweep(flow, 1, SEED, tmp_path, ["wall"])
    assert (score.kills, score.broken) == (1, [])


def test_c2_readers_beside_a_writer_of_a_whole_ingest_see_whole_tables(tmp_path: Path):
    reads, _, torn = read_beside_writers(40, tmp_path)
    assert (reads, torn) == (40, [])
