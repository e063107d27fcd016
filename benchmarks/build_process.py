"""What the process for builds costs: whole ingests with it and without it, in pairs.

usage: python benchmarks/build_process.py [--size mini] [--pairs 5] [--update]

Each pair fetches and builds a season twice, into new lakes, in changing order. Memory is that of all processes,
pages that they share counted once, sampled every 0.1 s.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from common import ROOT, Spent, parser, show, spend

NOW = "2025-06-01T12:00:00Z"
KINDS = {"one process": "false", "with a build process": "true"}


def ingest(folder: Path, kind: str, size: str) -> Spent:
    """One ingest of a season into a new lake."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        command = [sys.executable, ROOT / "flows" / "ingest.py", "--lake", Path(place) / "lake", "--season", "2025"]
        environment = {"CBBD_SANDBOX_SIZE": size, "CBBD_SANDBOX_NOW": NOW, "CBBD_BUILD_PROCESS": KINDS[kind]}
        return spend(command, together=True, **environment)


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--size", choices=("tiny", "mini", "full"), default="mini")
    options.add_argument("--pairs", type=int, default=5)
    given = options.parse_args()
    runs: dict[str, list[Spent]] = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(given.pairs):
            for kind in list(KINDS)[:: 1 if number % 2 == 0 else -1]:
                runs[kind].append(ingest(Path(folder), kind, given.size))
    rows: list[tuple[str, ...]] = [("ingest", "CPU s", "wall s", "CPU to one process", "peak GB of all processes")]
    alone = runs["one process"]
    for kind, found in runs.items():
        ratio = statistics.median(run.cpu / other.cpu for run, other in zip(found, alone, strict=True))
        rows.append(
            (
                kind,
                f"{statistics.median(run.cpu for run in found):.1f}",
                f"{statistics.median(run.wall for run in found):.1f}",
                f"{ratio:.3f}",
                f"{statistics.median(run.together for run in found):.2f}",
            )
        )
    note = f"Season of size {given.size}, {given.pairs} pairs, medians; the ratio is the median over the pairs."
    show("build-process", rows, update=given.update, note=note)


if __name__ == "__main__":
    main()
