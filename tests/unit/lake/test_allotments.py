"""One ledger of the month's calls: runs at the same time do not spend the reserve, in whatever order things happen."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from obstore.store import LocalStore, MemoryStore

from tasks.lake import allotments as under_test
from tasks.lake._numbered import NumberedFiles
from tasks.lake.allotments import LARGEST, SILENCE, Allotment, Allotments

MONTH, RESERVE = "2025-03", 20
# Bursts of one run, as in a process that the system lets work for a while.
KINDS = st.sampled_from(["call", "call and answer", "answer", "end", "die"])
EVENTS = st.lists(st.tuples(KINDS, st.integers(0, 2), st.integers(1, 8)), max_size=40)


@dataclass
class Account:
    """The API's own count, and the newest response that is in the lake."""

    left: int
    known: int | None = None

    def call(self) -> int:
        self.left -= 1
        return self.left


class Run:
    """A run as the client is: calls in flight, and the number of the newest response."""

    def __init__(self, store: MemoryStore, account: Account) -> None:
        self.allotments, self.account = Allotments(NumberedFiles(store, "leases")), account
        self.may_start, self.answers, self.remaining = 0, list[int](), account.known

    def call(self) -> None:
        if self.remaining is None and self.answers:
            return  # the first call goes alone
        if not self.may_start:
            self.may_start = self.allotments.take(MONTH, self.remaining, len(self.answers), RESERVE)
        if self.may_start and (self.remaining is None or self.remaining - len(self.answers) > RESERVE):
            self.may_start -= 1
            self.answers.append(self.account.call())

    def answer(self) -> None:
        if self.answers:
            self.remaining = self.account.known = self.answers.pop(0)

    def end(self) -> None:
        while self.answers:
            self.answer()
        self.allotments.give_back(self.remaining)


# A run dies while another one has a call in flight: its response does not have the calls of the dead run.
BESIDE_A_CALL = [("call and answer", 1, 1), ("call", 1, 1), ("call", 0, 1), ("die", 0, 1), ("call and answer", 1, 2)]


@settings(max_examples=400)
@given(events=EVENTS, spendable=st.integers(3, 40))
@example(events=BESIDE_A_CALL, spendable=3)
def test_no_order_of_calls_answers_ends_and_deaths_spends_the_reserve(
    events: list[tuple[str, int, int]], spendable: int
):
    """Trap: each run counts its own calls in flight only, so each of them spends the last calls above the reserve."""
    store, account = MemoryStore(), Account(RESERVE + spendable)
    runs = [Run(store, account) for _ in range(3)]  # each may make one call before it knows how many are left
    for event, number in ((event, number) for event, number, times in events for _ in range(times)):
        if event == "die" and account.known is None:
            continue  # a run that makes a first call and dies, again and again, learns nothing
        if event == "die":  # nothing is returned, and nobody knows of its calls in flight
            own = runs[number].allotments
            _declare_dead(own)
            runs[number] = Run(store, account)
        elif event == "end":
            runs[number].end()
            runs[number] = Run(store, account)
        for step in event.split(" and ") if event not in {"die", "end"} else ():
            getattr(runs[number], step)()
        assert account.left >= RESERVE


def _declare_dead(allotments: Allotments) -> None:
    """Its allotment becomes that of a process that has ended."""
    if allotments._written is None:
        return
    files, name = allotments.files, f"calls/{MONTH}"
    look = files.listing(name)
    known = allotments._read(name, look.newest[name].number)
    if allotments._token in known.allotments:
        known.allotments[allotments._token] = replace(known.allotments[allotments._token], born="never", pid=2**22 + 1)
        assert files.create(name, look.newest[name].number + 1, under_test.orjson.dumps(known), look.at)


def test_a_run_alone_may_spend_all_above_the_reserve_and_nothing_below():
    run = Run(MemoryStore(), Account(RESERVE + 40))
    for _ in range(60):
        run.call()
        run.answer()
    assert run.account.left == RESERVE


def test_runs_together_leave_nothing_unspent_that_is_above_the_reserve():
    """Trap: an allotment that is kept by a run which does not use it."""
    store, account = MemoryStore(), Account(RESERVE + 500)
    runs = [Run(store, account) for _ in range(3)]
    for _ in range(400):
        for run in runs:
            run.call()
            run.answer()
    for run in runs:
        run.end()
    last = Run(store, account)
    for _ in range(20):
        last.call()
        last.answer()
    assert account.left == RESERVE


def test_a_slice_is_bounded_and_a_new_month_has_a_ledger_of_its_own():
    files = NumberedFiles(MemoryStore(), "leases")
    assert Allotments(files).take(MONTH, 100_000, 0, RESERVE) == LARGEST
    assert Allotments(files).take("2025-04", RESERVE + 1, 0, RESERVE) == 1
    other = Allotments(files)
    other.take(MONTH, RESERVE + LARGEST, 0, RESERVE)
    assert other.elsewhere == LARGEST


def test_an_operator_who_buys_calls_is_not_held_to_the_old_number():
    """Trap: the smaller of two numbers is kept for the rest of the month."""
    files = NumberedFiles(MemoryStore(), "leases")
    first = Allotments(files)
    first.take(MONTH, RESERVE + 1, 0, RESERVE)
    first.give_back(RESERVE)
    assert Allotments(files).take(MONTH, 20_000, 0, RESERVE) == LARGEST


def test_the_slice_of_a_process_that_was_killed_is_free_after_the_next_response(tmp_path: Path):
    code = (
        "from obstore.store import LocalStore; from tasks.lake._numbered import NumberedFiles\n"
        "from tasks.lake.allotments import Allotments\n"
        f"Allotments(NumberedFiles(LocalStore({str(tmp_path)!r}), 'leases')).take({MONTH!r}, 120, 0, 20)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    run = Allotments(NumberedFiles(LocalStore(tmp_path), "leases"))
    run.take(MONTH, 120, 0, RESERVE)
    assert run.elsewhere == LARGEST, "its calls may not be in the number yet"
    run.take(MONTH, 119, 0, RESERVE)
    assert run.elsewhere == 0


@pytest.mark.parametrize(("age", "elsewhere"), [(SILENCE - timedelta(minutes=1), 7), (SILENCE * 1.01, 0)])
def test_the_slice_of_a_run_on_another_machine_counts_for_some_hours(age: timedelta, elsewhere: int):
    files, now = NumberedFiles(MemoryStore(), "leases"), datetime.now(UTC)
    gone = Allotment(7, "another machine", 1, "", now - age)
    name = f"calls/{MONTH}"
    files.create(name, 1, under_test.orjson.dumps(under_test.Ledger(500, {"gone": gone})), files.clock())
    run = Allotments(files)
    run.take(MONTH, 500, 0, RESERVE)
    assert run.elsewhere == elsewhere
