"""The page about drift: what each word does in each case, and which datasets have words of their own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from quality.dataset import Endpoint, Registry
from quality.drift import DEFAULT, EFFECTS, Case, Word
from quality.markdown import code, page, table

INTRO = (
    "What is done where the API's answers and their contract differ. Each dataset has one word for each of four cases; "
    "the responses themselves are in raw whatever the word is. Whatever is done is told at the end of the run and in "
    "its summary: the case, the column, how many values, the first of them and the raw object that has it."
)
CASES: dict[Case, str] = {
    "new column": "a field that the contract does not know, at any depth",
    "missing column": "a field of the contract that no record of a response fills and the first that can tell does not "
    "even name; a null that is sent is not missing",
    "type change": "a value of another type than the contract's; 7 and 7.0 are one number in JSON and no change",
    "unknown value": "a value outside of the contract's closed list",
}
READING = """Fields that the contract does not know are read like this until it does:

```sql
select game_id, unknown_fields->>'$."mood"' from bronze.games where unknown_fields is not null
```

The keys are paths in the record: `maker.city`; of a field in a list, `parts[].size` with one value per element."""
CHANGING = """A word is changed in the dataset's contract, with the reason:

```python
WORDS = DriftPolicy(new_column="freeze", reason="every field of this list is published")
```

Partitions made with other words are made again by the next run. A word without a meaning in its case, a value to be
dropped where no column may be null, and a dearer route with another word for unknown values than the dataset it stands
in for are refused when the registry is built. Rows that are put aside count: with more than a tenth of a partition the
version before stays, as with `freeze`."""


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
        table(("case", "word", "what is done"), _effects()),
        "## Datasets with words of their own",
        table(("dataset", "case", "word", "reason"), (row for endpoint in own for row in _words(endpoint))),
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
