"""A kit for another repository, from a small plan of its roles. It has nothing of this project."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from kit.checkout import AGENTS, CONTEXT, PLAN, PROMPTS, RULES, SETTINGS
from tasks.errors import BadInput

CHECK = ".claude/kit.py"  # the check and the hook: one file without dependencies
PORTABLE = Path(__file__).with_name("portable.py")
Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-[a-z0-9]+)*$")]
Line = Annotated[str, Field(min_length=1, pattern=r"^[^\n|`]+$")]
Pattern = Annotated[str, Field(min_length=1, pattern=r"^[^\s`|/][^\s`|]*$")]


class Role(BaseModel):
    """One role of a plan.

    Attributes:
        owns: patterns of paths: `src/` everything below, `docs/api*.md` within a folder, `*` the top folder.
        accept: commands that all end with exit code 0 when the work is good.
        tasks: what it does first; each ends a session.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    does: Line
    owns: Annotated[list[Pattern], Field(min_length=1)]
    accept: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    tasks: list[Line] = []
    constraints: list[Line] = []


class RolePlan(BaseModel):
    """A plan: the project in one line, its commands, and its roles in the order of their sessions.

    Attributes:
        rest: the role that owns the kit and the files of the top folder that no other pattern matches.
    """

    model_config = ConfigDict(extra="forbid")

    project: Line
    about: Line
    commands: dict[Line, Annotated[str, Field(min_length=1)]] = {}
    rules: list[Line] = []
    roles: Annotated[list[Role], Field(min_length=1)]
    rest: Name

    @model_validator(mode="after")
    def _agrees(self) -> RolePlan:
        names = [role.name for role in self.roles]
        if len(set(names)) < len(names):
            raise ValueError("two roles have the same name")
        if self.rest not in names:
            raise ValueError(f"rest is {self.rest}, which is no role; there are: {', '.join(names)}")
        owned = [pattern for role in self.roles for pattern in role.owns]
        if twice := sorted({pattern for pattern in owned if owned.count(pattern) > 1}):
            raise ValueError(f"two roles own {', '.join(twice)}: every path has exactly one owner")
        return self


def load_role_plan(path: Path) -> RolePlan:
    """The plan in a YAML file.

    Raises:
        BadInput: when it cannot be read, or is no plan.
    """
    try:
        value: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return RolePlan.model_validate(value)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f"the plan {path} cannot be read: {error}; nothing was written") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the plan"
        raise BadInput(
            f"{path}: {place}: {first['msg']}; docs/orchestration.md shows a plan; nothing was written"
        ) from error


def kit_of(plan: RolePlan) -> dict[str, str]:
    """Texts of the kit's files, by path."""
    made = {PLAN: _order(plan), RULES: _rules(plan), CONTEXT: f"@{RULES}\n", SETTINGS: HOOK}
    made |= {f"{AGENTS}{role.name}.md": _agent(plan, role) for role in plan.roles}
    made |= {_prompt_of(number, role): _prompt(plan, number, role) for number, role in enumerate(plan.roles, start=1)}
    return made | {CHECK: PORTABLE.read_text(encoding="utf-8")}


def _report_of(number: int, role: Role) -> str:
    return f"reports/session_{number}_{role.name.replace('-', '_')}.md"


def _prompt_of(number: int, role: Role) -> str:
    return f"{PROMPTS}session_{number}_{role.name.replace('-', '_')}.txt"


def _patterns(plan: RolePlan, role: Role) -> list[str]:
    rest = ["*", ".claude/", PROMPTS, "reports/"] if role.name == plan.rest else []
    return [*role.owns, *(pattern for pattern in rest if not any(pattern in one.owns for one in plan.roles))]


def _order(plan: RolePlan) -> str:
    sessions = "\n".join(
        f"| {number} | `{_prompt_of(number, role)}` | `{role.name}` | {role.does} | `{_report_of(number, role)}` |"
        for number, role in enumerate(plan.roles, start=1)
    )
    owners = "\n".join(
        f"| `{role.name}` | {' '.join(f'`{pattern}`' for pattern in _patterns(plan, role))} | the report of a session |"
        for role in plan.roles
    )
    return ORDER.format(project=plan.project, sessions=sessions, owners=owners, check=CHECK)


