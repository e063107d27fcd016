"""Files `NAME/N.json` that are created only if absent. The highest number of a name is the one in force.

Of several processes that see number N and create N + 1, one succeeds. That is all that leases and the ledger of calls
need, and folders and S3 both have it. Files that a higher number has replaced are deleted after `KEPT_SECONDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import obstore
from obstore.exceptions import AlreadyExistsError, GenericError, NotFoundError
from obstore.store import ObjectStore

from tasks.lake.presence import steady
from tasks.lake.storage import FAILURES, explaining_storage_errors

KEPT_SECONDS = 600.0
SUFFIX = ".json"
DIGITS = 8


@dataclass(frozen=True)
class Numbered:
    """The file in force of one name: its number, whether it has no content, and its time by the storage's clock."""

    number: int
    is_empty: bool
    changed: datetime


@dataclass
class Listing:
    """The files in force below a prefix, by name, at a moment of the steady clock."""

    at: float
    newest: dict[str, Numbered]


@dataclass(frozen=True)
class NumberedFiles:
    """Numbered files below a folder of a lake.

    Args:
        clock: seconds of a clock that never jumps.
    """

    store: ObjectStore
    root: str
    clock: Callable[[], float] = steady

    @explaining_storage_errors
    def listing(self, prefix: str) -> Listing:
        """The files in force below a prefix. Those that were replaced long ago are deleted."""
        at, newest = self.clock(), dict[str, Numbered]()
        files = list(self._files(prefix))
        for name, found in files:
            if name not in newest or newest[name].number < found.number:
                newest[name] = found
        self._clean(files, newest)
        return Listing(at, newest)

    @explaining_storage_errors
    def create(self, name: str, number: int, data: bytes, since: float) -> bool:
        """Create a file; whether this call made it, and it is in force.

        Args:
            number: the one after the number in force.
            since: moment of the steady clock at which that number was seen.
        """
        if not self._made(self._path(name, number), data):
            return False
        if self.clock() - since < KEPT_SECONDS / 2:
            return True
        # This process was stopped in between. If others have gone on meanwhile, the place of this number may have been
        # cleared, so a look at what is in force decides.
        found = self.listing(name).newest.get(name)
        return found is not None and found.number == number

    @explaining_storage_errors
    def read(self, name: str, number: int) -> bytes:
        """Content of a file; empty if it was deleted meanwhile."""
        return self._content(self._path(name, number))

    def _made(self, path: str, data: bytes) -> bool:
        try:
            obstore.put(self.store, path, data, mode="create")
        except AlreadyExistsError:
            return self._content(path) == data  # the reply to this call was lost, and the client repeated it
        except GenericError:
            # After a time-out it is not known whether the object was created; the second attempt finds out.
            try:
                obstore.put(self.store, path, data, mode="create")
            except AlreadyExistsError:
                return self._content(path) == data
        return True

    def _content(self, path: str) -> bytes:
        try:
            return bytes(obstore.get(self.store, path).bytes())
        except (NotFoundError, FileNotFoundError):
            return b""

    def _path(self, name: str, number: int) -> str:
        return f"{self.root}/{name}/{number:0{DIGITS}d}{SUFFIX}"

    def _files(self, prefix: str) -> Iterator[tuple[str, Numbered]]:
        for batch in obstore.list(self.store, f"{self.root}/{prefix}"):
            for meta in batch:
                name, _, file = meta["path"].removeprefix(f"{self.root}/").rpartition("/")
                if (digits := file.removesuffix(SUFFIX)).isdecimal():
                    yield name, Numbered(int(digits), not meta["size"], meta["last_modified"])

    def _clean(self, files: list[tuple[str, Numbered]], newest: dict[str, Numbered]) -> None:
        """Delete what was replaced long ago, by the storage's own clock."""
        if not files:
            return
        limit = max(found.changed for found in newest.values()) - timedelta(seconds=KEPT_SECONDS)
        old = [self._path(name, f.number) for name, f in files if f.changed < limit and f.number < newest[name].number]
        if old:
            with suppress(*FAILURES):  # another process deletes the same files, or the next listing does
                obstore.delete(self.store, old)
