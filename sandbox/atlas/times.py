"""Times in the format of the API."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """A JavaScript date: UTC with milliseconds."""
    return as_utc(moment.astimezone(UTC))


def as_utc(moment: datetime) -> str:
    """The clock reading of a time with milliseconds, labelled Z whatever its zone is."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
