"""Runs linear algebra on one thread.

The model computes thousands of products of small matrices. On a busy machine the threads of OpenBLAS wait for each
other 20 times as long as they work (measured: 36 s instead of 1.6 s), and on an idle machine they are not faster.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import threadpool_limits

P = ParamSpec("P")
R = TypeVar("R")


def one_thread(work: Callable[P, R]) -> Callable[P, R]:
    """Run a function with one BLAS thread. The limit ends when it returns."""

    @wraps(work)
    def alone(*args: P.args, **kwargs: P.kwargs) -> R:
        with threadpool_limits(limits=1, user_api="blas"):
            return work(*args, **kwargs)

    return alone
