"""Replaces a part of a table: data files are staged one after the other, then committed in one step."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import polars as pl
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import BooleanExpression
from pyiceberg.expressions.visitors import ROWS_MUST_MATCH, _StrictMetricsEvaluator
from pyiceberg.manifest import DataFile
from pyiceberg.table import Table as IcebergTable
from pyiceberg.table import Transaction
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.update.snapshot import _FastAppendFiles, _OverwriteFiles

from quality.dataset import Table
from quality.validate import Checked
from tasks.crash import failpoint
from tasks.errors import ContractViolation, LakeConflict, Overtaken
from tasks.lake._data_files import data_files
from tasks.lake._hints import point_to
from tasks.lake.iceberg import Part, PartitionKey, to_arrow
from tasks.lake.leases import Lease
from tasks.lake.storage import explaining_storage_errors

INPUTS = "cbbd.inputs."  # prefix of a table property: the fingerprint of a partition's inputs
DAYS = "cbbd.days."  # prefix of a table property: the days of a month, with their inputs (tasks/layers/_days.py)
COMMIT_ATTEMPTS = 8
FIRST_WAIT_SECONDS = 0.1  # maximum of a random wait after a conflict, doubled each time


@dataclass(frozen=True)
class FilesOf:
    """A partition without some of its data files. A commit that replaces it leaves those as they are.

    As text it is the partition, whose fingerprint the commit stores.

    Attributes:
        kept: names of the files that stay.
    """

    key: PartitionKey
    kept: frozenset[str]

    def __str__(self) -> str:
        return str(self.key)

    def filter(self, table: Table) -> BooleanExpression:
        """Iceberg filter that selects the whole partition."""
        return self.key.filter(table)

    def holds(self, table: Table) -> pl.Expr:
        """Polars predicate for rows of the partition."""
        return self.key.holds(table)


class _Transaction(Transaction):
    """A transaction that applies its updates once.

    PyIceberg applies them each time that a step of it reads the metadata, to a copy of all versions of the table. That
    was twenty times in a commit, and most of its time.
    """

    _applied: tuple[object, TableMetadata] | None = None

    @property
    def table_metadata(self) -> TableMetadata:
        """The metadata with the updates so far."""
        if self._applied is None or self._applied[0] is not self._updates:
            self._applied = self._updates, super().table_metadata
        return self._applied[1]


class Replacement:
    """Stages the new content of one partition and commits it as a whole. On an error nothing changes.

    Args:
        held: leases that are checked before each attempt to commit.

    Attributes:
        inputs: fingerprint stored with the data; it may be set until the end.
        may_be_empty: allow no rows to replace existing rows; otherwise that is refused.
        days: what is stored about the pieces of the part; None removes what an earlier commit has stored.
        files: the staged data files.
        forget: remove the fingerprint of the part, too.
    """

    def __init__(
        self,
        target: IcebergTable,
        table: Table,
        part: Part,
        inputs: str | None,
        attempts: int = COMMIT_ATTEMPTS,
        held: Sequence[Lease] = (),
    ) -> None:
        self._target = target
        self._table = table
        self._part = part
        self.inputs = inputs
        self.may_be_empty = inputs is None
        self.days: str | None = None
        self.forget = False
        self._attempts = attempts
        self._held = held
        self._before = self._published()
        self.files: list[DataFile] = []
        self.rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            failpoint(f"{self._table.layer}.staged")
            self._commit()
            failpoint(f"{self._table.layer}.committed")

    def _published(self) -> str | None:
        """Fingerprint of the part in the loaded version of the table."""
        return self._target.properties.get(f"{INPUTS}{self._part}")

    @explaining_storage_errors
    def add(self, checked: Checked) -> None:
        """Stage checked rows as data files. Their memory can be freed afterwards."""
        if not isinstance(checked, Checked):
            raise TypeError(f"{self._table.qualified} takes Checked frames only, not {type(checked).__name__}")
        outside = checked.good.filter(~self._part.holds(self._table)).height
        if outside:
            raise ContractViolation(f"{self._table.qualified}: {outside} rows do not belong to {self._part}")
        if checked.good.is_empty():
            return
        arrow = to_arrow(checked.good, self._target.schema())
        self.files += data_files(self._target.metadata, arrow, self._target.io)
        self.rows += checked.good.height

    @explaining_storage_errors
    def _commit(self) -> None:
        for attempt in range(self._attempts):
            try:
                self._commit_once()
                break
            except (CommitFailedException, ValidationException) as error:
                if attempt + 1 == self._attempts:
                    raise LakeConflict(
                        f"{self._table.qualified} {self._part}: other writers committed first {self._attempts} times "
                        f"({error}); run again when they have finished"
                    ) from error
                time.sleep(random.uniform(0, FIRST_WAIT_SECONDS * 2**attempt))  # noqa: S311
                self._target = self._target.refresh()
                if self._is_done():
                    self._write_hint()
                    break

    def _write_hint(self) -> None:
        """Write the version hint of a commit whose reply was lost; other commits write it themselves."""
        found = self._target
        point_to(found.io, found.metadata_location, lambda: found.refresh().metadata_location)

    def _is_done(self) -> bool:
        """Whether the part is committed: the reply to this commit was lost, or another run wrote the same content.

        Raises:
            Overtaken: when another writer built it from other inputs, which may be newer.
        """
        now = self._published()
        if self.inputs is None or now == self._before:
            return False
        if now != self.inputs:
            raise Overtaken(f"{self._table.qualified} {self._part}: another run replaced it meanwhile; rebuild it")
        return True

    def _commit_once(self) -> None:
        for lease in self._held:
            lease.check()
        row_filter = self._part.filter(self._table)
        present = self._without_kept(_files(self._target, row_filter))
        if present and not self.files and not self.may_be_empty:
            raise ContractViolation(
                f"{self._table.qualified} {self._part}: refused to replace {len(present)} data files with no rows; "
                "see ops.quarantine and the raw objects of this run"
            )
        with _Transaction(self._target) as transaction:
            self._replace_files(transaction, present, row_filter)
            wanted = {INPUTS: self.inputs, DAYS: self.days} if self.inputs is not None else {}
            if known := {f"{name}{self._part}": value for name, value in wanted.items() if value is not None}:
                transaction.set_properties(known)
            if gone := self._properties_to_remove():
                transaction.remove_properties(*gone)

    def _replace_files(self, transaction: Transaction, present: list[DataFile], row_filter: BooleanExpression) -> None:
        """Remove the rows of the part and add the staged files: in one version if no file has other rows as well."""
        if not present and not self.files:
            return
        if self._is_by_files or (present and self.files and _are_whole(self._target, present, row_filter)):
            with transaction.update_snapshot().overwrite() as overwrite:
                for file in present:
                    overwrite.delete_data_file(file)
                self._append_to(overwrite)
            return
        if present:
            transaction.delete(row_filter)
        if self.files:
            with transaction.update_snapshot().fast_append() as append:
                self._append_to(append)

    @property
    def _is_by_files(self) -> bool:
        return isinstance(self._part, FilesOf)

    def _without_kept(self, present: list[DataFile]) -> list[DataFile]:
        """The files to remove.

        Raises:
            Overtaken: when a file that stays is gone, because maintenance has merged it meanwhile.
        """
        if not isinstance(self._part, FilesOf):
            return present
        if not self._part.kept <= names_of(present):
            raise Overtaken(f"{self._table.qualified} {self._part}: its files were merged meanwhile; rebuild it")
        return [file for file in present if names_of([file]).isdisjoint(self._part.kept)]

    def _append_to(self, snapshot: _OverwriteFiles | _FastAppendFiles) -> None:
        for file in self.files:
            snapshot.append_data_file(file)

    def _properties_to_remove(self) -> list[str]:
        names = [INPUTS] if self.forget else []
        names += [DAYS] if self.forget or (self.inputs is not None and self.days is None) else []
        return [name for prefix in names if (name := f"{prefix}{self._part}") in self._target.properties]


def names_of(files: Iterable[DataFile]) -> frozenset[str]:
    """Names of data files, which are unique in a table."""
    return frozenset(file.file_path.rpartition("/")[2] for file in files)


def _files(target: IcebergTable, row_filter: BooleanExpression) -> list[DataFile]:
    """Data files that may have rows of a filter."""
    if target.current_snapshot() is None:
        return []
    return [task.file for task in target.scan(row_filter=row_filter).plan_files()]


def _are_whole(target: IcebergTable, files: list[DataFile], row_filter: BooleanExpression) -> bool:
    """Whether every row of some files is selected by a filter, by the bounds of their columns."""
    selects = _StrictMetricsEvaluator(target.schema(), row_filter).eval
    return all(selects(file) == ROWS_MUST_MATCH for file in files)
