"""`cbbd-etl report`: bad input is refused before anything is written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flows.commands.cli import main
from tasks.lake.lake import Lake
from tests.support.engine import ingest, sandbox_settings
from tests.support.html import parse
from tests.support.january import NOW
from tests.support.lakes import new_lake

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
WITHOUT_CHARTS = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "altair":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
from flows.commands.cli import main

sys.exit(main(sys.argv[1:]))
"""


def test_the_command_writes_the_pages_and_then_nothing(lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    words = ["report", "--season", "2025", "--lake", lake.location, "--out", str(tmp_path / "out")]
    assert main(words) == 0
    assert (tmp_path / "out/index.html").is_file()
    capsys.readouterr()
    assert main(words) == 0
    assert "; 0 files written, 0 removed; open " in capsys.readouterr().out


@pytest.mark.parametrize("out", ["", " ", "s3://", "https://example.test"])
def test_a_place_that_is_no_folder_is_refused(lake: Lake, out: str, capsys: pytest.CaptureFixture[str]):
    assert main(["report", "--lake", lake.location, "--out", out]) == 2
    assert "valid is a folder or s3://bucket/prefix" in capsys.readouterr().err


def test_a_season_that_the_lake_lacks_is_refused(lake: Lake, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["report", "--season", "2004", "--lake", lake.location, "--out", str(tmp_path / "out")]) == 2
    assert "has no season 2004" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_lake_without_games_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    empty = new_lake(tmp_path / "lake")
    assert main(["report", "--lake", empty.location, "--out", str(tmp_path / "out")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_a_lake_without_gold_has_pages_that_say_what_is_missing(tmp_path: Path):
    """Trap: a report that fails, or shows zeros, where gold is not built."""
    settings = sandbox_settings(tmp_path, NOW)
    ingest(settings, "games", "team_seasons", "teams", "conferences")
    out = tmp_path / "out"
    assert main(["report", "--lake", settings.lake, "--out", str(out)]) == 0
    for name in ("rankings.html", "bracket.html", "market.html"):
        said = [
            item.text for item in parse((out / name).read_text()).all("p") if item.attributes.get("class") == "missing"
        ]
        assert said, name
        assert "cbbd-etl gold --season 2025 builds" in said[0]
    team = min((out / "teams").iterdir())
    assert "W " in parse(team.read_text()).text


def test_a_package_of_the_extra_that_is_missing_is_named(tmp_path: Path):
    """Trap: a traceback, or advice to install the pipeline, which has no charts."""
    words = ["report", "--lake", str(tmp_path), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_CHARTS, *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "altair is not installed" in done.stderr
    assert "pip install 'cbbd-etl[report]'" in done.stderr
