"""Take the pictures of README.md and the docs site from the default sandbox: an ingest in a terminal, rankings, a team.

Run: make pictures. It needs Chromium. A lake with gold can be named: python -m infra.docs.pictures --lake lake
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from infra.docs.terminal import page, record

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "docs" / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
RANKINGS, TEAM, TERMINAL = (960, 600), (960, 860), (712, 470)  # pixels
PLAYS = b"plays 20"  # while they are fetched, most of a run's time goes by


def taken(browser: str, page: Path, picture: Path, size: tuple[int, int]) -> None:
    """Open a page from disk and write what is visible."""
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars")
    window = f"--window-size={size[0]},{size[1]}"
    subprocess.run([browser, *flags, f"--screenshot={picture}", window, page.as_uri()], check=True, capture_output=True)
    print(f"{picture}: {picture.stat().st_size / 1000:.0f} KB")  # noqa: T201


def ingest(browser: str, command: str, lake: Path) -> None:
    """Fetch the season in a terminal, and take pictures of its screen on the way and at the end."""
    run = record([command, "ingest", "--lake", str(lake)], os.environ, lake.parent)
    if run.code:
        sys.exit("\n".join(run.screen().display))
    print(f"an ingest wrote {run.bytes / 1000:.0f} KB to its terminal")  # noqa: T201
    for name, screen in (("ingest-runs", run.screen(PLAYS)), ("ingest-ended", run.screen())):
        shown = lake.with_name(f"{name}.html")
        shown.write_text(page(screen), encoding="utf-8")
        taken(browser, shown, PICTURES / f"{name}.webp", TERMINAL)


def best_team(site: Path) -> Path:
    """The page of the team that the rankings list first."""
    first = re.search(r"teams/\d+\.html", (site / "rankings.html").read_text())
    if first is None:
        sys.exit("the rankings link no team; does the lake have gold? `cbbd-etl gold` builds it")
    return site / first[0]


def main() -> None:
    """Make a lake where none is named, its report, and the pictures of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lake", type=Path, help="a lake of the default sandbox with gold; default: one is made")
    lake: Path | None = parser.parse_args().lake
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"no browser: install one of {', '.join(BROWSERS)}")
    with tempfile.TemporaryDirectory() as folder:
        place, site = lake or Path(folder, "lake"), Path(folder, "site")
        command = str(Path(sys.executable).with_name("cbbd-etl"))
        PICTURES.mkdir(exist_ok=True)
        if lake is None:
            ingest(browser, command, place)
            subprocess.run([command, "gold", "--lake", str(place), "--quiet"], check=True)
        subprocess.run([command, "report", "--lake", str(place), "--out", str(site), "--quiet"], check=True)
        taken(browser, site / "rankings.html", PICTURES / "rankings.webp", RANKINGS)
        taken(browser, best_team(site), PICTURES / "team.webp", TEAM)


if __name__ == "__main__":
    main()
