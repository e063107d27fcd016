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
from flows.prefect_.metrics import has_begun
from flows.prefect_.server import tie_temporary_server
from flows.terminal.audit import print_audit
from flows.terminal.reporting import print_summary
from flows.terminal.shell import FAILED, OK, complain, is_silent, quiet, say_starting, warn
from tasks.audit.status import AuditStatus
from tasks.errors import PipelineError
from tasks.runs.summary import RunSummary
from tasks.source.network import exempt_local_servers
from tasks.source.responses import is_server_failure, is_timeout

Result = RunSummary | AuditStatus


def has_server() -> bool:
    """Whether runs are reported to a Prefect server that outlives them."""
    return bool(PREFECT_API_URL.value())


def in_terminal(flow: Callable[..., Result | None], job: Job, given: dict[str, Any]) -> int:
    """Run a flow and print its result; exit code 1 when something failed."""
    quiet()
    if not has_server():
        say_starting()
        exempt_local_servers()
        tie_temporary_server()
    try:
        result = _patiently(flow, given)
    except (RunFailed, AuditFailed) as failure:
        _print(failure.run if isinstance(failure, RunFailed) else failure.status, job)
        if is_silent() and isinstance(failure, AuditFailed):
            complain(str(failure))
        return FAILED
    except Exception as error:
        # The API's own failures are reported by request; what gets here is Prefect's.
        if not _is_of_prefect(error):
            raise
        complain(_about_prefect(error))
        return FAILED
    if result is not None:
        _print(result, job)
    return OK


def _patiently(flow: Callable[..., Result | None], given: dict[str, Any]) -> Result | None:
    """Run a flow. If Prefect's server is too slow to start it, on a busy machine, it is started once more."""
    try:
        return flow(**given)
    except Exception as error:
        if isinstance(error, PipelineError) or has_begun() or not is_timeout(error):
            raise
        warn(f"{_server()} answers slowly ({type(error).__name__}); trying once more")
    return flow(**given)


def _print(result: Result, job: Job) -> None:
    if isinstance(result, RunSummary):
        print_summary(result)
    elif isinstance(job, AuditJob):
        print_audit(result, job.reports)


def _server() -> str:
    return f"the Prefect server {PREFECT_API_URL.value()}" if has_server() else "Prefect's temporary server"


def _is_of_prefect(error: Exception) -> bool:
    """Whether Prefect's server is what failed."""
    said = str(error)
    if isinstance(error, PipelineError):
        return False
    return is_server_failure(error) or "Failed to reach API" in said or "ephemeral Prefect API server" in said


def _about_prefect(error: Exception) -> str:
    """What to do when Prefect's server failed; the work of the run does not depend on it."""
    said = next(iter(str(error).strip().splitlines()), "")
    cure = (
        "start it, or unset PREFECT_API_URL to run without one"
        if has_server()
        else "wait until the machine is less busy, or start a server (`prefect server start`) and set PREFECT_API_URL"
    )
    return (
        f"{_server()} does not answer ({type(error).__name__}: {said}); {cure}. What this run did is in the lake, with "
        "its summary in ops/runs/ if it got so far; run again to continue"
    )
