"""Commands that repair, as they are typed: what they say, their exit codes, and that a refusal writes nothing."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.commands.cli import main
from tests.support.engine import ingest, sandbox_settings
from tests.support.files import fingerprint

AFTER = datetime(2025, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake of the sandbox with conferences, whose one response is small."""
    settings = sandbox_settings(tmp_path_factory.mktemp("repaired"), AFTER)
    ingest(settings, "conferences")
    return Path(settings.lake)


@pytest.fixture
def restored(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lake of its own, from raw and marker."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CBBD_SANDBOX_NOW", AFTER.isoformat())
    monkeypatch.setenv("CBBD_SOURCE", "sandbox")
    place = tmp_path / "lake"
    place.mkdir()
    shutil.copytree(source / "raw", place / "raw")
    shutil.copy(source / "lake.json", place)
    assert main(["rebuild"]) == 0
    return place


def listed(capsys: pytest.CaptureFixture[str], *options: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["raw", "list", "--format", "json", *options]) == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


def test_a_response_is_rejected_and_accepted(restored: Path, capsys: pytest.CaptureFixture[str]):
    (row,) = listed(capsys, "--dataset", "conferences", "--season", "all")
    path = str(row["object"])
    assert (row["verdict"], row["reason"]) == ("good", None)
    assert main(["raw", "reject", path, "--reason", "half a list"]) == 0
    assert "`cbbd-etl ingest --endpoints conferences`" in capsys.readouterr().out
    assert [row["reason"] for row in listed(capsys, "--verdict", "withdrawn")] == ["half a list"]
    assert main(["raw", "list"]) == 0
    assert f"{path}  (half a list)" in capsys.readouterr().out, "the whole name, to be copied"
    assert listed(capsys, "--verdict", "good") == []
    assert main(["ingest", "--endpoints", "conferences", "--dry-run"]) == 0
    assert "1 calls; none were made" in capsys.readouterr().out, "its request is due again"
    assert main(["raw", "accept", path]) == 0
    assert listed(capsys, "--verdict", "withdrawn") == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "raw reject nothing/here --reason x",
            "there is no raw object 'nothing/here'; `cbbd-etl raw list` prints them",
        ),
        ("raw reject x", "Missing option '--reason'"),
        ("raw list --dataset gamez", "no endpoint 'gamez'; did you mean games?"),
        ("raw list --verdict bad", "--verdict"),
        ("rebuild --lake nowhere", "there is no lake at"),
        ("rebuild --lake empty", "it has neither lake.json nor raw/"),
        ("rebuild --lake s3://", "no lake can be at 's3://'"),
        ("lake relocate --lake nowhere", "there is no lake at"),
        ("lake", "relocate"),
    ],
)
def test_what_cannot_be_done_is_refused(restored: Path, capsys: pytest.CaptureFixture[str], line: str, said: str):
    Path("empty").mkdir()
    before = fingerprint(restored)
    capsys.readouterr()
    assert main(line.split()) == 2
    printed = capsys.readouterr()
    assert said in printed.err + printed.out
    assert fingerprint(restored) == before
    assert list(Path("empty").iterdir()) == []


def test_a_lake_at_home_is_not_relocated(restored: Path, capsys: pytest.CaptureFixture[str]):
    before = fingerprint(restored)
    capsys.readouterr()
    assert main(["lake", "relocate"]) == 0
    assert "there is nothing to do" in capsys.readouterr().out
    assert fingerprint(restored) == before


def test_a_lost_marker_is_written_again(restored: Path, capsys: pytest.CaptureFixture[str]):
    (restored / "lake.json").unlink()
    assert main(["rebuild"]) == 0
    assert "lake.json" in capsys.readouterr().err
    assert json.loads((restored / "lake.json").read_text())["source"] == "sandbox"


def test_a_copys_verdicts_wait_until_it_is_adopted(restored: Path, capsys: pytest.CaptureFixture[str]):
    (row,) = listed(capsys)
    shutil.copytree(restored, "copy")
    assert main(["raw", "reject", str(row["object"]), "--reason", "x", "--lake", "copy"]) == 2
    assert "is a copy of the lake" in capsys.readouterr().err


def test_a_query_on_a_copy_warns(restored: Path, capsys: pytest.CaptureFixture[str]):
    shutil.copytree(restored, "copy")
    capsys.readouterr()
    assert main(["query", "select count(*) from silver.dim_conferences", "--lake", "copy"]) == 0
    assert "reads see the tables at" in capsys.readouterr().err
