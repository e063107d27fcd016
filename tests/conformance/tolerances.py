"""The differences that are allowed, each with its reason. An entry that no answer needs fails the suite."""

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Tolerance:
    """One allowed difference. answer, field: patterns of shell wildcards; kinds: of difference."""

    answer: str
    field: str
    kinds: tuple[str, ...]
    reason: str

    def covers(self, answer: str, field: str, kind: str) -> bool:
        """Whether this entry allows a difference."""
        return kind in self.kinds and fnmatchcase(answer, self.answer) and fnmatchcase(field, self.field)


TOLERANCES: tuple[Tolerance, ...] = (
    Tolerance(
        "venues",
        "sourceId",
        ("type",),
        "The column of the server's database holds no null, so the recording wrote none-ID where the season has null; "
        "the contract allows null.",
    ),
    Tolerance(
        "draft_picks_2024",
        "position",
        ("value",),
        "The simulated season did not send the position of a pick when the database was filled, so the recording "
        "numbered the seven positions through.",
    ),
    Tolerance(
        "edge_games_in_progress",
        "attendance",
        ("null",),
        "The row was written by hand with attendance 0; whether the source knows it during a game cannot be seen.",
    ),
)
