"""A flow run from the command line: quiet, with a summary and an exit code at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from prefect.settings import PREFECT_API_URL

from flows.jobs.audit import AuditFailed, AuditJob
from flows.jobs.job import Job
from flows.jobs.run import RunFailed
from flows.terminal.audit import print_audit
from flows.terminal.reporting import print_summary
from flows.terminal.shell import FAILED, OK, complain, quiet, say_starting
from tasks.audit.status import AuditStatus
from tasks.runs.summary import RunSummary
from tasks.source.responses import is_transport_error

Result = RunSummary | AuditStatus


def has_server() -> bool:
    """Whether runs are reported to a Prefect server that outlives them."""
    return bool(PREFECT_API_URL.value())


def in_terminal(flow: Callable[..., Result | None], job: Job, given: dict[str, Any]) -> int:
    """Run a flow and print its result; exit code 1 when something failed."""
    quiet()
    if not has_server():
        say_starting()
    try:
        result = flow(**given)
    except RunFailed as failure:
        _print(failure.run, job)
        return FAILED
    except AuditFailed as failure:
        _print(failure.status, job)
        return FAILED
    except Exception as error:
        # The API's own failures are reported by request; what gets here is Prefect's.
        if not has_server() or not _is_unreachable(error):
            raise
        complain(
            f"the Prefect server {PREFECT_API_URL.value()} does not answer ({type(error).__name__}: {error}); start "
            "it, or unset PREFECT_API_URL to run without one. What this run did is in the lake, with its summary in "
            "ops/runs/ if it got so far; run again to continue"
        )
        return FAILED
    if result is not None:
        _print(result, job)
    return OK


def _print(result: Result, job: Job) -> None:
    if isinstance(result, RunSummary):
        print_summary(result)
    elif isinstance(job, AuditJob):
        print_audit(result, job.reports)


def _is_unreachable(error: Exception) -> bool:
    return is_transport_error(error) or "Failed to reach API" in str(error)
