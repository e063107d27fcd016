"""The raw store: every response of the API, immutable. It is also the ledger of the requests that were made.

An object is two zstd frames: one line of JSON (the envelope) and the exact body. `zstd -dc` prints both.
It is written once and atomically, under `raw/<endpoint>/season=YYYY/<request key>/<fetched_at>-<sha8>.json.zst`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime

import obstore
import orjson
import zstandard
from obstore.exceptions import AlreadyExistsError, GenericError, NotFoundError
from obstore.store import LocalStore, ObjectStore
from pydantic import TypeAdapter

from tasks.errors import LakeConflict, one_line
from tasks.lake._marks import STAMP, stamped, withdrawn
from tasks.lake.storage import explaining_storage_errors
from tasks.requests import Request

ROOT = "raw"
GOOD, BAD = ".json.zst", ".rejected.zst"
ENVELOPE_READ = 65_536  # bytes read for an envelope, whose frame has up to 15 kB: a tally of 1,800 games
LEVEL = 3
NAME = re.compile(
    r"^(?P<endpoint>\w+)/season=(?P<season>\d{4}|all)/(?P<key>[^/]+)/(?P<stamp>\d{8}T\d{12}Z)-(?P<sha8>[0-9a-f]{8})"
    r"(?P<kind>\.json\.zst|\.rejected\.zst)$"
)


WHOLE_TEXT = "*"  # in an envelope's tally: the response as a whole
LONGEST_REASON = 300  # characters

Tally = tuple[dict[int | None, int], frozenset[int | None]]  # rows per game (None: the response), games not over


@dataclass(frozen=True)
class Envelope:
    """The facts stored about a response besides its body. It contains no secret.

    Attributes:
        tally: number of rows per game id, or of the whole response under `*`; see `tasks.layers.guard`. None in
            responses that were stored by earlier releases.
        open_games: games in the tally that were not over when the response came.
        checked_by: fingerprint of the contract by which the body was read in full, so that the tally counts only rows
            that satisfy it; None if the records were only counted.
        repeats: sha256 of the body before it, if this body has all of its records: see `tasks.layers.earlier`.
    """

    endpoint: str
    params: dict[str, str]
    season: int | None
    url: str
    status: int
    fetched_at: str
    elapsed_seconds: float
    records: int
    sha256: str
    bytes: int
    remaining_calls: int | None
    contract: str
    tally: dict[str, int] | None = None
    open_games: list[int] = field(default_factory=list)
    checked_by: str | None = None
    repeats: str | None = None


@dataclass(frozen=True, order=True)
class RawObject:
    """A stored response, as described by its name. Sorts by time of arrival."""

    fetched_at: datetime
    path: str
    endpoint: str
    season: int | None
    key: str

    @property
    def sha8(self) -> str:
        """The first digits of the hash of its body."""
        return self.path.rpartition("-")[2].partition(".")[0]

    @classmethod
    def parse(cls, path: str) -> RawObject | None:
        """The object of a path below `raw/`, or None if the path is not that of a good response."""
        match = NAME.match(path)
        if match is None or match["kind"] != GOOD:
            return None
        season = None if match["season"] == "all" else int(match["season"])
        stamp = stamped(match["stamp"])
        return None if stamp is None else cls(stamp, path, match["endpoint"], season, match["key"])


_ENVELOPE = TypeAdapter(Envelope)


class RawStore:
    """Immutable responses in a folder or a bucket."""

    def __init__(self, store: ObjectStore, root: str = ROOT, may_write: Callable[[], None] = lambda: None) -> None:
        self.store = store
        self.root = root
        self._require_writable = may_write
        self.tallies: dict[str, Tally] = {}  # of objects whose envelope has none
        self.opened: dict[str, Envelope] = {}  # envelopes that plans and checks have read: they never change
        self.judged: dict[tuple[str, int | None, bool], tuple[frozenset[str], object]] = {}  # see tasks/layers/guard.py

    @explaining_storage_errors
    def put(self, request: Request, envelope: Envelope, body: bytes, *, good: bool = True) -> RawObject:
        """Store a response. Repeating the same call has no effect.

        Raises:
            LakeConflict: when another body is stored under the same name.
        """
        self._require_writable()
        fetched_at = datetime.fromisoformat(envelope.fetched_at)
        name = f"{fetched_at:{STAMP}}-{envelope.sha256[:8]}{GOOD if good else BAD}"
        path = f"{request.folder}/{name}"
        compressor = zstandard.ZstdCompressor(LEVEL, write_checksum=True)
        data = compressor.compress(orjson.dumps(asdict(envelope)) + b"\n") + compressor.compress(body)
        try:
            self._create(self._at(path), data)
        except AlreadyExistsError:
            if bytes(obstore.get(self.store, self._at(path)).bytes()) != data:
                raise LakeConflict(f"raw object {path} exists with other content; raw is never overwritten") from None
        return RawObject(fetched_at, path, request.endpoint, request.season, request.key)

    def _create(self, path: str, data: bytes) -> None:
        try:
            obstore.put(self.store, path, data, mode="create")
        except GenericError:
            # The client retries 500 and 503, but after a time-out it does not know whether the object was created.
            # A second attempt is safe: if the object exists now, `put` compares its content.
            obstore.put(self.store, path, data, mode="create")

    def _at(self, path: str) -> str:
        return f"{self.root}/{path}"

    @explaining_storage_errors
    def envelope(self, path: str) -> Envelope:
        """The envelope of one object, read without its body."""
        head = bytes(obstore.get_range(self.store, self._at(path), start=0, end=ENVELOPE_READ))
        return _open(head, path)[0]

    def envelopes(self, paths: list[str]) -> dict[str, Envelope]:
        """Many envelopes, read in parallel where each read is a round trip; of a folder, threads take longer."""
        if isinstance(self.store, LocalStore):
            return {path: self.envelope(path) for path in paths}
        with ThreadPoolExecutor(max_workers=16) as pool:
            return dict(zip(paths, pool.map(self.envelope, paths), strict=True))

    @explaining_storage_errors
    def body(self, path: str) -> tuple[Envelope, bytes]:
        """Envelope and exact body of one object.

        Raises:
            LakeConflict: when the object is missing, or its body does not match its envelope.
        """
        try:
            data = bytes(obstore.get(self.store, self._at(path)).bytes())
        except (NotFoundError, FileNotFoundError):
            raise LakeConflict(f"raw object {path} is missing; fetch its request again with --refresh") from None
        envelope, rest = _open(data, path)
        try:
            body = zstandard.ZstdDecompressor().decompress(rest)
        except zstandard.ZstdError as error:
            raise LakeConflict(f"raw object {path} is damaged ({error}); fetch its request again") from error
        if hashlib.sha256(body).hexdigest() != envelope.sha256:
            raise LakeConflict(f"raw object {path} does not match its sha256; fetch its request again")
        return envelope, body

    def objects(self, endpoint: str, season: int | None = None) -> Iterator[RawObject]:
        """Good responses of an endpoint (and season), from the listing alone, in no order.

        Those that an operator withdrew are left out: see `tasks.lake.verdicts`.
        """
        paths = self._paths(endpoint, season)
        rejected = withdrawn(paths)
        yield from (found for path in paths if path not in rejected and (found := RawObject.parse(path)))

    def withdrawn(self, endpoint: str = "", season: int | None = None) -> list[RawObject]:
        """Responses of an endpoint (default: of all), and of a season, that were good and that an operator withdrew."""
        return [found for path in withdrawn(self._paths(endpoint, season)) if (found := RawObject.parse(path))]

    def _paths(self, endpoint: str, season: int | None) -> list[str]:
        prefix = endpoint if season is None else f"{endpoint}/season={season}"
        listed = self._listed(self._at(prefix) if prefix else self.root)
        return [path.removeprefix(f"{self.root}/") for path in listed]

    def rejected(self, endpoint: str, season: int | None = None) -> dict[tuple[int | None, str], datetime]:
        """Time of the newest rejected response of each request, by (season, request key)."""
        newest: dict[tuple[int | None, str], datetime] = {}
        for name in self._paths(endpoint, season):
            found = RawObject.parse(name.removesuffix(BAD) + GOOD) if name.endswith(BAD) else None
            if found is not None:
                place = (found.season, found.key)
                newest[place] = max(newest.get(place, found.fetched_at), found.fetched_at)
        return newest

    @explaining_storage_errors
    def _listed(self, prefix: str) -> list[str]:
        return [meta["path"] for batch in obstore.list(self.store, prefix) for meta in batch]

    def responses(self, stamp: str) -> Iterator[RawObject]:
        """Responses of all endpoints, including rejected ones, whose time stamp begins with `stamp`: "202501".

        Other names are not parsed, so one month of a large lake is found quickly.
        """
        for path in self._listed(self.root):
            place, _, name = path.rpartition("/")
            if name.startswith(stamp):
                kind = name.removesuffix(BAD).removesuffix(GOOD)
                found = RawObject.parse(f"{place.removeprefix(f'{self.root}/')}/{kind}{GOOD}")
                if found is not None:
                    yield found if name.endswith(GOOD) else replace(found, path=path.removeprefix(f"{self.root}/"))

    def history(self, endpoint: str, season: int | None = None) -> dict[tuple[int | None, str], list[RawObject]]:
        """All good responses of each request, newest first, by (season, request key)."""
        versions: dict[tuple[int | None, str], list[RawObject]] = {}
        for found in sorted(self.objects(endpoint, season), reverse=True):
            versions.setdefault((found.season, found.key), []).append(found)
        return versions

    def latest(self, endpoint: str, season: int | None = None) -> dict[tuple[int | None, str], RawObject]:
        """The newest good response of each request, by (season, request key)."""
        return {place: versions[0] for place, versions in self.history(endpoint, season).items()}


def _open(data: bytes, path: str) -> tuple[Envelope, bytes]:
    """The envelope from the first frame, and the bytes after it."""
    reader = zstandard.ZstdDecompressor().decompressobj()
    try:
        envelope = _ENVELOPE.validate_json(reader.decompress(data), strict=True)
        _require_dates(envelope)
    except (zstandard.ZstdError, ValueError) as error:
        why = one_line(error, LONGEST_REASON)
        raise LakeConflict(f"raw object {path} has no readable envelope ({why}); fetch its request again") from error
    if f"-{envelope.sha256[:8]}." not in path:
        raise LakeConflict(f"raw object {path} contains the response to another request; fetch its request again")
    return envelope, reader.unused_data


def _require_dates(envelope: Envelope) -> None:
    if datetime.fromisoformat(envelope.fetched_at).tzinfo is None:
        raise ValueError("fetched_at has no time zone")
    if (requested := envelope.params.get("date")) is not None:
        date.fromisoformat(requested[:10])
    for game in envelope.tally or {}:
        if game != WHOLE_TEXT:
            int(game)
