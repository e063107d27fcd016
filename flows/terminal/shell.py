"""What all commands share: exit codes, errors in one line, output that may be closed or not take every character."""

from __future__ import annotations

import io
import logging
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from contextvars import ContextVar
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from tasks.errors import BadInput, LakeConflict, LakeUnavailable, behind
from tasks.masking import masked
from tasks.termination import Terminated, Termination

OK, FAILED, BAD_INPUT = 0, 1, 2
KIT = "kit"  # the image leaves it out
OURS = {"cbbd_etl", "flows", KIT, "quality", "report", "sandbox", "tasks"}
REPORT = {"altair", "jinja2", "markupsafe", "vl_convert"}  # packages of the extra `report`; all others: `pipeline`
INTERRUPTED, TERMINATED, OUTPUT_CLOSED = (128 + number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE))

_silent: ContextVar[bool] = ContextVar("silent", default=False)


def complain(message: str) -> None:
    """One line on stderr that says what is wrong and what is valid."""
    _warn("[bold red]error:[/]", message)


def warn(message: str) -> None:
    """One line on stderr that says what is doubtful."""
    _warn("[bold yellow]warning:[/]", message)


def _warn(kind: str, message: str) -> None:
    with suppress(OSError):
        Console(stderr=True, soft_wrap=True, highlight=False).print(
            f"{kind} {escape(masked(' '.join(message.split())))}"
        )


def quiet() -> None:
    """Silence Prefect's log lines: the terminal shows progress and summary, and each error once."""
    logging.getLogger("prefect").setLevel(logging.WARNING)
    for name in ("prefect.flow_runs", "prefect.task_runs"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


@contextmanager
def silenced() -> Iterator[None]:
    """Print neither progress nor a summary; errors are printed."""
    token = _silent.set(True)
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
            yield
    finally:
        _silent.reset(token)


def is_silent() -> bool:
    """Whether nothing but errors is to be printed."""
    return _silent.get()


def say_starting() -> None:
    """Why nothing happens at first: without a server of its own, Prefect starts one for the run."""
    if is_silent():
        return
    Console(stderr=True).print("starting Prefect (about 10 seconds without a server) ...", highlight=False)


def prepare_streams() -> bool:
    """Make standard output and error usable under every locale; False when standard output is closed."""
    is_open = sys.stdout is not None
    for name, number in (("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            # Otherwise the next file that is opened would be standard output.
            descriptor = os.open(os.devnull, os.O_WRONLY)
            if descriptor != number:
                os.dup2(descriptor, number)
            setattr(sys, name, io.TextIOWrapper(io.FileIO(number, "w"), encoding="utf-8"))
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper) and (stream.encoding or "").lower().replace("-", "") != "utf8":
            stream.reconfigure(errors="replace")
    return is_open


def guarded(command: Callable[[], int], kept: str = "") -> int:
    """Run a command; an expected error becomes one line and an exit code, an unexpected one names its trace.

    Args:
        kept: what an interruption leaves, for its message.
    """
    if not prepare_streams():
        complain("standard output is closed: there is nowhere to print to")
        return FAILED
    termination = Termination()
    try:
        with termination:
            done = command()
            sys.stdout.flush()
            return done
    except BrokenPipeError:
        # Whoever read our output has stopped. What is still buffered goes nowhere, or Python complains at its exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUTPUT_CLOSED
    except (SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # noqa: BLE001  every error, a panic of Polars too, ends in one line and an exit code
        return _reported(error, kept, terminated=termination.requested)


def _reported(error: BaseException, kept: str, *, terminated: bool) -> int:
    """Print one line about an error; the exit code.

    Args:
        terminated: SIGTERM was received. A library may have made a plain interruption of it, or an error that names no
            cause: Pydantic does, when it comes while models are loaded.
    """
    if isinstance(error, BadInput | LakeConflict | LakeUnavailable):
        complain(str(error))
        return FAILED if isinstance(error, LakeUnavailable) else BAD_INPUT
    if isinstance(error, ModuleNotFoundError) and (cure := _cure_of_missing(error)):
        complain(cure)
        return BAD_INPUT
    interruption = interruption_behind(error)
    if interruption is None and not terminated:
        complain(f"{type(error).__name__}: {_first_line(error)}; this is a bug: its trace is in {_trace(error)}")
        return FAILED
    complain(f"interrupted; {kept}" if kept else "interrupted")
    return TERMINATED if terminated or isinstance(interruption, Terminated) else INTERRUPTED


def _cure_of_missing(error: ModuleNotFoundError) -> str | None:
    """What to do about a package that is not installed; None if one of ours lacks a module, which is a bug."""
    missing = (error.name or "").partition(".")[0]
    if error.name == KIT:
        return "the kit is not installed here, because only a checkout needs it: run this command in one"
    if missing in OURS:
        return None
    extra = "report" if missing in REPORT else "pipeline"
    install = f"pip install 'cbbd-etl[{extra}]', or `make setup` in a checkout"
    return f"{error.name} is not installed; this command needs the {extra}: {install}"


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or ["no message"])[0]


def _trace(error: BaseException) -> Path:
    text = "".join(traceback.format_exception(error))
    with tempfile.NamedTemporaryFile("w", prefix="cbbd-etl-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(masked(text))
    return Path(file.name)


def interruption_behind(error: BaseException | None) -> KeyboardInterrupt | None:
    """The Ctrl-C or SIGTERM behind an error: in the middle of its own work Prefect turns it into another one."""
    return next((found for found in behind(error) if isinstance(found, KeyboardInterrupt)), None)
