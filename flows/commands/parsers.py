"""Our own commands as the kit's check needs them: would they take this command line, and which options are there?"""

from __future__ import annotations

import importlib
import inspect
import io
from collections.abc import Iterator
from contextlib import redirect_stdout
from functools import cache
from typing import Any

import typer

from flows.command_line.command import FLOWS, new_app
from flows.commands.cli import command_line
from kit.commands import Commands
from kit.names import Names
from tasks.errors import BadInput


def our_commands(names: Names) -> Commands:
    """Parsers of `cbbd-etl` and of the flows, for what the kit's files say to run."""
    return Commands(names, lambda argv: _refusal(_etl(), argv), _flow_refusal, _parameters)


@cache
def _etl() -> Any:
    return command_line()


@cache
def our_options() -> frozenset[str]:
    """Every option of `cbbd-etl` and of the flows."""
    return frozenset(_options(_etl(), typer.Context(_etl())))


def _options(command: Any, context: Any) -> Iterator[str]:
    for parameter in command.params:
        yield from (option for option in parameter.opts if option.startswith("--"))
    yield "--help"
    if hasattr(command, "list_commands"):
        for name in command.list_commands(context):
            yield from _options(command.get_command(context, name), context)


@cache
def _script(name: str) -> Any:
    app = new_app()
    FLOWS[name].add_to(app)
    command = typer.main.get_command(app)
    command.name = name
    return command


def _flow_refusal(name: str, argv: list[str]) -> str | None:
    flow = name.replace("_", "-")
    return _refusal(_script(flow), argv) if flow in FLOWS else f"flows/{name}.py is not run by itself"


def _refusal(command: Any, argv: list[str]) -> str | None:
    """What a parser says when it refuses arguments; None when it takes them."""
    words, context = [*argv], typer.Context(command)
    with redirect_stdout(io.StringIO()):  # --help prints
        return _refused(command, context, words)


def _refused(command: Any, context: Any, words: list[str]) -> str | None:
    try:
        while hasattr(command, "list_commands") and words and not words[0].startswith("-"):
            _, command, words = command.resolve_command(context, words)
            context = typer.Context(command, parent=context)
        given = command.make_context(command.name, words).params
        if command.name in FLOWS:
            known = FLOWS[command.name].parameters
            known.of(**{name: given[name] for name in known.model_fields if given.get(name) is not None})
    except typer.TyperException as error:
        return error.format_message()
    except BadInput as error:
        return str(error)
    except typer.Exit:
        return None
    return None


def _parameters(entry: str) -> frozenset[str]:
    module, _, function = entry.rpartition(".")
    found = getattr(importlib.import_module(module), function)
    return frozenset(inspect.signature(getattr(found, "fn", found)).parameters)
