"""Leases: one process has a dataset at a time, whatever clocks, crashes and lost replies do."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from obstore.store import LocalStore, ObjectStore

from tasks.errors import LeaseLost
from tasks.lake import leases as under_test
from tasks.lake._numbered import KEPT_SECONDS, NumberedFiles
from tasks.lake.lake import Lake
from tasks.lake.leases import CLOCK_TOLERANCE, LASTS_SECONDS, MARGIN_SECONDS, Leases, in_words, lease_name
from tasks.lake.places import LEASES
from tests.support.s3 import BUCKET, Aws, AwsFault
from tests.support.tables import S2025, TOYS, present, toys

NAME = lease_name("games", 2025)
OTHER = lease_name("lines", 2025)


@dataclass
class Time:
    """A steady clock and a wall clock that a test moves."""

    seconds: float = 1000.0
    start: datetime = field(default_factory=lambda: datetime.now(UTC))

    def steady(self) -> float:
        return self.seconds

    def wall(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds - 1000.0)


def run_of(store: ObjectStore, time: Time, name: str = "a run", machine: str | None = None) -> Leases:
    """Leases of a run that renews when the test says so; on another machine, if one is named."""
    made = Leases(NumberedFiles(store, LEASES, time.steady), name, time.wall, renewing=False)
    if machine is not None:
        own = made._as_holder
        made._as_holder = lambda *given: replace(own(*given), machine=machine)  # type: ignore[method-assign]
    return made


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectStore]:
    """The store of an empty lake in a folder, and of one on S3."""
    if request.param == "folder":
        yield LocalStore(tmp_path)
        return
    with Aws() as server:
        server.environment(monkeypatch)
        yield Lake.open(f"s3://{BUCKET}/{tmp_path.name}/lake", create=True).raw.store


@pytest.fixture
def time() -> Time:
    return Time()


def files(store: ObjectStore) -> list[str]:
    return sorted(meta["path"] for batch in store.list(LEASES) for meta in batch)


def test_a_lease_is_held_by_one_run_until_it_is_released(store: ObjectStore, time: Time):
    first, second = run_of(store, time, "the first"), run_of(store, time, "the second")
    lease = first.take(NAME)
    assert lease is not None
    assert second.take(NAME) is None
    assert "run the first" in (second.who(NAME) or "")
    assert (second.take(OTHER) is not None, first.take(OTHER)) == (True, None)
    first.release(lease)
    assert second.who(NAME) is None
    taken = second.take(NAME)
    assert taken is not None
    assert taken.number > lease.number, "numbers never come again"
    assert first.take(NAME) is None


def test_the_end_of_a_run_releases_what_it_holds(store: ObjectStore, time: Time):
    with run_of(store, time) as first:
        assert first.take(NAME)
        assert first.take(OTHER)
    second = run_of(store, time)
    assert second.take(NAME)
    assert second.take(OTHER)


def test_of_many_that_ask_at_once_one_gets_it(tmp_path: Path, time: Time):
    """Trap: to look and then to write are two steps, and two runs can look before either writes."""
    runs, together = [run_of(LocalStore(tmp_path), time, str(number)) for number in range(8)], Barrier(8)

    def ask(run: Leases) -> bool:
        together.wait()
        return run.take(NAME) is not None

    with ThreadPoolExecutor(8) as pool:
        for _ in range(20):
            assert sum(pool.map(ask, runs)) == 1
            for run in runs:
                run.__exit__(None, None, None)


def test_a_renewed_lease_is_never_taken_and_a_silent_one_is_after_its_time(store: ObjectStore, time: Time):
    holder, waiting = run_of(store, time, machine="another"), run_of(store, time)
    lease = holder.take(NAME)
    assert lease is not None
    for _ in range(10):
        assert waiting.take(NAME) is None
        time.seconds += LASTS_SECONDS / 3
        holder.renew()
        lease.check()
    time.seconds += LASTS_SECONDS / 2
    assert waiting.take(NAME) is None, "first seen at this moment"
    time.seconds += LASTS_SECONDS + MARGIN_SECONDS - 1
    assert waiting.take(NAME) is None
    time.seconds += 1
    assert waiting.take(NAME) is not None
    with pytest.raises(LeaseLost, match=r"games 2025: .* another run has taken it"):
        lease.check()
    holder.renew()
    holder.release(lease)
    assert run_of(store, time).take(NAME) is None, "a late release is not that of the new holder"


def test_a_holder_that_was_suspended_goes_on_if_nobody_took_its_lease(store: ObjectStore, time: Time):
    holder = run_of(store, time, machine="another")
    lease = holder.take(NAME)
    assert lease is not None
    time.seconds += 10 * LASTS_SECONDS
    lease.check()
    holder.renew()
    assert run_of(store, time).take(NAME) is None


@pytest.mark.parametrize("minutes", [-14, 0, 14])
def test_wall_clocks_that_differ_within_the_tolerance_take_no_lease_away(tmp_path: Path, time: Time, minutes: int):
    """Trap: an expiry that one machine writes and another one reads by a clock of its own."""
    holder = run_of(LocalStore(tmp_path), time, machine="another")
    waiting = run_of(LocalStore(tmp_path), Time(time.seconds, time.start + timedelta(minutes=minutes)))
    assert holder.take(NAME)
    assert waiting.take(NAME) is None


def test_a_lease_of_another_machine_that_is_long_over_is_taken_at_once(store: ObjectStore, time: Time):
    assert run_of(store, time, machine="gone").take(NAME)
    later = Time(time.seconds, time.start + CLOCK_TOLERANCE + timedelta(seconds=2 * LASTS_SECONDS))
    assert run_of(store, later).take(NAME)


def test_a_lease_of_a_process_that_was_killed_is_free_at_once(tmp_path: Path, time: Time):
    code = (
        "import sys; from obstore.store import LocalStore; from tasks.lake.leases import Leases\n"
        f"Leases.of(LocalStore({str(tmp_path)!r}), 'a killed run').take({NAME!r}); print('held', flush=True)\n"
        "sys.stdin.read()"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        run = run_of(LocalStore(tmp_path), time)
        assert run.take(NAME) is None
        assert "a killed run" in (run.who(NAME) or "")
        process.send_signal(signal.SIGKILL)
        process.wait()  # a process that nobody has waited for counts as ended, too: see the next test
        assert run.take(NAME) is not None


def test_a_process_that_has_ended_and_keeps_its_id_has_ended(tmp_path: Path):
    """Trap: `kill -0` finds a zombie, and finds another process that has got the same id."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        born = under_test.birth(process.pid)
        assert under_test.is_alive(process.pid, born)
        if born:
            assert not under_test.is_alive(process.pid, f"{born}0")
        process.kill()
        while under_test.is_alive(process.pid, born):
            pass
        process.wait()
    assert not under_test.is_alive(process.pid, born)


