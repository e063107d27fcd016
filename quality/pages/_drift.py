"""docs/drift.md: what each policy word does in each case, and which endpoints have a policy of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from quality.dataset import Endpoint, Registry
from quality.drift import DEFAULT, EFFECTS, Case, Word
from quality.markdown import code, page, table

INTRO = (
    "What happens when a response differs from its contract. Each endpoint has one policy word for each of four cases. "
    "Whatever the word, raw keeps the response. The end of the run and its summary report every difference: the case, "
    "the column, the number of values, the first value and the raw object that contains it."
)
CASES: dict[Case, str] = {
    "new column": "a field that the contract does not have, at any depth",
    "missing column": "a contract field that has no value in any record of a response and that the first record does "
    "not contain at all (for a nested field: the first record that has its parent); a field sent as null is not "
    "missing",
    "type change": "a value of another type than in the contract; 7 and 7.0 are the same number in JSON and count as "
    "no change",
    "unknown value": "a value that is not in the contract's closed list",
}
READING = """Until the contract has a field, read it from `unknown_fields`:

```sql
select game_id, unknown_fields->>'$."mood"' from bronze.games where unknown_fields is not null
```

The keys are paths in the record, such as `maker.city`. A field inside a list has a path such as `parts[].size` and one
value per element."""
CHANGING = """Change the word in the contract of the endpoint, and state the reason:

```python
WORDS = DriftPolicy(new_column="freeze", reason="every field of this list is published")
```

The next run rebuilds the partitions that were built under other words. Building the registry fails for:

- a word that has no meaning in its case;
- `discard` where none of the columns may be null;
- a route with another word for unknown values than the endpoint it stands in for.

Quarantined records count: if more than a tenth of a partition is quarantined, the previous version stays, as with
`freeze`."""


def drift_page(registry: Registry) -> str:
    """The whole page."""
    own = [endpoint for endpoint in registry if endpoint.drift != DEFAULT]
    cases = ((case, meaning, code(DEFAULT.word(case))) for case, meaning in CASES.items())
    return page(
        "Drift",
        INTRO,
        "## The four cases",
        table(("case", "what it is", "default"), cases),
        "## The four words",
        table(("case", "word", "what happens"), _effects()),
        "## Endpoints with their own policy",
        table(("endpoint", "case", "word", "reason"), (row for endpoint in own for row in _words(endpoint))),
        "## Unknown fields",
        READING,
        "## Changing a word",
        CHANGING,
    )


def _effects() -> Iterator[tuple[str, ...]]:
    for case in get_args(Case):
        for word in get_args(Word):
            if (case, word) in EFFECTS:
                yield case, code(word), EFFECTS[case, word].meaning


def _words(endpoint: Endpoint) -> Iterator[tuple[str, ...]]:
    for case in get_args(Case):
        if endpoint.drift.word(case) != DEFAULT.word(case):
            yield code(endpoint.name), case, code(endpoint.drift.word(case)), endpoint.drift.reason
