"""What is done where a response and its contract drift apart: one word for each of four cases, per dataset."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, get_args

from quality.columns import Column

Case = Literal["new column", "missing column", "type change", "unknown value"]
Word = Literal["evolve", "freeze", "discard", "quarantine"]

UNKNOWN_FIELDS = "unknown_fields"  # bronze column that keeps what the contract does not know


class Effect(NamedTuple):
    """What a word does in a case: in two words for reports, in full for the docs."""

    short: str
    meaning: str


FROZEN = Effect(
    "not published",
    "The partition is not published, the version before stays; the run ends as failed and says what to do.",
)
EFFECTS: Mapping[tuple[Case, Word], Effect] = {
    ("new column", "evolve"): Effect(
        f"kept in {UNKNOWN_FIELDS}",
        f"The values are kept as JSON in bronze, in `{UNKNOWN_FIELDS}`; silver has them once the contract names them.",
    ),
    ("new column", "freeze"): FROZEN,
    ("new column", "discard"): Effect("left out", "The values are in raw only."),
    ("new column", "quarantine"): Effect(
        "quarantined", "Records that have a value there are put aside, in `ops.quarantine`."
    ),
    ("missing column", "evolve"): Effect(
        "taken as null",
        "Null where the contract allows null. A column that must not be null freezes, and so does one that is gone "
        "from an object in which another one is new: that looks like a rename, and nobody else would notice the nulls.",
    ),
    ("missing column", "freeze"): FROZEN,
    ("missing column", "quarantine"): Effect("quarantined", "All records of the response are put aside."),
    ("type change", "evolve"): Effect(
        "converted",
        "Taken where it is the same value in other spelling: text that is exactly the JSON of a number or boolean of "
        'the contract\'s type ("12", not "012" or "1e1"), a whole number where the contract says text. Other records '
        "are put aside.",
    ),
    ("type change", "freeze"): FROZEN,
    ("type change", "discard"): Effect(
        "dropped", "The value becomes null, its row stays. Where the column must not be null, the record is put aside."
    ),
    ("type change", "quarantine"): Effect("quarantined", "The record is put aside."),
    ("unknown value", "evolve"): Effect("kept", "The value is kept as sent, in silver too."),
    ("unknown value", "freeze"): FROZEN,
    ("unknown value", "discard"): Effect(
        "dropped", "The value becomes null, its row stays. Where the column must not be null, the row is put aside."
    ),
    ("unknown value", "quarantine"): Effect("quarantined", "The row is put aside."),
}


@dataclass(frozen=True, kw_only=True)
class DriftPolicy:
    """One word per case; `EFFECTS` says what each does.

    The defaults lose nothing and guess nothing. New columns come with every other release of the API and harm no
    one. Most columns that are missing are missing because a response is older than they are. A value of another type
    or outside a closed list may mean something else than the contract says, so that its row waits for a decision.

    Args:
        reason: why a dataset has words of its own, for the docs.

    Raises:
        ValueError: for a word that does not exist or has no meaning in its case.
    """

    new_column: Word = "evolve"
    missing_column: Word = "evolve"
    type_change: Word = "quarantine"
    unknown_value: Word = "quarantine"
    reason: str = field(default="", repr=False, compare=False)

    def __post_init__(self) -> None:
        for case in get_args(Case):
            valid = [word for word in get_args(Word) if (case, word) in EFFECTS]
            if self.word(case) not in valid:
                nothing = ": nothing came that could be dropped" if self.word(case) in get_args(Word) else ""
                raise ValueError(
                    f"{_attribute(case)}={self.word(case)!r} has no meaning{nothing}; valid: {', '.join(valid)}"
                )

    def word(self, case: Case) -> Word:
        """The word for a case."""
        word: Word = getattr(self, _attribute(case))
        return word

    def require_sense(self, dataset: str, columns: Iterable[Column]) -> None:
        """Refuse words that could never do what they say for these columns, those inside of lists included.

        Raises:
            ValueError: for a value that is to be dropped where no column may be null.
        """
        known = list(columns)
        affected: dict[Case, list[Column]] = {"type change": known, "unknown value": [c for c in known if c.values]}
        for case, found in affected.items():
            if self.word(case) == "discard" and not any(column.nullable for column in found):
                raise ValueError(
                    f"{dataset}: {_attribute(case)}='discard' could drop nothing, as none of the columns concerned "
                    f"may be null ({', '.join(column.name for column in found) or 'there is none'}); "
                    "say 'quarantine', which is what would be done"
                )


def _attribute(case: Case) -> str:
    return case.replace(" ", "_")


DEFAULT = DriftPolicy()
