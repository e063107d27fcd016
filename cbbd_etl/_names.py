"""Finds what a person means by a name: `uconn`, `st johns`, `miami fl`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from tasks.errors import BadInput

SURE = 0.88  # likeness from which one misspelt name is taken for the other
SIMILAR, SHOWN = 0.6, 8
SHORT = {"saint": "st", "mount": "mt"}  # first words
SHORT_AT_END = {"state": "st"}  # last words


@dataclass(frozen=True)
class Named:
    """Something with a name.

    Attributes:
        id: its id.
        label: its name as people read it.
        names: its names in the form of `plain`.
        weak: names that it may share with others: abbreviation, mascot.
        is_first: whether it is meant rather than another one of the same name. Others are found by a whole name only.
    """

    id: int
    label: str
    names: frozenset[str]
    weak: frozenset[str] = frozenset()
    is_first: bool = True


def plain(name: str) -> str:
    """A name without what people leave out: case, accents, punctuation, `Saint` and `State` written out."""
    text = unicodedata.normalize("NFKD", name.casefold()).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", " ", re.sub(r"['.]", "", text.replace("&", " and "))).split()
    if len(words) > 1:
        words[0] = SHORT.get(words[0], words[0])
        words[-1] = SHORT_AT_END.get(words[-1], words[-1])
    return " ".join(words)


def plains(names: Iterable[str | None]) -> frozenset[str]:
    """Several names, those that are null or empty left out."""
    return frozenset(found for name in names if name and (found := plain(name)))


def pick(kind: str, wanted: str, known: Sequence[Named]) -> Named:
    """The one that a name means: the same name, the same abbreviation or mascot, the same first words, a misspelling.

    Args:
        kind: what is searched, for the messages: `team`.

    Raises:
        BadInput: when several can be meant, with their names, or none, with the nearest names.
    """
    text = plain(wanted)
    if not text:
        raise BadInput(f"name a {kind}")
    matches: tuple[Callable[[Named], bool], ...] = (
        lambda item: text in item.names,
        lambda item: item.is_first and text in item.weak,
        lambda item: item.is_first and any(name.startswith(f"{text} ") for name in item.names),
    )
    for fits in matches:
        found = [item for item in known if fits(item)]
        found = [item for item in found if item.is_first] or found
        if len(found) == 1:
            return found[0]
        if found:
            raise BadInput(f"several {kind}s can be meant by {wanted!r}: {_list(found)}; write it as it is here")
    return _nearest(kind, wanted, text, known)


def _nearest(kind: str, wanted: str, text: str, known: Sequence[Named]) -> Named:
    with_word = [item for item in known if item.is_first and any(text in name.split() for name in item.names)]
    homes = {name: item for item in sorted(known, key=lambda item: item.is_first) for name in item.names}
    close = get_close_matches(text, homes, n=SHOWN, cutoff=SIMILAR)
    if not with_word and close and SequenceMatcher(None, text, close[0]).ratio() >= SURE:
        return homes[close[0]]
    meant = list(dict.fromkeys([*with_word, *(homes[name] for name in close)]))
    raise BadInput(f"there is no {kind} {wanted!r}" + (f"; did you mean {_list(meant)}?" if meant else ""))


def _list(found: Sequence[Named]) -> str:
    more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
    return ", ".join(sorted(item.label for item in found)[:SHOWN]) + more
