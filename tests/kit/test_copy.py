"""`kit copy`: into an empty and a populated repository, twice; what was there is there afterwards, byte for byte."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from flows.commands.cli import main
from kit.checkout import Checkout
from kit.transfer import Copied, transfer, write
from tests.kit.checkouts import ROOT, copied, git

pytestmark = pytest.mark.xdist_group("kit")
OWN = "# Another project\n\nRules of our own.\n\n## Commands\n\n    $ make all\n"


@pytest.fixture
def other(tmp_path: Path) -> Path:
    folder = tmp_path / "other"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


def copy(source: Path, destination: Path) -> dict[str, Copied]:
    copies = transfer(Checkout(source), destination)
    write(copies, destination)
    return {item.file: item for item in copies}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".git" not in path.relative_to(folder).parts
    }


def test_into_an_empty_repository_twice(other: Path):
    assert {item.what for item in copy(ROOT, other).values()} == {"new"}
    after = tree(other)
    assert set(after) == set(Checkout(ROOT).kit)
    assert all(after[file] == (ROOT / file).read_bytes() for file in after if file not in {"CLAUDE.md", "AGENTS.md"})
    assert {item.what for item in copy(ROOT, other).values()} == {"the same"}
    assert tree(other) == after


@pytest.mark.parametrize(
    "own",
    [OWN, OWN.rstrip("\n"), OWN.replace("\n", "\r\n"), "", "ä\n"],
    ids=["text", "no newline at its end", "Windows lines", "empty", "umlaut"],
)
def test_an_existing_context_keeps_every_byte_and_gets_a_section(other: Path, own: str):
    (other / "AGENTS.md").write_bytes(own.encode())
    (other / "Makefile").write_text("all:\n")
    first = copy(ROOT, other)
    assert first["AGENTS.md"].what == "merged"
    merged = (other / "AGENTS.md").read_bytes().decode()
    assert merged.startswith(own)
    assert merged.count("# cbbd_etl kit") + merged.count("<!-- cbbd_etl kit") == 1
    assert ("\r\n" in merged) is ("\r\n" in own)
    assert "## cbbd_etl" in merged
    after = tree(other)
    assert after["Makefile"] == b"all:\n"
    assert {item.what for item in copy(ROOT, other).values()} == {"the same"}
    assert tree(other) == after


def test_files_that_are_there_stay_and_are_named(other: Path, capsys: pytest.CaptureFixture[str]):
    (other / "prompts").mkdir()
    mine = other / "prompts" / "session_1_data_engineer.txt"
    mine.write_text("Mine.\n")
    assert main(["kit", "copy", str(other), "--root", str(ROOT)]) == 0
    assert mine.read_text() == "Mine.\n"
    said = " ".join(capsys.readouterr().out.split())
    assert "prompts/session_1_data_engineer.txt kept another text is there" in said
    assert f"next: `cbbd-etl kit check --root {other}`" in said


def test_the_dry_run_prints_a_diff_that_git_applies_and_writes_nothing(other: Path, capsys: pytest.CaptureFixture[str]):
    (other / "AGENTS.md").write_text(OWN.rstrip("\n"))
    before = tree(other)
    assert main(["kit", "copy", str(other), "--root", str(ROOT), "--dry-run"]) == 0
    printed = capsys.readouterr()
    assert tree(other) == before
    assert "nothing was written" in printed.err
    subprocess.run(["git", "apply", "-"], cwd=other, input=printed.out, text=True, check=True)
    applied = tree(other)
    (other / "AGENTS.md").write_text(OWN.rstrip("\n"))
    copy(ROOT, other)
    assert tree(other) == applied
    assert main(["kit", "copy", str(other), "--root", str(ROOT), "--dry-run"]) == 0
    assert capsys.readouterr().out == ""


def test_a_newer_kit_replaces_its_section_and_nothing_else(other: Path, kit_only: Path):
    (other / "AGENTS.md").write_text(OWN)
    copy(kit_only, other)
    with (other / "AGENTS.md").open("a") as opened:
        opened.write("\nWritten later, below.\n")
    context = kit_only / "AGENTS.md"
    context.write_text(context.read_text().replace("# cbbd_etl\n", "# cbbd_etl, newer\n"))
    assert copy(kit_only, other)["AGENTS.md"].what == "merged"
    text = (other / "AGENTS.md").read_text()
    assert text.startswith(f"{OWN}\n<!-- cbbd_etl kit ")
    assert text.endswith("<!-- end of cbbd_etl kit -->\n\nWritten later, below.\n")
    assert text.count("## cbbd_etl, newer") == 1


def test_a_section_that_somebody_edited_stays(other: Path, kit_only: Path):
    copy(kit_only, other)
    context = other / "AGENTS.md"
    context.write_text(
        context.read_text().replace("## Layers", "## Our layers", 1).replace("### Layers", "### Ours", 1)
    )
    edited = context.read_text()
    done = copy(kit_only, other)["AGENTS.md"]
    assert (done.what, context.read_text()) == ("kept", edited)
    assert "edited" in done.why


def test_into_a_checkout_of_this_project_the_check_is_right(here: Checkout, tmp_path: Path):
    """What the guide promises: elsewhere the list is work, in another checkout it is empty."""
    folder = tmp_path / "clone"
    folder.mkdir()
    copied(tuple(file for file in here.files if file not in here.kit), folder)
    copy(ROOT, folder)
    assert main(["kit", "check", "--root", str(folder)]) == 0


def refused(destination: Path, capsys: pytest.CaptureFixture[str], root: Path = ROOT) -> str:
    capsys.readouterr()
    before = tree(destination) if destination.is_dir() else {}
    assert main(["kit", "copy", str(destination), "--root", str(root)]) == 2
    assert (tree(destination) if destination.is_dir() else {}) == before
    return capsys.readouterr().err


def test_bad_destinations_are_refused_before_anything_is_written(
    other: Path, kit_only: Path, capsys: pytest.CaptureFixture[str]
):
    assert "there is no folder" in refused(other / "none", capsys)
    assert "is the checkout that the kit comes from" in refused(kit_only, capsys, kit_only)
    (other / "prompts").write_text("a file\n")
    assert "prompts is in the way of the kit's prompts/session_1" in refused(other, capsys)
    (other / "prompts").unlink()
    (other / "AGENTS.md").write_bytes(b"\xff\xfe")
    assert "not a text in UTF-8" in refused(other, capsys)
    (other / "AGENTS.md").write_text(f"{OWN}<!-- cbbd_etl kit 0123456789ab: x -->\nno end\n")
    assert "AGENTS.md:8 begins the kit's section, and no comment ends it" in refused(other, capsys)


def test_a_link_that_leads_elsewhere_is_left_alone(other: Path, tmp_path: Path):
    outside = tmp_path / "shared.md"
    outside.write_text("Shared by many.\n")
    (other / "AGENTS.md").symlink_to(outside)
    assert copy(ROOT, other)["AGENTS.md"].what == "kept"
    assert outside.read_text() == "Shared by many.\n"
