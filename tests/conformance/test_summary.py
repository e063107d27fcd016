"""The facts of the real server's answers, in any clone: status, number of rows, fields, types and shares of nulls."""

import pytest

from . import summary
from .answers import recorded
from .tolerances import TOLERANCES

pytestmark = pytest.mark.xdist_group("conformance")
OPERATIONS = [facts for facts in summary.read() if facts["fields"]]


def test_every_request_has_the_status_and_the_number_of_rows_of_the_server(replies):
    wrong = {}
    for facts in summary.read():
        reply = replies[facts["name"]]
        rows = reply.json() if reply.status_code == 200 else None
        given = reply.status_code, len(rows) if isinstance(rows, list) else None
        if given != (facts["status"], facts["rows"]):
            wrong[facts["name"]] = given
    assert wrong == {}


@pytest.mark.parametrize("facts", OPERATIONS, ids=lambda facts: facts["name"])
def test_an_operation_has_the_fields_types_and_nulls_of_the_server(replies, facts):
    whole = any(isinstance(item, float) for values in facts["fields"].values() for item in values)
    rows = replies[facts["name"]].json()
    ours = summary.fields(rows, whole=whole)
    allowed = {name for name in ours if any(entry.covers(facts["name"], name, "type") for entry in TOLERANCES)}
    wanted = facts["fields"]
    assert ours.keys() == wanted.keys()
    if whole:
        assert {name: ours[name] for name in ours.keys() - allowed} == {
            name: wanted[name] for name in ours.keys() - allowed
        }
    else:
        # The server's part has only the first rows: a field can be null in all of them and known in others.
        assert all(ours[name] == wanted[name] for name in ours if "null" not in {*wanted[name], *ours[name]})


@pytest.mark.usefixtures("shared")
def test_the_committed_facts_are_those_of_the_answers():
    assert summary.FILE.read_text(encoding="utf-8") == summary.text(recorded()), (
        "run python -m tests.conformance --write"
    )
