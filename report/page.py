"""Pages as values, and their templates."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from quality.calendar import EASTERN
from report.charts import Drawing

DASH = "\u2013"  # between two numbers, and where there is no value
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


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        path: below the site's folder, with `/`.
        title: of the page, without the season.
        template: file in `templates/`.
        content: what the template shows: numbers, texts, dates, and lists and mappings of them.
        tables: tables of the lake behind the page; the page links their descriptions.
        drawings: charts by the name that the template uses.
        as_of: what the numbers stand on, in words.
    """

    path: str
    title: str
    template: str
    content: Mapping[str, Any]
    tables: Sequence[str] = ()
    drawings: Mapping[str, Drawing] = field(default_factory=dict)
    as_of: str = ""

    @property
    def root(self) -> str:
        """The way from the page to the site's folder: empty, or `../`."""
        return "../" * self.path.count("/")

    @property
    def section(self) -> str:
        """The list that the page is reached from: `conferences/index.html` for `conferences/12.html`."""
        return f"{self.path.rpartition('/')[0]}/index.html"

    def fingerprint(self, frame: Mapping[str, Any]) -> str:
        """Hash of all that the page follows from: content, drawings, what all pages share, templates and code."""
        drawings = {name: (item.chart.__name__, item.title, item.rows) for name, item in self.drawings.items()}
        parts = (
            code_hash(),
            frame,
            self.path,
            self.title,
            self.template,
            self.content,
            self.tables,
            drawings,
            self.as_of,
        )
        return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()

    def html(self, frame: Mapping[str, Any]) -> str:
        """The page.

        Args:
            frame: what all pages share: see `report.site`.
        """
        drawn = {name: item.svg() for name, item in self.drawings.items()}
        template = environment().get_template(self.template)
        return template.render(page=self, root=self.root, drawn=drawn, **frame, **self.content)


@cache
def environment() -> Environment:
    """Jinja with our templates and filters. Every value is escaped; a name without a value is an error."""
    made = Environment(
        loader=PackageLoader("report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"shown": shown, "sortable": sortable, "day": day}
    return made


@cache
def code_hash() -> str:
    """Hash of this package: modules, templates, style and script."""
    found = hashlib.sha256()
    for folder in ("", "pages", "templates", "static"):
        for item in sorted(files("report").joinpath(folder).iterdir(), key=lambda item: item.name):
            if item.is_file():
                found.update(item.name.encode() + b"\0" + item.read_bytes())
    return found.hexdigest()


def shown(value: Any, form: str = "text") -> str:
    """A value as text; a dash where there is none."""
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
