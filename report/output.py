"""The folder of a site: only what changed is written, each file whole, and pages that no longer exist are removed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson

from report.page import Page
from tasks.errors import BadInput

MANIFEST = "report.json"  # its presence marks a folder as ours; it has fingerprint and content hash of every file
Entries = dict[str, list[str]]


@dataclass(frozen=True)
class Written:
    """What one build did: numbers of files, and the size of the site in bytes."""

    pages: int
    written: int
    removed: int
    size: int


@dataclass(frozen=True)
class Folder:
    """A folder for a site, checked.

    Attributes:
        known: path, fingerprint and content hash of the files that an earlier build wrote.
    """

    path: Path
    known: Entries

    @classmethod
    def of(cls, path: Path) -> Folder:
        """A folder that is absent, empty or an earlier site. Writes nothing.

        Raises:
            BadInput: when it is anything else.
        """
        manifest = path / MANIFEST
        try:
            if not path.exists() or (path.is_dir() and not any(path.iterdir())):
                return cls(path, {})
            if path.is_dir() and manifest.is_file():
                return cls(path, _entries(manifest.read_bytes()))
        except OSError as error:
            raise BadInput(f"--out {path}: {error.strerror}; name a folder that can be written to") from error
        kind = f"has other files than a report ({MANIFEST} is missing)" if path.is_dir() else "is not a folder"
        raise BadInput(f"--out {path} {kind}; name a new or an empty folder, nothing was written")

    def write(self, pages: Iterable[Page], frame: Mapping[str, Any]) -> Written:
        """Bring the folder up to date. A page is rendered only when its fingerprint or its file changed.

        Raises:
            BadInput: when a file cannot be written.
        """
        try:
            return self._write(pages, frame)
        except OSError as error:
            raise BadInput(
                f"--out {self.path}: {error.strerror} ({error.filename}); free space or name another"
            ) from error

    def _write(self, pages: Iterable[Page], frame: Mapping[str, Any]) -> Written:
        entries: Entries = {}
        written = size = count = 0
        for asset in sorted(files("report").joinpath("static").iterdir(), key=lambda item: item.name):
            body = asset.read_bytes()
            written += self._put(asset.name, body)
            entries[asset.name] = ["", _hash(body)]
            size += len(body)
        for page in pages:
            count += 1
            fingerprint = page.fingerprint(frame)
            kept = self._kept(page.path, fingerprint)
            body = page.html(frame).encode() if kept is None else kept
            written += kept is None and self._put(page.path, body)
            entries[page.path] = [fingerprint, _hash(body)]
            size += len(body)
        gone = sorted(self.known.keys() - entries.keys())
        for name in gone:
            (self.path / name).unlink(missing_ok=True)
        self._put(MANIFEST, orjson.dumps(entries, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n")
        return Written(count, written, len(gone), size)

    def _kept(self, name: str, fingerprint: str) -> bytes | None:
        """The file of an earlier build, when it is what would be written again."""
        before, content = self.known.get(name, ["", ""])
        file = self.path / name
        if before != fingerprint or not file.is_file():
            return None
        body = file.read_bytes()
        return body if _hash(body) == content else None

    def _put(self, name: str, body: bytes) -> bool:
        """Write a file whole, unless it is the same already. True: it was written."""
        file = self.path / name
        if file.is_file() and file.read_bytes() == body:
            return False
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f".{file.name}.part")
        part.write_bytes(body)
        part.replace(file)
        return True


def _entries(manifest: bytes) -> Entries:
    """Entries of a manifest. One that cannot be read counts as empty: then every page is written again."""
    try:
        found = orjson.loads(manifest)
    except orjson.JSONDecodeError:
        return {}
    return {name: entry for name, entry in found.items() if _is_inside(name)} if isinstance(found, dict) else {}


def _is_inside(name: str) -> bool:
    """Whether a path stays in the folder: files outside are never removed, whatever a manifest says."""
    return not Path(name).is_absolute() and ".." not in Path(name).parts


def _hash(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
