"""Two writers at once: one version wins whole, nothing is lost elsewhere, nothing adds up."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException
from support.tables import S2024, S2025, TOYS, present, replace, toys

from tasks.errors import LakeConflict, Overtaken
from tasks.iceberg import PartitionKey
from tasks.lake import Lake


def test_a_writer_that_was_overtaken_changes_nothing(lake: Lake):
    """Trap: what was built from older inputs is committed last and stays. Its builder has to look again."""
    replace(lake, S2024, toys(2024, 1, 2))
    replace(lake, S2025, toys(2025, 3))
    second = Lake.open(lake.location)

    def overtaken() -> None:
        with lake.replace(TOYS, S2025, "first") as one:
            one.add(toys(2025, 4, 5))
            with second.replace(TOYS, S2025, "second") as two:
                two.add(toys(2025, 6))
                replace(Lake.open(lake.location), S2024, toys(2024, 7), inputs="third")

    with pytest.raises(Overtaken, match="another run replaced it meanwhile"):
        overtaken()
    assert present(second) == [6, 7]
    assert second.inputs(TOYS) == {"season=2024": "third", "season=2025": "second"}


@pytest.mark.parametrize("before", [(), (S2024,)], ids=["new table", "new partition"])
def test_two_writers_of_a_new_partition_do_not_add_up(lake: Lake, before: tuple[PartitionKey, ...]):
    """Trap: a commit that is sent again after a conflict as it was, an append where there is something by now."""
    for part in before:
        replace(lake, part, toys(2024, 1))
    second = Lake.open(lake.location)
    with lake.replace(TOYS, S2025, "same") as one:
        one.add(toys(2025, 4, 5))
        replace(second, S2025, toys(2025, 4, 5), inputs="same")
    assert present(lake) == [1 for _ in before] + [4, 5]
    assert lake.inputs(TOYS)["season=2025"] == "same"


def test_a_writer_that_always_loses_changes_nothing_and_says_so(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    replace(lake, S2025, toys(2025, 1))
    attempts: list[object] = []

    def lose(catalog: SqlCatalog, table: object, *changes: Any) -> None:
        attempts.append(table)
        raise CommitFailedException("somebody else was faster")

    with monkeypatch.context() as patch:
        patch.setattr("tasks.replacement.FIRST_WAIT_SECONDS", 0.0)
        patch.setattr(SqlCatalog, "commit_table", lose)
        with pytest.raises(
            LakeConflict, match=r"silver.toys season=2025: other writers won 8 times .*faster.* run again"
        ):
            replace(lake, S2025, toys(2025, 9), inputs="y")
    assert (len(attempts), present(lake), lake.inputs(TOYS)) == (8, [1], {"season=2025": "x"})


def test_writers_in_a_crowd_all_get_through(lake: Lake):
    """Four writers of four seasons, three commits each, all at once: twelve versions, no lost update."""
    replace(lake, S2024, toys(2024, 1))
    start = Barrier(4)

    def write(season: int) -> None:
        mine = Lake.open(lake.location)
        start.wait()
        for turn in range(3):
            replace(mine, PartitionKey(season), toys(season, 10 * season + turn), inputs=str(turn))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(2010, 2014)))
    assert present(lake) == [1, *(10 * season + 2 for season in range(2010, 2014))]
    assert lake.inputs(TOYS) == {"season=2024": "x"} | {f"season={season}": "2" for season in range(2010, 2014)}
