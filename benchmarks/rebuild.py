"""A rebuild of a lake from `raw/` and `lake.json` alone: how long, against the ingest, and whether it is equal.

usage: python benchmarks/rebuild.py [--size mini] [--lake FOLDER] [--update]

Without --lake a season is ingested first, for the comparison. Equal means the same logical hash of every table.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from common import ROOT, parser, show, spend

from tasks.lake.content import hash_lake
from tasks.lake.lake import Lake

NOW = "2025-06-01T12:00:00Z"


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--size", choices=("tiny", "mini", "full"), default="full")
    options.add_argument("--lake", type=Path)
    given = options.parse_args()
    environment = {"CBBD_SANDBOX_SIZE": given.size, "CBBD_SANDBOX_NOW": NOW}
    with tempfile.TemporaryDirectory() as folder:
        place, copy = given.lake or Path(folder) / "lake", Path(folder) / "copy"
        ingest = [sys.executable, ROOT / "flows" / "ingest.py", "--lake", place, "--season", "2025"]
        first = None if given.lake else spend(ingest, **environment)
        copy.mkdir()
        shutil.copy(place / "lake.json", copy)
        shutil.copytree(place / "raw", copy / "raw")
        spent = spend([Path(sys.executable).parent / "cbbd-etl", "rebuild", "--lake", copy], **environment)
        wanted = {name: value for name, value in hash_lake(Lake.open(place)).items() if value.rows}
        found = {name: value for name, value in hash_lake(Lake.open(copy)).items() if value.rows}
    equal = sum(found.get(name) == value for name, value in wanted.items())
    missing = ", ".join(sorted(name for name, value in wanted.items() if found.get(name) != value)) or "none"
    rows = [("what", "seconds", "CPU s", "peak GB of a process")]
    for name, run in (("ingest, with the simulated API", first), ("rebuild from raw", spent)):
        rows += [] if run is None else [(name, f"{run.wall:.0f}", f"{run.cpu:.0f}", f"{run.peak:.2f}")]
    note = (
        f"Season of size {given.size}; {equal} of {len(wanted)} tables with rows have the hash of the original "
        f"({sum(value.rows for value in wanted.values()):,} rows); different: {missing}."
    )
    show("rebuild", rows, update=given.update, note=note)


if __name__ == "__main__":
    main()
