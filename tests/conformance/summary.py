"""Facts of the recorded answers: what any clone can compare with, without the answers themselves.

`python -m tests.conformance --write` makes summary.json from the answers beside the checkout: for each request its
status and number of rows, and for each operation the fields with their types and shares of nulls.
"""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from .answers import Answer
from .compare import leaves, type_of

FILE = Path(__file__).with_name("summary.json")
Facts = dict[str, Any]


def read() -> list[Facts]:
    """The committed facts, one entry per request, in the order of the recording."""
    found: list[Facts] = json.loads(FILE.read_text(encoding="utf-8"))
    return found


def text(answers: list[Answer]) -> str:
    """The facts of the answers as JSON, one line per request. The hand-made database is left out."""
    lines = [json.dumps(entry(one), sort_keys=True) for one in answers if one.group != "edge"]
    return "[\n" + ",\n".join(lines) + "\n]\n"


def entry(answer: Answer) -> Facts:
    """The facts of one answer."""
    return {
        "name": answer.name,
        "method": answer.method,
        "path": answer.path,
        "params": [list(pair) for pair in answer.params],
        "headers": answer.sent,
        "status": answer.status,
        "rows": answer.rows,
        "fields": fields(answer.body, whole=answer.kept is None) if answer.group == "ops" else {},
    }


def fields(rows: Any, *, whole: bool) -> dict[str, list[str | float]]:
    """Types of each field, and the share of nulls if all rows are there (`whole`)."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in rows if isinstance(rows, list) else [rows]:
        for name, values in leaves(row).items():
            found[name] += values
    return {name: _field(values, whole=whole) for name, values in sorted(found.items())}


def _field(values: list[Any], *, whole: bool) -> list[str | float]:
    types = sorted({type_of(value) for value in values} - {"null"}) or ["null"]
    return [*types, round(values.count(None) / len(values), 4)] if whole else [*types]


def request(facts: Facts) -> Answer:
    """The request of an entry, as an answer without a body."""
    return Answer(
        name=facts["name"],
        method=facts["method"],
        path=facts["path"],
        params=tuple((name, value) for name, value in facts["params"]),
        sent=facts["headers"],
        status=facts["status"],
        headers={},
        rows=facts["rows"],
        kept=None,
        body=None,
        text=None,
        group="",
    )
