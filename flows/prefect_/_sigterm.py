"""SIGTERM in a flow run: Prefect and the fetch that winds up share one handler.

Before Prefect's worker ends a run that is to be cancelled or rescheduled, it reports the reason to the run's process.
The process accepts that only while Prefect's own handler of SIGTERM is in place; else the worker kills it, and the run
counts as crashed. A fetch needs a handler that lets requests in flight finish. So Prefect's handler is replaced by that
one, which passes a signal on to Prefect's where nothing is fetched.
"""

from __future__ import annotations

from prefect.utilities import engine

from tasks.termination import handle, otherwise


def share_sigterm() -> None:
    """Let Prefect install, and recognise as its own, the handler that a fetch installs."""
    if engine._prefect_sigterm_handler is not handle:
        otherwise(engine._prefect_sigterm_handler)
        engine._prefect_sigterm_handler = handle  # type: ignore[assignment]
