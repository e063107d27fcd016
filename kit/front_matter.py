"""Front matter and settings of Claude Code, against what its documentation lists.

Fields of agents: https://code.claude.com/docs/en/sub-agents (supported frontmatter fields). Fields of skills and
commands, which are one thing: https://code.claude.com/docs/en/skills. Names of tools:
https://code.claude.com/docs/en/tools-reference. Settings: https://code.claude.com/docs/en/settings. As of November
2026; these lists grow, so what is not in them is a warning.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

import yaml

from kit.checkout import AGENTS, COMMANDS, SETTINGS, SKILLS, Checkout, Problem

AGENT_FIELDS: Mapping[str, tuple[type, ...]] = {
    "name": (str,), "description": (str,), "tools": (str, list), "disallowedTools": (str, list), "model": (str,),
    "permissionMode": (str,), "maxTurns": (int,), "skills": (str, list), "mcpServers": (list, dict), "hooks": (dict,),
    "memory": (str,), "background": (bool,), "effort": (str, int), "isolation": (str,), "color": (str,),
    "initialPrompt": (str,),
}  # fmt: skip
SKILL_FIELDS: Mapping[str, tuple[type, ...]] = {
    "name": (str,), "description": (str,), "when_to_use": (str,), "argument-hint": (str, list),
    "arguments": (str, list), "disable-model-invocation": (bool,), "user-invocable": (bool,),
    "allowed-tools": (str, list), "disallowed-tools": (str, list), "model": (str,), "effort": (str, int),
    "context": (str,), "agent": (str,), "paths": (str, list), "shell": (str,), "hooks": (dict,), "license": (str,),
    "compatibility": (str,), "metadata": (dict,),
}  # fmt: skip
VALUES: Mapping[str, frozenset[str]] = {
    "permissionMode": frozenset({"default", "acceptEdits", "auto", "dontAsk", "bypassPermissions", "plan"}),
    "memory": frozenset({"user", "project", "local"}),
    "isolation": frozenset({"worktree"}),
    "effort": frozenset({"low", "medium", "high", "xhigh", "max"}),
    "color": frozenset({"red", "blue", "green", "yellow", "purple", "orange", "pink", "cyan"}),
    "context": frozenset({"fork"}),
    "shell": frozenset({"bash", "powershell"}),
}
TOOLS = frozenset({
    "Agent", "Artifact", "AskUserQuestion", "Bash", "CronCreate", "CronDelete", "CronList", "Edit",
    "EnterPlanMode", "EnterWorktree", "ExitPlanMode", "ExitWorktree", "Glob", "Grep", "ListAgents",
    "ListMcpResourcesTool", "LSP", "Monitor", "NotebookEdit", "NotebookRead", "PowerShell", "Read",
    "ReadMcpResourceTool", "SendMessage", "Skill", "Task", "TaskCreate", "TaskGet", "TaskList", "TaskOutput",
    "TaskStop", "TaskUpdate", "TodoWrite", "ToolSearch", "WebFetch", "WebSearch", "Workflow", "Write",
})  # fmt: skip
TOOL_FIELDS = {"tools", "disallowedTools", "allowed-tools", "disallowed-tools"}
TOOL = re.compile(r"([A-Za-z_*][\w*-]*)(?:\([^)]*\))?")
FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.DOTALL)
NAME = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
SCRIPT = re.compile(r'\$CLAUDE_PROJECT_DIR"?/([\w./-]+)')


def front_matter_problems(checkout: Checkout, file: str) -> Iterator[Problem]:
    """Problems and warnings of the front matter of an agent, a skill or a command."""
    text = checkout.read(file)
    block = FRONT.match(text)
    if block is None:
        yield Problem(file, 1, "no front matter between two lines of ---")
        return
    try:
        fields = yaml.safe_load(block[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        message = f"the front matter is not YAML: {getattr(error, 'problem', error)}"
        yield Problem(file, mark.line + 2 if mark else 1, message)
        return
    if not isinstance(fields, dict):
        yield Problem(file, 1, "the front matter has no fields")
        return
    lines = {line.partition(":")[0]: number for number, line in enumerate(block[1].splitlines(), start=2)}
    for field, message, is_warning in _of_fields({str(name): value for name, value in fields.items()}, file):
        yield Problem(file, lines.get(field, 1), message, is_warning)


def _of_fields(fields: dict[str, object], file: str) -> Iterator[tuple[str, str, bool]]:
    known = AGENT_FIELDS if file.startswith(AGENTS) else SKILL_FIELDS
    name = _name(file)
    if (fields.get("name") or (name if file.startswith(COMMANDS) else None)) != name or not NAME.match(name):
        message = f"the name must be that of the file, in lower case with hyphens: {name}, not {fields.get('name')}"
        yield "name", message, False
    if not str(fields.get("description") or "").strip():
        yield "description", "no description: it says when to use it", False
    for field, value in fields.items():
        if field not in known:
            yield field, f"Claude Code's documentation has no field {field}", True
        elif not _is_one_of(value, known[field]):
            wanted = " or ".join(kind.__name__ for kind in known[field])
            yield field, f"{field} is {type(value).__name__}; it must be {wanted}", False
        elif field in VALUES and isinstance(value, str) and value not in VALUES[field]:
            yield field, f"{field} {value} is not one of {', '.join(sorted(VALUES[field]))}", True
        if field in TOOL_FIELDS and (unknown := _unknown_tools(value)):
            yield field, f"Claude Code has no tool {', '.join(unknown)}", True


def _is_one_of(value: object, kinds: tuple[type, ...]) -> bool:
    if value is None or isinstance(value, bool):  # for Python a truth value is a number
        return value is None or bool in kinds
    return isinstance(value, kinds)


def _name(file: str) -> str:
    """The name that a file gives: of the file, for a skill of its folder."""
    if file.startswith(SKILLS):
        return file.removeprefix(SKILLS).partition("/")[0]
    return file.rpartition("/")[2].removesuffix(".md")


def _unknown_tools(tools: object) -> list[str]:
    texts = tools if isinstance(tools, list) else [tools]
    names = [found[1] for text in texts for found in TOOL.finditer(str(text or ""))]
    return [name for name in names if name not in TOOLS and not name.startswith("mcp__") and name != "*"]


def settings_problems(checkout: Checkout) -> Iterator[Problem]:
    """Problems of `.claude/settings.json`: its syntax, rules for unknown tools, hooks without their script."""
    text = checkout.read(SETTINGS)
    if not text:
        return
    try:
        value = json.loads(text)
    except ValueError as error:
        yield Problem(SETTINGS, getattr(error, "lineno", 1), f"it is not JSON: {error}")
        return
    for kind in ("allow", "ask", "deny"):
        for rule in value.get("permissions", {}).get(kind, ()):
            if unknown := _unknown_tools(rule):
                yield Problem(
                    SETTINGS, _line(text, rule), f"Claude Code has no tool {', '.join(unknown)}", is_warning=True
                )
    for script in SCRIPT.findall(text.replace('\\"', '"')):
        if script not in checkout.files:
            yield Problem(SETTINGS, _line(text, script), f"a hook runs {script}, which is not there")


def _line(text: str, part: str) -> int:
    at = text.find(json.dumps(part).strip('"'))
    return text[: max(at, 0)].count("\n") + 1
