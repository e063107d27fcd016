"""Times in the format of the API."""

from datetime import UTC, datetime


def iso(moment: datetime) -> str:
    """A JavaScript date: UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
