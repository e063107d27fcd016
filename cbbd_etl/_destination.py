"""Where an export goes: a folder or an S3 prefix. Each file gets there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import get_args

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import LocalStore, ObjectStore

from tasks.crash import failpoint
from tasks.errors import BadInput, LakeUnavailable, one_line
from tasks.lake.lake import Lake
from tasks.lake.places import EXPORT, MARKER
from tasks.lake.storage import FAILURES, bucket, bucket_that_is_missing
from tasks.sql.formats import SUFFIXES, FileFormat

FORMATS: tuple[FileFormat, ...] = get_args(FileFormat)
DATABASE = "cbbd.duckdb"  # where only its folder is named
PACKAGE = "datapackage.json"


@dataclass(frozen=True)
class Destination:
    """A folder or an S3 prefix.

    Attributes:
        location: full path, or `s3://bucket/prefix`.
        file_format: format of the files.
        database: name of the one DuckDB file; empty for the other formats.
    """

    location: str
    file_format: FileFormat
    database: str = ""

    @classmethod
    def of(cls, out: str | Path | None, file_format: str | None, lake: Lake) -> Destination:
        """The place that is named; by default the folder `export` of the lake, as Parquet.

        Raises:
            BadInput: when place and format contradict each other, or no files can be written there.
        """
        if file_format is not None and file_format not in FORMATS:
            raise BadInput(f"there is no format {file_format}; valid are {', '.join(FORMATS)}")
        place = f"{lake.location}/{EXPORT}" if out is None else str(out).strip().rstrip("/")
        if not place:
            raise BadInput("an empty place for the export: name a folder or s3://bucket/prefix")
        form, database = _form_of(place, file_format)
        folder = place.rpartition("/")[0] if database and "/" in place else "." if database else place
        if not folder.startswith("s3://"):
            folder = str(_writable(folder or "/"))
            if database and Path(folder, database).is_dir():
                raise BadInput(f"{place} is a folder: name a file, or a folder without .duckdb in its name")
        _require_apart(folder, lake)
        return cls(folder, form, database or (DATABASE if form == "duckdb" else ""))

    @property
    def is_bucket(self) -> bool:
        """Whether it is on S3."""
        return self.location.startswith("s3://")

    @property
    def package(self) -> str:
        """Name of the file that describes the others."""
        return PACKAGE if self.database in {"", DATABASE} else f"{PurePosixPath(self.database).stem}.{PACKAGE}"

    def read(self, path: str) -> bytes | None:
        """Content of a file; None if there is no such file.

        Raises:
            BadInput: when there is no such bucket.
            LakeUnavailable: when it cannot be read.
        """
        if not self.is_bucket and not Path(self.location).is_dir():
            return None
        with self._explaining("read"):
            try:
                return bytes(obstore.get(self._store, path).bytes())
            except (NotFoundError, FileNotFoundError) as error:
                if bucket_that_is_missing(error):
                    raise
                return None

    def sizes(self, paths: Iterable[str]) -> dict[str, int]:
        """Bytes of those of the files that are there, by relative path."""
        with self._explaining("read"):
            if self.is_bucket:
                return self._listed(set(paths))
            known = ((path, Path(self.location, path)) for path in paths)
            return {path: file.stat().st_size for path, file in known if file.is_file()}

    def _listed(self, paths: set[str]) -> dict[str, int]:
        """Like `sizes`, on S3: one request lists a thousand files of a folder."""
        folders = {path.partition("/")[0] for path in paths if "/" in path}
        listed = (meta for name in folders for batch in obstore.list(self._store, name) for meta in batch)
        found = {meta["path"]: meta["size"] for meta in listed}
        for path in paths - found.keys():
            with suppress(NotFoundError, FileNotFoundError):
                found[path] = obstore.head(self._store, path)["size"]
        return found

    @contextmanager
    def writing(self, path: str) -> Iterator[Path]:
        """A file on this machine to write; at the end of the block it becomes the file of this path.

        Raises:
            LakeUnavailable: when it cannot be written; a file that was there before stays.
        """
        with self._explaining("written"):
            if self.is_bucket:
                with tempfile.TemporaryDirectory(prefix="cbbd-export-", ignore_cleanup_errors=True) as folder:
                    made = Path(folder) / PurePosixPath(path).name
                    yield made
                    failpoint("export.written")
                    obstore.put(self._store, path, made)
                return
            whole = Path(self.location, path)
            whole.parent.mkdir(parents=True, exist_ok=True)
            part = whole.with_name(f".{whole.name}.{os.getpid()}.part")
            try:
                yield part
                failpoint("export.written")
                part.replace(whole)
            finally:
                for left in whole.parent.glob(f".{whole.name}.*.part"):  # of a process that was killed, too
                    left.unlink(missing_ok=True)

    def delete(self, paths: list[str]) -> None:
        """Delete files of an earlier export."""
        with self._explaining("deleted"):
            for path in paths:
                obstore.delete(self._store, path)

    @cached_property
    def _store(self) -> ObjectStore:
        return bucket(self.location)[0] if self.is_bucket else LocalStore(self.location)

    @contextmanager
    def _explaining(self, what: str) -> Iterator[None]:
        try:
            yield
        except FAILURES as error:
            if name := bucket_that_is_missing(error):
                raise BadInput(f"there is no bucket {name}: create it, or name another place for the export") from error
            raise LakeUnavailable(
                f"{self.location} could not be {what} ({type(error).__name__}: {one_line(error)}). Files that were "
                "finished are kept: check disk space, network and permissions, then export again to continue"
            ) from error


def _form_of(place: str, file_format: str | None) -> tuple[FileFormat, str]:
    """Format, and the name of the DuckDB file where the place names one."""
    given = next((form for form in FORMATS if form == file_format), None)
    name = place.rpartition("/")[2]
    suffix = PurePosixPath(name).suffix.lower()
    if suffix == ".duckdb":
        if given not in {None, "duckdb"}:
            raise BadInput(f"format {given} and {name} contradict each other: leave the format out, or name a folder")
        return "duckdb", name
    if suffix in SUFFIXES:
        raise BadInput(
            f"{place} names one file, and an export writes a file for each table and season: name a folder, and give "
            f'the format. `cbbd-etl query "from silver.fct_games" --output {name}` writes one file'
        )
    return given or "parquet", ""


def _writable(place: str) -> Path:
    """The folder of a path, which may not exist yet, without links.

    Raises:
        BadInput: when it is a file or nobody may write there.
    """
    if "://" in place or place.startswith("s3:"):
        raise BadInput(f"no export can be at {place}: name a folder or s3://bucket/prefix")
    try:
        folder = Path(place).expanduser().resolve()
        above = next(known for known in (folder, *folder.parents) if known.exists())
    except (OSError, RuntimeError) as error:
        raise BadInput(f"no export can be at {place}: {error}; name another folder") from error
    if not above.is_dir():
        raise BadInput(f"{above} is a file: name a folder, or a file that ends in .duckdb")
    if not os.access(above, os.W_OK):
        raise BadInput(f"no permission to write to {above}: name another folder")
    return folder


def _require_apart(folder: str, lake: Lake) -> None:
    """Refuse the folder of a lake, and any in it but `export`.

    Raises:
        BadInput: naming a folder that is possible.
    """
    inside = f"{folder}/".startswith(f"{lake.location}/")
    if inside and not f"{folder}/".startswith(f"{lake.location}/{EXPORT}/"):
        raise BadInput(f"{folder} is in the lake: name a folder outside of it, or {lake.location}/{EXPORT}")
    if not folder.startswith("s3://") and Path(folder, MARKER).is_file():
        raise BadInput(f"{folder} is a lake: name another folder")
