"""`kit copy DEST --role-plan FILE`: a kit for a repository that is not this one, and its check there without us."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kit.checkout import Checkout
from kit.plan import load_plan
from kit.portable import hold, matches, owners_in, owners_of
from kit.role_plan import CHECK
from tests.kit.checkouts import ROOT, commit, git
from tests.kit.played import Said, run
from tests.kit.test_copy import tree

pytestmark = pytest.mark.xdist_group("kit")
PLAN = """\
project: Tides
about: "Tide tables of the North Sea: read, checked and published."
commands:
  run the tests: make test
rules:
  - Times are UTC.
roles:
  - name: data-engineer
    does: "Reads gauges: raw to table"
    owns: [src/, data/schema*.json]
    accept: [git status --short]
    tasks: [Read the gauge of Cuxhaven.]
  - name: web-engineer
    does: Publishes the tables
    owns: [site/, docs/]
    accept: [git status --short]
rest: web-engineer
"""


@pytest.fixture
def other(tmp_path: Path) -> Path:
    folder = tmp_path / "tides"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    return folder


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    file = tmp_path / "plan.yaml"
    file.write_text(PLAN)
    return file


def copy(other: Path, plan: Path, *options: str) -> Said:
    return run("kit", "copy", str(other), "--role-plan", str(plan), *options)


def check(other: Path) -> tuple[int, str]:
    """The check of the copy, by a Python that knows nothing of this project."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", CHECK, "check"], cwd=other, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout + done.stderr


def test_into_an_empty_repository_and_green_there(other: Path, plan: Path):
    said = copy(other, plan)
    assert said.code == 0, said.text
    assert set(tree(other)) == {
        "ORCHESTRATE.md", "AGENTS.md", "CLAUDE.md", CHECK, ".claude/settings.json",
        ".claude/agents/data-engineer.md", ".claude/agents/web-engineer.md",
        "prompts/session_1_data_engineer.txt", "prompts/session_2_web_engineer.txt",
    }  # fmt: skip
    assert check(other) == (0, "0 problems\n")


def test_nothing_of_this_project_is_in_it(other: Path, plan: Path):
    copy(other, plan)
    ours = re.compile(r"cbbd|basketball|polars|iceberg|prefect|\bgold\b|bronze|silver|sandbox|ingest", re.IGNORECASE)
    for name, content in tree(other).items():
        assert not ours.search(content.decode()), name


def test_every_front_matter_is_right(other: Path, plan: Path):
    copy(other, plan)
    for name in ("data-engineer", "web-engineer"):
        block = (other / ".claude/agents" / f"{name}.md").read_text().split("---\n")[1]
        assert yaml.safe_load(block)["name"] == name
    assert json.loads((other / ".claude/settings.json").read_text())["hooks"]


def test_the_check_of_the_copy_finds_what_is_wrong(other: Path, plan: Path):
    copy(other, plan)
    (other / "lib").mkdir()
    (other / "lib" / "x.py").write_text("")
    agent = other / ".claude/agents/data-engineer.md"
    agent.write_text(agent.read_text().replace("## Tasks", "See `src/gauge.py`.\n\n## Tasks"))
    (other / ".claude/agents/web-engineer.md").unlink()
    code, text = check(other)
    assert code == 1
    assert "lib/x.py:1: nobody own it" in text
    assert ".claude/agents/data-engineer.md:9: there is no path src/gauge.py" in text
    assert "the role web-engineer has no .claude/agents/web-engineer.md" in text


