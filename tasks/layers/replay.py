"""Bronze and silver from raw alone: rebuilt in place, or made beside the lake and compared with it.

Both ways run the functions of an ingest. What they make has the logical hash of the live
tables (tasks/lake/content.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, Self

from pyarrow import ArrowException

from quality.dataset import Endpoint, Table, registry
from tasks.lake.content import LogicalHash, hash_part
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.storage import in_folder

Target = tuple[Endpoint, int | None]
ComparisonStatus = Literal["same", "differs", "missing", "unreadable", "not from raw", "not compared"]
COUNTED = ("differs", "missing", "unreadable", "not from raw")
UNREADABLE = (OSError, ArrowException)  # what a file raises that is gone or damaged


@dataclass(frozen=True)
class Comparison:
    """One partition of the live lake beside the same one made from raw.

    Attributes:
        status: `missing` in the live lake, or `unreadable` there (`why` says what the file system says);
            `not from raw`, for raw has nothing that makes it; `not compared`, made from tables that were left out of
            this replay.
        out_of_date: the live one was made from other responses than the newest, so that an ingest would rebuild it.
    """

    table: str
    partition: str
    live: LogicalHash
    replayed: LogicalHash
    status: ComparisonStatus
    out_of_date: bool = False
    why: str = ""

    @property
    def is_difference(self) -> bool:
        """Whether the live partition is not what raw says."""
        return self.status in COUNTED

    def __str__(self) -> str:
        if self.status == "unreadable":
            return f"unreadable: {self.why}; flows/replay.py makes it again from raw"
        facts = f"live {self.live.rows:,} rows {self.live}, from raw {self.replayed.rows:,} rows {self.replayed}"
        hint = "; out of date, an ingest rebuilds it" if self.out_of_date else ""
        return f"{self.status}: {facts}{hint}"


@dataclass(frozen=True)
class Replay:
    """What is made again: datasets and seasons that raw has answers of.

    Attributes:
        wanted: seasons that were named; none means all.
        complete: nothing was left out.
    """

    lake: Lake
    targets: list[Target]
    wanted: frozenset[int]
    complete: bool

    @classmethod
    def of(cls, lake: Lake, endpoints: Iterable[Endpoint], seasons: Iterable[int] = ()) -> Self:
        """A replay of datasets and seasons; lists without a season always come along."""
        wanted, chosen = frozenset(seasons), list(endpoints)
        present = _targets(lake)
        targets = [
            (endpoint, season)
            for endpoint, season in present
            if endpoint in chosen and (season is None or not wanted or season in wanted)
        ]
        return cls(lake, targets, wanted, targets == present)

    @property
    def seasons(self) -> list[int]:
        """Seasons to make, newest first."""
        return sorted({season for _, season in self.targets if season is not None}, reverse=True)

    @property
    def on_request(self) -> list[str]:
        """Tables made on request only that the lake has."""
        derived = registry().derived("silver")
        return [item.name for item in derived if item.opt_in and self.lake.iceberg(item.qualified) is not None]

    @property
    def tables(self) -> list[Table]:
        """Bronze and silver tables that are made, derived ones included."""
        endpoints = list(dict.fromkeys(endpoint for endpoint, _ in self.targets))
        made = [endpoint.table for endpoint in endpoints]
        made += [table for endpoint in endpoints for table in registry().silver_of(endpoint)]
        made += registry().derived("silver")
        return list({table.qualified: table for table in made}.values())

    def compare(self, scratch: Lake, table: Table) -> list[Comparison]:
        """Each partition of a table that the lake or its replay has, by logical hash.

        Where datasets were left out, what is made from other tables is compared only if these are the same.
        """
        ours, theirs = scratch.inputs(table), self.lake.inputs(table)
        computed = table.derivation is not None or table.lookup is not None
        return [
            Comparison(table.qualified, name, LogicalHash(), LogicalHash(), "not compared")
            if computed and not self.complete and theirs.get(name) != ours.get(name)
            else self._compared(scratch, table, name, theirs.get(name), ours.get(name))
            for name in sorted(ours.keys() | theirs.keys())
            if not self.wanted or PartitionKey.parse(name).season in (None, *self.wanted)
        ]

    def _compared(self, scratch: Lake, table: Table, name: str, theirs: str | None, ours: str | None) -> Comparison:
        part = PartitionKey.parse(name)
        two = hash_part(scratch, table, part)
        try:
            one = hash_part(self.lake, table, part)
        except UNREADABLE as error:
            said = " ".join(str(error).split())
            return Comparison(table.qualified, name, LogicalHash(), two, "unreadable", theirs != ours, said)
        status: ComparisonStatus = "same" if one == two else "differs"
        if None in (theirs, ours) and one != two:
            status = "missing" if theirs is None else "not from raw"
        return Comparison(table.qualified, name, one, two, status, None not in (theirs, ours) and theirs != ours)


def _targets(lake: Lake) -> list[Target]:
    """Newest season first, lists before all; a dataset that looks values up in others comes after them."""
    found = [(endpoint, season) for endpoint in registry() for season in _seasons(lake, endpoint)]
    return sorted(found, key=lambda target: (_looks_up(target[0]), -(target[1] or 9999), target[0].name))


def _seasons(lake: Lake, endpoint: Endpoint) -> set[int | None]:
    return {item.season for item in lake.raw.objects(endpoint.name)}


def _looks_up(endpoint: Endpoint) -> bool:
    return any(table.lookup for table in registry().silver_of(endpoint))


@contextmanager
def beside(lake: Lake) -> Iterator[Lake]:
    """A lake for as long as it takes: its raw objects are those of the other, its tables in a folder below TMPDIR."""
    with TemporaryDirectory(prefix="cbbd-replay-", ignore_cleanup_errors=True) as folder:
        yield Lake(folder, *in_folder(Path(folder)), raw=lake.raw)
