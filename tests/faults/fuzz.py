"""Input of every kind, made at random: nothing but our errors may come of it, in time, and only inside of the lake.

`make fuzz` searches for an hour; CI tries a few of each kind. A find is printed as the smallest input that shows it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import zstandard
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quality.dataset import Endpoint, registry
from tasks.completeness.due import todo
from tasks.errors import PipelineError
from tasks.lake.lake import Lake
from tasks.layers.earlier import Answered
from tasks.layers.inspection import inspect
from tasks.layers.overrides import read
from tasks.layers.policy import BuildPolicy
from tasks.requests import season_requests
from tasks.runs.engine import require_source
from tasks.runs.history import Runs, mend_runs
from tasks.runs.summary import RUNS, RunSummary
from tasks.settings import load_settings, variables
from tests.faults.fuzz_values import NASTY, as_json, changed, damaged, replies
from tests.support.lakes import NOON, assert_conserved, build, envelope_of, new_lake
from tests.support.records import record
from tests.support.toy_api import Script, ask

SECONDS = 60  # for one input: all of them are small
DATASETS = ("games", "game_teams", "game_players", "lines", "rankings", "rosters")
UNEXPECTED = re.compile(r"unexpected \w+ at ")  # how `tasks.errors.unexpected` begins


@cache
def records(name: str) -> list[dict[str, Any]]:
    """Some records of an endpoint, good ones."""
    return [record(registry().endpoints[name].record, number) for number in range(1, 6)]


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, list[bytes]]:
    """A dataset, and one to three bodies that arrive for its first request."""
    name = draw(st.sampled_from(DATASETS))
    body = changed(records(name)).map(as_json).flatmap(damaged)
    return name, draw(st.lists(body, min_size=1, max_size=3))


def take_bodies(case: tuple[str, list[bytes]], folder: Path) -> None:
    """Bodies through the check, raw, bronze and silver. Each row is counted, each failure is named."""
    name, arriving = case
    endpoint, lake = registry().endpoints[name], new_lake(folder / "lake")
    season = _season(endpoint)
    for number, body in enumerate(arriving):
        request = season_requests(endpoint, season)[0] if season else todo(None, endpoint, None, NOON).due[0]
        envelope = envelope_of(request, body, NOON + timedelta(days=number), records=0)
        earlier = Answered.of(lake, endpoint, season).before(request, envelope.sha256)
        found = inspect(endpoint, request, envelope, body, earlier=earlier)
        lake.raw.put(request, found.envelope, body, good=found.defect is None)
    _build(lake, endpoint)


def _named(error: PipelineError) -> None:
    assert str(error).strip(), "an error without a message"


def _season(endpoint: Endpoint) -> int | None:
    return 2025 if any(param.name in {"season", "year"} for param in endpoint.params) else None


def _build(lake: Lake, endpoint: Endpoint) -> None:
    done = build(lake, endpoint, _season(endpoint))
    assert not [reason for _, reason in done.failed if UNEXPECTED.search(reason)], done.failed
    for report in done.reports:
        assert_conserved(report)


def take_replies(case: list[tuple[int, dict[str, str], bytes]], folder: Path) -> None:
    """Status lines, headers and bodies through the client, on virtual time."""
    del folder
    script = Script(*(lambda _, reply=reply: _response(*reply) for reply in case))  # type: ignore[misc]
    try:
        ask(script)
    except PipelineError as error:
        _named(error)
    assert len(script.asked) <= 5


def _response(status: int, headers: dict[str, str], body: bytes) -> httpx.Response:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    return httpx.Response(status, headers=raw, stream=httpx.ByteStream(body))


GOOD = as_json(records("rankings"))


@st.composite
def objects(draw: st.DrawFn) -> bytes:
    """The file of a raw object, damaged, or with an envelope that says something else."""
    endpoint = registry().endpoints["rankings"]
    envelope = json.loads(json.dumps(vars(envelope_of(season_requests(endpoint, 2025)[0], GOOD))))
    packed = zstandard.ZstdCompressor(3, write_checksum=True).compress
    if draw(st.booleans()):
        return packed(as_json(draw(changed(envelope))) + b"\n") + packed(draw(damaged(GOOD)))
    return draw(damaged(packed(as_json(envelope) + b"\n") + packed(GOOD)))


def take_object(case: bytes, folder: Path) -> None:
    """A raw object whose file is no longer what was written: the plan and the build go on, or name it."""
    endpoint, lake = registry().endpoints["rankings"], new_lake(folder / "lake")
    request = season_requests(endpoint, 2025)[0]
    kept = lake.raw.put(request, envelope_of(request, GOOD), GOOD)
    (folder / "lake/raw" / kept.path).write_bytes(case)
    try:
        todo(lake, endpoint, 2025, NOON)
    except PipelineError as error:
        _named(error)
    _build(lake, endpoint)


SUMMARY = RunSummary(
    run_id="20250601T120000Z-0000", flow="ingest", started_at=NOON, lake="lake", source={"source": "test"},
    parameters={"season": 2025},
).model_dump(mode="json")  # fmt: skip


def take_summary(case: bytes, folder: Path) -> None:
    """The summary of an earlier run that is not what a run writes."""
    lake = new_lake(folder / "lake")
    for number in (1, 2):
        place = folder / "lake" / RUNS / f"20250601T12000{number}Z-0000.json"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(case if number == 1 else as_json(SUMMARY))
    Runs.of(lake).mark_unfinished(lake)
    mend_runs(lake)
    assert not Runs.of(lake).unreadable


ENVIRONMENT = st.dictionaries(
    st.sampled_from([*variables(), "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"]),
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=30)
    | st.sampled_from([str(value) for value in NASTY if "\x00" not in str(value)])
    | st.sampled_from(["plays.wallclock=discard", "games.season=discard", "socks5://h:1", "http://", "/nope", "~"]),
    max_size=4,
)


def take_environment(case: dict[str, str], folder: Path) -> None:
    """Settings from variables: read, or refused in one line."""
    kept = dict(os.environ)
    for name in (*variables(), "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        os.environ.pop(name, None)
    try:
        os.environ.update(case)
        found = load_settings()
        BuildPolicy.of(found)
        require_source(found)
    except PipelineError as error:
        _named(error)
    finally:
        os.environ.clear()
        os.environ.update(kept)
    assert not (folder / "lake").exists(), "a check must not make a lake"


OVERRIDES = [{"table": "silver.fct_games", "key": {"game_id": 1}, "column": "home_points", "old": 1, "new": 2,
              "reason": "a test"}]  # fmt: skip


def take_overrides(case: bytes, folder: Path) -> None:
    """A file of overrides."""
    (folder / "overrides.yaml").write_bytes(case)
    try:
        read(folder / "overrides.yaml")
    except PipelineError as error:
        _named(error)


def take_marker(case: bytes, folder: Path) -> None:
    """A lake whose lake.json is not what was written."""
    new_lake(folder / "lake")
    (folder / "lake/lake.json").write_bytes(case)
    try:
        lake = Lake.open(folder / "lake")
        lake.marker()
        lake.claim({"source": "test"})
    except PipelineError as error:
        _named(error)


@dataclass(frozen=True)
class Target:
    """A kind of input, and what takes it, in a folder of its own."""

    cases: st.SearchStrategy[Any]
    take: Callable[[Any, Path], None]


TARGETS = {
    "bodies": Target(bodies(), take_bodies),
    "replies": Target(replies, take_replies),
    "objects": Target(objects(), take_object),
    "summaries": Target(changed(SUMMARY).map(as_json).flatmap(damaged), take_summary),
    "settings": Target(ENVIRONMENT, take_environment),
    "overrides": Target(changed(OVERRIDES).map(as_json).flatmap(damaged), take_overrides),
    "markers": Target(changed({"source": "test"}).map(as_json).flatmap(damaged), take_marker),
}


class Hung(Exception):
    """An input took longer than it may."""


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """End what does not end by itself."""

    def ring(*_: object) -> None:
        raise Hung(f"still at it after {seconds} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def take(target: Target, case: Any) -> None:
    """One input, in time, without a trace outside of its folder."""
    with tempfile.TemporaryDirectory(prefix="cbbd-fuzz-") as place, within(SECONDS):
        outside = Path(place)
        (outside / "witness").write_text("untouched")
        (outside / "inside").mkdir()
        target.take(case, outside / "inside")
        assert {path.name for path in outside.iterdir()} == {"witness", "inside"}
        assert (outside / "witness").read_text() == "untouched"


def search(name: str, examples: int) -> None:
    """Try so many inputs of one kind; the smallest that shows a fault is raised with its error."""
    target = TARGETS[name]
    quiet = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]

    @settings(max_examples=examples, deadline=None, suppress_health_check=quiet, print_blob=False)
    @given(target.cases)
    def every(case: Any) -> None:
        take(target, case)

    every()


def main() -> int:
    """Search for some minutes in all targets in turn, and print how many inputs were tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--only", choices=TARGETS, nargs="*", default=list(TARGETS))
    options = parser.parse_args()
    end, tried, finds = time.monotonic() + 60 * options.minutes, dict.fromkeys(options.only, 0), list[str]()
    while time.monotonic() < end and len(finds) < 10:
        for name in options.only:
            try:
                search(name, 50)
            except Exception as error:  # noqa: BLE001  a find
                finds.append(f"{name}: {type(error).__name__}: {error}")
                sys.stdout.write("\n".join([finds[-1], *getattr(error, "__notes__", ()), ""]))
            tried[name] += 50
    sys.stdout.write(json.dumps({"minutes": options.minutes, "inputs": tried, "finds": len(finds)}) + "\n")
    return bool(finds)


if __name__ == "__main__":
    raise SystemExit(main())
