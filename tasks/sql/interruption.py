"""Statements that Ctrl-C and SIGTERM end at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import duckdb

T = TypeVar("T")

ASK_AGAIN_SECONDS = 0.1  # DuckDB ignores an interruption that comes between two statements


def interruptible(connection: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    """Do work with a connection in a thread of its own; an interruption of this thread ends its statement.

    Python handles signals in the main thread only. DuckDB looks for them there while a statement runs, but it loses
    some: the statement then runs to its end, which can be hours.

    Raises:
        BaseException: what the work raises, or what interrupted this thread, once the work has ended.
    """
    done: Future[T] = Future()
    begin = threading.Event()

    def run() -> None:
        begin.wait()
        if not done.set_running_or_notify_cancel():
            return
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001  the caller raises it
            done.set_exception(error)

    thread = threading.Thread(target=run, name="duckdb", daemon=True)
    try:
        thread.start()
        begin.set()
        return done.result()
    finally:
        if not begin.is_set():  # interrupted inside `start`: nobody knows whether there is a thread
            done.cancel()
            begin.set()
        while thread.is_alive():
            connection.interrupt()
            thread.join(ASK_AGAIN_SECONDS)
