"""The skeleton of a doctor: checks that are named in a list, what each found, and the cure.

`examine` runs any list of checks: those of `cbbd-etl doctor`, and those of a deployment. A check is named as text and
imported when it runs, so that a package that is missing or broken costs its own check and no other.
"""

from __future__ import annotations

import pkgutil
import textwrap
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from tasks.errors import PipelineError
from tasks.masking import masked

LONGEST = 300  # characters of a finding or a cure
State = Literal["ok", "warning", "wrong", "skipped"]


@dataclass(frozen=True)
class Finding:
    """What a check found.

    Args:
        state: ok; a warning, which may be wanted; wrong: a run would fail; or skipped, for the reason in `found`.
        cure: what to do; empty where nothing is to be done.
        name: of the check.
    """

    state: State
    found: str
    cure: str = ""
    name: str = ""

    def as_json(self) -> dict[str, str]:
        """As a JSON object."""
        return asdict(self)


@dataclass(frozen=True)
class Check:
    """One check.

    Args:
        name: as it is shown, at most 9 characters.
        where: `package.module:function`. The function takes what `examine` gives it and returns a Finding.
    """

    name: str
    where: str


def fine(found: str) -> Finding:
    """A finding that needs nothing."""
    return Finding("ok", found)


def doubtful(found: str, cure: str) -> Finding:
    """A finding that may be wanted."""
    return Finding("warning", found, cure)


def wrong(found: str, cure: str) -> Finding:
    """A finding with which a run would fail."""
    return Finding("wrong", found, cure)


def skipped(why: str) -> Finding:
    """No finding, for a reason."""
    return Finding("skipped", why)


class NotChecked(PipelineError):
    """A check cannot be made because of what another one finds; the message says which."""


def examine(checks: Iterable[Check], given: Any) -> list[Finding]:
    """The findings of all checks, in order. No error of a check is raised: it is its finding.

    Args:
        given: what every check gets.
    """
    return [_finding(check, given) for check in checks]


def _finding(check: Check, given: Any) -> Finding:
    try:
        found: Finding = pkgutil.resolve_name(check.where)(given)
    except NotChecked as error:
        found = skipped(str(error))
    except PipelineError as error:
        found = wrong(*_parted(str(error)))
    except (Exception, SystemExit) as error:  # noqa: BLE001  a doctor looks at whatever is broken
        said = " ".join(str(error).split())
        cure = (
            "set the environment up again (`make setup`)" if isinstance(error, ImportError) else "correct what it names"
        )
        found = wrong(f"the check failed: {type(error).__name__}: {said}", cure)
    return replace(found, name=check.name, found=_short(masked(found.found)), cure=_short(masked(found.cure)))


def _short(text: str) -> str:
    """One line of a length that a screen of checks has room for."""
    return textwrap.shorten(text, LONGEST, placeholder=" ...")


def _parted(message: str) -> tuple[str, str]:
    """The fact and the cure of an error of ours: the cure follows the last semicolon, full stop or colon."""
    text = message.strip().rstrip(".")
    for mark in ("; ", ". ", ": "):
        fact, _, cure = text.rpartition(mark)
        if fact:
            return fact, cure
    return text, ""
