"""What is known of the earlier responses to a request when a new one arrives: most of them are equal to it.

The newest 7 days of plays are requested every day and rarely change. A response that is equal to one of which every
record is known to be a row, or not, need not be read to be judged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from quality.dataset import Endpoint, Pattern
from tasks.errors import LakeConflict
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.raw import Envelope, RawObject
from tasks.layers._days import DIGITS, pieces
from tasks.layers.report import fingerprint
from tasks.layers.sources import Source
from tasks.requests import Request


@dataclass(frozen=True)
class Earlier:
    """The newest good response to a request that has rows.

    Attributes:
        has_rows_only: bronze was built from it, or from one equal to it, and rejected no record.
        read: reads its body.
    """

    envelope: Envelope
    has_rows_only: bool = False
    read: Callable[[], bytes] = field(default=bytes, compare=False)

    def settles(self, envelope: Envelope, contract: str) -> bool:
        """Whether its tally is that of a new response, too.

        A game that was not over may be over now, though the response is the same: then the rows are counted again.

        Args:
            contract: fingerprint of the contract in force.
        """
        known = self.envelope
        is_equal = known.sha256 == envelope.sha256 and known.tally is not None and not known.open_games
        return is_equal and (self.has_rows_only or known.checked_by == contract)

    def repeated_by(self, envelope: Envelope, body: bytes) -> str | None:
        """The sha256 of the body before a new one, if the new one has all of its records; else None.

        Of a body equal to this one it is what this one repeats. Corrections need not read such bodies again.
        """
        known = self.envelope
        if known.sha256 == envelope.sha256:
            return known.repeats
        with suppress(LakeConflict):  # the earlier body is missing or damaged: it cannot be compared
            return known.sha256 if known.bytes < len(body) and has_records(body, self.read()) else None
        return None


def has_records(body: bytes, part: bytes) -> bool:
    """Whether a JSON array begins or ends with all elements of another one, written in the same way.

    What is between two such places is not compared: the same bytes could be inside of an element there.
    """
    return body.startswith(part[:-1] + b",") or body.endswith(b"," + part[1:])


@dataclass(frozen=True)
class Answered:
    """The good responses to the requests of a dataset and season, as they are before its next calls.

    Attributes:
        built: for days whose bronze has all records of their response, the fingerprint of the day's inputs.
    """

    lake: Lake
    endpoint: Endpoint
    history: Mapping[tuple[int | None, str], list[RawObject]] = field(default_factory=dict)
    built: Mapping[date, str] = field(default_factory=dict)

    @classmethod
    def of(cls, lake: Lake, endpoint: Endpoint, season: int | None) -> Answered:
        """What a lake has."""
        history = lake.raw.history(endpoint.name, season)
        by_date = history and endpoint.pattern is Pattern.DATES
        return cls(lake, endpoint, history, _built(lake, endpoint) if by_date else {})

    def before(self, request: Request, sha256: str) -> Earlier | None:
        """The newest response to a request that has rows.

        Args:
            sha256: of the body that has come.
        """
        versions = self.history.get((request.season, request.key), [])
        found = ((item, self.lake.raw.envelope(item.path)) for item in versions)
        newest = next(((item, envelope) for item, envelope in found if envelope.records), None)
        if newest is None:
            return None
        day, equal = Source(*newest).date, [item for item in versions if sha256.startswith(item.sha8)]
        made_from = {fingerprint(self.endpoint.table, [item.path])[:DIGITS] for item in equal}
        path = newest[0].path
        return Earlier(newest[1], self.built.get(day) in made_from, lambda: self.lake.raw.body(path)[1])


def _built(lake: Lake, endpoint: Endpoint) -> dict[date, str]:
    table = endpoint.table
    months = [PartitionKey.parse(name) for name in lake.inputs(table)]
    found = [piece for key in months for piece in pieces(lake, table, key) if not piece.counts.by_rule]
    return {day: text for piece in found for day, text in piece.inputs.items()}
