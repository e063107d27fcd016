"""Which file of a table is damaged: the message of a library that fails on it rarely says.

The files of the newest version are read in the order in which a reader needs them: metadata, list of manifests,
manifests, data. Sizes are compared with those that Iceberg recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pyarrow.parquet as pq
from polars.exceptions import PanicException
from pyiceberg.io import FileIO
from pyiceberg.manifest import ManifestFile, read_manifest_list
from pyiceberg.table import Table as IcebergTable

from tasks.errors import LakeConflict, LakeDamaged, LakeUnavailable, PipelineError
from tasks.lake.lake import Lake
from tasks.lake.storage import ANY, damaged

Check = tuple[str, int | None, Callable[[], object]]  # address of a file, its recorded size, and how it is read


@contextmanager
def explaining(lake: Lake) -> Iterator[None]:
    """Turn any error whose cause is a damaged file of the lake into one that names the file.

    Raises:
        LakeDamaged: then, with the command that rebuilds the file.
    """
    try:
        yield
    except ANY as error:
        if isinstance(error, PipelineError) and type(error) is not LakeUnavailable:
            raise
        if found := _behind(lake, error):
            raise found from error
        raise


def _behind(lake: Lake, error: BaseException) -> PipelineError | None:
    """The damage behind an error, if there is any. A lake is searched once: many partitions can fail for one reason."""
    if lake.home.damage is None:
        lake.home.damage = list(all_damage(lake))
        if not lake.home.damage and _is_of_reading(error):
            lake.home.damage = list(all_damage(lake, whole=True))
    found = lake.home.damage
    named = (item for item in found if str(item).partition(", ")[0].rpartition("/")[2] in str(error))
    return next(named, next(iter(found), None))


def _is_of_reading(error: BaseException) -> bool:
    """Whether an error can come from the content of a data file."""
    readers = ("pyarrow", "polars", "duckdb")
    return isinstance(error, OSError | LakeUnavailable | PanicException) or type(error).__module__.startswith(readers)


def all_damage(lake: Lake, *, whole: bool = False) -> Iterator[PipelineError]:
    """The first damaged file of each table that has one.

    Args:
        whole: read the data files; else only their sizes are compared.
    """
    for name in lake.home.pointers():
        if found := damage_of(lake, name, whole=whole):
            yield found


def damage_of(lake: Lake, name: str, *, whole: bool = False) -> PipelineError | None:
    """The first damaged file of a table's newest version, or None."""
    try:
        table = lake.iceberg(name)
    except (LakeDamaged, LakeConflict) as error:
        return error
    for address, size, read in _files(table, whole=whole) if table else ():
        if why := _wrong(table.io, address, size, read) if table else None:
            return damaged(lake.location, f"{address.removeprefix('file://')}, a file of {name}, {why}")
    return None


def _wrong(io: FileIO, address: str, size: int | None, read: Callable[[], object]) -> str | None:
    """What is wrong with a file, or None."""
    try:
        found = len(io.new_input(address))
        if not found:
            return "has 0 bytes"
        if size is not None and found != size:
            return f"has {found:,} bytes instead of {size:,}"
        read()
    except FileNotFoundError:
        return "is missing"
    except Exception as error:  # noqa: BLE001  a damaged file makes each reader fail in another way
        return f"cannot be read ({type(error).__name__})"
    return None


def _files(table: IcebergTable, *, whole: bool) -> Iterator[Check]:
    """Files of the newest version. Those that a damaged one names are not reached, because that one is found first."""
    snapshot, io = table.current_snapshot(), table.io
    if snapshot is None:
        return
    yield snapshot.manifest_list, None, partial(_read_list, table, snapshot.manifest_list)
    manifests = snapshot.manifests(io)
    for manifest in manifests:
        yield manifest.manifest_path, manifest.manifest_length, partial(manifest.fetch_manifest_entry, io)
    yield from (check for manifest in manifests for check in _data_files(io, manifest, whole=whole))


def _read_list(table: IcebergTable, address: str) -> None:
    for manifest in read_manifest_list(table.io.new_input(address)):
        if not manifest.manifest_path.startswith(f"{table.location()}/"):
            raise ValueError(manifest.manifest_path)


def _data_files(io: FileIO, manifest: ManifestFile, *, whole: bool) -> Iterator[Check]:
    for entry in manifest.fetch_manifest_entry(io):
        path = entry.data_file.file_path
        yield path, entry.data_file.file_size_in_bytes, partial(_read_parquet, io, path, whole=whole)


def _read_parquet(io: FileIO, address: str, *, whole: bool) -> None:
    if whole:
        with io.new_input(address).open() as stream, pq.ParquetFile(stream) as file:
            for _ in file.iter_batches():
                pass
