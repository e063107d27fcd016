"""Drift policies: what happens when a response differs from its contract, one word for each of four cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from quality.columns import Column

Case = Literal["new column", "missing column", "type change", "unknown value"]
Word = Literal["evolve", "freeze", "discard", "quarantine"]

UNKNOWN_FIELDS = "unknown_fields"  # bronze column with the fields that are not in the contract


class Effect(NamedTuple):
    """What a word does in a case: short for reports, in full for the docs."""

    short: str
    meaning: str


FROZEN = Effect(
    "not published",
    "The partition is not published and the previous version stays. The run fails and says what to do.",
)
EFFECTS: Mapping[tuple[Case, Word], Effect] = {
    ("new column", "evolve"): Effect(
        f"kept in {UNKNOWN_FIELDS}",
        f"Bronze keeps the values as JSON in `{UNKNOWN_FIELDS}`. Silver has them once the field is in the contract.",
    ),
    ("new column", "freeze"): FROZEN,
    ("new column", "discard"): Effect("left out", "Only raw has the values."),
    ("new column", "quarantine"): Effect(
        "quarantined", "Records with a value in the field are quarantined in `ops.quarantine`."
    ),
    ("missing column", "evolve"): Effect(
        "taken as null",
        "The column is null where the contract allows null. Otherwise the partition is not published, as with "
        "`freeze`. The same holds if another field is new in the object that lost one: that looks like a rename, and "
        "the nulls would go unnoticed.",
    ),
    ("missing column", "freeze"): FROZEN,
    ("missing column", "quarantine"): Effect("quarantined", "All records of the response are quarantined."),
    ("type change", "evolve"): Effect(
        "converted",
        "A value is converted if only its spelling differs: text that is exactly the JSON of a number or boolean of "
        'the contract\'s type ("12", not "012" or "1e1"), or a whole number where the contract has text. A null where '
        "the contract has a list is an empty list. Any other value of a decoration column becomes null, as with "
        "`discard`. Any other record is quarantined.",
    ),
    ("type change", "freeze"): FROZEN,
    ("type change", "discard"): Effect(
        "dropped",
        "A value is converted where `evolve` converts it; otherwise it becomes null and its row stays. If the column "
        "must not be null, the record is quarantined.",
    ),
    ("type change", "quarantine"): Effect("quarantined", "The record is quarantined."),
    ("unknown value", "evolve"): Effect("kept", "The value is kept as sent, in silver too."),
    ("unknown value", "freeze"): FROZEN,
    ("unknown value", "discard"): Effect(
        "dropped", "The value becomes null and its row stays. If the column must not be null, the row is quarantined."
    ),
    ("unknown value", "quarantine"): Effect("quarantined", "The row is quarantined."),
}


@dataclass(frozen=True, kw_only=True)
class DriftPolicy:
    """One word per case; `EFFECTS` has the meaning of each.

    The defaults lose nothing and guess nothing. A new column arrives with every other release of the API and is
    harmless. A missing column usually means that the response is older than the column. A number as text is the same
    number. Any other value of another type, or one outside a closed list, may differ in meaning from the contract, so
    its row waits in quarantine for a decision, unless the column is decoration: the row is worth more than it.

    Args:
        columns: words for a type change of single columns, by path in the record, set by an operator.
        reason: why an endpoint has its own policy, for the docs.

    Raises:
        ValueError: when a word does not exist or has no meaning in its case.
    """

    new_column: Word = "evolve"
    missing_column: Word = "evolve"
    type_change: Word = "evolve"
    unknown_value: Word = "quarantine"
    columns: tuple[tuple[str, Word], ...] = ()
    reason: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        for case in get_args(Case):
            valid = [word for word in get_args(Word) if (case, word) in EFFECTS]
            if self.word(case) not in valid:
                nothing = ": there is no value to drop" if self.word(case) in get_args(Word) else ""
                raise ValueError(
                    f"{_attribute(case)}={self.word(case)!r} has no meaning{nothing}; valid: {', '.join(valid)}"
                )

    def word(self, case: Case) -> Word:
        """The word for a case."""
        word: Word = getattr(self, _attribute(case))
        return word

    def of_column(self, path: str, *, decoration: bool) -> Word:
        """The word for a value of another type in one column: the operator's, or the endpoint's.

        A decoration column is discarded where the endpoint converts.
        """
        words = dict(self.columns)
        if path in words:
            return words[path]
        return "discard" if decoration and self.type_change == "evolve" else self.type_change

    def require_sense(self, endpoint: str, columns: Iterable[Column]) -> None:
        """Refuse a word that can never take effect for these columns, columns of lists included.

        Raises:
            ValueError: when a value is to be dropped and no column may be null.
        """
        known = list(columns)
        affected: dict[Case, list[Column]] = {"type change": known, "unknown value": [c for c in known if c.values]}
        for case, found in affected.items():
            if self.word(case) == "discard" and not any(column.nullable for column in found):
                raise ValueError(
                    f"{endpoint}: {_attribute(case)}='discard' can never take effect, because none of the columns "
                    f"concerned may be null ({', '.join(column.name for column in found) or 'there is none'}); "
                    "use 'quarantine', which has the same effect"
                )


def _attribute(case: Case) -> str:
    return case.replace(" ", "_")


DEFAULT = DriftPolicy()
