"""All datasets of a season that a plain ingest brings: calls, rows, quarantined, corrections and seconds of each.

usage: python benchmarks/full_season.py [--size mini] [--lake FOLDER] [--season 2025] [--update]

Without --lake a season is ingested first; of a lake that is there, the run that made the most calls is shown. The table
is a view of that run's summary in `ops/runs/` and of ops.corrections.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from common import ROOT, parser, show, spend

from quality.dataset import registry
from tasks.corrections.table import corrections
from tasks.lake.lake import Lake
from tasks.runs.summary import RUNS, DatasetSummary, RunSummary

NOW = "2025-06-01T12:00:00Z"


def fetching_run(lake: Lake) -> RunSummary:
    """The run of a lake that made the most calls."""
    found = [RunSummary.model_validate(lake.read_json(path)) for path in lake.list_files(RUNS)]
    if not found:
        raise SystemExit(f"{lake.location} has no runs")
    return max(found, key=lambda run: run.calls)


def row(item: DatasetSummary, told: Counter[str]) -> tuple[str, ...]:
    """A row of the table; rows are those of the silver tables that the dataset feeds."""
    tables = {
        table.qualified for table in registry().tables.values() if table.source and table.source.name == item.dataset
    }
    rows = sum(layer.rows_out for layer in item.layers if layer.table in tables)
    quarantined = sum(layer.quarantined for layer in item.layers)
    numbers = (item.calls, item.records, rows, quarantined, sum(told[name] for name in tables))
    return (item.dataset, *(f"{number:,}" for number in numbers), f"{item.seconds:.1f}")


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--size", choices=("mini", "full"), default="full")
    options.add_argument("--lake", type=Path)
    options.add_argument("--season", type=int, default=2025)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = given.lake or Path(folder) / "lake"
        if given.lake is None:
            command = [sys.executable, ROOT / "flows" / "ingest.py", "--lake", place, "--season", str(given.season)]
            spend(command, CBBD_SANDBOX_SIZE=given.size, CBBD_SANDBOX_NOW=NOW)
        lake = Lake.open(place)
        run = fetching_run(lake)
        told = Counter(corrections(lake, [given.season])["table_name"])
    shown = [item for item in run.datasets if item.dataset in registry().endpoints and item.layers]
    rows = [("dataset", "calls", "records", "silver rows", "quarantined", "corrections", "seconds")]
    rows += [row(item, told) for item in shown]
    wall = (run.finished_at - run.started_at).total_seconds() if run.finished_at else 0.0
    records = sum(item.records for item in shown)
    silver = sum(int(line[3].replace(",", "")) for line in rows[1:])
    total = (run.calls, records, silver, run.quarantined, sum(told.values()))
    rows.append(("all", *(f"{number:,}" for number in total), f"{wall:.1f}"))
    kind = ", ".join(f"{name} {value}" for name, value in run.source.items())
    note = f"Run {run.run_id} ({kind}). Seconds cover fetching and building, including the simulated API."
    show("full-season", rows, update=given.update, note=note)


if __name__ == "__main__":
    main()
