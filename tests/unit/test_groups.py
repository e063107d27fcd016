"""Tests that share what is dear to make run on one worker."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.xdist_group("groups")


def test_a_group_reaches_the_scheduler(request: pytest.FixtureRequest) -> None:
    """Trap: a pytest that does not see the mark spreads a group silently, and each worker makes its own fixtures."""
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("this run does not keep groups together: --dist loadgroup does")
    assert request.node.nodeid.endswith("@groups")
