"""Two writers at once: one version wins whole, nothing is lost elsewhere, nothing adds up."""

from __future__ import annotations

import dataclasses
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import polars as pl
import pytest
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import CommitFailedException
from pyiceberg.table.snapshots import Operation
from sqlalchemy.exc import OperationalError

from quality.validate import check
from tasks.errors import LakeConflict, Overtaken
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tests.support.tables import S2024, S2025, TOYS, column, present, replace, toys


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


def test_two_makers_of_a_new_namespace_both_get_it(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: PyIceberg looks for the namespace, then inserts it; who comes second in between gets a database error."""
    look, looks = SqlCatalog.namespace_exists, []

    def overtaken(catalog: SqlCatalog, namespace: str) -> bool:
        looks.append(namespace)
        if len(looks) == 1:
            replace(Lake.open(lake.location), S2024, toys(2024, 1))
            return False  # what this process saw just before
        return look(catalog, namespace)

    monkeypatch.setattr(SqlCatalog, "namespace_exists", overtaken)
    replace(lake, S2025, toys(2025, 2))
    assert present(lake) == [1, 2]


def test_two_makers_of_a_new_catalog_both_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Trap: PyIceberg looks for the catalog's own tables, then makes them."""
    make, made = SqlCatalog.create_tables, []

    def overtaken(catalog: SqlCatalog) -> None:
        made.append(catalog)
        if len(made) == 1:
            Lake.open(tmp_path / "lake", create=True)
            raise OperationalError("create table iceberg_tables", {}, Exception("table iceberg_tables already exists"))
        make(catalog)

    monkeypatch.setattr(SqlCatalog, "create_tables", overtaken)
    replace(Lake.open(tmp_path / "lake", create=True), S2025, toys(2025, 2))
    assert present(Lake.open(tmp_path / "lake", create=True)) == [2]


def test_two_who_evolve_a_table_both_get_its_new_shape(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: the second new shape is a conflict, although it is the same one."""
    replace(lake, S2024, toys(2024, 1))
    wider = dataclasses.replace(TOYS, columns=(*TOYS.columns, column("size", nullable=True)))
    commit, commits = SqlCatalog.commit_table, []

    def overtaken(catalog: SqlCatalog, *change: Any) -> Any:
        commits.append(change)
        if len(commits) == 1:
            with Lake.open(lake.location).replace(wider, S2025, "x"):
                pass
        return commit(catalog, *change)

    monkeypatch.setattr(SqlCatalog, "commit_table", overtaken)
    with lake.replace(wider, S2024, "y") as out:
        out.add(check(toys(2024, 3).good.with_columns(size=pl.lit(7, pl.Int64)), wider))
    assert lake.scan("silver.toys").select("id", "size").collect().rows() == [(3, 7)]


def test_a_writer_that_always_loses_changes_nothing_and_says_so(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    replace(lake, S2025, toys(2025, 1))
    attempts: list[object] = []

    def lose(catalog: SqlCatalog, table: object, *changes: Any) -> None:
        attempts.append(table)
        raise CommitFailedException("somebody else was faster")

    with monkeypatch.context() as patch:
        patch.setattr("tasks.lake.replacement.FIRST_WAIT_SECONDS", 0.0)
        patch.setattr(SqlCatalog, "commit_table", lose)
        with pytest.raises(
            LakeConflict, match=r"silver.toys season=2025: other writers committed first 8 times .*faster.* run again"
        ):
            replace(lake, S2025, toys(2025, 9), inputs="y")
    assert (len(attempts), present(lake), lake.inputs(TOYS)) == (8, [1], {"season=2025": "x"})


def test_c3_many_writers_at_once_all_succeed(lake: Lake):
    """Five writers of five seasons, three commits each, all at once: fifteen versions, no lost update."""
    replace(lake, S2024, toys(2024, 1))
    before = len(_versions(lake))
    start, seasons = Barrier(5), range(2010, 2015)

    def write(season: int) -> None:
        mine = Lake.open(lake.location)
        start.wait()
        for turn in range(3):
            replace(mine, PartitionKey(season), toys(season, 10 * season + turn), inputs=str(turn))

    with ThreadPoolExecutor(5) as pool:
        list(pool.map(write, seasons))
    assert len(_versions(lake)) - before == 15
    assert present(lake) == [1, *(10 * season + 2 for season in seasons)]
    assert lake.inputs(TOYS) == {"season=2024": "x"} | {f"season={season}": "2" for season in seasons}


def _versions(lake: Lake) -> list[int]:
    """Snapshots that brought rows."""
    table = lake.iceberg(TOYS.qualified)
    assert table is not None
    return [
        item.snapshot_id
        for item in table.metadata.snapshots
        if item.summary and item.summary.operation in {Operation.APPEND, Operation.OVERWRITE}
    ]
