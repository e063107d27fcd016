"""The tests themselves are tested: with the pipeline broken on purpose (tests/faults/mutations.py), a case goes red."""

from __future__ import annotations

import pytest

from sandbox import FaultRule
from tests.faults.invariants import Hashes, converged, honest_ledger, no_duplicates
from tests.faults.scene import GAMES, Scene
from tests.faults.test_c import torn_reads

pytestmark = pytest.mark.slow


def broken(scene: Scene, mutation: str, crash: str = "", rounds: int = 1) -> None:
    code = scene.run(rounds, **GAMES, CBBD_TEST_MUTATION=mutation, CBBD_CRASH_AT=crash)
    assert code == (-9 if crash else 0), scene.printed
    scene.api.script()


def test_a_commit_in_two_steps_is_noticed_by_c2(scene: Scene, games: tuple[Hashes, int]):
    scene.ingest(**GAMES)
    _, torn = torn_reads(scene, rounds=3, CBBD_TEST_MUTATION="torn_commit")
    assert torn
    broken(scene, "torn_commit", "torn:2", rounds=2)
    with pytest.raises(AssertionError):
        converged(scene.lake, games[0])


def test_a_fingerprint_that_comes_before_the_data_is_noticed_by_k5(scene: Scene, games: tuple[Hashes, int]):
    broken(scene, "fingerprint_first", "silver.between")
    scene.ingest(**GAMES)
    with pytest.raises(AssertionError):
        converged(scene.lake, games[0])


def test_a_raw_object_that_is_named_before_it_is_whole_is_noticed_by_k2(scene: Scene):
    broken(scene, "ledger_first", "named")
    with pytest.raises(Exception, match=r"rame|magic"):
        honest_ledger(scene.folder / "lake")


def test_missing_deduplication_is_noticed_by_h11(scene: Scene):
    scene.api.script(FaultRule("edit", edit={"every": 10, "repeat": 2}))
    broken(scene, "no_deduplication")
    with pytest.raises(AssertionError, match="rows with the same key"):
        no_duplicates(scene.lake)
