"""Ways to break the pipeline on purpose, to see that the fault tests notice. `CBBD_TEST_MUTATION` names one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import obstore

from quality.validate import Checked, Report, empty_quarantine
from tasks.crash import failpoint
from tasks.lake.raw import RawStore
from tasks.lake.replacement import Replacement
from tasks.layers import silver


def torn_commit() -> None:
    """The old rows go in one commit and the new ones come in another, data file by data file."""

    def commit(self: Any) -> None:
        self._target = self._target.refresh()
        if self._target.current_snapshot() is not None:
            self._target.delete(self._part.filter(self._table))
        failpoint("torn")
        for file in self._files:
            with self._target.transaction() as transaction, transaction.update_snapshot().fast_append() as snapshot:
                snapshot.append_data_file(file)
        with self._target.transaction() as transaction:
            transaction.set_properties({f"cbbd.inputs.{self._part}": self.inputs or ""})

    Replacement._commit = commit  # type: ignore[method-assign]


def fingerprint_first() -> None:
    """A partition is said to be built before it is."""
    commit = Replacement._commit

    def wrong_way_round(self: Any) -> None:
        if self.inputs is not None:
            with self._target.transaction() as transaction:
                transaction.set_properties({f"cbbd.inputs.{self._part}": self.inputs})
            self._target = self._target.refresh()
        failpoint(f"{self._table.layer}.between")
        commit(self)

    Replacement._commit = wrong_way_round  # type: ignore[method-assign]


def ledger_first() -> None:
    """The raw object gets its name first and its content afterwards."""
    put = RawStore.put

    def early(self: Any, request: Any, envelope: Any, body: bytes, *, good: bool = True) -> Any:
        stamp = envelope.fetched_at.replace("-", "").replace(":", "").replace(".", "")[:21].replace("+", "")
        name = f"raw/{request.folder}/{stamp}Z-{envelope.sha256[:8]}.json.zst"
        obstore.put(self.store, name, body[: len(body) // 2])
        failpoint("named")
        obstore.delete(self.store, name)
        return put(self, request, envelope, body, good=good)

    RawStore.put = early  # type: ignore[method-assign]


def no_deduplication() -> None:
    """Rows that come twice stay twice, and nothing checks that keys are unique."""
    silver.without_repeats = lambda rows, *_: rows
    silver._newest = lambda rows, version: rows
    silver.check = lambda rows, table, rules=(): Checked(
        table, rows, empty_quarantine(), Report(table, rows.height, rows.height, 0, {})
    )


def sigterm_in_silver() -> None:
    """No defect but a moment: SIGTERM comes while silver is written."""
    commit = Replacement._commit

    def told(self: Any) -> None:
        if self._table.layer == "silver":
            os.kill(os.getpid(), signal.SIGTERM)
        commit(self)

    Replacement._commit = told  # type: ignore[method-assign]


MUTATIONS: dict[str, Callable[[], None]] = {
    item.__name__: item for item in (torn_commit, fingerprint_first, ledger_first, no_deduplication, sigterm_in_silver)
}


def apply_from_environment() -> None:
    if name := os.environ.get("CBBD_TEST_MUTATION"):
        MUTATIONS[name]()
