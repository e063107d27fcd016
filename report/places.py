"""Where a site is written: a folder of this machine or a prefix on S3."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Protocol

import obstore
from obstore.exceptions import NotFoundError
from obstore.store import ObjectStore

from report.digests import digest_of
from tasks.errors import BadInput, LakeUnavailable, one_line
from tasks.lake.storage import FAILURES, bucket, bucket_that_is_missing

UPLOADS = 32  # at once: an object takes 20 to 50 ms, mostly waiting
S3 = "s3://"
KEPT_SECONDS = 600  # for which browsers and CloudFront may show a page without asking for a newer one


class Place(Protocol):
    """A folder or prefix. Names have `/`."""

    location: str

    def read(self, name: str) -> bytes | None:
        """Content of a file; None if there is no such file."""
        ...

    def is_empty(self) -> bool:
        """Whether nothing is there."""
        ...

    def has(self, name: str, digest: str, size: int) -> bool:
        """Whether a file is there as an earlier build wrote it."""
        ...

    def put(self, name: str, body: bytes) -> None:
        """Write a file whole."""
        ...

    def finish(self) -> None:
        """Wait until everything is written."""
        ...

    def remove(self, names: Iterable[str]) -> None:
        """Remove files."""
        ...


def place_of(out: str | Path) -> Place:
    """The folder or `s3://bucket/prefix` that is named. Nothing is read or written yet.

    Raises:
        BadInput: when it is neither.
    """
    named = str(out).strip()
    if named.startswith(S3) and named.removeprefix(S3).strip("/"):
        return Prefix(named.rstrip("/"))
    if not named or "://" in named or named.startswith("s3:"):
        raise BadInput(f"--out {str(out)!r}: the pages are written to a folder or s3://bucket/prefix; name one")
    return Folder(named)


@dataclass
class Folder:
    """A folder of this machine."""

    location: str

    def read(self, name: str) -> bytes | None:
        """Content of a file; None if there is no such file."""
        with self._explaining():
            file = self._file(name)
            return file.read_bytes() if file.is_file() else None

    def is_empty(self) -> bool:
        """Whether the folder is absent or has no files.

        Raises:
            BadInput: when it is a file.
        """
        with self._explaining():
            folder = Path(self.location)
            if folder.exists() and not folder.is_dir():
                raise BadInput(f"--out {self.location} is not a folder; name a new or an empty folder")
            return not folder.exists() or not any(folder.iterdir())

    def has(self, name: str, digest: str, size: int) -> bool:
        """Whether a file is there as an earlier build wrote it."""
        body = self.read(name)
        return body is not None and len(body) == size and digest_of([body]) == digest

    def put(self, name: str, body: bytes) -> None:
        """Write a file whole."""
        with self._explaining():
            file = self._file(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            part = file.with_name(f".{file.name}.part")
            part.write_bytes(body)
            part.replace(file)

    def finish(self) -> None:
        """Nothing waits: each file is written at once."""

    def remove(self, names: Iterable[str]) -> None:
        """Remove files."""
        with self._explaining():
            for name in names:
                self._file(name).unlink(missing_ok=True)

    def _file(self, name: str) -> Path:
        return Path(self.location, name)

    @contextmanager
    def _explaining(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise BadInput(
                f"--out {self.location}: {error.strerror}{where}; free space, or name a folder that can be written to"
            ) from error


@dataclass
class Prefix:
    """A prefix on S3, `s3://bucket/prefix`. Files are uploaded side by side; `finish` waits for them."""

    location: str
    uploads: list[Future[None]] = field(default_factory=list)

    def read(self, name: str) -> bytes | None:
        """Content of a file; None if there is no such file."""
        with self._explaining("read"), suppress(NotFoundError, FileNotFoundError):
            return bytes(obstore.get(self._store, name).bytes())
        return None

    def is_empty(self) -> bool:
        """Whether nothing is there."""
        with self._explaining("read"):
            return not any(islice((found for batch in obstore.list(self._store) for found in batch), 1))

    def has(self, name: str, digest: str, size: int) -> bool:
        """Whether a file of this size is there. The listing has no hash."""
        return self._sizes.get(name) == size

    def put(self, name: str, body: bytes) -> None:
        """Write a file whole."""
        self.uploads.append(self._pool.submit(self._put, name, body))

    def finish(self) -> None:
        """Wait until everything is written."""
        waiting, self.uploads = self.uploads, []
        with self._explaining("written"):
            for upload in waiting:
                upload.result()

    def remove(self, names: Iterable[str]) -> None:
        """Remove files."""
        if wanted := list(names):
            with self._explaining("written"):
                obstore.delete(self._store, wanted)

    def _put(self, name: str, body: bytes) -> None:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Cache-Control": f"max-age={KEPT_SECONDS}"}
        obstore.put(self._store, name, body, attributes=headers)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(UPLOADS, "report")

    @cached_property
    def _sizes(self) -> dict[str, int]:
        """Size of each file. One request lists a thousand."""
        with self._explaining("read"):
            return {found["path"]: found["size"] for batch in obstore.list(self._store) for found in batch}

    @cached_property
    def _store(self) -> ObjectStore:
        return bucket(self.location)[0]

    @contextmanager
    def _explaining(self, what: str) -> Iterator[None]:
        try:
            yield
        except FAILURES as error:
            if name := bucket_that_is_missing(error):
                raise BadInput(
                    f"--out {self.location}: there is no bucket {name}; create it, or name another"
                ) from error
            raise LakeUnavailable(
                f"--out {self.location} could not be {what} ({type(error).__name__}: {one_line(error)}); check network "
                "and permissions, then run again: pages that were written are kept"
            ) from error
