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


TOLERANCES: tuple[Tolerance, ...] = ()
