"""Prefect tasks with arguments that Prefect does not search.

Prefect searches every field of the arguments of a task for results of other tasks. A job and an endpoint hold the
contracts of all their columns and no results, and the search took a tenth of a daily run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.utilities.annotations import quote

P = ParamSpec("P")
R = TypeVar("R")


def step(run_name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A task without a cache, in place of `prefect.task`.

    Args:
        run_name: template of the names of its runs: `fetch {name}`.
    """

    def made(function: Callable[P, R]) -> Callable[P, R]:
        of_prefect = task(task_run_name=run_name, cache_policy=NO_CACHE)(function)

        @wraps(function)
        def called(*args: P.args, **kwargs: P.kwargs) -> R:
            named = {name: _closed(value) for name, value in kwargs.items()}
            done: R = of_prefect(*map(_closed, args), **named)  # type: ignore[arg-type]
            return done

        return called

    return made


def _closed(value: object) -> object:
    """An argument as Prefect takes it. Summaries stay open: they are results, which link the runs of two tasks."""
    return quote(value) if is_dataclass(value) else value
