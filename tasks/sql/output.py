"""Where a result goes: to the terminal, to a pipe, or into a file. Whether it can is known before a query runs."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tasks.errors import BadInput
from tasks.sql._result import Result
from tasks.sql.formats import SUFFIXES, Format
from tasks.sql.render import render, write

VALID = "the format follows from .csv, .json, .jsonl, .ndjson and .parquet"


@dataclass(frozen=True)
class Output:
    """Format and destination of a result.

    Attributes:
        form: the format.
        path: a file; None is standard output.
    """

    form: Format
    path: Path | None = None

    @classmethod
    def of(cls, form: Format | None, path: Path | None) -> Output:
        """Output as the options say it: by default a table, or what the suffix of the file says.

        Raises:
            BadInput: when the options contradict each other, or nothing can be written there.
        """
        if path is None:
            if form == "parquet" and sys.stdout is not None and sys.stdout.isatty():
                raise BadInput("parquet is binary and unreadable in a terminal: name a file with --output x.parquet")
            return cls(form or "table")
        _require_writable(path)
        return cls(_format_of(path, form), path)

    def deliver(self, result: Result) -> None:
        """Print the result, or write it to the file and print how many rows it has.

        Raises:
            BadInput: when a value has no place in the format, or the file cannot be written.
        """
        if self.path is None:
            _print(render(result, self.form))
            return
        try:
            _write(self.path, result, self.form)
        except OSError as error:
            raise BadInput(
                f"{self.path} could not be written ({error.strerror or error}); nothing was replaced"
            ) from error
        rows = result.frame.height
        _print(f"{rows:,} {'row' if rows == 1 else 'rows'} written to {self.path} ({self.form})\n".encode())


def _format_of(path: Path, form: Format | None) -> Format:
    if form == "table":
        raise BadInput("--format table is for reading in a terminal and leaves rows out; --output writes all: " + VALID)
    by_suffix = SUFFIXES.get(path.suffix.lower())
    if form is None:
        if by_suffix is None:
            raise BadInput(f"--output {path}: {path.suffix or 'no suffix'} says no format; {VALID}, or give --format")
        return by_suffix
    if by_suffix not in {None, form}:
        raise BadInput(f"--format {form} and --output {path} contradict each other; leave --format out")
    return form


def _require_writable(path: Path) -> None:
    """Refuse what cannot become a file, before a query runs."""
    try:
        if path.is_dir():
            raise BadInput(f"--output {path} is a folder; name a file in it, such as {path / 'result.csv'}")
        if not path.parent.is_dir():
            raise BadInput(f"--output {path}: there is no folder {path.parent}; make it first or name another")
        target = path if path.exists() and not path.is_file() else path.parent
    except OSError as error:
        raise BadInput(f"--output {path} cannot be a file ({error.strerror})") from error
    if not os.access(target, os.W_OK):
        raise BadInput(f"--output {path}: no permission to write to {target}")


def _write(path: Path, result: Result, form: Format) -> None:
    """All or nothing: whoever reads the file meanwhile sees the old one. A device or pipe is written to as it is."""
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            write(result, form, file)
        return
    whole = path.resolve()  # a link stays a link
    part = whole.with_name(f".cbbd-query-{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            write(result, form, file)
        part.replace(whole)
    finally:
        part.unlink(missing_ok=True)


def _print(data: bytes) -> None:
    if sys.stdout is None:
        raise BadInput("standard output is closed; name a file with --output")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
