"""What Claude Code documents is valid, what it does not is a warning; its hook keeps a role to its files."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from flows.commands.kit import our_commands, our_options
from kit.check import check_kit
from kit.checkout import SETTINGS
from kit.front_matter import FRONT
from tests.kit.checkouts import ROOT, Edited, found, replaced

pytestmark = pytest.mark.xdist_group("kit")
DATA = ".claude/agents/data-engineer.md"
SCRIPT = ROOT / "kit" / "portable.py"


def warnings(texts: dict[str, str | None]) -> list[str]:
    looked = check_kit(Edited(ROOT, texts), our_commands, our_options())
    assert [str(problem) for problem in looked.problems] == []
    return [str(warning) for warning in looked.warnings]


DOCUMENTED = [
    "model: opus", "model: inherit", "permissionMode: acceptEdits", "skills: [new-endpoint]", "memory: project",
    "isolation: worktree", "maxTurns: 40", "effort: high", "background: true", "color: green",
    "disallowedTools: WebFetch, mcp__github", "mcpServers: [github]", "initialPrompt: Begin.",
    'hooks: {PreToolUse: [{matcher: Bash, hooks: [{type: command, command: "true"}]}]}',
]  # fmt: skip
TOOLS = ["Agent", "Agent(Explore)", "TaskCreate", "mcp__github__get_issue", "Bash(git *)", "AskUserQuestion", "LSP"]


@pytest.mark.parametrize("line", DOCUMENTED)
def test_a_documented_field_is_valid(line: str):
    """Trap: a kit that refused model, skills and hooks, which the documentation has."""
    assert warnings(replaced(DATA, "tools: Read", f"{line}\ntools: Read")[0]) == []


@pytest.mark.parametrize("tool", TOOLS)
def test_a_documented_tool_is_valid(tool: str):
    assert warnings(replaced(DATA, "tools: Read", f"tools: {tool}, Read")[0]) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("tolls: Read", "Claude Code's documentation has no field tolls"),
        ("permissionMode: never", "permissionMode never is not one of"),
        ("disallowedTools: Reed", "Claude Code has no tool Reed"),
    ],
)
def test_what_is_not_documented_is_a_warning(line: str, said: str):
    (warning,) = warnings(replaced(DATA, "tools: Read", f"{line}\ntools: Read")[0])
    assert warning.startswith(f"{DATA}:4: warning: {said}")


def test_a_skill_or_command_that_is_wrong_is_reported():
    text = (ROOT / ".claude/skills/new-endpoint/SKILL.md").read_text()
    wrong = text.replace("name: new-endpoint", "name: endpoint")
    assert any(
        "the name must be that of the file" in line for line in found({".claude/skills/new-endpoint/SKILL.md": wrong})
    )
    assert any("no description" in line for line in found({".claude/commands/more.md": "---\nmodel: opus\n---\nDo.\n"}))


def test_the_settings_keep_secrets_and_ask_before_what_cannot_be_undone():
    rules = json.loads((ROOT / SETTINGS).read_text())["permissions"]
    assert {"Read(./.env)", "Read(./**/.env)"} <= set(rules["deny"])
    assert {"Bash(terraform apply *)", "Bash(git push *)"} <= set(rules["ask"])
    assert not [rule for rule in rules["allow"] if "push" in rule or rule in {"Bash", "Bash(*)"}]


def test_settings_that_are_wrong_are_reported():
    assert any("it is not JSON" in line for line in found({SETTINGS: "{"}))
    texts, _ = replaced(SETTINGS, "kit/portable.py", "kit/portal.py")
    assert any("a hook runs kit/portal.py, which is not there" in line for line in found(texts))


def hook(role: str | None, path: str, tool: str = "Edit") -> str:
    """The decision of the hook as Claude Code runs it; empty if it has none."""
    field = "notebook_path" if tool == "NotebookEdit" else "file_path"
    event = {"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": {field: path}}
    event |= {"agent_type": role} if role else {}
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), "hook"], input=json.dumps(event), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)["hookSpecificOutput"]["permissionDecisionReason"] if done.stdout else ""


@pytest.mark.parametrize(
    ("role", "file", "is_refused"),
    [
        ("data-engineer", "tasks/lake/raw.py", False),
        ("data-engineer", "tasks/gold/ratings.py", True),
        ("analytics-engineer", "tasks/gold/ratings.py", False),
        ("data-engineer", "quality/contracts/new.py", False),
        ("test-engineer", "flows/ingest.py", True),
        ("data-engineer", "reports/session_1_data_engineer.md", False),
        ("data-engineer", "scripts/new.sh", True),
        (None, "flows/ingest.py", False),
        ("Explore", "flows/ingest.py", False),
    ],
)
def test_the_hook_keeps_a_role_to_its_files(role: str | None, file: str, is_refused: bool):
    why = hook(role, str(ROOT / file))
    assert bool(why) is is_refused, why
    if is_refused:
        assert "ask under Requests" in why


def test_the_hook_leaves_files_elsewhere_and_other_tools_alone(tmp_path: Path):
    assert hook("data-engineer", str(tmp_path / "notes.md")) == ""
    assert hook("test-engineer", str(ROOT / "notebooks" / "x.ipynb"), "NotebookEdit")


def test_every_front_matter_is_yaml():
    files = [path for path in (ROOT / ".claude").rglob("*.md") if path.parent.name != "agents"]
    assert len(files) == 6
    for path in files:
        block = FRONT.match(path.read_text())
        assert block
        assert yaml.safe_load(block[1])["description"]
