"""The daily run in the middle of a full-size season, without the time that the simulated API takes to answer.

usage: python benchmarks/daily_increment.py [--size mini] [--lake FOLDER]

A lake caught up to 3 February is brought to the next day (the last 7 days of plays and boxes are asked again), and,
from the same state, to 10 February (7 days of new games and 7 asked again). Each run is made twice from that state:
first to compute and keep the answers, then, measured, with these answers at hand. Prefect's start is part of it.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from common import ROOT, Spent, parser, show, spend

CAUGHT_UP = datetime(2025, 2, 3, 12, tzinfo=UTC)
LATER = {"the next day": timedelta(days=1), "7 days later": timedelta(days=7)}
SUMMARY = re.compile(r"API calls made: +([\d,]*\d)")


def ingest(lake: Path, now: datetime, size: str, answers: Path | None = None) -> Spent:
    """One run at a simulated moment, with answers kept in a folder or computed."""
    script = ["benchmarks/kept_answers.py", str(answers)] if answers else ["flows/ingest.py"]
    command = [sys.executable, ROOT / script[0], *script[1:], "--lake", lake]
    return spend(command, CBBD_SANDBOX_SIZE=size, CBBD_SANDBOX_NOW=now.isoformat())


def measured(lake: Path, folder: Path, now: datetime, size: str) -> tuple[Spent, Spent]:
    """The same run twice from the same state: with answers computed, and with answers at hand."""
    state, runs = folder / "state", []
    shutil.copytree(lake, state)
    for _ in ("computed", "at hand"):
        runs.append(ingest(lake, now, size, folder / "answers"))
        shutil.rmtree(lake)
        shutil.copytree(state, lake)  # to its old place: Iceberg's metadata hold absolute paths
    shutil.rmtree(state)
    shutil.rmtree(folder / "answers")
    return runs[0], runs[1]


def row(name: str, run: Spent, computed: Spent | None = None) -> tuple[str, ...]:
    """A row of the table."""
    found = SUMMARY.search(run.out)
    assert found, run.out
    simulated = f"{computed.wall - run.wall:.1f}" if computed else "included"
    return (name, found[1], f"{run.wall:.1f}", f"{run.cpu:.1f}", f"{run.peak:.2f}", simulated)


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--size", choices=("mini", "full"), default="full")
    options.add_argument("--lake", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lake = given.lake or folder / "lake"
        base = ingest(lake, CAUGHT_UP, given.size)
        rows = [("run", "calls", "wall s", "CPU s", "peak GB", "sandbox s"), row("up to 3 February", base)]
        for when, after in LATER.items():
            computed, at_hand = measured(lake, folder, CAUGHT_UP + after, given.size)
            rows.append(row(when, at_hand, computed))
            ratio = at_hand.wall / base.wall
            sys.stderr.write(f"{when}: {ratio:.3f} of the run that caught up\n")
    note = f"Season of size {given.size}. Sandbox s: extra time when the simulated API computes its responses."
    show("daily-increment", rows, update=given.update, note=note)


if __name__ == "__main__":
    main()
