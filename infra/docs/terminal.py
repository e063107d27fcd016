"""A command in a terminal of 80 columns and 24 lines: what is on its screen while it runs and when it has ended."""

from __future__ import annotations

import fcntl
import html
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyte

COLUMNS, LINES = 80, 24
COLOURS = {"green": "#4fb96a", "red": "#e0605a", "brown": "#d0a84a", "blue": "#6aa3e0", "magenta": "#c58ad6"}
STYLE = """body { margin: 0; background: #16181d; color: #d6d8dc; }
pre { margin: 0; padding: 16px; font: 14px/1.3 "DejaVu Sans Mono", monospace; } b { font-weight: 600; }"""


@dataclass(frozen=True)
class Recording:
    """What a command wrote to its terminal, in the pieces in which it came.

    Attributes:
        pieces: bytes as read.
        code: exit code of the command.
    """

    pieces: list[bytes]
    code: int

    @property
    def bytes(self) -> int:
        """Length of all that was written, control sequences included."""
        return sum(map(len, self.pieces))

    def screen(self, during: bytes | None = None) -> pyte.Screen:
        """The screen at the end.

        Args:
            during: the screen in the middle of the time in which this text was written, instead.

        Raises:
            ValueError: it was never written.
        """
        last = len(self.pieces)
        if during is not None:
            found = [number for number, piece in enumerate(self.pieces, 1) if during in piece]
            if not found:
                msg = f"{during.decode()} was never written"
                raise ValueError(msg)
            last = found[len(found) // 2]
        screen = pyte.Screen(COLUMNS, LINES)
        pyte.ByteStream(screen).feed(b"".join(self.pieces[:last]))
        return screen


def record(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Recording:
    """Run a command in a terminal of its own until it ends."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    sized = {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(LINES)}
    given = {"stdin": its, "stdout": its, "stderr": its, "cwd": folder, "env": {**environment, **sized}}
    with subprocess.Popen(command, **given) as run:  # noqa: S603  the caller's own command
        os.close(its)
        pieces = []
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux answers so when the other side is closed
                break
            if not piece:
                break
            pieces.append(piece)
        os.close(ours)
    return Recording(pieces, run.returncode)


def page(screen: pyte.Screen) -> str:
    """A screen as an HTML page."""
    lines = []
    for number in range(LINES):
        row = screen.buffer[number]
        lines.append("".join(_cell(row[column]) for column in range(COLUMNS)).rstrip())
    return f"<!doctype html><meta charset=utf-8><style>{STYLE}</style><pre>{chr(10).join(lines)}</pre>"


def _cell(char: pyte.screens.Char) -> str:
    text = html.escape(char.data)
    colour = COLOURS.get(char.fg, f"#{char.fg}" if len(char.fg) == len("rrggbb") and char.fg.isalnum() else "")
    if colour:
        text = f'<span style="color:{colour}">{text}</span>'
    return f"<b>{text}</b>" if char.bold else text
