"""Checks the names in backticks in kit files: paths, tables, settings, options, words of the code."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from typing import Any

import yaml

from kit.checkout import AGENTS, WORD, Checkout
from kit.markdown import headings
from kit.plan import Plan
from kit.portable import matches
from quality.dataset import registry

TABLE = re.compile(r"^(?:bronze|silver|gold|ops)\.\w+$")
SETTING = re.compile(r"^CBBD_[A-Z_]+")
OPTION = re.compile(r"^--[a-z][a-z-]*")
API_PATH = re.compile(r"^/[\w/{}]+$")
HOLE = re.compile(r"<[^<>]+>")
PARTIAL = re.compile(r"[\w<>]*<[^<>]+>[\w<>]*")  # a word with placeholders: test_<case>_<what_holds>
PLACE = re.compile(r"^(?:[\w.<>*-]+/)+[\w.<>*-]*$|^[\w.<>*-]+\.(?:py|md|txt|ya?ml|toml|lock|sql|tf|json|svg|sh)$")
ROLE = re.compile(r"\b[a-z]+-engineer\b")
VIEW = re.compile(r"^v_\w+$")


@dataclass(frozen=True)
class Names:
    """The names of a checkout. options: every option of the project's commands."""

    checkout: Checkout
    plan: Plan
    options: frozenset[str]

    def wrong(self, text: str) -> str | None:
        """The problem of a span; None if all of its names exist."""
        if f"{AGENTS}{text}.md" in self.checkout.files:
            return None
        for pattern, check in self._kinds:
            if pattern.match(text):
                return check(text)
        file, colons, name = text.partition("::")
        if colons:
            return self.path(file) or self.defined(file, name)
        file, hash_, anchor = text.partition("#")
        if hash_ and file.endswith(".md"):
            return self.path(file) or self.anchor(file, anchor)
        return self.path(text) if self.is_path(text) else self.words(text)

    @cached_property
    def _kinds(self) -> list[tuple[re.Pattern[str], Callable[[str], str | None]]]:
        tables = [*registry().tables, *(endpoint.bronze for endpoint in registry())]
        paths = [endpoint.path for endpoint in registry()]
        return [
            (OPTION, self._option),
            (TABLE, lambda text: self._of("table", text, tables)),
            (VIEW, lambda text: self.path(f"infra/athena_views/{text}.sql")),
            (API_PATH, lambda text: self._of("path of the API", text, paths)),
        ]

    def is_path(self, text: str) -> bool:
        """Whether a text looks like a file or a folder of the checkout."""
        return text in self.checkout.files or bool(PLACE.match(text) and text not in self.deployments)

    def path(self, text: str) -> str | None:
        """Check a file or folder; with <placeholders> or *, at least one file must match."""
        name = HOLE.sub("*", text).removeprefix("./")
        known = self.checkout.files
        if name in known or f"{name.rstrip('/')}/" in self.checkout.folders or name in self.reports:
            return None
        if "*" in name and any(matches(file, name) for file in (*known, *self.reports)):
            return None
        first, _, rest = name.partition("/")
        if first in self.checkout.ignored and set(WORD.findall(rest)) <= self.checkout.words:
            return None  # a generated file: the code that generates it contains its name
        return self._of("path", text, [*known, *self.checkout.folders])

    def defined(self, file: str, name: str) -> str | None:
        """Check a function, class or value of a Python file."""
        there = re.findall(r"^\s*(?:async def|def|class) (\w+)|^(\w+)\s*[:=]", self.checkout.read(file), re.MULTILINE)
        return self._of(f"name in {file}", name, [one or other for one, other in there])

    def anchor(self, file: str, anchor: str) -> str | None:
        """Check the anchor of a heading in a Markdown file."""
        return self._of(f"heading in {file}", anchor, [slug for _, _, slug in headings(self.checkout.read(file))])

    def words(self, text: str) -> str | None:
        """Check names of the code: each word must occur somewhere in the repository."""
        unknown = [word for word in WORD.findall(PARTIAL.sub(" ", text)) if word not in self.checkout.words]
        return f"nothing in the repository is called {', '.join(unknown)}" if unknown else None

    def roles(self, line: str) -> list[str]:
        """Problems of the roles that a line names."""
        agents = [f"{AGENTS}{name}.md" for name in ROLE.findall(line)]
        return [f"there is no agent {file}" for file in agents if file not in self.checkout.kit]

    @cached_property
    def reports(self) -> tuple[str, ...]:
        """The reports of the sessions."""
        return tuple(session.report for session in self.plan.sessions)

    @cached_property
    def deployments(self) -> dict[str, str]:
        """Entry points of the deployments in prefect.yaml, by `flow/deployment`."""
        content: dict[str, Any] = yaml.safe_load(self.checkout.read("prefect.yaml")) or {}
        found = {}
        for deployment in content.get("deployments") or []:
            entry = str(deployment.get("entrypoint", ""))
            function = re.split(r"[.:]", entry)[-1]
            found[f"{function.replace('_', '-')}/{deployment['name']}"] = entry
        return found

    def _option(self, text: str) -> str | None:
        name = re.split(r"[ =]", text, maxsplit=1)[0]
        return self._of("option of our commands", name, sorted(self.options))

    def _of(self, kind: str, text: str, known: list[str]) -> str | None:
        if text in known:
            return None
        near = get_close_matches(text, known, 1)
        return f"there is no {kind} {text}" + (f"; is it {near[0]}?" if near else "")
