"""Which process on which machine this is, whether another one is alive, and a clock that they share."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress
from functools import cache
from pathlib import Path

ENDED = "ZX"  # states of a process that is dead, though its id is not free yet
STATE, START = 0, 19  # places in /proc/PID/stat after the name of the program


def steady() -> float:
    """Seconds of a clock that never jumps and that all processes of a machine share.

    On Linux it also counts the time in which the machine was suspended.
    """
    known = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if known is None else time.clock_gettime(known)


@cache
def machine() -> str:
    """Name of the machine, its boot and its namespace of process ids: equal for processes that see each other."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip())
    with suppress(OSError):
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(parts)


def birth(pid: int) -> str:
    """When a process of this machine was started, as the system counts it; empty where that is not known."""
    fields = _stat(pid)
    return fields[START] if len(fields) > START else ""


def is_alive(pid: int, born: str) -> bool:
    """Whether a process of this machine has not ended. A later one with the same id is another."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is there, and is another user's
    fields = _stat(pid)
    if len(fields) <= START:
        return True
    return fields[STATE] not in ENDED and born in {"", fields[START]}


def _stat(pid: int) -> list[str]:
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    return []
