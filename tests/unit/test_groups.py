"""Tests that share what is dear to make run on one worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import LONG

pytestmark = pytest.mark.xdist_group("groups")


def test_a_group_reaches_the_scheduler(request: pytest.FixtureRequest) -> None:
    """Trap: a pytest that does not see the mark spreads a group silently, and each worker makes its own fixtures."""
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("this run does not keep groups together: --dist loadgroup does")
    assert request.node.nodeid.endswith("@groups")


def test_each_long_group_is_one_of_the_tests() -> None:
    """Trap: a group gets another name, and begins last again."""
    texts = [file.read_text(encoding="utf-8") for file in Path(__file__).parents[1].rglob("test_*.py")]
    assert [name for name in LONG if not any(f'xdist_group("{name}")' in text for text in texts)] == []
