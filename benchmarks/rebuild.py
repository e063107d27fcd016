"""A rebuild of a lake from `raw/` and `lake.json` alone: how long, against the ingest, and whether it is equal.

usage: python benchmarks/rebuild.py [--size mini] [--lake FOLDER] [--update]

Without --lake a season is ingested first. Equal means the same logical hash of every table.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from common import ROOT, parser, show, spend

from tasks.lake.content import hash_lake
from tasks.lake.lake import Lake
from tasks.runs.summary import RUNS, RunSummary

NOW = "2025-06-01T12:00:00Z"


def ingested_in(lake: Lake) -> float:
    """Seconds of the run that made the most calls."""
    runs = [RunSummary.model_validate(lake.read_json(path)) for path in lake.list_files(RUNS)]
    first = max(runs, key=lambda run: run.calls)
    return (first.finished_at - first.started_at).total_seconds() if first.finished_at else 0.0


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--size", choices=("tiny", "mini", "full"), default="full")
    options.add_argument("--lake", type=Path)
    given = options.parse_args()
    environment = {"CBBD_SANDBOX_SIZE": given.size, "CBBD_SANDBOX_NOW": NOW}
    with tempfile.TemporaryDirectory() as folder:
        place, copy = given.lake or Path(folder) / "lake", Path(folder) / "copy"
        if not (place / "lake.json").exists():
            spend([sys.executable, ROOT / "flows" / "ingest.py", "--lake", place, "--season", "2025"], **environment)
        copy.mkdir()
        shutil.copy(place / "lake.json", copy)
        shutil.copytree(place / "raw", copy / "raw")
        spent = spend([Path(sys.executable).parent / "cbbd-etl", "rebuild", "--lake", copy], **environment)
        original = Lake.open(place)
        wanted = {name: value for name, value in hash_lake(original).items() if value.rows}
        found = {name: value for name, value in hash_lake(Lake.open(copy)).items() if value.rows}
        before = ingested_in(original)
    equal = sum(found.get(name) == value for name, value in wanted.items())
    missing = ", ".join(sorted(name for name, value in wanted.items() if found.get(name) != value)) or "none"
    rows = [
        ("what", "seconds", "CPU s", "peak GB of the run itself"),
        ("ingest, with the simulated API", f"{before:.0f}", "", ""),
        ("rebuild from raw", f"{spent.wall:.0f}", f"{spent.cpu:.0f}", f"{spent.peak:.2f}"),
    ]
    note = (
        f"Season of size {given.size}; {equal} of {len(wanted)} tables with rows have the hash of the original "
        f"({sum(value.rows for value in wanted.values()):,} rows); different: {missing}."
    )
    show("rebuild", rows, update=given.update, note=note)


if __name__ == "__main__":
    main()
