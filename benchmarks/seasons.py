"""Cost of 1, 2 and 4 seasons in one run: linear in time, constant in memory.

usage: python benchmarks/seasons.py [--size full]

The seasons 2016-2019 have as many games each. The simulated API's answers are computed once beforehand; each number of
seasons is then ingested into a new lake, in a process of its own.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from common import ROOT, Spent, parser, show, spend

SEASONS = {1: "2016", 2: "2016-2017", 4: "2016-2019"}


def ingest(folder: Path, seasons: str, size: str) -> Spent:
    """Seasons into a new lake, with the answers of the folder."""
    lake = folder / "lake"
    script = ROOT / "benchmarks" / "kept_answers.py"
    command = [sys.executable, script, folder / "answers", "--lake", lake, "--season", seasons]
    # As the image sets it: what glibc keeps of an arena per thread would look like memory that grows.
    run = spend(command, CBBD_SANDBOX_SIZE=size, MALLOC_ARENA_MAX="2")
    shutil.rmtree(lake)
    return run


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--size", choices=("mini", "full"), default="mini")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ingest(folder, SEASONS[4], given.size)
        runs = {number: ingest(folder, SEASONS[number], given.size) for number in (1, 2, 4)}
    first = runs[1]
    rows = [
        ("seasons", "wall s", "CPU s", "CPU s per further season", "CPU to 1 season", "peak GB", "peak to 1 season")
    ]
    for number, run in runs.items():
        further = f"{(run.cpu - first.cpu) / (number - 1):.1f}" if number > 1 else ""
        ratios = f"{run.cpu / first.cpu:.2f}", f"{run.peak:.2f}", f"{run.peak / first.peak:.2f}"
        rows.append((str(number), f"{run.wall:.1f}", f"{run.cpu:.1f}", further, *ratios))
    note = f"Seasons of size {given.size}. Starting Python and Prefect is part of the first season's cost."
    show("seasons", rows, update=given.update, note=note)


if __name__ == "__main__":
    main()
