"""Pages as values, and their templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import orjson
from jinja2 import Environment, PackageLoader, StrictUndefined

from report.cells import body, numbers
from report.charts import Drawing
from report.digests import digest_of
from report.forms import day, shown


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
        kind: of thousands of pages with the same tables: its name in the list of tables.
    """

    path: str
    title: str
    template: str
    content: Mapping[str, Any]
    tables: Sequence[str] = ()
    drawings: Mapping[str, Drawing] = field(default_factory=dict)
    as_of: str = ""
    kind: str = ""

    @property
    def root(self) -> str:
        """The way from the page to the site's folder: empty, or `../`."""
        return "../" * self.path.count("/")

    @property
    def section(self) -> str:
        """The list that the page is reached from: `conferences/index.html` for `conferences/12.html`."""
        return f"{self.path.rpartition('/')[0]}/index.html"

    def fingerprint(self, shared: str) -> str:
        """Hash of all that the page follows from.

        Args:
            shared: `shared_hash` of what all pages have in common.
        """
        drawings = {name: (item.chart.__name__, item.title, item.rows) for name, item in self.drawings.items()}
        facts = (self.path, self.title, self.template, self.content, self.tables, drawings, self.as_of, self.kind)
        return _hash(shared, facts)

    def text(self, frame: Mapping[str, Any]) -> str:
        """The page.

        Args:
            frame: what all pages share: see `report.site`.
        """
        drawn = {name: item.svg() for name, item in self.drawings.items()}
        template = environment().get_template(self.template)
        return template.render(page=self, root=self.root, drawn=drawn, **frame, **self.content)


@dataclass(frozen=True)
class Data:
    """Data of several pages: a script that calls a function with it. A page from disk can run such a file, not read it.

    Attributes:
        path: below the site's folder, with `/`.
        call: name of the function.
        content: numbers, texts, and lists and mappings of them.
    """

    path: str
    call: str
    content: Mapping[str, Any]

    def fingerprint(self, shared: str) -> str:
        """Hash of the content."""
        return _hash(self.call, self.path, self.content)

    def text(self, frame: Mapping[str, Any]) -> str:
        """The script."""
        return f"{self.call}({orjson.dumps(self.content).decode()});\n"


def shared_hash(frame: Mapping[str, Any]) -> str:
    """Hash of what all pages have in common: what they share, templates and code."""
    return _hash(code_hash(), frame)


def _hash(*parts: Any) -> str:
    return digest_of(orjson.dumps(part, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS) for part in parts)


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
    made.filters |= {"shown": shown, "day": day, "body": body, "numbers": numbers}
    return made


@cache
def code_hash() -> str:
    """Hash of this package: modules, templates, style and script."""
    folders = (files("report").joinpath(folder) for folder in ("", "pages", "templates", "static"))
    found = [item for folder in folders for item in sorted(folder.iterdir(), key=lambda item: item.name)]
    return digest_of(item.name.encode() + b"\0" + item.read_bytes() for item in found if item.is_file())
