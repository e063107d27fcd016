"""L3, L4: random input of each kind. Trap: input that nobody thought of ends a run with a traceback, or hangs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.fuzz import TARGETS, search

EXAMPLES = {"bodies": 25, "objects": 25}  # these build tables


@pytest.mark.parametrize("name", TARGETS)
def test_l3_l4_random_input_gives_our_errors_only(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    search(name, EXAMPLES.get(name, 100))
