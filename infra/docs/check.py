"""Checks a built site: every link and anchor leads somewhere, and no page loads anything from another server.

`python infra/docs/check.py build/docs`; exit code 1 with a line per problem.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src"), ("link", "href")}
OF_A_SERVER = "404.html"  # is shown at any address, so its links begin with the site's


@dataclass
class Page(HTMLParser):
    """What a page has: names that a link can lead to, links, and what a browser loads."""

    ids: set[str] = field(default_factory=set)
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take the attributes of one element."""
        for name, value in attrs:
            if name == "id" and value:
                self.ids.add(value)
            elif (tag, name) in LOADED and dict(attrs).get("rel") != "canonical":
                self.loaded.append(value or "")
            elif (tag, name) == ("a", "href"):
                self.links.append(value or "")


def problems(site: Path) -> Iterator[str]:
    """A line for each link that leads nowhere, and for each file of another server."""
    pages = {path.resolve(): _read(path) for path in sorted(site.rglob("*.html")) if path.name != OF_A_SERVER}
    if not pages:
        yield f"{site} has no pages; run `make docs`"
    for path, page in pages.items():
        for address in page.loaded:
            if urlsplit(address).netloc:
                yield f"{path.name} loads {address}: pages must work without a network"
        for address in (*page.links, *page.loaded):
            if not _leads_somewhere(path, address, pages):
                yield f"{path.name} links {address}, which is not in the site"


def _read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def _leads_somewhere(path: Path, address: str, pages: dict[Path, Page]) -> bool:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return True
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not parts.fragment or target not in pages:
        return target.is_file()
    return unquote(parts.fragment) in pages[target].ids | {"__skip"}


def main() -> int:
    """Check the site that the command line names."""
    found = sorted(set(problems(Path(sys.argv[1]))))
    sys.stderr.writelines(f"{line}\n" for line in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
