"""Ctrl-C ends a statement at once, wherever it is."""

from __future__ import annotations

import signal
import threading

import duckdb
import pytest

from tasks.sql.interruption import interruptible

LONG = "select sum(range % 7) from range(1000000000000)"  # hours, in little memory


def press() -> None:
    """Ctrl-C; the thread that waits receives it."""
    ident = threading.main_thread().ident
    assert ident is not None
    signal.pthread_kill(ident, signal.SIGINT)


@pytest.mark.parametrize("before", ["select 1", "select sum(range) from range(20000000)"])
def test_ctrl_c_ends_a_statement(before: str):
    """Trap: DuckDB lost an interruption that came as the statement began, and one that came between two of them."""
    with duckdb.connect() as connection:

        def work() -> None:
            press()
            connection.sql(before).fetchall()
            connection.sql(LONG).fetchall()

        with pytest.raises(KeyboardInterrupt):
            interruptible(connection, work)
        assert connection.sql("select 1").fetchall() == [(1,)]


def test_work_returns_its_result_and_raises_its_error():
    with duckdb.connect() as connection:
        assert interruptible(connection, connection.sql("select 2").fetchall) == [(2,)]
        with pytest.raises(duckdb.CatalogException):
            interruptible(connection, lambda: connection.sql("from nothing").fetchall())