def _rules(plan: RolePlan) -> str:
    commands = "\n".join(f"| {what} | `{command}` |" for what, command in plan.commands.items())
    table = f"\n## Commands\n\n| you want to | command |\n|---|---|\n{commands}\n" if commands else ""
    rules = "\n## Rules\n\n" + "\n".join(f"- {rule}" for rule in plan.rules) + "\n" if plan.rules else ""
    kit = f"\n## Roles\n\n`{PLAN}` has the order of the sessions and the owner of each file.\n"
    return f"# {plan.project}\n\n{plan.about}\n{table}{rules}{kit}"


def _agent(plan: RolePlan, role: Role) -> str:
    tasks = (
        "\n".join(f"{number}. {task}" for number, task in enumerate(role.tasks, start=1)) or "The prompt names them."
    )
    limits = [
        *role.constraints,
        f"Edit your own files alone, as `{PLAN}` assigns them; request other changes in the report.",
    ]
    return AGENT.format(
        name=role.name, does=role.does, project=plan.project, plan=PLAN, tasks=tasks,
        limits="\n".join(f"- {line}" for line in limits), accept=_commands(role), description=_yaml(role.does),
    )  # fmt: skip


def _prompt(plan: RolePlan, number: int, role: Role) -> str:
    return PROMPT.format(
        number=number, count=len(plan.roles), name=role.name, plan=PLAN, agent=f"{AGENTS}{role.name}.md",
        report=_report_of(number, role), accept=_commands(role), check=CHECK,
    )  # fmt: skip


def _commands(role: Role) -> str:
    return "\n".join(f"    $ {command}" for command in role.accept)


def _yaml(text: str) -> str:
    """A text as a value of YAML, in one line; JSON is YAML."""
    return json.dumps(text, ensure_ascii=False)


ORDER = """# Orchestration plan of {project}

A session is a run of a coding agent with one prompt from `prompts/`: it dispatches one subagent, reviews the result and
makes one commit. This file alone defines order and ownership; `python3 {check} check` compares it with the repository.

## Order

| session | prompt | subagent | delivers | report |
|---|---|---|---|---|
{sessions}

## How a session runs

1. Start from a clean work tree, so that the commit before the session is the point of return.
2. The lead dispatches the subagent once, with the tasks. It writes no code itself.
3. The lead reads the whole difference, and runs each command of the review. If something is wrong, the same subagent
   corrects it, at most twice. Then the lead stops, commits nothing, and reports the obstacle.
4. One commit has the change and the report. The report has four parts: Done, Checked, Open, Requests.

A session that ended in an error is dropped with `git restore` and `git clean`, and started again with the same prompt.
A session may be skipped: later ones work from what is committed.

## Ownership

Every path has one owner: the role with the most specific pattern. Others ask for a change under Requests of their
report. A hook refuses edits of other roles' files.

| owner | owns | what others may add |
|---|---|---|
{owners}
"""
AGENT = """---
name: {name}
description: {description}
tools: Read, Edit, Write, Bash, Glob, Grep
---

You are the {name} of {project}. {does}. Read `{plan}` first.

## Tasks

{tasks}

## Constraints

{limits}

## Acceptance

{accept}
"""
PROMPT = """Session {number} of {count}: {name}

You lead this session and write no code yourself. The rules of every session are in `{plan}`.

1. Orient

    $ git status --short
      expect: nothing

Read `{plan}` and `{agent}`. If it exists, also read `{report}`.

2. Dispatch

Call the {name} subagent once.
Tasks: the first open one. The report goes to `{report}`.

3. Review

{accept}
    $ python3 {check} check
      expect: 0 problems

4. Commit

Stage everything, the report included, and commit with this message:

    Session {number} ({name}): <the result, in one line>

    <the reason, and the figures of the report>

    Kit-Session: {number}
"""
HOOK = """{
  "permissions": {
    "ask": ["Bash(git push *)"],
    "deny": ["Read(./.env)", "Read(./.env.*)", "Read(./**/.env)"]
  },
  "hooks": {
    "PreToolUse": [
      {
        "matcher": "Edit|Write|NotebookEdit",
        "hooks": [
          {"type": "command", "command": "python3 \\"$CLAUDE_PROJECT_DIR\\"/.claude/kit.py hook", "timeout": 10}
        ]
      }
    ]
  }
}
"""
