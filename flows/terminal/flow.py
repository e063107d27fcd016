"""A flow run from the command line: quiet, with a summary and an exit code at its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from prefect.settings import PREFECT_API_URL

from flows.terminal.reporting import print_summary
from flows.terminal.shell import FAILED, OK, complain, quiet, say_starting
from quality.report import in_words
from tasks.errors import PipelineError
from tasks.runs.summary import RunSummary
from tasks.source.responses import is_transport_error


class RunFailed(PipelineError):
    """Some keys failed, or rules across tables are broken; the summary names them."""

    def __init__(self, run: RunSummary) -> None:
        reasons = [f"{key.dataset} {key.key}: {key.error}" for key in run.failed]
        reasons += [in_words(result) for result in run.broken_rules]
        found = f"{len(run.failed)} keys failed, {len(run.broken_rules)} rules are broken"
        super().__init__(f"{found}, the first: {reasons[0]}")
        self.run = run


def in_terminal(flow: Callable[..., RunSummary | None], options: dict[str, Any]) -> int:
    """Run a flow and print its summary; exit code 1 when something failed."""
    quiet()
    if not PREFECT_API_URL.value():
        say_starting()
    try:
        run = flow(**options)
    except RunFailed as failure:
        print_summary(failure.run)
        return FAILED
    except Exception as error:
        # The API's own failures are told by key; what gets here is Prefect's.
        if not (server := PREFECT_API_URL.value()) or not _is_unreachable(error):
            raise
        complain(
            f"the Prefect server {server} does not answer ({type(error).__name__}: {error}); start it, or unset "
            "PREFECT_API_URL to run without one. What this run did is in the lake, with its summary in ops/runs/ if it "
            "came so far; run again, it goes on from there"
        )
        return FAILED
    if run is not None:
        print_summary(run)
    return OK


def _is_unreachable(error: Exception) -> bool:
    return is_transport_error(error) or "Failed to reach API" in str(error)
