"""A busy day of plays from raw to silver, against `orjson.loads` of the same body in the same process.

usage: python benchmarks/day_of_plays.py [--runs 5] [--update]

Prints seconds, their ratio, the share of validation and the peak memory of the process. The body is the simulated
Saturday of a full-size season, cut to 53 MB: the size of the busiest day seen at the real API.
"""

from __future__ import annotations

import gc
import hashlib
import resource
import statistics
import tempfile
import time
from datetime import UTC, date, datetime

import orjson
from common import parser, show

import tasks.layers.bronze
import tasks.layers.moved
from quality.contracts.plays import PLAYS
from quality.validate import check
from sandbox import Sandbox, SandboxConfig
from tasks.lake.lake import Lake
from tasks.lake.raw import Envelope
from tasks.requests import Request
from tasks.runs.engine import Engine
from tasks.settings import Settings

DAY = date(2025, 1, 11)
BODY_BYTES = 53_000_000


def body() -> bytes:
    """The day's plays as the API would send them, 53 MB of them."""
    with Sandbox(SandboxConfig(size="full")).client() as client:
        plays = orjson.loads(client.get("/plays/date", params={"date": DAY.isoformat()}).content)
    games = dict.fromkeys(play["gameId"] for play in plays)
    share = BODY_BYTES / len(orjson.dumps(plays))
    kept = set(list(games)[: round(len(games) * share)])
    return orjson.dumps([play for play in plays if play["gameId"] in kept])


def seconds(work: object) -> float:
    """Wall time of a call."""
    gc.collect()
    begun = time.perf_counter()
    work()  # type: ignore[operator]
    return time.perf_counter() - begun


class Timed:
    """Counts the time spent in `check`, wherever it is called from."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, *args: object) -> object:
        """Check, and add the time it took."""
        begun = time.perf_counter()
        try:
            return check(*args)  # type: ignore[arg-type]
        finally:
            self.seconds += time.perf_counter() - begun


def raw_to_silver(lake: Lake) -> None:
    """What a run does with one new response: its bronze and silver partitions."""
    with Engine(Settings(source="sandbox"), lake) as session:
        built = session.build(PLAYS, 2025, lambda report: None)
    assert not built.failed, built.failed


def run(data: bytes) -> tuple[float, float]:
    """Seconds from a kept response to silver, and those of them spent in validation."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake.open(f"{folder}/lake", create=True)
        request = Request(PLAYS.name, (("date", DAY),), 2025)
        envelope = Envelope(
            PLAYS.name,
            {"date": DAY.isoformat()},
            2025,
            "benchmark",
            200,
            datetime.now(UTC).isoformat(),
            0.0,
            data.count(b'"gameSourceId"'),
            hashlib.sha256(data).hexdigest(),
            len(data),
            None,
            "benchmark",
        )
        lake.raw.put(request, envelope, data)
        timed = Timed()
        tasks.layers.bronze.check = tasks.layers.moved.check = timed  # type: ignore[assignment]
        return seconds(lambda: raw_to_silver(lake)), timed.seconds


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--runs", type=int, default=5)
    given = options.parse_args()
    data = body()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pairs = [(run(data), seconds(lambda: orjson.loads(data))) for _ in range(given.runs)]
    builds, checks = [pair[0][0] for pair in pairs], [pair[0][1] for pair in pairs]
    loads = [pair[1] for pair in pairs]
    ratio = statistics.median(build / load for build, load in zip(builds, loads, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    share = statistics.median(c / b for c, b in zip(checks, builds, strict=True))
    rows = [
        ("what", "measured", "to orjson.loads"),
        ("orjson.loads", f"{statistics.median(loads):.2f} s", "1.00"),
        ("raw to silver", f"{statistics.median(builds):.2f} s", f"{ratio:.2f}"),
        ("of that, validation", f"{statistics.median(checks):.2f} s", f"{share:.1%} of raw to silver"),
        ("peak memory", f"{peak / 1e6:.2f} GB", ""),
        ("of that, before the builds", f"{before / 1e6:.2f} GB", ""),
    ]
    plays = data.count(b"gameSourceId")
    note = f"Body of {len(data) / 1e6:.1f} MB with {plays:,} plays, {given.runs} runs, medians, one process."
    show("day-of-plays", rows, update=given.update, note=note)


if __name__ == "__main__":
    main()
