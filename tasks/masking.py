"""Keeps secrets out of what is printed, logged and stored: the key, passwords, and text that looks like a key.

A key is often pasted into the wrong variable or option, and a message quotes what it refuses. `hidden` removes words
that can be a key from such a message; `masked` is the last step before any text is printed.
"""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterable
from html import escape
from urllib.parse import quote, urlsplit

MASK = "***"
KEY_VARIABLE = "CBBD_API_KEY"
OTHER_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING")
SHORTEST_SECRET = 16  # of the other variables; placeholders such as "test" are shorter
WHOLE_FROM = 8  # characters; a shorter key, such as abc, is only replaced where it is a word of its own
TOKEN = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
KEYLIKE = re.compile(r"[A-Za-z0-9+/=_.~-]{12,}")
BITS = 4.4  # per character: random base64 of 32 or more characters has more, words and paths have less
HARMLESS = re.compile(
    r"\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?"  # a date or a time
    r"|\d{8}T\d{6}Z-[0-9a-f]{1,4}"  # the id of a run
    r"|-{0,2}[a-z_,.-]{1,60}"  # words and options
    r"|[\d,. -]{1,40}",  # numbers and ranges
    re.IGNORECASE,
)
IN_ADDRESS = re.compile(r"(\w+://)[^\s/@]+@")

_remembered: set[str] = set()


def remember(secret: str) -> None:
    """A secret that is in no variable, such as the key of a file .env: `masked` replaces it from now on."""
    if secret:
        _remembered.add(secret)


def masked(text: str) -> str:
    """Text without known secrets, without credentials in addresses, and without random text of a key's length."""
    for secret in _secrets():
        text = without(text, secret)
    text = IN_ADDRESS.sub(rf"\1{MASK}@", text)
    return TOKEN.sub(lambda found: MASK if is_random(found[0]) else found[0], text)


def _secrets() -> list[str]:
    """All secrets that are known here, the longest first."""
    others = {os.environ.get(name, "") for name in OTHER_SECRETS}
    found = {
        os.environ.get(KEY_VARIABLE, "").strip(),
        *_remembered,
        *(text for text in others if len(text) >= SHORTEST_SECRET),
    }
    return sorted(found - {""}, key=len, reverse=True)


def without(text: str, secret: str) -> str:
    """Text without a secret, however it is written."""
    for form in _forms(secret):
        if form in text:
            text = re.sub(_pattern(form), MASK, text)
    return text


def hidden(message: str, *given: str) -> str:
    """A message without those words of the given input that can be a key."""
    for word in sorted(_keylike_words(given), key=len, reverse=True):
        message = message.replace(word, MASK)
    return masked(message)


def _keylike_words(texts: Iterable[str]) -> set[str]:
    words = {word.strip(".-") for text in texts for word in re.split(r"[\s'\"(),;:]+|(?<=\w)=(?=\w)", text)}
    return {word for word in words if _is_keylike(word)}


def _is_keylike(word: str) -> bool:
    """Whether a word can be a key: long, of a key's characters, with letters and digits, and no path or address."""
    if not KEYLIKE.fullmatch(word) or HARMLESS.fullmatch(word) or word.startswith(("/", "~/")):
        return False
    return (any(map(str.isdigit, word)) and any(map(str.isalpha, word))) or is_random(word)


def is_random(text: str) -> bool:
    """Whether a text is as irregular as a random key in base64: upper and lower case, digits, little repetition."""
    if text.startswith("/"):
        return False  # a path
    if not all(any(map(kind, text)) for kind in (str.isupper, str.islower, str.isdigit)):
        return False
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts) >= BITS


def repeats(body: bytes, secret: str) -> bool:
    """Whether a body contains a secret, however JSON or HTML may write it."""
    if not secret:
        return False
    escaped = b"\\" in body and rb"\u00" in body  # one character is found ten times as fast as four
    return _has(body, secret) or (escaped and _has(_unescaped(body), secret))


def _has(body: bytes, secret: str) -> bool:
    forms = (form for form in _forms(secret) if form.encode() in body)
    return any(re.search(_pattern(form).encode(), body) for form in forms)


def without_secret(body: bytes, secret: str) -> bytes:
    """A body without a secret. Its JSON escapes are written out where only that removes it."""
    if not repeats(body, secret):
        return body
    for text in (body, _unescaped(body)):
        for form in _forms(secret):
            text = re.sub(_pattern(form).encode(), MASK.encode(), text)  # noqa: PLW2901
        if not repeats(text, secret):
            return text
    return b""


def _unescaped(body: bytes) -> bytes:
    """JSON's escapes of printable ASCII, written out; quotes and backslashes stay escaped."""

    def plain(found: re.Match[bytes]) -> bytes:
        character = int(found[1], 16)
        return found[0] if character < 0x20 or character in b'"\\' else bytes([character])

    return re.sub(rb"\\u00([0-7][0-9a-fA-F])", plain, body)


def _forms(secret: str) -> list[str]:
    """A secret as text, JSON, addresses and HTML write it."""
    return list(
        dict.fromkeys([secret, secret.replace("/", r"\/"), quote(secret, safe=""), quote(secret), escape(secret)])
    )


def _pattern(form: str) -> str:
    text = re.escape(form)
    return text if len(form) >= WHOLE_FROM else rf"(?<!\w){text}(?!\w)"


def without_credentials(address: str) -> str:
    """Scheme, host and port of an address; `***@` in place of a user name and a password."""
    try:
        parts = urlsplit(address if "://" in address else f"//{address}")
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        return "..."
    if not host:
        return masked(address)
    named = f"{MASK}@{host}" if "@" in parts.netloc else host
    return f"{parts.scheme}://{named}" if parts.scheme else str(named)
