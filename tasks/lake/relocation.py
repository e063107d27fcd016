"""Makes a copied or moved lake stand on its own: its metadata and manifests are rewritten with its own addresses.

Data files have no addresses in them and stay. Old metadata stays, too, until maintenance deletes it. Nothing is read
or written outside of the copy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import orjson
from pyiceberg.io import FileIO, load_file_io
from pyiceberg.manifest import ManifestFile, read_manifest_list, write_manifest, write_manifest_list
from pyiceberg.serializers import FromInputFile
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.table.snapshots import Snapshot

from tasks.errors import LakeDamaged
from tasks.lake._pointers import Pointers, place_of, table_of
from tasks.lake.places import WAREHOUSE
from tasks.lake.site import Site
from tasks.lake.storage import damaged, explaining_storage_errors

METADATA = re.compile(r"/metadata/(\d+)-[^/]+\.metadata\.json$")
CODEC: Final = "deflate"  # of manifests, as PyIceberg writes them
PATH, LENGTH = 0, 1  # fields of a manifest in a list of manifests
FILE_PATH = 1  # field of a data file in a manifest
DELETED = 2  # status of an entry


@dataclass(frozen=True)
class Relocation:
    """What there is to write for a lake.

    Attributes:
        pointers: metadata file of each table, as it is in the files of this place.
        before: places of the tables before.
    """

    site: Site
    pointers: Pointers
    before: frozenset[str]

    @classmethod
    def of(cls, site: Site) -> Relocation:
        """The relocation of a lake.

        Raises:
            LakeConflict: when the tables in the catalog belong to another lake that exists.
        """
        site.refuse_others()
        found = site.pointers() or _newest(site)
        places = frozenset(place_of(address) for address in found.values())
        own = {name: _moved(site, address) for name, address in found.items()}
        return cls(site, own, places - {site.location})

    @property
    def is_needed(self) -> bool:
        """Whether any table is elsewhere, or the catalog lacks the tables that are here."""
        return bool(self.before) or (bool(self.pointers) and not self.site.pointers())

    def run(self) -> int:
        """Write metadata and manifests, then replace the catalog in one step; the number of tables.

        Raises:
            LakeDamaged: when a file of a table is not in the copy; nothing is changed.
        """
        files = self.site.table_files()
        self.site.swap(
            {name: _Table(self.site, name, address, files).written() for name, address in self.pointers.items()}
        )
        return len(self.pointers)


def _newest(site: Site) -> Pointers:
    """The newest metadata file of each table, for a place without a catalog."""
    newest: dict[str, tuple[int, str]] = {}
    for path in site.table_files():
        match, name = METADATA.search(path), table_of(path)
        if match and name:
            newest[name] = max(newest.get(name, (-1, "")), (int(match[1]), path))
    return {name: f"{site.address}{path.removeprefix(WAREHOUSE)}" for name, (_, path) in sorted(newest.items())}


def _moved(site: Site, address: str) -> str:
    """The address of a file of a table in this place."""
    return site.address + address[address.rindex(f"/{WAREHOUSE}/") + len(WAREHOUSE) + 1 :]


class _Table:
    """One table of a copy, rewritten with the addresses of its place."""

    def __init__(self, site: Site, name: str, address: str, files: Mapping[str, int]) -> None:
        self._site, self._name, self._address, self._files = site, name, address, files
        self._io: FileIO = load_file_io(dict(site.properties), address)
        self._manifests: dict[str, ManifestFile] = {}

    @explaining_storage_errors
    def written(self) -> str:
        """Write the metadata of the table; its address. Old versions that are not complete here are left out."""
        metadata = self._read(
            "metadata", self._address, lambda: FromInputFile.table_metadata(self._input(self._address))
        )
        lists: dict[int, str] = {}
        for snapshot in metadata.snapshots:
            try:
                lists[snapshot.snapshot_id] = self._list(metadata, snapshot)
            except LakeDamaged:
                if snapshot.snapshot_id == metadata.current_snapshot_id:
                    raise
        text = orjson.loads(metadata.model_dump_json())
        return self._write(_with_addresses(text, _moved(self._site, metadata.location), lists), metadata)

    def _input(self, address: str) -> Any:
        return self._io.new_input(address)

    def _read(self, what: str, address: str, read: Any) -> Any:
        try:
            return read()
        except FileNotFoundError as error:
            raise self._damaged(address, "is not in the copy") from error
        except Exception as error:
            raise self._damaged(address, f"cannot be read as {what} ({type(error).__name__})") from error

    def _damaged(self, address: str, why: str) -> LakeDamaged:
        return damaged(self._site.location, f"{address.removeprefix('file://')}, a file of {self._name}, {why}")

    def _list(self, metadata: TableMetadata, snapshot: Snapshot) -> str:
        """A rewritten list of manifests; its address."""
        old = _moved(self._site, snapshot.manifest_list)
        found = self._read("a list of manifests", old, lambda: list(read_manifest_list(self._input(old))))
        manifests = [self._manifest(metadata, item) for item in found]
        new = self._beside(old)
        with write_manifest_list(
            metadata.format_version,
            self._io.new_output(new),
            snapshot.snapshot_id,
            snapshot.parent_snapshot_id,
            snapshot.sequence_number,
            CODEC,
        ) as out:
            out.add_manifests(manifests)
        return new

    def _beside(self, address: str) -> str:
        return f"{address.rpartition('/')[0]}/{uuid4()}.avro"

    def _manifest(self, metadata: TableMetadata, manifest: ManifestFile) -> ManifestFile:
        """A manifest, rewritten once; versions share it."""
        if manifest.manifest_path not in self._manifests:
            self._manifests[manifest.manifest_path] = self._rewritten(metadata, manifest)
        return self._manifests[manifest.manifest_path]

    def _rewritten(self, metadata: TableMetadata, manifest: ManifestFile) -> ManifestFile:
        old = copy(manifest)
        old[PATH] = _moved(self._site, manifest.manifest_path)
        entries = self._read("a manifest", old[PATH], lambda: old.fetch_manifest_entry(self._io, discard_deleted=False))
        for entry in entries:
            entry.data_file[FILE_PATH] = self._data_file(entry.data_file.file_path, entry.status)
        new, spec = self._beside(old[PATH]), metadata.specs()[manifest.partition_spec_id]
        output = self._io.new_output(new)
        snapshot = manifest.added_snapshot_id or 0
        with write_manifest(metadata.format_version, spec, metadata.schema(), output, snapshot, CODEC) as out:
            for entry in entries:
                out.add_entry(entry)
        old[PATH], old[LENGTH] = new, len(self._input(new))
        return old

    def _data_file(self, address: str, status: int) -> str:
        own = _moved(self._site, address)
        path = f"{WAREHOUSE}{own.removeprefix(self._site.address)}"
        if status != DELETED and path not in self._files:
            raise self._damaged(own, "is not in the copy")
        return own

    def _write(self, text: dict[str, Any], metadata: TableMetadata) -> str:
        match = METADATA.search(self._address)
        number = int(match[1]) + 1 if match else 1
        address = f"{_moved(self._site, metadata.location)}/metadata/{number:05d}-{uuid4()}.metadata.json"
        with self._io.new_output(address).create() as stream:
            stream.write(orjson.dumps(text))
        return address


def _with_addresses(text: dict[str, Any], location: str, lists: Mapping[int, str]) -> dict[str, Any]:
    """Metadata with the addresses of its new place, without versions that have no list of manifests."""
    kept = [
        item | {"manifest-list": lists[item["snapshot-id"]]}
        for item in text["snapshots"]
        if item["snapshot-id"] in lists
    ]
    log = [item for item in text.get("snapshot-log", []) if item["snapshot-id"] in lists]
    refs = {name: item for name, item in text.get("refs", {}).items() if item["snapshot-id"] in lists}
    own = {"location": location, "snapshots": kept, "snapshot-log": log, "refs": refs, "metadata-log": []}
    return text | own | {name: [] for name in ("statistics", "partition-statistics") if name in text}
