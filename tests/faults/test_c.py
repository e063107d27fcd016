"""C: several processes at once on one lake."""

from __future__ import annotations

import pytest

from tasks.lake.lake import Lake
from tests.faults.invariants import Hashes, hashes, honest_ledger, no_duplicates, no_loss, reported
from tests.faults.scene import GAMES, HUNG_SECONDS, TWO_DAYS, Scene

pytestmark = pytest.mark.slow

TABLES = ("bronze.games", "silver.fct_games")


def test_c1_two_ingests_of_the_same_season_at_once_converge(scene: Scene, two_days: tuple[Hashes, int]):
    """Both start from nothing, so they also make the lake, the catalog and the tables at once."""
    with scene.process(**TWO_DAYS) as one, scene.process(**TWO_DAYS) as two:
        assert (one.wait(HUNG_SECONDS), two.wait(HUNG_SECONDS)) == (0, 0), scene.printed
    no_loss(scene.job(**TWO_DAYS))
    no_duplicates(scene.lake)
    honest_ledger(scene.folder / "lake")
    assert hashes(scene.lake) == two_days[0]
    assert [run.status for run in reported(scene.lake)] == ["completed"] * 2
    assert scene.ingest(**TWO_DAYS).status == "completed"
    assert hashes(scene.lake) == two_days[0]


def torn_reads(scene: Scene, rounds: int, **extra: str) -> tuple[int, list[str]]:
    """Read while another process publishes the season again and again: number of reads, and what was not whole.

    Each version is one response per window, so that a version is known by its responses: all rows of a table must be
    of one set of six, and as many as the truth has.
    """
    whole = {name: scene.lake.scan(name).collect().height for name in TABLES}
    reads, torn = 0, []
    with scene.process(rounds, **GAMES, **extra) as writer:
        while writer.poll() is None:
            lake = Lake.open(scene.place)
            for name in TABLES:
                rows = lake.scan(name).select("raw_object").collect()
                reads += 1
                if rows.height != whole[name] or rows["raw_object"].n_unique() != 6:
                    torn.append(f"{name}: {rows.height} rows of {rows['raw_object'].n_unique()} responses")
    assert writer.returncode == 0, scene.printed
    return reads, torn


def test_c2_a_reader_never_sees_part_of_a_table(scene: Scene, games: tuple[Hashes, int]):
    scene.ingest(**GAMES)
    reads, torn = torn_reads(scene, rounds=6)
    assert torn == []
    assert reads > 20
    assert len(reported(scene.lake)) == 7
    assert hashes(scene.lake) == games[0]
