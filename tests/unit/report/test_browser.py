"""The pages in a browser, from disk: no request to anybody, no sideways scrolling, tables of box scores, axe."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
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
    with_charts = next(path for path in sorted((site / "games").glob("*.html")) if 'class="l2"' in path.read_text())
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
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        page.screenshot(path=str(tmp_path / f"{name.replace('/', '-')}.png"), full_page=True)
        if find_spec(AXE):
            page.evaluate(files(AXE).joinpath("axe.min.js").read_text())
            found = page.evaluate("axe.run()")["violations"]
            assert [(item["id"], item["nodes"][0]["html"]) for item in found] == [], name
    assert errors == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