def test_what_a_dead_process_left_half_written_expires(store: ObjectStore, time: Time):
    store.put(f"{LEASES}/{NAME}/00000001.json", b'{"token": "to')
    run = run_of(store, time)
    assert run.take(NAME) is None
    assert run.who(NAME) == "a run that cannot be named"
    time.seconds += LASTS_SECONDS + MARGIN_SECONDS
    assert run.take(NAME) is not None


def test_a_lost_reply_does_not_lose_the_lease(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, time: Time):
    """Trap: S3 made the object and its reply was lost; the client asks again, and the object exists."""
    with Aws() as server:
        server.environment(monkeypatch)
        run = run_of(Lake.open(f"s3://{BUCKET}/{tmp_path.name}/lake", create=True).raw.store, time)
        server.script(AwsFault("lost", "PUT", LEASES))
        assert run.take(NAME) is not None


def test_on_s3_a_dataset_costs_two_requests_and_a_season_one_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, time: Time
):
    with Aws() as server:
        server.environment(monkeypatch)
        run = run_of(Lake.open(f"s3://{BUCKET}/{tmp_path.name}/lake", create=True).raw.store, time)
        server.log.clear()
        for number in range(10):
            lease = run.take(lease_name(f"dataset_{number}", 2025))
            assert lease is not None
            lease.check()
            run.release(lease)
        assert [method for method, _ in server.log] == ["GET"] + ["PUT"] * 20


def test_a_process_that_was_stopped_before_it_wrote_does_not_believe_an_old_listing(tmp_path: Path, time: Time):
    """Trap: the number that it saw as the next one has been used, replaced and deleted since."""
    slow, fast = run_of(LocalStore(tmp_path), time), run_of(LocalStore(tmp_path), time)
    look = slow.files.listing("season=2025")
    for _ in range(3):
        lease = fast.take(NAME)
        assert lease is not None
        fast.release(lease)
    assert fast.take(NAME)
    (tmp_path / LEASES / NAME / "00000001.json").unlink()
    time.seconds += KEPT_SECONDS
    assert not slow.files.create(NAME, 1, b"late", look.at)


def test_files_that_were_replaced_long_ago_are_deleted_and_the_one_in_force_never(tmp_path: Path, time: Time):
    store, old = LocalStore(tmp_path), datetime.now(UTC).timestamp() - KEPT_SECONDS - 60
    run = run_of(store, time)
    for _ in range(5):
        lease = run.take(NAME)
        assert lease is not None
        run.release(lease)
    assert run.take(OTHER)
    assert len(files(store)) == 11
    for path in tmp_path.rglob("*.json"):
        if OTHER not in str(path):
            os.utime(path, (old, old))
    again = run_of(store, time)
    assert again.take(NAME)
    assert files(store) == [f"{LEASES}/{NAME}/{number:08d}.json" for number in (10, 11)] + [
        f"{LEASES}/{OTHER}/00000001.json"
    ]


def test_a_run_that_lost_its_lease_commits_nothing(lake: Lake, time: Time):
    """Trap: a process wakes up after another one has taken over, and publishes what it had made before."""
    holder = run_of(lake.raw.store, time, machine="another")
    lease = holder.take(NAME)
    assert lease is not None
    lake.held = (lease,)
    with lake.replace(TOYS, S2025, "first") as out:
        out.add(toys(2025, 1))
    copy = pickle.loads(pickle.dumps(lease))
    other = run_of(lake.raw.store, time)
    assert other.take(NAME) is None
    time.seconds += LASTS_SECONDS + MARGIN_SECONDS
    copy.valid_until = lease.valid_until = time.seconds
    assert other.take(NAME)
    with pytest.raises(LeaseLost), lake.replace(TOYS, S2025, "second") as out:
        out.add(toys(2025, 2))
    assert present(lake) == [1]
    copy.files = lease.files
    with pytest.raises(LeaseLost):
        copy.check()


def test_a_thread_renews_while_the_work_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(under_test, "RENEWED_SECONDS", 0.001)
    with Leases.of(LocalStore(tmp_path), "a run") as run:
        lease = run.take(NAME)
        assert lease is not None
        while lease.number < 5:
            pass
        lease.check()
    assert Leases.of(LocalStore(tmp_path), "the next").take(NAME)


def test_names_as_people_say_them():
    assert in_words(lease_name("games", 2025)) == "games 2025"
    assert in_words(lease_name("venues", None)) == "venues"
