"""Values as text: how the pages write numbers, days and times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from quality.calendar import EASTERN

DASH = "\u2013"  # between two numbers, and for null
FORMS = {
    "integer": "{:,.0f}",
    "tenth": "{:.1f}",
    "hundredth": "{:.2f}",
    "thousandth": "{:.3f}",
    "signed": "{:+.1f}",
    "change": "{:+,.0f}",
    "percent": "{:.1%}",
    "whole_percent": "{:.0%}",
}


@dataclass(frozen=True)
class Shown:
    """A column of a table.

    Attributes:
        key: of the row's value. If the row has `<key>_link`, the cell links to that page.
        label: heading.
        form: `text`, `date`, `share` (0-1, rounded down), or one of FORMS.
        name: column of the registry that the heading's tooltip explains; default: `key`.
    """

    key: str
    label: str
    form: str = "text"
    name: str | None = None

    @property
    def is_number(self) -> bool:
        """Whether the cells are numbers, which are aligned on the right."""
        return self.form in FORMS or self.form == "share"


def shown(value: Any, form: str = "text") -> str:
    """A value as text; a dash for null."""
    if value is None:
        return DASH
    if form == "share":
        return f"{math.floor(1000 * value) / 10:.1f}%"  # 100 % only when nothing is missing
    if form in FORMS:
        text = FORMS[form].format(value)
        return text if any(digit in text for digit in "123456789") else text.lstrip("+-")
    return day(value) if form == "date" else str(value)


def sortable(value: Any) -> str:
    """A value for the script that sorts: it compares numbers as numbers, everything else as text."""
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, date) else str(value)


def day(value: date | None) -> str:
    """A day, such as 15 Jan 2025."""
    return DASH if value is None else f"{value.day} {value:%b %Y}"


def tip_off(value: datetime, *, to_be_determined: bool) -> str:
    """A time of day in US Eastern."""
    if to_be_determined:
        return "TBD"
    local = value.astimezone(EASTERN)
    return f"{local.hour % 12 or 12}:{local:%M} {local:%p}"
