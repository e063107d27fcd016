"""`make session`: the prompt on stdout, once the work tree is clean; on stderr what was committed before."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from flows.commands.cli import main
from kit.checkout import Checkout
from kit.history import committed
from kit.markdown import Command
from kit.plan import load_plan
from kit.rehearse import rehearse
from tests.kit.checkouts import ROOT, commit, git

pytestmark = pytest.mark.xdist_group("kit")
FIRST = "Session 1 (data-engineer): Two endpoints more\n\nWhy.\n\nKit-Session: 1"


def sessions(folder: Path) -> list[int]:
    """Numbers of the sessions that are committed."""
    checkout = Checkout(folder)
    return sorted(session.number for session in committed(checkout, load_plan(checkout)))


def prompt(folder: Path, number: int, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(["kit", "session", str(number), "--root", str(folder)])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_prompt_alone_goes_to_stdout(kit_only: Path, capsys: pytest.CaptureFixture[str]):
    code, out, err = prompt(kit_only, 1, capsys)
    assert (code, out) == (0, (ROOT / "prompts" / "session_1_data_engineer.txt").read_text())
    assert err == ""


def test_missing_predecessors_are_named_and_it_goes_on(kit_only: Path, capsys: pytest.CaptureFixture[str]):
    commit(kit_only, FIRST)
    code, out, err = prompt(kit_only, 4, capsys)
    assert code == 0
    assert out.startswith("Session 4 of 5: infra-engineer")
    first, second, third = err.splitlines()
    assert first.startswith("session 1 (data-engineer): committed, ")
    assert second == "session 2 (analytics-engineer): no commit: it works from what is here"
    assert third.startswith("session 3 (test-engineer): no commit")
    assert "session 2 (analytics-engineer): no commit; this session builds on it" in prompt(kit_only, 3, capsys)[2]


def test_a_session_that_ran_before_goes_on_from_its_commit(kit_only: Path, capsys: pytest.CaptureFixture[str]):
    short = commit(kit_only, FIRST)[:7]
    code, out, err = prompt(kit_only, 1, capsys)
    assert code == 0
    assert out
    assert err.startswith(f"session 1 ran before, {short}")


@pytest.mark.parametrize("file", ["ORCHESTRATE.md", "notes.txt", "neu/ä b.txt"])
def test_a_work_tree_with_changes_is_refused(kit_only: Path, capsys: pytest.CaptureFixture[str], file: str):
    (kit_only / file).parent.mkdir(exist_ok=True)
    with (kit_only / file).open("a") as opened:
        opened.write("more\n")
    code, out, err = prompt(kit_only, 1, capsys)
    assert (code, out) == (2, "")
    assert f"(1: {file})" in err
    assert "git stash -u" in err


@pytest.mark.parametrize("number", [0, 6])
def test_a_session_that_is_none_is_refused(kit_only: Path, capsys: pytest.CaptureFixture[str], number: int):
    code, out, err = prompt(kit_only, number, capsys)
    assert (code, out) == (2, "")
    assert f"there is no session {number}; there are: 1, 2, 3, 4, 5" in err


@pytest.mark.parametrize(
    ("message", "is_one"),
    [
        (FIRST, True),
        ("Another subject\n\nKit-Session: 1", True),
        ("Session 1 (data-engineer): subject alone", True),
        ("session 1 (Data-Engineer): in another case", True),
        ("Sessions of November (#12)\n\n* Session 1 (data-engineer): x\n\nKit-Session: 1\n\n* More", True),
        ("Squashed\n\n- Session 1 (data-engineer): x", True),
        (f"{FIRST}\nSigned-off-by: Kit <kit@example.org>", True),
        ("Fix what Session 1 (data-engineer): left", False),
        ("Session 11 (data-engineer): x\n\nKit-Session: 11", False),
        ("Session 2 (data-engineer): of nobody", False),
        ("docs: how Kit-Session: 1 is found", False),
    ],
)
def test_commits_are_recognised_however_they_came_in(kit_only: Path, message: str, is_one: bool):
    commit(kit_only, message)
    assert sessions(kit_only) == ([1] if is_one else [])


def test_a_reverted_session_is_not_there_until_it_comes_again(kit_only: Path):
    (kit_only / "work.txt").write_text("work\n")
    commit(kit_only, FIRST)
    assert sessions(kit_only) == [1]
    git(kit_only, "revert", "--no-edit", "HEAD")
    assert sessions(kit_only) == []
    git(kit_only, "revert", "--no-edit", "HEAD")
    assert sessions(kit_only) == [1]


def test_a_rebase_and_a_merge_keep_it(kit_only: Path):
    git(kit_only, "switch", "-q", "-c", "work")
    commit(kit_only, FIRST)
    git(kit_only, "switch", "-q", "main")
    commit(kit_only, "Something else")
    git(kit_only, "merge", "-q", "--no-ff", "--no-edit", "work")
    assert sessions(kit_only) == [1]


def test_make_has_nothing_to_do_in_a_checkout_of_the_tests(checkout: Path):
    """Trap: it installed the checkout into the environment that all tests share."""
    if not (checkout / ".venv").exists():
        pytest.skip("needs the environment that make setup makes")
    planned = subprocess.run(["make", "-n", "setup"], cwd=checkout, capture_output=True, text=True, check=True)
    assert "install" not in planned.stdout


def test_make_prints_the_prompt(checkout: Path):
    if not (checkout / ".venv").exists():
        pytest.skip("needs the environment that make setup makes")
    done = subprocess.run(["make", "session", "N=2"], cwd=checkout, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout == (ROOT / "prompts" / "session_2_analytics_engineer.txt").read_text()
    assert "session 1 (data-engineer): no commit; this session builds on it" in done.stderr
    asked = subprocess.run(["make", "session"], cwd=checkout, capture_output=True, text=True, check=False)
    assert asked.returncode == 2
    assert "which session? make session N=1" in asked.stdout


def test_owners_of_changed_files(kit_only: Path, capsys: pytest.CaptureFixture[str]):
    (kit_only / "flows").mkdir()
    (kit_only / "flows" / "new.py").write_text("")
    assert main(["kit", "owners", "--root", str(kit_only)]) == 0
    assert capsys.readouterr().out.split() == ["data-engineer", "flows/new.py"]
    assert main(["kit", "owners", "--root", str(kit_only), "CLAUDE.md", "nothing.py"]) == 2
    assert "no file of this checkout: nothing.py" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (Command(1, "echo all is well", "is well"), ""),
        (Command(1, "echo all is well", "is bad"), "the output does not contain 'is bad'"),
        (Command(1, "true", "nothing"), ""),
        (Command(1, "echo x", "nothing"), "there is output, and none was expected"),
        (Command(1, "echo a warning >&2", "nothing"), ""),
        (Command(1, "false"), "exit code 1, not 0"),
        (Command(1, "false", exit=1), ""),
        (Command(1, "printf 'a\\n  b'", "a b"), ""),
    ],
)
def test_a_rehearsal_sees_what_is_not_as_expected(tmp_path: Path, command: Command, why: str):
    (done,) = rehearse([command], tmp_path)
    assert done.why == why
