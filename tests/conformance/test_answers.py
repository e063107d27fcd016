"""The sandbox's responses beside the real server's answers to the same requests. Skipped where ../shared is absent.

`python -m tests.conformance --details` prints the table with every difference.
"""

import pytest

from sandbox.operations.operations import OPERATIONS

from .answers import recorded
from .report import Line, judge, lines, table
from .tolerances import TOLERANCES

pytestmark = [
    pytest.mark.usefixtures("shared"),
    pytest.mark.xdist_group("conformance"),
]


@pytest.fixture(scope="module")
def results(recorded_world, replies):
    return judge(recorded_world, recorded(), replies)


@pytest.fixture(scope="module")
def by_operation(results) -> dict[str, Line]:
    return lines(results)


def test_every_operation_and_error_is_answered_as_the_server_does(by_operation):
    different = {name: line.different for name, line in by_operation.items() if line.different}
    assert different == {}


def test_every_operation_of_the_public_server_was_asked(by_operation):
    asked = {name for name in by_operation if name.startswith("/")}
    assert {path for path, operation in OPERATIONS.items() if not operation.client_only} == asked


def test_a_tolerance_that_no_answer_needs_is_removed(results):
    used = {entry for one in results for _, entry in one.tolerated}
    assert set(TOLERANCES) == used
    assert all(len(entry.reason) > 40 for entry in TOLERANCES)


def test_the_table_counts_every_field(by_operation, results):
    text = table(results)
    assert len(text.splitlines()) == 1 + len(by_operation)
    assert sum(line.answers for line in by_operation.values()) == len(results)
