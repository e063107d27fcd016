"""The folder: only what changed is written, what is gone is removed, and a folder of somebody else is left alone."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import orjson
import pytest

from report.output import MANIFEST, Output, Written
from report.page import Page
from tasks.errors import BadInput

FRAME = {
    "season": 2025,
    "source": "sandbox",
    "is_sandbox": True,
    "lake": "lake",
    "navigation": {"index.html": "Overview"},
    "tables_page": "tables.html",
    "coverage_page": "coverage.html",
    "meanings": {},
}
ASSETS = len(list(files("report").joinpath("static").iterdir()))  # style sheet and scripts


def slates(path: str, month: str) -> Page:
    content = {"months": [{"month": month, "dates": []}], "next": {"link": "index.html", "date": None}}
    return Page(path, "Games", "slates.html", content)


PAGES = [slates("index.html", "November"), slates("games/index.html", "December")]


def write(folder: Path, pages: list[Page]) -> Written:
    return Output.of(folder).write(pages, FRAME)


def test_a_second_build_writes_nothing(tmp_path: Path):
    first = write(tmp_path / "out", PAGES)
    assert (first.pages, first.written, first.removed) == (len(PAGES), len(PAGES) + ASSETS, 0)
    assert write(tmp_path / "out", PAGES) == replace(first, written=0)


def test_only_a_page_that_changed_is_written(tmp_path: Path):
    write(tmp_path, PAGES)
    before = (tmp_path / "games/index.html").stat().st_mtime_ns
    assert write(tmp_path, [slates("index.html", "January"), PAGES[1]]).written == 1
    assert "January" in (tmp_path / "index.html").read_text()
    assert (tmp_path / "games/index.html").stat().st_mtime_ns == before


def test_what_all_pages_share_changes_all_of_them(tmp_path: Path):
    """Trap: an incremental build that keeps the old season or lake in the footer."""
    write(tmp_path, PAGES)
    assert Output.of(tmp_path).write(PAGES, FRAME | {"lake": "another"}).written == len(PAGES)
    assert "another" in (tmp_path / "index.html").read_text()


@pytest.mark.parametrize("damage", [lambda page: page.write_text("edited"), Path.unlink])
def test_a_page_that_somebody_changed_is_written_again(tmp_path: Path, damage):
    write(tmp_path, PAGES)
    page = tmp_path / "index.html"
    whole = page.read_bytes()
    damage(page)
    assert write(tmp_path, PAGES).written == 1
    assert page.read_bytes() == whole


def test_a_page_that_no_longer_exists_is_removed(tmp_path: Path):
    write(tmp_path, PAGES)
    assert write(tmp_path, PAGES[:1]).removed == 1
    assert not (tmp_path / "games/index.html").exists()


def test_a_damaged_manifest_means_everything_is_written_again(tmp_path: Path):
    write(tmp_path, PAGES)
    (tmp_path / "index.html").write_text("edited")
    (tmp_path / MANIFEST).write_text('{"index.html": [')
    write(tmp_path, PAGES)
    assert "edited" not in (tmp_path / "index.html").read_text()
    assert orjson.loads((tmp_path / MANIFEST).read_bytes())["index.html"]


def test_a_manifest_removes_no_file_outside_of_the_folder(tmp_path: Path):
    """Trap: a manifest from somebody else's folder with `../` in a name."""
    site, precious = tmp_path / "out", tmp_path / "precious.txt"
    precious.write_text("keep")
    write(site, PAGES)
    known = orjson.loads((site / MANIFEST).read_bytes())
    (site / MANIFEST).write_bytes(orjson.dumps(known | {"../precious.txt": ["", ""], str(precious): ["", ""]}))
    write(site, PAGES)
    assert precious.read_text() == "keep"


def test_a_folder_with_other_files_is_refused(tmp_path: Path):
    (tmp_path / "thesis.txt").write_text("keep")
    with pytest.raises(BadInput, match=r"has other files than a report .* nothing was written"):
        Output.of(tmp_path)
    with pytest.raises(BadInput, match="is not a folder"):
        Output.of(tmp_path / "thesis.txt")
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_place_that_cannot_be_written_to_is_one_sentence(tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"^--out .*file/out: Not a directory"):
        write(tmp_path / "file/out", PAGES)
