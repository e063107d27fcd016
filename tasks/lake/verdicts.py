"""Verdicts on raw objects: an operator can reject a response that was stored as good, and accept it again.

A raw object is never changed or deleted. A verdict is a small JSON object beside it, written once:
`<raw object>.<time>.reject.json` or `.accept.json`. The newest one counts. It is read from the names alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import obstore
import orjson
import polars as pl
from obstore.store import ObjectStore

from tasks.errors import BadInput, did_you_mean
from tasks.lake._marks import MARK, STAMP, newest_marks, stamped
from tasks.lake.raw import BAD, GOOD, ROOT, RawObject
from tasks.lake.storage import explaining_storage_errors

Verdict = Literal["good", "rejected", "withdrawn"]
SCHEMA: dict[str, pl.DataType] = {
    "object": pl.String(),
    "verdict": pl.String(),
    "bytes": pl.Int64(),
    "fetched_at": pl.Datetime("us", "UTC"),
    "reason": pl.String(),
}


@dataclass(frozen=True)
class Judged:
    """A raw object with its verdict.

    Attributes:
        verdict: `good`; `rejected` when it arrived; `withdrawn` by an operator.
        bytes: as stored.
        mark: path of the newest verdict on it, if there is one.
    """

    raw: RawObject
    verdict: Verdict
    bytes: int
    mark: str | None = None


class Verdicts:
    """The verdicts in a raw store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def all(self, endpoints: Iterable[str] = (), season: int | None = None) -> Iterator[Judged]:
        """Every raw object of some endpoints (default: all) and of a season (default: all), sorted by path."""
        for prefix in [f"{ROOT}/{name}" for name in endpoints] or [ROOT]:
            yield from self._below(prefix if season is None or prefix == ROOT else f"{prefix}/season={season}", season)

    @explaining_storage_errors
    def _listed(self, prefix: str) -> dict[str, int]:
        found = {meta["path"]: meta["size"] for batch in obstore.list(self._store, f"{prefix}/") for meta in batch}
        return {path.removeprefix(f"{ROOT}/"): size for path, size in sorted(found.items())}

    def _below(self, prefix: str, season: int | None) -> Iterator[Judged]:
        listed = self._listed(prefix)
        marks = newest_marks(listed)
        for path, size in listed.items():
            raw = RawObject.parse(path.removesuffix(BAD).removesuffix(GOOD) + GOOD)
            if raw is None or season not in (None, raw.season) or MARK.match(path):
                continue
            raw = RawObject(raw.fetched_at, path, raw.endpoint, raw.season, raw.key)
            mark = marks.get(path)
            if path.endswith(BAD):
                yield Judged(raw, "rejected", size)
            elif mark is not None and mark.endswith("reject.json"):
                yield Judged(raw, "withdrawn", size, mark)
            else:
                yield Judged(raw, "good", size, mark)

    @explaining_storage_errors
    def why(self, item: Judged) -> str | None:
        """Why an operator withdrew a response; None if it is not withdrawn."""
        if item.verdict != "withdrawn":
            return None
        try:
            return str(orjson.loads(bytes(obstore.get(self._store, f"{ROOT}/{item.mark}").bytes()))["reason"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return "the reason cannot be read"

    def reject(self, path: str, reason: str, now: datetime) -> Judged:
        """Withdraw a response that was good; the tables are then built as if it were not there.

        Raises:
            BadInput: when there is no such object, it is not good, or there is no reason.
        """
        found = self._object(path)
        if not reason.strip():
            raise BadInput("--reason is empty: say why the response is rejected, for those who read it later")
        if found.verdict != "good":
            raise BadInput(f"{found.raw.path} is {found.verdict} already")
        self._judge(found, "reject", reason.strip(), now)
        return found

    def accept(self, path: str, now: datetime) -> Judged:
        """Take a withdrawn response back; the tables are then built as before.

        Raises:
            BadInput: when there is no such object, or it was not withdrawn.
        """
        found = self._object(path)
        if found.verdict == "rejected":
            raise BadInput(f"{found.raw.path} was rejected when it arrived, because it cannot be used; fetch it again")
        if found.verdict == "good":
            raise BadInput(f"{found.raw.path} is good already")
        self._judge(found, "accept", "accepted again", now)
        return found

    def _object(self, path: str) -> Judged:
        """The object of a path as `raw list` prints it, as a path in the lake, or as a file's path."""
        wanted = path.strip().rpartition(f"{ROOT}/")[2] if f"/{ROOT}/" in f"/{path.strip()}" else path.strip()
        folder = wanted.rpartition("/")[0]
        near = list(self._below(f"{ROOT}/{folder}", None)) if folder and ".." not in folder else []
        found = next((item for item in near if item.raw.path == wanted), None)
        if found is None:
            advice = did_you_mean(wanted, [item.raw.path for item in near]) or "; `cbbd-etl raw list` prints them"
            raise BadInput(f"there is no raw object {path!r}{advice}")
        return found

    @explaining_storage_errors
    def _judge(self, item: Judged, verdict: str, reason: str, now: datetime) -> None:
        at = _after_the_last(item.mark, now.astimezone(UTC))
        name = f"{item.raw.path}.{at:{STAMP}}.{verdict}.json"
        said = {"object": item.raw.path, "verdict": verdict, "reason": reason, "at": at.isoformat()}
        text = orjson.dumps(said, option=orjson.OPT_INDENT_2)
        obstore.put(self._store, f"{ROOT}/{name}", text, mode="create")

    def frame(self, items: Iterable[Judged]) -> pl.DataFrame:
        """Objects as rows, for people and other programs."""
        rows = [
            (
                item.raw.path,
                item.verdict,
                item.bytes,
                item.raw.fetched_at,
                self.why(item),
            )
            for item in items
        ]
        return pl.DataFrame(rows, SCHEMA, orient="row")


def _after_the_last(mark: str | None, now: datetime) -> datetime:
    """The time of a new verdict: later than the last one's, even if the clock of this machine is behind."""
    match = MARK.match(mark or "")
    last = stamped(match["stamp"]) if match else None
    return now if last is None else max(now, last + timedelta(microseconds=1))