def test_the_hook_of_the_copy_keeps_a_role_to_its_files(other: Path, plan: Path):
    copy(other, plan)
    for role, is_refused in (("data-engineer", True), ("web-engineer", False)):
        event = {"tool_input": {"file_path": str(other / "site" / "index.html")}, "agent_type": role}
        done = subprocess.run(
            [sys.executable, "-I", CHECK, "hook"], cwd=other, input=json.dumps(event), capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        assert ("site/index.html belongs to web-engineer" in done.stdout) is is_refused


def test_an_existing_context_is_kept_and_gets_a_marked_section(other: Path, plan: Path):
    (other / "CLAUDE.md").write_text("# Ours\n\nOur rules.\n")
    copy(other, plan)
    text = (other / "CLAUDE.md").read_text()
    assert text.startswith("# Ours\n\nOur rules.\n\n<!-- kit ")
    assert text.endswith("@AGENTS.md\n<!-- end of kit -->\n")
    before = tree(other)
    again = copy(other, plan)
    assert again.code == 0
    assert tree(other) == before
    assert check(other)[0] == 0


def test_a_dry_run_writes_nothing(other: Path, plan: Path):
    said = copy(other, plan, "--dry-run")
    assert said.code == 0
    assert "+++ b/ORCHESTRATE.md" in said.text
    assert tree(other) == {}


def test_a_folder_without_git_is_refused_before_anything_is_written(tmp_path: Path, plan: Path):
    folder = tmp_path / "plain"
    folder.mkdir()
    for options in ((), ("--role-plan", str(plan))):
        said = run("kit", "copy", str(folder), "--root", str(ROOT), *options)
        assert said.code == 2
        assert "is not the top folder of a git checkout" in said.text
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("rest: web-engineer", "rest: nobody", "rest is nobody, which is no role"),
        ("owns: [site/, docs/]", "owns: [src/]", "two roles own src/"),
        ("name: web-engineer", "name: data-engineer", "two roles have the same name"),
        ("name: web-engineer", "name: Web Engineer", "roles.1.name"),
        ("owns: [site/, docs/]", "owns: []", "roles.1.owns"),
        ("owns: [site/, docs/]", "owns: [/etc/]", "roles.1.owns.0"),
        ("rest:", "rests:", "rest"),
        ("project: Tides", "project: [", "cannot be read"),
    ],
)
def test_a_plan_that_is_wrong_is_refused(other: Path, tmp_path: Path, old: str, new: str, said: str):
    assert old in PLAN
    file = tmp_path / "wrong.yaml"
    file.write_text(PLAN.replace(old, new))
    done = copy(other, file)
    assert done.code == 2, done.text
    assert said in done.text
    assert tree(other) == {}


def test_a_session_of_the_copy_can_be_played(other: Path, plan: Path):
    copy(other, plan)
    commit(other, "Kit")
    (other / "src").mkdir()
    (other / "src" / "gauge.py").write_text("HEIGHT = 1\n")
    (other / "reports").mkdir()
    (other / "reports" / "session_1_data_engineer.md").write_text("## Done\n")
    assert check(other) == (0, "0 problems\n")
    commit(other, "Session 1 (data-engineer): the first gauge\n\nKit-Session: 1")


PARTS = st.lists(st.sampled_from(["a", "b", "src", "x.py"]), min_size=1, max_size=3)


@given(PARTS, st.lists(PARTS, min_size=1, max_size=4))
def test_the_most_specific_pattern_owns_a_path(path: list[str], folders: list[list[str]]):
    name = "/".join([*path, "file.txt"])
    patterns = sorted({"/".join(folder) + "/" for folder in folders})
    owners = {f"role-{at}": ((pattern,), ()) for at, pattern in enumerate(patterns)}
    found = owners_of(name, owners)
    fitting = [pattern for pattern in patterns if name.startswith(pattern)]
    assert len(found) == (1 if fitting else 0)
    if fitting:
        assert owners[found[0]][0][0] == max(fitting, key=len)
        assert hold(name, patterns) == max(map(len, fitting))
    assert matches(name, patterns[0]) is name.startswith(patterns[0])


def test_both_readers_of_the_plan_agree():
    """Trap: the hook reads the table by itself, and could read another owner than the check."""
    checkout = Checkout(ROOT)
    ours, theirs = load_plan(checkout), owners_in(checkout.read("ORCHESTRATE.md"))
    assert all(ours.owners(file) == owners_of(file, theirs) for file in checkout.files)
