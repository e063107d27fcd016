"""An ingest with answers at hand, in one process, with its CPU time by step written to a file as JSON.

usage: python benchmarks/steps.py ANSWERS FILE [options of flows/ingest.py]

A step's time does not include the steps that it calls. What is in no step is the start of Python and the work of
Prefect around the tasks.
"""

from __future__ import annotations

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from daily_increment import PREFECT, START
from kept_answers import keep_answers

from flows import ingest
from flows.command_line.command import run_script
from flows.jobs.ingest import IngestJob
from tasks.lake.replacement import Replacement
from tasks.layers.building import Building
from tasks.runs.engine import Engine

STALE = "find what is due and out of date"


class Steps:
    """CPU seconds by step, from the start of the process."""

    def __init__(self) -> None:
        self.seconds = defaultdict[str, float](float, {START: time.process_time()})
        self._inner = [0.0]

    def time(self, owner: object, name: str, step: str | Callable[..., str]) -> None:
        """Count the time of a function of a class or module under a step, or what `step` makes of its arguments."""
        function = getattr(owner, name)

        @wraps(function)
        def timed(*args: Any, **kwargs: Any) -> Any:
            begun = time.process_time()
            self._inner.append(0.0)
            try:
                return function(*args, **kwargs)
            finally:
                spent = time.process_time() - begun
                self.seconds[step if isinstance(step, str) else step(*args, **kwargs)] += spent - self._inner.pop()
                self._inner[-1] += spent

        setattr(owner, name, timed)

    def write(self, file: Path) -> None:
        """Write the steps; the rest of the process's time is that of Prefect."""
        self.seconds[PREFECT] += time.process_time() - sum(self.seconds.values())
        file.write_text(json.dumps(self.seconds))


def _table(_: Building, name: str, *__: object) -> str:
    return name.partition(" ")[0]


def main() -> int:
    """Run the ingest."""
    answers, file = (Path(sys.argv.pop(1)) for _ in range(2))
    steps = Steps()
    keep_answers(answers)
    steps.time(Building, "_attempt", _table)
    steps.time(Building, "all_of", STALE)
    steps.time(IngestJob, "todo", STALE)
    steps.time(Engine, "fetch", "calls")
    steps.time(Replacement, "_commit", "commits")
    steps.time(ingest, "check_rules", "rules")
    try:
        return run_script("ingest")
    finally:
        steps.write(file)


if __name__ == "__main__":
    sys.exit(main())
