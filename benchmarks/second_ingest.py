"""A second ingest of an unchanged season: how many calls, how long, against the first one.

usage: python benchmarks/second_ingest.py [--size mini] [--lake FOLDER] [--runs 3]

The season is a finished one of full size, all datasets of a plain `flows/ingest.py`. Making its lake takes minutes;
with --lake it is kept, and brought up to date, not ingested again, the next time.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
from pathlib import Path

from common import ROOT, Spent, parser, show, spend

NOW = "2025-06-01T12:00:00Z"
SUMMARY = re.compile(r"API calls made: +([\d,]*\d)")


def ingest(lake: Path, size: str) -> Spent:
    """One run of the command line at the same simulated moment."""
    command = [sys.executable, ROOT / "flows" / "ingest.py", "--lake", lake]
    return spend(command, CBBD_SANDBOX_SIZE=size, CBBD_SANDBOX_NOW=NOW)


def calls(run: Spent) -> str:
    """Calls that a run says it made."""
    found = SUMMARY.search(run.out)
    assert found, run.out
    return found[1]


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--size", choices=("mini", "full"), default="full")
    options.add_argument("--lake", type=Path)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        lake = given.lake or Path(folder) / "lake"
        first = ingest(lake, given.size)
        later = [ingest(lake, given.size) for _ in range(given.runs)]
    walls = [run.wall for run in later]
    rows = [
        ("run", "calls", "wall s", "CPU s", "peak GB"),
        ("first", calls(first), f"{first.wall:.1f}", f"{first.cpu:.1f}", f"{first.peak:.2f}"),
        (
            f"second (median of {given.runs})",
            calls(later[-1]),
            f"{statistics.median(walls):.2f}",
            f"{statistics.median(run.cpu for run in later):.2f}",
            f"{max(run.peak for run in later):.2f}",
        ),
    ]
    ratio = statistics.median(walls) / first.wall
    show(
        "second-ingest",
        rows,
        update=given.update,
        note=f"Second to first run, wall: {ratio:.4f} (season of size {given.size}).",
    )


if __name__ == "__main__":
    main()
