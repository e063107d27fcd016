"""The pages in a browser, from disk: no request to anybody, no sideways scrolling, tables of box scores, axe."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from report import links
from report.source import Source

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
BOTTOM = 184  # pixels of the axis of minutes in a chart of a game
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
AXE = "axe_playwright_python"
pytestmark = pytest.mark.skipif(
    BROWSER is None or find_spec("playwright") is None, reason="no Chromium or no Python package playwright here"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  it may be absent

    with sync_playwright() as started:
        opened = started.chromium.launch(executable_path=BROWSER, args=FLAGS)
        yield opened
        opened.close()


def pages(site: Path) -> list[str]:
    """Each page of the navigation, and one of each kind."""
    tops = sorted(path.name for path in site.glob("*.html"))
    kinds = [
        min((site / folder).glob("*.html")).relative_to(site).as_posix() for folder in ("teams", "players", "games")
    ]
    with_charts = next(path for path in sorted((site / "games").glob("*.html")) if "data-steps" in path.read_text())
    return [*tops, *kinds, with_charts.relative_to(site).as_posix()]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1280])
def test_pages_open_from_disk(browser: Any, site: Path, tmp_path: Path, width: int, scheme: str):
    page = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    requests: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    for name in pages(site):
        page.goto((site / name).as_uri())
        for place in page.query_selector_all("[data-team]"):
            place.wait_for_selector("tbody tr")
        for place in page.query_selector_all("[data-steps]"):
            place.wait_for_selector("svg .l1")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.screenshot(path=str(tmp_path / f"{name.replace('/', '-')}.png"), full_page=True)
        if find_spec(AXE):
            page.evaluate(files(AXE).joinpath("axe.min.js").read_text())
            found = page.evaluate("axe.run()")["violations"]
            assert [(item["id"], item["nodes"][0]["html"]) for item in found] == [], name
    assert errors == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


def test_charts_of_a_game_end_with_its_score(browser: Any, site: Path, source: Source):
    """Trap: lines of the wrong side, or on a scale of their own."""
    assert source.minutes is not None
    row = source.games.filter("has_result", pl.col("game_id").is_in(source.minutes["game_id"].implode())).row(
        0, named=True
    )
    page = browser.new_page()
    page.goto((site / links.of_game(row["game_id"])).as_uri())
    drawn = page.wait_for_selector("[data-steps] svg")
    assert f"0 to {row['home_points']} and 0 to {row['away_points']}" in drawn.get_attribute("aria-label")
    assert [item.text_content() for item in drawn.query_selector_all("text:not(.y)")][:2] == ["20", "40"]
    ends = [float(drawn.query_selector(f".l{n}").get_attribute("d").rpartition(" ")[2]) for n in (1, 2)]
    scale = (BOTTOM - min(ends)) / max(row["home_points"], row["away_points"])
    expected = [BOTTOM - scale * row[f"{side}_points"] for side in ("home", "away")]
    assert ends == pytest.approx(expected, abs=0.2)
