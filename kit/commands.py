"""Checks a command line in a kit file: with the parsers of the commands, for make and pytest, otherwise its paths."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from kit.names import SETTING, Names

BIN = ".venv/bin/"
ENDS = {"&&", "||", "|", ";"}
GIT = {
    *("add", "bisect", "checkout", "clean", "clone", "commit", "diff", "log", "ls-files", "rebase", "restore"),
    *("revert", "show", "stash", "status", "switch", "worktree"),
}
OTHERS = {  # their options are not checked, only their paths
    *("actionlint", "aws", "cat", "cd", "claude", "diff", "docker", "gh", "grep", "hadolint", "head", "ls", "ruff"),
    *("mypy", "python3", "tail", "terraform", "zizmor"),
}
INSIDE = re.compile(r"^(?![/~<]|\.\.)(?!.*://).*/")  # a path below the root
ARGUMENTS = "$ARGUMENTS"  # of a slash command of Claude Code; ours are numbers
ASSIGNMENT = re.compile(r"^[A-Z_]+=")

Parse = Callable[[list[str]], str | None]


@dataclass(frozen=True)
class Commands:
    """Parsers of the project's commands, and checks of other programs.

    Attributes:
        etl: error message of `cbbd-etl` for some arguments; None if it accepts them.
        flow: the same for `python flows/<name>.py`.
        parameters: the parameters of a flow, by a deployment's entry point: `flows.ingest.ingest`.
    """

    names: Names
    etl: Parse
    flow: Callable[[str, list[str]], str | None]
    parameters: Callable[[str], frozenset[str]]

    def is_command(self, text: str) -> bool:
        """Whether a span is a command, not a name."""
        first, _, rest = text.partition(" ")
        return bool(rest) and (ASSIGNMENT.match(first) is not None or self._program(first) in self._known)

    def wrong(self, line: str) -> list[str]:
        """Problems of a command line."""
        try:
            words = shlex.split(line.replace(ARGUMENTS, "1"), comments=True)
        except ValueError as error:
            return [f"no command line: {error}: {line}"]
        return [message for part in _parts(words) for message in self._part(part)]

    def _part(self, words: list[str]) -> Iterator[str]:
        while words and ASSIGNMENT.match(words[0]):
            name = words.pop(0).partition("=")[0]
            if SETTING.match(name) and (message := self.names.words(name)):
                yield message
        if not words:
            return
        program, args = self._program(words[0]), words[1:]
        check = self._known.get(program)
        if check is None:
            yield f"no command that the kit may use: {program}"
        elif message := check(args):
            yield f"{program} {shlex.join(args)}: {message}"

    @staticmethod
    def _program(word: str) -> str:
        return word.removeprefix(BIN)

    @cached_property
    def _known(self) -> dict[str, Parse]:
        own: dict[str, Parse] = {
            "make": self._make,
            "cbbd-etl": self.etl,
            "python": self._python,
            "pytest": self._pytest,
            "git": self._git,
            "prefect": self._prefect,
        }
        return dict.fromkeys(OTHERS, self._paths) | own

    @cached_property
    def targets(self) -> frozenset[str]:
        """Targets of the Makefile."""
        return frozenset(re.findall(r"^([a-z][a-z-]*):", self.names.checkout.read("Makefile"), re.MULTILINE))

    def _make(self, args: list[str]) -> str | None:
        for word in args:
            name, assigned, value = word.partition("=")
            if assigned:
                message = self._make_variable(name) or (self._pytest(shlex.split(value)) if "test" in args else None)
            else:
                message = self._make_target(word)
            if message:
                return message
        return None

    def _make_variable(self, name: str) -> str | None:
        known = f"$({name})" in self.names.checkout.read("Makefile")
        return None if known else f"the Makefile has no variable {name}"

    def _make_target(self, word: str) -> str | None:
        if word.startswith("-") or word in self.targets:
            return None
        return f"the Makefile has no target {word}; it has {', '.join(sorted(self.targets))}"

    def _python(self, args: list[str]) -> str | None:
        if args[:1] == ["-m"]:
            return self._module(args[1], args[2:])
        file = args[0] if args else ""
        if message := self.names.path(file):
            return message
        if file.startswith("flows/"):
            return self.flow(file.removeprefix("flows/").removesuffix(".py"), args[1:])
        return self._options_of(file, args[1:])

    def _module(self, module: str, args: list[str]) -> str | None:
        if module == "pytest":
            return self._pytest(args)
        place = module.replace(".", "/")
        if message := self.names.path(place) and self.names.path(f"{place}.py"):
            return message
        package = f"{place}/__main__.py"
        return self._options_of(package if package in self.names.checkout.files else f"{place}.py", args)

    def _options_of(self, file: str, args: list[str]) -> str | None:
        text = self.names.checkout.read(file)
        unknown = [word for word in args if word.startswith("--") and word != "--help" and f'"{word}"' not in text]
        return f"{file} has no option {', '.join(unknown)}" if unknown else None

    def _pytest(self, args: list[str]) -> str | None:
        for word in args:
            file, colons, name = word.partition("::")
            if "/" not in file:
                continue
            if message := self.names.path(file) or (colons and self.names.defined(file, name.partition("[")[0])):
                return message
        return None

    def _git(self, args: list[str]) -> str | None:
        if not args or args[0] not in GIT:
            return f"no git command that the kit may use; these are: {', '.join(sorted(GIT))}"
        return self._paths(args[1:])

    def _prefect(self, args: list[str]) -> str | None:
        if args[:2] != ["deployment", "run"]:
            return self._paths(args)
        wanted = " ".join(args[2:3])
        entry = self.names.deployments.get(wanted)
        if entry is None:
            return f"prefect.yaml has no deployment {wanted}; it has {', '.join(sorted(self.names.deployments))}"
        given = [args[at + 1].partition("=")[0] for at, word in enumerate(args) if word in {"-p", "--param"}]
        unknown = sorted(set(given) - self.parameters(entry))
        return f"{entry} has no parameter {', '.join(unknown)}" if unknown else None

    def _paths(self, args: list[str]) -> str | None:
        values = [word.partition("=")[2] if word.startswith("-") else word for word in args]
        return next((message for word in values if INSIDE.match(word) and (message := self.names.path(word))), None)


def _parts(words: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for word in [*words, ";"]:
        if word in ENDS:
            yield part
            part = []
        elif word.startswith((">", "2>")):
            continue
        else:
            part.append(word.rstrip(";"))
