"""Whether a command line in a kit file would be understood: by our own parsers, make, pytest, or at least its paths."""

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
OTHERS = {  # their options are not ours to check, but the paths that they are given are
    *("actionlint", "aws", "cat", "cd", "claude", "diff", "docker", "gh", "grep", "hadolint", "head", "ls", "ruff"),
    *("mypy", "tail", "terraform", "zizmor"),
}
OURS = re.compile(r"^(?![/~<]|\.\.)(?!.*://).*/")  # a path below the root
ASSIGNMENT = re.compile(r"^[A-Z_]+=")

Parse = Callable[[list[str]], str | None]


@dataclass(frozen=True)
class Commands:
    """Our commands' own parsers, and what else is on the machine.

    Attributes:
        etl: what `cbbd-etl` says against its arguments; None: it takes them.
        flow: the same for `python flows/<name>.py`.
        parameters: the parameters of a flow, by a deployment's entry point: `flows.ingest.ingest`.
    """

    names: Names
    etl: Parse
    flow: Callable[[str, list[str]], str | None]
    parameters: Callable[[str], frozenset[str]]

    def is_command(self, text: str) -> bool:
        """Whether a span is a command, rather than a name."""
        first, _, rest = text.partition(" ")
        return bool(rest) and (ASSIGNMENT.match(first) is not None or self._program(first) in self._known)

    def wrong(self, line: str) -> list[str]:
        """What is wrong with a command line."""
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            return [f"no command line: {error}: {line}"]
        return [said for part in _parts(words) for said in self._part(part)]

    def _part(self, words: list[str]) -> Iterator[str]:
        while words and ASSIGNMENT.match(words[0]):
            name = words.pop(0).partition("=")[0]
            if SETTING.match(name) and (said := self.names.words(name)):
                yield said
        if not words:
            return
        program, args = self._program(words[0]), words[1:]
        known = self._known.get(program)
        if known is None:
            yield f"no command that the kit may use: {program}"
        elif said := known(args):
            yield f"{program} {shlex.join(args)}: {said}"

    @staticmethod
    def _program(word: str) -> str:
        return word.removeprefix(BIN)

    @cached_property
    def _known(self) -> dict[str, Parse]:
        ours: dict[str, Parse] = {
            "make": self._make,
            "cbbd-etl": self.etl,
            "python": self._python,
            "pytest": self._pytest,
            "git": self._git,
            "prefect": self._prefect,
        }
        return dict.fromkeys(OTHERS, self._paths) | ours

    @cached_property
    def targets(self) -> frozenset[str]:
        """Targets of the Makefile."""
        return frozenset(re.findall(r"^([a-z][a-z-]*):", self.names.checkout.read("Makefile"), re.MULTILINE))

    def _make(self, args: list[str]) -> str | None:
        for word in args:
            name, given, value = word.partition("=")
            if given and f"$({name})" not in self.names.checkout.read("Makefile"):
                return f"the Makefile has no variable {name}"
            if given and "test" in args and (said := self._pytest(shlex.split(value))):
                return said
            if not given and not word.startswith("-") and word not in self.targets:
                return f"the Makefile has no target {word}; it has {', '.join(sorted(self.targets))}"
        return None

    def _python(self, args: list[str]) -> str | None:
        if args[:1] == ["-m"]:
            return self._module(args[1], args[2:])
        file = args[0] if args else ""
        if said := self.names.path(file):
            return said
        if file.startswith("flows/"):
            return self.flow(file.removeprefix("flows/").removesuffix(".py"), args[1:])
        return self._options_of(file, args[1:])

    def _module(self, module: str, args: list[str]) -> str | None:
        if module == "pytest":
            return self._pytest(args)
        place = module.replace(".", "/")
        if said := self.names.path(place) and self.names.path(f"{place}.py"):
            return said
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
            if said := self.names.path(file) or (colons and self.names.defined(file, name.partition("[")[0])):
                return said
        return None

    def _git(self, args: list[str]) -> str | None:
        if not args or args[0] not in GIT:
            return f"no git command that the kit may use; these are: {', '.join(sorted(GIT))}"
        return self._paths(args[1:])

    def _prefect(self, args: list[str]) -> str | None:
        if args[:2] != ["deployment", "run"]:
            return self._paths(args)
        entry = self.names.deployments.get(args[2])
        if entry is None:
            return f"prefect.yaml has no deployment {args[2]}; it has {', '.join(sorted(self.names.deployments))}"
        given = [args[at + 1].partition("=")[0] for at, word in enumerate(args) if word in {"-p", "--param"}]
        unknown = sorted(set(given) - self.parameters(entry))
        return f"{entry} has no parameter {', '.join(unknown)}" if unknown else None

    def _paths(self, args: list[str]) -> str | None:
        values = [word.partition("=")[2] if word.startswith("-") else word for word in args]
        return next((said for word in values if OURS.match(word) and (said := self.names.path(word))), None)


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
