"""What the tests take, by folder, as `make test` runs them.

Run: python benchmarks/suite.py [--of FILE], about half an hour. A setup makes what tests share. CPU seconds of a
process that outlives the test that started it, a server or a build process, are counted in the folder where it ends.
"""

from __future__ import annotations

import csv
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from common import parser, show, spend

HEAD = ("folder", "tests", "wall", "CPU seconds", "of them setup", "skipped")


@dataclass
class Folder:
    """What the tests of a folder took: seconds of all workers together."""

    tests: int = 0
    skipped: int = 0
    wall: float = 0.0
    cpu: float = 0.0
    setup: float = 0.0

    def add(self, row: dict[str, str]) -> None:
        """One phase of one test."""
        ended = row["phase"] == "teardown"
        self.tests += ended
        self.skipped += row["outcome"] == "skipped"
        self.wall += float(row["wall"])
        self.cpu += float(row["cpu"])
        self.setup += float(row["cpu"]) if row["phase"] == "setup" else 0.0

    def cells(self, name: str) -> tuple[str, ...]:
        """Its row of the table."""
        seconds = (f"{value:.0f}" for value in (self.wall, self.cpu, self.setup))
        return (name, f"{self.tests:,}", *seconds, str(self.skipped))


def folders(file: Path) -> dict[str, Folder]:
    """What each folder took, the longest first, and `all`."""
    csv.field_size_limit(10**9)  # a name has the parameters of its test, and some of them are long on purpose
    found: dict[str, Folder] = defaultdict(Folder)
    with file.open(newline="") as lines:
        for row in csv.DictReader(lines):
            for name in (row["folder"], "all"):
                found[name].add(row)
    return dict(sorted(found.items(), key=lambda item: item[1].cpu if item[0] != "all" else -1, reverse=True))


def main() -> None:
    """Run the tests, or read what a run has written, and print the table."""
    arguments = parser(__doc__ or "")
    arguments.add_argument("--of", type=Path, help="a file that `pytest -p tests.support.cost --cost FILE` has written")
    given = arguments.parse_args()
    note = ""
    with tempfile.TemporaryDirectory() as place:
        file = given.of or Path(place) / "cost.csv"
        if given.of is None:
            asked = "-n auto --dist loadgroup --no-loadscope-reorder -p tests.support.cost -q -m"
            spent = spend([sys.executable, "-m", "pytest", *asked.split(), "not slow", "--cost", file])
            note = f"{spent.wall / 60:.1f} minutes, {spent.cpu / 60:.1f} CPU minutes."
        rows = [each.cells(name) for name, each in folders(file).items()]
    show("suite", [HEAD, *rows], update=given.update, note=note)


if __name__ == "__main__":
    main()
