"""Responses to one request in order of arrival, and which of them is in force for a game."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from tasks.lake.raw import Envelope, RawObject, Tally

TOLERANCE = 0.05  # share of a game's rows that a response may lack; genuine corrections remove a few plays of hundreds
BELIEVED = 3  # different UTC days on which the source must repeat a lower number before it is believed

Subject = int | None  # a game id; None for a whole response
Place = tuple[str, str]  # endpoint and request key


@dataclass(frozen=True)
class Version:
    """Equal responses to one request in a row, with their rows per game."""

    raw: RawObject
    days: frozenset[date]
    envelope: Envelope
    tally: Tally

    @property
    def place(self) -> Place:
        return self.raw.endpoint, self.raw.key

    def rows(self, subject: Subject) -> int | None:
        return self.tally[0].get(subject)

    def allows(self, subject: Subject, rows: int) -> bool:
        """Whether a later response may have so many rows of a game."""
        before = self.rows(subject) or 0
        return subject in self.tally[1] or rows >= before - int(TOLERANCE * before)


@dataclass
class Ruling:
    """The response in force for one game, and the later ones that are held back."""

    served: Version
    refused: list[Version] = field(default_factory=list)
    days: frozenset[date] = frozenset()
    rows: int = 0
    believed: bool = False

    def consider(self, version: Version, subject: Subject) -> None:
        """Take a later response into force, or hold it back."""
        rows = version.rows(subject)
        if rows is None and version.place != self.served.place:
            return  # another request, which does not cover the game
        found = rows or 0
        self.days = version.days | (self.days if self.refused and found == self.rows else frozenset())
        self.rows = found
        allowed = self.served.allows(subject, found)
        if allowed or len(self.days) >= BELIEVED:
            self.served, self.refused, self.believed = version, [], not allowed
        else:
            self.refused.append(version)
