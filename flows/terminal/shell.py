"""What commands share: options of a flow from its signature, exit codes, errors in one line."""

from __future__ import annotations

import argparse
import inspect
import logging
import signal
from collections.abc import Callable
from typing import Any, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.markup import escape

from tasks.errors import BadInput, LakeConflict, LakeUnavailable
from tasks.termination import Terminated, Termination

OK, FAILED, BAD_INPUT = 0, 1, 2
INTERRUPTED, TERMINATED = 128 + signal.SIGINT, 128 + signal.SIGTERM


def complain(message: str) -> None:
    """One line on stderr that says what is wrong and what is valid."""
    Console(stderr=True, soft_wrap=True).print(f"[bold red]error:[/] {escape(' '.join(message.split()))}")


def parse(function: Callable[..., object], argv: list[str] | None = None) -> dict[str, Any]:
    """Arguments of a flow function from the command line; every parameter is an option.

    Raises:
        SystemExit: with code 2 and one line, when a value is not valid.
    """
    hints = get_type_hints(function, include_extras=True)
    parser = argparse.ArgumentParser(description=inspect.getdoc(function), formatter_class=Help, allow_abbrev=False)
    for name, parameter in inspect.signature(function).parameters.items():
        _add_option(parser, name, hints[name], parameter.default)
    given = vars(parser.parse_args(argv))
    return {name: _valid(name, hints[name], value) for name, value in given.items()}


class Help(argparse.RawDescriptionHelpFormatter):
    """Help as wide as a terminal of today."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, max_help_position=32, width=110)


def _add_option(parser: argparse.ArgumentParser, name: str, hint: Any, default: object) -> None:
    info = next(item for item in hint.__metadata__ if isinstance(item, FieldInfo))
    option, text = f"--{name.replace('_', '-')}", info.description
    if hint.__origin__ is bool:
        parser.add_argument(option, action="store_true", help=text)
    elif list in {getattr(part, "__origin__", part) for part in getattr(hint.__origin__, "__args__", ())}:
        parser.add_argument(option, action="append", metavar="X", help=f"{text} (repeatable)")
    else:
        given = "" if default is None else f"; default: {default}"
        parser.add_argument(option, metavar="X", help=f"{text}{given}", default=default)


def _valid(name: str, hint: Any, value: object) -> Any:
    try:
        return TypeAdapter(hint).validate_python(value)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].removeprefix("Value error, ")
        shown = " ".join(map(str, value)) if isinstance(value, list) else value
        complain(f"--{name.replace('_', '-')} {shown}: {reason}")
        raise SystemExit(BAD_INPUT) from None


def quiet() -> None:
    """Silence Prefect's log lines: the terminal belongs to progress and summary, and errors are told there once."""
    logging.getLogger("prefect").setLevel(logging.WARNING)
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def say_starting() -> None:
    """Why nothing happens at first: without a server of its own, Prefect starts one for the run."""
    Console(stderr=True).print("starting Prefect (10 to 20 seconds without a server) ...", highlight=False)


def guarded(command: Callable[[], int]) -> int:
    """Run a command; expected errors become one line and an exit code."""
    try:
        with Termination():
            return command()
    except (BadInput, LakeConflict) as error:
        complain(str(error))
        return BAD_INPUT
    except LakeUnavailable as error:
        complain(str(error))
        return FAILED
    except (KeyboardInterrupt, Exception) as error:
        interruption = _interruption(error)
        if interruption is None:
            raise
        complain("interrupted; what was fetched is kept, the next run resumes")
        return TERMINATED if isinstance(interruption, Terminated) else INTERRUPTED


def _interruption(error: BaseException | None) -> KeyboardInterrupt | None:
    """The Ctrl-C or SIGTERM behind an error: in the middle of its own work Prefect turns it into another one."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error
