"""The report as a whole: a page for everything, links that resolve, no request to anybody, the same bytes again."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from report import links
from report.pages.players import linked_players
from report.site import build
from report.source import Source
from tasks.lake.lake import Lake
from tests.support.html import Element, parse
from tests.unit.report.conftest import SEASON

REFERENCES = ("href", "src", "srcset", "action", "data", "poster", "xlink:href")
STYLES = re.compile(r"url\(|@import", re.IGNORECASE)

SVG = '"http://www.w3.org/2000/svg"'  # a name of elements, not an address


def files(site: Path) -> dict[str, bytes]:
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def html_of(site: Path) -> dict[str, Element]:
    return {name: parse(body.decode()) for name, body in files(site).items() if name.endswith(".html")}


def references(page: Element) -> list[str]:
    return [value for item in page.all() for name, value in item.attributes.items() if name in REFERENCES]


def test_every_team_conference_date_game_and_player_has_a_page(site: Path, source: Source):
    expected = {links.of_team(number) for number in source.teams["team_id"]}
    expected |= {links.of_conference(number) for number in source.teams["conference_id"].drop_nulls()}
    expected |= {links.of_day(on) for on in source.games["game_date"]}
    expected |= {links.of_game(number) for number in source.games["game_id"]}
    expected |= set(linked_players(source).values())
    expected |= set(links.NAVIGATION)
    assert source.teams.height > 20
    assert {name for name in files(site) if name.endswith(".html")} == expected


def test_every_link_leads_to_a_file_and_a_place_in_it(site: Path):
    """Trap: a link to the page of an opponent outside of Division I, which has none."""
    pages = html_of(site)
    places = {name: {item.attributes.get("id") for item in page.all()} for name, page in pages.items()}
    broken, followed = [], 0
    for name, page in pages.items():
        for link in references(page):
            if link.startswith("data:"):
                continue
            parts = urlsplit(link)
            target = posixpath.normpath(posixpath.join(posixpath.dirname(name), parts.path)) if parts.path else name
            is_there = (site / target).is_file() and (not parts.fragment or parts.fragment in places[target])
            broken += [] if is_there else [f"{name}: {link}"]
            followed += 1
    assert broken == []
    assert followed > 1000


def test_nothing_is_requested_from_anybody(site: Path):
    for name, page in html_of(site).items():
        assert [link for link in references(page) if urlsplit(link).scheme not in {"", "data"}] == [], name
        assert [link for link in references(page) if link.startswith("//")] == [], name
        styles = [item.attributes.get("style", "") for item in page.all()] + [item.text for item in page.all("style")]
        assert not [text for text in styles if STYLES.search(text)], name
    assert not STYLES.search((site / "site.css").read_text())
    for script in site.glob("*.js"):
        text = script.read_text().replace(SVG, "")
        assert not re.search(r"fetch\(|XMLHttpRequest|import\(|https?:", text), script.name


def test_pages_have_what_a_screen_reader_needs(site: Path):
    for name, page in html_of(site).items():
        assert next(page.all("html")).attributes["lang"] == "en"
        assert len(list(page.all("h1"))) == len(list(page.all("main"))) == 1, name
        names = [item.attributes["id"] for item in page.all() if "id" in item.attributes]
        assert len(names) == len(set(names)), name
        for item in page.all("table"):
            assert next(item.all("caption")).text, name
            assert all(cell.attributes.get("scope") for cell in item.all("th")), name
        labelled = {item.attributes["for"] for item in page.all("label")}
        assert {item.attributes["id"] for item in page.all("input", "select")} <= labelled, name
        assert all(item.attributes.get("aria-label") for item in page.all("svg", "nav")), name


def test_every_page_says_that_its_data_is_simulated_and_as_of_when(site: Path):
    for name, page in html_of(site).items():
        notes = [item.text for item in page.all("aside") if item.attributes["class"] == "sandbox"]
        assert notes, name
        assert notes[0].startswith("Simulated data."), name
        as_of = next(item.text for item in page.all("p") if item.attributes.get("class") == "as-of")
        assert as_of.startswith(f"Season {SEASON} · "), name
        assert "source: sandbox" in next(page.all("footer")).text


def test_a_page_names_its_tables_with_their_descriptions(read: Callable[[str], Element]):
    footer = next(read(links.RANKINGS).all("footer"))
    assert f"{links.TABLES}#gold.team_ratings_daily" in references(footer)
    described = {item.attributes["id"]: item.text for item in read(links.TABLES).all("section")}
    assert "Standard deviation of net" in described["gold.team_ratings_daily"]


def test_the_same_lake_gives_the_same_bytes(lake: Lake, site: Path, tmp_path: Path):
    """Trap: a time of building, an order of a set or a running number in a drawing."""
    build(lake, SEASON, tmp_path / "again")
    assert files(tmp_path / "again") == files(site)


def test_the_path_of_the_machine_is_on_no_page(lake: Lake, site: Path):
    folder = str(Path(lake.location).parent)
    assert not [name for name, body in files(site).items() if folder.encode() in body]
