"""HTML pages as people and browsers read them: elements that are closed, links, texts, tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}

# HTML's optional end tags: a start tag ends these open elements, and so does the end of what is around them.
ENDED_BY = {
    "tr": ("td", "th", "tr"),
    "td": ("td", "th"),
    "th": ("td", "th"),
    "dt": ("dt", "dd"),
    "dd": ("dt", "dd"),
}


@dataclass
class Element:
    """One element: its tag, attributes, elements and texts in their order."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text inside, with single spaces."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            else:
                yield from child._texts()

    def all(self, *tags: str) -> Iterator[Element]:
        """Elements inside with one of the tags; without tags, all."""
        for child in self.children:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    yield child
                yield from child.all(*tags)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> repeats an attribute: {names}"
        made = Element(tag, {name: value or "" for name, value in attrs})
        self._end(ENDED_BY.get(tag, ()))
        self.open[-1].children.append(made)
        if tag not in VOID:
            self.open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def _end(self, tags: Iterable[str]) -> None:
        while self.open[-1].tag in tags:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        self._end(ENDED_BY.keys() - {tag})
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}> in line {self.getpos()[0]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(html: str) -> Element:
    """The elements of a page. An element that is not closed, or closed by another's end tag, fails the test."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], f"<{reader.open[-1].tag}> is not closed"
    return reader.root


def table(page: Element, caption: str) -> list[dict[str, str]]:
    """Rows of the table with a caption: text by heading."""
    found = next(item for item in page.all("table") if next(item.all("caption")).text == caption)
    headings = [cell.text for cell in next(found.all("thead")).all("th")]
    rows = [[cell.text for cell in row.all("th", "td")] for row in next(found.all("tbody")).all("tr")]
    return [dict(zip(headings, row, strict=True)) for row in rows]
