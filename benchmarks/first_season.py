"""The first ingest of a season by step, without the time that the simulated API takes to answer.

usage: python benchmarks/first_season.py [--size full] [--until 2025-02-03] [--answers FOLDER]

The ingest is made twice into an empty lake: first to compute and keep the answers, then, measured in one process, with
these answers at hand. The baseline parses the bodies of the same plays and keeps nothing. With --answers, the answers
are kept in a folder, and a later measurement of the same size and day takes them from there.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import orjson
from common import parser, show
from daily_increment import MAIN, PREFECT, START, Steps, ingest

from quality.contracts.plays import FCT_PLAYS, PLAYS
from tasks.lake.lake import Lake

OF_PLAYS = (PLAYS.bronze, FCT_PLAYS.qualified)  # steps that the baseline is compared with
NOT_OURS = (START, PREFECT)


def baseline(lake: Lake) -> float:
    """CPU seconds of parsing the bodies of all plays of a lake."""
    spent = 0.0
    for item in lake.raw.objects(PLAYS.name):
        _, body = lake.raw.body(item.path)
        begun = time.process_time()
        orjson.loads(body)
        spent += time.process_time() - begun
    return spent


def rows(steps: Steps, parsed: float) -> list[tuple[str, ...]]:
    """The table: the baseline, the steps from the longest to the shortest, those that are short together, and all."""
    long = sorted((name for name in steps if steps[name] >= MAIN), key=lambda name: -steps[name])
    total, plays = sum(steps.values()), sum(steps.get(name, 0.0) for name in OF_PLAYS)
    ours = total - plays - sum(steps.get(name, 0.0) for name in NOT_OURS)
    found = [(name, steps[name]) for name in long]
    found += [("all others", total - sum(steps[name] for name in long)), ("all", total)]
    return [
        ("step", "CPU s", "share of all", "to orjson.loads of plays"),
        ("orjson.loads of plays", f"{parsed:.2f}", "not part", "1.00"),
        (" and ".join(OF_PLAYS), f"{plays:.2f}", f"{plays / total:.1%}", f"{plays / parsed:.2f}"),
        ("all other steps of ours", f"{ours:.2f}", f"{ours / total:.1%}", f"{ours / parsed:.2f}"),
        *((name, f"{spent:.2f}", f"{spent / total:.1%}", "") for name, spent in found),
    ]


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--size", choices=("mini", "full"), default="mini")
    options.add_argument("--until", type=datetime.fromisoformat, default=datetime(2025, 6, 1), help="day of the run")  # noqa: DTZ001
    options.add_argument("--answers", type=Path, help="folder in which the answers are kept for later measurements")
    given = options.parse_args()
    now = given.until.replace(hour=12, tzinfo=UTC)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        answers, file = given.answers or folder / "answers", folder / "steps.json"
        if not answers.exists():
            ingest(folder / "first", now, given.size, "benchmarks/kept_answers.py", answers)
            shutil.rmtree(folder / "first")
        spent = ingest(
            folder / "lake", now, given.size, "benchmarks/steps.py", answers, file, CBBD_BUILD_PROCESS="false"
        )
        table = rows(json.loads(file.read_text()), baseline(Lake.open(folder / "lake")))
    note = f"Season of size {given.size} up to {now:%d %B %Y}, everything in one process; peak {spent.peak:.2f} GB."
    show("first-season", table, update=given.update, note=note)


if __name__ == "__main__":
    main()
