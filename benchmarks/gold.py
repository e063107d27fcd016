"""All gold of a season: seconds, share and peak memory of each table, read from a lake that is not written to.

usage: python benchmarks/gold.py --lake FOLDER [--season 2025] [--update]

Each table is made in a process of its own, by the function that publishes it and with the check of its contract; what a
table reads of other computed tables comes from files of this run. Silver tables that the lake lacks are made first and
told apart. Targets at full size: gold in 20 seconds and 1.5 GB, ratings included.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, process_time

import polars as pl
from common import parser, show, spend

from quality.dataset import Input, Partition, Table, registry
from quality.validate import check
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.derive import maker
from tasks.layers.derived_inputs import derivation, holds, scan


def is_there(lake: Lake, folder: Path, table: Table) -> bool:
    """Whether rows of a table can be read."""
    return lake.iceberg(table.qualified) is not None or (folder / f"{table.qualified}.parquet").exists()


def frame(lake: Lake, folder: Path, item: Input, key: PartitionKey) -> pl.LazyFrame:
    """An input of a partition: rows of this run before those of the lake."""
    kept = folder / f"{item.table.qualified}.parquet"
    rows = pl.scan_parquet(kept).filter(holds(item, key)) if kept.exists() else scan(lake, item, key, None)
    return rows.select(list(item.schema))


def keys(lake: Lake, table: Table, season: int) -> list[PartitionKey]:
    """Partitions of a season; months are those of the plays."""
    if table.partition is not Partition.MONTH:
        return [PartitionKey(season if table.season_column else None)]
    found = (PartitionKey.parse(name) for name in lake.inputs(registry().tables["silver.fct_plays"]))
    return sorted(key for key in found if key.season == season)


def make(lake: Lake, folder: Path, table: Table, season: int) -> dict[str, float]:
    """Make and check a season of a table; its rows stay in the folder. Seconds without the start of Python."""
    begun, worked, parts = perf_counter(), process_time(), list[pl.DataFrame]()
    for key in keys(lake, table, season):
        frames = [frame(lake, folder, item, key) for item in derivation(table).inputs]
        rows = maker(table, key)(*frames).select(list(table.by_name)).collect()
        parts.append(check(rows, table).good.sort(table.sort))
    rows = pl.concat(parts)
    seconds, cpu = perf_counter() - begun, process_time() - worked
    rows.write_parquet(folder / f"{table.qualified}.parquet")
    return {"seconds": seconds, "cpu": cpu, "rows": rows.height}


def needed(lake: Lake, folder: Path) -> Iterator[Table]:
    """Silver that the lake lacks and gold reads, then all gold, each once its required inputs are there."""
    for table in registry().derived("silver"):
        if not table.opt_in and lake.iceberg(table.qualified) is None:
            yield table
    for table in registry().derived("gold"):
        if all(item.optional or is_there(lake, folder, item.table) for item in derivation(table).inputs):
            yield table
        else:
            sys.stdout.write(f"{table.qualified}: left out, the lake lacks a table that it is made from\n")


def main() -> None:
    """Print the table; with --table make that one and print what it took as JSON."""
    options = parser(__doc__ or "")
    options.add_argument("--lake", required=True)
    options.add_argument("--season", type=int, default=2025)
    options.add_argument("--table")
    options.add_argument("--folder")
    given = options.parse_args()
    lake = Lake.open(given.lake)
    if given.table:
        made = make(lake, Path(given.folder), registry().tables[given.table], given.season)
        sys.stdout.write(json.dumps(made))
        return
    rows = [("table", "rows", "seconds", "CPU seconds", "share of CPU", "peak GB")]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--lake", given.lake, "--season", str(given.season), "--folder", folder]
        runs = []
        for table in needed(lake, Path(folder)):
            try:
                run = spend([*command, "--table", table.qualified])
            except SystemExit as failure:
                sys.stdout.write(f"{table.qualified}: left out, {str(failure).splitlines()[-1]}\n")
                continue
            runs.append((table, json.loads(run.out.splitlines()[-1]), run.peak))
    gold, cpu = (sum(made[kind] for table, made, _ in runs if table.layer == "gold") for kind in ("seconds", "cpu"))
    for table, made, peak in runs:
        share = f"{made['cpu'] / cpu:.0%}" if table.layer == "gold" else "none"
        spent = (f"{made['seconds']:.2f}", f"{made['cpu']:.2f}", share, f"{peak:.2f}")
        rows.append((table.qualified, f"{made['rows']:,}", *spent))
    peak = max((peak for table, _, peak in runs if table.layer == "gold"), default=0)
    rows.append(("all gold", "", f"{gold:.2f}", f"{cpu:.2f}", "100%", f"{peak:.2f}"))
    show("gold", rows, update=given.update, note="Reading, building and checking; without starting Python.")


if __name__ == "__main__":
    main()
