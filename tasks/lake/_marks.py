"""Times in the names of raw objects, and the names of verdicts on them, as they stand in a listing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime

STAMP = "%Y%m%dT%H%M%S%fZ"
MARK = re.compile(r"^(?P<object>.+\.json\.zst)\.(?P<stamp>\d{8}T\d{12}Z)\.(?P<verdict>reject|accept)\.json$")


def stamped(text: str) -> datetime | None:
    """The time of a stamp in a name; None if there is no such time."""
    try:
        return datetime.strptime(text, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None


def newest_marks(paths: Iterable[str]) -> dict[str, str]:
    """Path of the newest verdict on each object that has one."""
    newest: dict[str, str] = {}
    for path in sorted(paths):  # by object, then by time
        if match := MARK.match(path):
            newest[match["object"]] = path
    return newest


def withdrawn(paths: Iterable[str]) -> set[str]:
    """Objects whose newest verdict rejects them."""
    return {path for path, mark in newest_marks(paths).items() if mark.endswith(".reject.json")}
