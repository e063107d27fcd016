"""Replay: bronze and silver built from raw alone, in place or in a temporary lake for a comparison.

Both use the functions of an ingest. The result must have the same logical hash as the live tables
(tasks/lake/content.py).
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
from tasks.errors import LakeDamaged, PipelineError
from tasks.lake.content import LogicalHash, hash_part
from tasks.lake.damage import explaining
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.storage import in_folder

Target = tuple[Endpoint, int | None]
ComparisonStatus = Literal["same", "differs", "missing", "unreadable", "not from raw", "not compared"]
COUNTED = ("differs", "missing", "unreadable", "not from raw")
UNREADABLE = (OSError, ArrowException)  # raised for a missing or damaged file


@dataclass(frozen=True)
class Comparison:
    """One partition of the live lake, compared with the same partition built from raw.

    Attributes:
        status: `missing` in the live lake; `unreadable` there (`why` has the message); `not from raw`, if raw has no
            responses for it; `not compared`, if it is computed from tables that this replay leaves out.
        out_of_date: the live partition was not built from the newest responses, so an ingest would rebuild it.
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
        """Whether the live partition differs from the one built from raw."""
        return self.status in COUNTED

    def __str__(self) -> str:
        if self.status == "unreadable":
            return f"unreadable: {self.why}; `cbbd-etl rebuild` rebuilds it from raw"
        facts = f"live {self.live.rows:,} rows {self.live}, from raw {self.replayed.rows:,} rows {self.replayed}"
        hint = "; out of date, an ingest rebuilds it" if self.out_of_date else ""
        return f"{self.status}: {facts}{hint}"


@dataclass(frozen=True)
class Replay:
    """The datasets and seasons to rebuild: those with responses in raw.

    Attributes:
        wanted: the requested seasons; empty means all.
        complete: nothing was left out.
    """

    lake: Lake
    targets: list[Target]
    wanted: frozenset[int]
    complete: bool

    @classmethod
    def of(cls, lake: Lake, endpoints: Iterable[Endpoint], seasons: Iterable[int] = ()) -> Self:
        """A replay of datasets and seasons. Datasets without seasons are always included."""
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
        """Seasons to build, newest first."""
        return sorted({season for _, season in self.targets if season is not None}, reverse=True)

    @property
    def on_request(self) -> list[str]:
        """Tables on request that the lake has."""
        derived = registry().derived("silver")
        return [item.name for item in derived if item.opt_in and self.lake.iceberg(item.qualified) is not None]

    @property
    def tables(self) -> list[Table]:
        """Bronze and silver tables to build, including derived ones."""
        endpoints = list(dict.fromkeys(endpoint for endpoint, _ in self.targets))
        made = [endpoint.table for endpoint in endpoints]
        made += [table for endpoint in endpoints for table in registry().silver_of(endpoint)]
        made += registry().derived("silver")
        return list({table.qualified: table for table in made}.values())

    def compare(self, scratch: Lake, table: Table) -> list[Comparison]:
        """Compare each partition of a table that the lake or its replay has, by logical hash.

        If datasets were left out, a table computed from other tables is compared only where its inputs are the same.
        """
        replayed = scratch.inputs(table)
        try:
            live = self.lake.inputs(table)
        except LakeDamaged as error:
            return [Comparison(table.qualified, "all", LogicalHash(), LogicalHash(), "unreadable", why=_path(error))]
        computed = table.derivation is not None or table.lookup is not None
        return [
            Comparison(table.qualified, name, LogicalHash(), LogicalHash(), "not compared")
            if computed and not self.complete and live.get(name) != replayed.get(name)
            else self._compared(scratch, table, name, live.get(name), replayed.get(name))
            for name in sorted(replayed.keys() | live.keys())
            if not self.wanted or PartitionKey.parse(name).season in (None, *self.wanted)
        ]

    def _compared(self, scratch: Lake, table: Table, name: str, live: str | None, replayed: str | None) -> Comparison:
        part = PartitionKey.parse(name)
        two = hash_part(scratch, table, part)
        try:
            with explaining(self.lake):
                one = hash_part(self.lake, table, part)
        except (PipelineError, *UNREADABLE) as error:
            return Comparison(table.qualified, name, LogicalHash(), two, "unreadable", live != replayed, _path(error))
        status: ComparisonStatus = "same" if one == two else "differs"
        if None in (live, replayed) and one != two:
            status = "missing" if live is None else "not from raw"
        return Comparison(table.qualified, name, one, two, status, None not in (live, replayed) and live != replayed)


def _path(error: Exception) -> str:
    """What is wrong, without the command that repairs it."""
    return " ".join(str(error).split()).partition("; `cbbd-etl rebuild")[0]


def _targets(lake: Lake) -> list[Target]:
    """Datasets without seasons first, then the newest season first. Datasets with lookups come after all others."""
    found = [(endpoint, season) for endpoint in registry() for season in _seasons(lake, endpoint)]
    return sorted(found, key=lambda target: (_looks_up(target[0]), -(target[1] or 9999), target[0].name))


def _seasons(lake: Lake, endpoint: Endpoint) -> set[int | None]:
    """Seasons with responses, and those whose responses were withdrawn: their tables are emptied."""
    found = (*lake.raw.objects(endpoint.name), *lake.raw.withdrawn(endpoint.name))
    return {item.season for item in found}


def _looks_up(endpoint: Endpoint) -> bool:
    return any(table.lookup for table in registry().silver_of(endpoint))


@contextmanager
def beside(lake: Lake) -> Iterator[Lake]:
    """A temporary lake with the raw objects of the given one, and its own tables in a folder below TMPDIR."""
    with TemporaryDirectory(prefix="cbbd-replay-", ignore_cleanup_errors=True) as folder:
        yield Lake(folder, *in_folder(Path(folder)), raw=lake.raw)
