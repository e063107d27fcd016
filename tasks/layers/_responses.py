"""Seasons of bronze are kept in pieces of responses: a build reads the responses that are new, and keeps the others.

The commit of a season stores its pieces: their responses, the counts of their rows, and their data files. A later build
keeps the files of pieces of which all responses are still wanted (docs/decisions/0025).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby

import orjson

from quality.dataset import Table
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.replacement import DAYS, INPUTS, FilesOf, Replacement, names_of
from tasks.layers._days import DIGITS
from tasks.layers.report import Counts, LayerReport, fingerprint
from tasks.layers.sources import Source

MOST = 200  # responses of a season; of more, such as one per game, the list would be longer than the table's metadata


@dataclass(frozen=True)
class Piece:
    """Responses that were read and written together.

    Attributes:
        responses: fingerprint of each response, the contract and the part of it that is used.
        files: names of the data files with their rows.
    """

    responses: frozenset[str]
    counts: Counts
    files: frozenset[str]


@dataclass
class Responses:
    """Which responses of a partition are read, and which stay. The rows of a response depend on nothing else.

    Attributes:
        wanted: the responses by fingerprint; empty for a partition that is always built as a whole.
        kept: pieces that stay as they are.
        same: responses that have not changed, and are read only because their piece is replaced.
    """

    key: PartitionKey
    wanted: Mapping[str, Source] = field(default_factory=dict)
    kept: tuple[Piece, ...] = ()
    same: frozenset[str] = frozenset()
    built: list[Piece] = field(default_factory=list)

    @classmethod
    def of(
        cls, lake: Lake, table: Table, key: PartitionKey, items: Iterable[Source], *, rebuild_all: bool = False
    ) -> Responses:
        """The plan of a build, by what the last commit stored. A piece with a rejected row is always built.

        Args:
            rebuild_all: read all responses.
        """
        wanted = {fingerprint(table, [item.identity])[:DIGITS]: item for item in items}
        if len(wanted) > MOST:
            return cls(key)
        known = [] if rebuild_all else _pieces(lake, table, key)
        kept = tuple(piece for piece in known if not piece.counts.by_rule and piece.responses <= wanted.keys())
        return cls(key, wanted, kept, frozenset().union(*(piece.responses for piece in known)))

    @property
    def part(self) -> FilesOf:
        """The part of the table that the commit replaces."""
        return FilesOf(self.key, frozenset().union(*(piece.files for piece in self.kept)))

    @property
    def kept_rows(self) -> int:
        """Number of rows that stay as they are."""
        return sum(piece.counts.rows_out for piece in self.kept)

    def to_read(self, items: Iterable[Source]) -> list[list[Source]]:
        """The responses to read, in order; those that have not changed apart from the others."""
        have = frozenset().union(*(piece.responses for piece in self.kept))
        names = {item.raw.path: name for name, item in self.wanted.items()}
        left = [item for item in items if names.get(item.raw.path) not in have]
        return [list(run) for _, run in groupby(left, key=lambda item: names.get(item.raw.path) in self.same)]

    @contextmanager
    def piece(self, report: LayerReport, out: Replacement, chunk: list[Source]) -> Iterator[None]:
        """Record what is counted and written in the block as one piece."""
        before, present = report.counts, names_of(out.files)
        yield
        paths = {item.raw.path for item in chunk}
        read = frozenset(name for name, item in self.wanted.items() if item.raw.path in paths)
        self.built.append(Piece(read, report.counts.since(before), names_of(out.files) - present))

    def conclude(self, report: LayerReport) -> str | None:
        """Add the rows that stay to a report; returns what the commit stores about the responses."""
        for piece in self.kept:
            report.take(piece.counts)
        return _as_text((*self.kept, *self.built)) if self.wanted else None


def _pieces(lake: Lake, table: Table, key: PartitionKey) -> list[Piece]:
    """The published pieces; none if their files are not those of the table, because maintenance has merged them."""
    found = lake.iceberg(table.qualified)
    if found is None or f"{INPUTS}{key}" not in found.properties:
        return []
    known = [*_from_text(found.properties.get(f"{DAYS}{key}", "[]"))]
    files = names_of(task.file for task in found.scan(row_filter=key.filter(table)).plan_files())
    return known if files == frozenset().union(*(piece.files for piece in known)) else []


def _as_text(found: Iterable[Piece]) -> str:
    rows = [[sorted(piece.responses), piece.counts.as_list, sorted(piece.files)] for piece in found]
    return orjson.dumps(sorted(rows, key=repr)).decode()


def _from_text(text: str) -> Iterator[Piece]:
    for responses, counts, files in orjson.loads(text):
        yield Piece(frozenset(responses), Counts(*counts), frozenset(files))
