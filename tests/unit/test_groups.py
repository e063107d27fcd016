"""Tests that share what is dear to make run on one worker."""

from __future__ import annotations

import os

import pytest

pytestmark = pytest.mark.xdist_group("groups")


@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs everything")
def test_a_group_reaches_the_scheduler(request: pytest.FixtureRequest) -> None:
    """Trap: a pytest that does not see the mark spreads a group silently, and each worker makes its fixtures anew."""
    assert request.node.nodeid.endswith("@groups")
