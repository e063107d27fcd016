"""A busy day of plays from raw to silver, against `orjson.loads` of the same body in the same process.

usage: python benchmarks/day_of_plays.py [--runs 5]

Prints seconds, their ratio, the share of validation and the peak memory of the process. The body is the simulated
Saturday of a full-size season, cut to 53 MB: the size of the busiest day seen at the real API.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import resource
import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime

import orjson

import tasks.bronze
import tasks.silver
from quality.contracts.plays import PLAYS
from quality.validate import check
from tasks.lake import Lake
from tasks.plan import Request
from tasks.raw import Envelope
from tasks.sandbox import Sandbox, SandboxConfig
from tasks.settings import Settings
from tasks.work import Session

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
    with Session(Settings(source="sandbox"), lake) as session:
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
        tasks.bronze.check = tasks.silver.check = timed  # type: ignore[assignment]
        return seconds(lambda: raw_to_silver(lake)), timed.seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=5)
    runs = parser.parse_args().runs
    data = body()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    pairs = [(run(data), seconds(lambda: orjson.loads(data))) for _ in range(runs)]
    builds, checks = [pair[0][0] for pair in pairs], [pair[0][1] for pair in pairs]
    loads = [pair[1] for pair in pairs]
    ratio = statistics.median(build / load for build, load in zip(builds, loads, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sys.stdout.write(
        f"body {len(data) / 1e6:.1f} MB, {data.count(b'gameSourceId'):,} plays, {runs} runs, medians\n"
        f"raw to silver     {statistics.median(builds):6.2f} s\n"
        f"orjson.loads      {statistics.median(loads):6.2f} s\n"
        f"ratio             {ratio:6.2f}\n"
        f"validation share  {statistics.median(c / b for c, b in zip(checks, builds, strict=True)):6.1%}\n"
        f"peak memory       {peak / 1e6:6.2f} GB (before the builds {before / 1e6:.2f} GB)\n"
    )


if __name__ == "__main__":
    main()
