"""Data files of a lake on S3, as DuckDB reads them: through PyIceberg's client for the storage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from fsspec import AbstractFileSystem
from pyiceberg.io import FileIO, InputStream


class DataFiles(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Files that Iceberg names, and no others; read only.

    DuckDB's own client for S3 is an extension that it would download, and it finds no credentials of a profile or role.

    Args:
        io: the storage's client of a table of the lake.
        sizes: bytes by whole address, `s3://bucket/path`; as Iceberg knows them, nobody has to ask the storage.
    """

    protocol: ClassVar[tuple[str, ...]] = ("s3",)
    cachable = False

    def __init__(self, io: FileIO, sizes: Mapping[str, int]) -> None:
        super().__init__()
        self._io, self._sizes = io, sizes

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        """Size and kind of a file."""
        if path not in self._sizes:
            raise FileNotFoundError(path)
        return {"name": path, "size": self._sizes[path], "type": "file"}

    def ls(self, path: str, detail: bool = True, **_: Any) -> list[Any]:
        """A file itself: there are no folders."""
        return [self.info(path)] if detail else [path]

    def glob(self, path: str, **_: Any) -> list[str]:
        """A file itself: names are no patterns."""
        return [path] if path in self._sizes else []

    def modified(self, path: str) -> datetime:
        """The same moment for every file: data files never change."""
        self.info(path)
        return datetime.fromtimestamp(0, UTC)

    def open(self, path: str, mode: str = "rb", **_: Any) -> InputStream:
        """A file for reading."""
        assert mode == "rb", "a query writes nothing"
        self.info(path)
        return self._io.new_input(path).open()
