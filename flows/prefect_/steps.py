"""Prefect tasks with arguments that Prefect does not search.

Prefect searches every field of the arguments of a task for results of other tasks. A job and an endpoint hold the
contracts of all their columns and no results, and the search took a tenth of a daily run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import is_dataclass
from typing import Any, ParamSpec, TypeVar

from prefect import Task
from prefect.cache_policies import NO_CACHE
from prefect.utilities.annotations import quote

P = ParamSpec("P")
R = TypeVar("R")


class Step(Task[P, R]):
    """A task whose arguments are closed to Prefect, if they are dataclasses."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task."""
        return super().__call__(*map(_closed, args), **{name: _closed(value) for name, value in kwargs.items()})


def step(run_name: str) -> Callable[[Callable[P, R]], Step[P, R]]:
    """A task without a cache, in place of `prefect.task`.

    Args:
        run_name: template of the names of its runs: `fetch {name}`.
    """

    def made(function: Callable[P, R]) -> Step[P, R]:
        return Step(function, task_run_name=run_name, cache_policy=NO_CACHE)

    return made


def _closed(value: object) -> Any:
    """An argument as Prefect takes it. Summaries stay open: they are results, which link the runs of two tasks."""
    return quote(value) if is_dataclass(value) else value
