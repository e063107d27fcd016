"""A flow run from the command line: quiet, with a summary and an exit code at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported

# isort: split
from flows.jobs.audit import AuditFailed, AuditJob
from flows.jobs.job import Job
from flows.jobs.run import RunFailed
from flows.prefect_.metrics import begun
from flows.prefect_.server import has_server, use_temporary_server
from flows.prefect_.trouble import PrefectDown, announce, is_of_prefect, patiently, sentence
from flows.terminal.audit import print_audit
from flows.terminal.reporting import print_summary
from flows.terminal.shell import FAILED, OK, complain, is_silent, quiet, say_starting, warn
from tasks.audit.status import AuditStatus
from tasks.runs.summary import RunSummary
from tasks.source.network import exempt_local_servers

Result = RunSummary | AuditStatus


def in_terminal(flow: Callable[..., Result | None], job: Job, given: dict[str, Any]) -> int:
    """Run a flow and print its result; exit code 1 when something failed."""
    quiet()
    announce(warn)
    if not has_server():
        say_starting()
        exempt_local_servers()
    before = begun()
    try:
        # Work that has begun is not done twice.
        result = patiently(lambda: _reporting(flow, given), warn, may_repeat=lambda: begun() == before)
    except (RunFailed, AuditFailed) as failure:
        _print(failure.run if isinstance(failure, RunFailed) else failure.status, job)
        if is_silent() and isinstance(failure, AuditFailed):
            complain(str(failure))
        return FAILED
    except Exception as error:
        if not is_of_prefect(error):
            raise
        complain(_about_prefect(error, worked=begun() != before))
        return FAILED
    if result is not None:
        _print(result, job)
    return OK


def _reporting(flow: Callable[..., Result | None], given: dict[str, Any]) -> Result | None:
    """Run a flow that reports to a server: the one that is set, or one of its own."""
    if not has_server():
        use_temporary_server()
    return flow(**given)


def _print(result: Result, job: Job) -> None:
    if isinstance(result, RunSummary):
        print_summary(result)
    elif isinstance(job, AuditJob):
        print_audit(result, job.reports)


def _about_prefect(error: BaseException, *, worked: bool) -> str:
    """The sentence about Prefect's server, and what is left of the run, which does not depend on it."""
    tried = "to record what the run did" if worked else "to start a run"
    said = str(error) if isinstance(error, PrefectDown) else sentence(tried, error)
    if not worked:
        return f"{said}. Nothing was done; run again"
    return f"{said}. What this run did is in the lake, with its summary in ops/runs/; run again to continue"
