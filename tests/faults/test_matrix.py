"""docs/reliability.md names every fault test, and no other."""

from __future__ import annotations

from tests.faults.matrix import PAGE, found, page

REQUIRED = [f"H{n}" for n in range(1, 14)] + [f"K{n}" for n in range(1, 9)]
REQUIRED += ["K10", "S1", "S2", "S3", "C1", "C2", "Q1", "X1", "X2"]


def test_every_required_case_has_a_test():
    tests = found()
    assert [case for case in REQUIRED if not tests[case]] == []


def test_the_page_is_up_to_date():
    assert PAGE.read_text() == page(), "run python tests/faults/matrix.py"
