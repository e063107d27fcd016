"""Columns that many tables share: where a row comes from, and what its request adds to it."""

from __future__ import annotations

from quality.columns import DATE, INT, STRING, TIMESTAMP, Column
from quality.drift import UNKNOWN_FIELDS

PROVENANCE = (
    Column(name="fetched_at", dtype=TIMESTAMP, description="Time when we received the response, UTC"),
    Column(name="raw_object", dtype=STRING, description="Raw object that holds the response: its path below raw/"),
)

UNKNOWN = Column(
    name=UNKNOWN_FIELDS,
    dtype=STRING,
    description="Fields of the record that are not in the contract, as a JSON object keyed by path in the record",
    nullable=True,
)

SEASON_INJECTED = Column(
    name="season", dtype=INT, description="Season, named after the year it ends in (2024-25 is 2025)"
)
DATE_INJECTED = Column(name="date", dtype=DATE, description="UTC date of the request")
AS_OF = Column(name="as_of", dtype=DATE, description="Day of capture, US Eastern; the last response of the day counts")
