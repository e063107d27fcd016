"""Finds sentences that occur in two files of the kit, because one copy gets out of date sooner or later."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kit.checkout import GUIDE, Checkout, Problem
from kit.guide import TABLES, begin, end

WORDS = 12
SENTENCE = re.compile(r"(?<=[.:;!?])\s+")


def copy_problems(checkout: Checkout) -> Iterator[Problem]:
    """Second occurrences of sentences with at least `WORDS` words."""
    first: dict[str, str] = {}
    for file in checkout.kit:
        for number, sentence in _sentences(checkout.read(file), generated=file == GUIDE):
            place = first.setdefault(sentence, f"{file}:{number}")
            if place != f"{file}:{number}":
                yield Problem(file, number, f"a second copy of what {place} has: {sentence[:60]} ...")


def _sentences(text: str, *, generated: bool) -> Iterator[tuple[int, str]]:
    if generated:
        for name in TABLES:
            block = re.compile(f"{re.escape(begin(name))}.*?{re.escape(end(name))}", re.DOTALL)
            text = block.sub(lambda found: "\n" * found[0].count("\n"), text)
    number = 1
    for paragraph in text.split("\n\n"):
        if not paragraph.lstrip().startswith(("$", "|", "```")):
            for sentence in SENTENCE.split(" ".join(paragraph.split())):
                if len(sentence.split()) >= WORDS:
                    yield number + paragraph[: len(paragraph) - len(paragraph.lstrip())].count("\n"), sentence
        number += paragraph.count("\n") + 2
