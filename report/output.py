"""The files of a site: only what changed is written, each file whole, and pages that no longer exist are removed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import orjson

from report.digests import digest_of
from report.page import shared_hash
from report.places import Place, place_of
from tasks.errors import BadInput

MANIFEST = "report.json"  # its presence marks a folder as ours; it has fingerprint, digest and size of every file
Entry = tuple[str, str, int]
NOTHING: Entry = ("", "", -1)


class Made(Protocol):
    """A file of a site before it is written."""

    @property
    def path(self) -> str:
        """Below the site's folder."""
        ...

    def fingerprint(self, shared: str) -> str:
        """Hash of all that the file follows from."""
        ...

    def text(self, frame: Mapping[str, Any]) -> str:
        """The content."""
        ...


@dataclass(frozen=True)
class Written:
    """What one build did: numbers of pages and files, size of the site in bytes, and where it is."""

    pages: int
    written: int
    removed: int
    size: int
    location: str


@dataclass(frozen=True)
class Output:
    """A place for a site, checked.

    Attributes:
        known: what an earlier build wrote, by path.
    """

    place: Place
    known: dict[str, Entry]

    @classmethod
    def of(cls, out: str | Path) -> Output:
        """A folder or `s3://bucket/prefix` that is absent, empty or an earlier site. Writes nothing.

        Raises:
            BadInput: when it is anything else.
            LakeUnavailable: when S3 cannot be read.
        """
        place = place_of(out)
        if place.is_empty():
            return cls(place, {})
        manifest = place.read(MANIFEST)
        if manifest is None:
            raise BadInput(
                f"--out {out} has other files than a report ({MANIFEST} is missing); name a new or an empty folder, "
                "nothing was written"
            )
        return cls(place, _entries(manifest))

    def write(self, made: Iterable[Made], frame: Mapping[str, Any]) -> Written:
        """Bring the site up to date. A file is rendered only when its fingerprint or the file itself changed.

        The manifest is there from the first file on, so a build that was interrupted can be continued.

        Raises:
            BadInput: when a file cannot be written.
            LakeUnavailable: when S3 fails.
        """
        if not self.known:
            self.place.put(MANIFEST, _manifest({}))
            self.place.finish()
        entries: dict[str, Entry] = {}
        written, shared = 0, shared_hash(frame)
        for asset in sorted(files("report").joinpath("static").iterdir(), key=lambda item: item.name):
            written += self._put(entries, asset.name, "", asset.read_bytes())
        for item in made:
            fingerprint = item.fingerprint(shared)
            before = self.known.get(item.path, NOTHING)
            if before[0] == fingerprint and self.place.has(item.path, *before[1:]):
                entries[item.path] = before
            else:
                written += self._put(entries, item.path, fingerprint, item.text(frame).encode())
        self.place.finish()
        gone = sorted(self.known.keys() - entries.keys())
        self.place.remove(gone)
        self.place.put(MANIFEST, _manifest(entries))
        self.place.finish()
        pages = sum(name.endswith(".html") for name in entries)
        return Written(pages, written, len(gone), sum(entry[2] for entry in entries.values()), self.place.location)

    def _put(self, entries: dict[str, Entry], name: str, fingerprint: str, body: bytes) -> bool:
        """Write a file, unless it is the same already. True: it was written."""
        entries[name] = (fingerprint, digest_of([body]), len(body))
        if self.known.get(name, NOTHING)[1:] == entries[name][1:] and self.place.has(name, *entries[name][1:]):
            return False
        self.place.put(name, body)
        return True


def _manifest(entries: Mapping[str, Entry]) -> bytes:
    """An entry per line: with indents the file of a full season is a fifth larger."""
    lines = [f"{orjson.dumps(name).decode()}:{orjson.dumps(entries[name]).decode()}" for name in sorted(entries)]
    return f"{{{','.join(f'{chr(10)}{line}' for line in lines)}\n}}\n".encode()


def _entries(manifest: bytes) -> dict[str, Entry]:
    """Entries of a manifest. One that cannot be read counts as empty: then every page is written again."""
    try:
        found = orjson.loads(manifest)
        return {name: (str(one), str(two), int(size)) for name, (one, two, size) in found.items() if _is_inside(name)}
    except (orjson.JSONDecodeError, AttributeError, TypeError, ValueError):
        return {}


def _is_inside(name: str) -> bool:
    """Whether a path stays in the folder: files outside are never removed, whatever a manifest says."""
    return not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
