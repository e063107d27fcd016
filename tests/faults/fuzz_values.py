"""Random values for the search of `tests.faults.fuzz`: JSON and bytes that are nearly right."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 2**31, 2**63, 10**400, -0.0, 1.5, 1e308, "", "null", "NaN", "0x10", "1e999", "١٢",
    "2025-13-45T99:99:99Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "\u0000", "\u202e", "é" * 300,
    "../../etc/passwd", "s3://elsewhere/x", "%s{}$(x)", [], {}, [None], [[]], {"": None}, [{"a": [{"b": [1]}]}],
)  # fmt: skip

values = st.one_of(
    st.sampled_from(NASTY),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
        max_leaves=12,
    ),
)


@st.composite
def changed(draw: st.DrawFn, value: Any) -> Any:
    """A JSON value in which some parts are replaced, left out or doubled."""
    if not isinstance(value, dict | list) or not value or (what := draw(st.integers(0, 11))) == 0:
        return draw(values)
    if isinstance(value, dict):
        return _in_object(draw, value, what)
    place = draw(st.integers(0, len(value) - 1))
    inner = {1: [], 2: [value[place]] * 2}[what] if what in {1, 2} else [draw(changed(value[place]))]
    return [*value[:place], *inner, *value[place + 1 :]]


def _in_object(draw: st.DrawFn, value: dict[str, Any], what: int) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(value)))
    rest = {key: inner for key, inner in value.items() if key != name}
    new = {1: {}, 2: {draw(st.text(max_size=8)): value[name]}}[what] if what in {1, 2} else None
    return rest | (new if new is not None else {name: draw(changed(value[name]))})


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes of which some are replaced, cut out or put in."""
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + draw(st.sampled_from([0, 1, 8, 10_000])))))
        data = data[:start] + draw(st.binary(max_size=12) | st.sampled_from(NASTY_BYTES)) + data[end:]
    return data


NASTY_BYTES = (b"", b"\x00", b"\xff", b"\xef\xbb\xbf", b"\\ud800", b'"', b"[" * 80, b"}", b",", b"1e400", b" " * 100)


def as_json(value: Any) -> bytes:
    """JSON as a careless server writes it: lone surrogates and huge numbers stay."""
    return json.dumps(value, ensure_ascii=True).encode()


HEADERS = ("retry-after", "x-calllimit-remaining", "content-type", "content-encoding", "content-length", "date", "etag",
           "location", "server", "cf-ray", "cf-mitigated", "set-cookie")  # fmt: skip
header_values = st.one_of(
    st.sampled_from(["", "-1", "0", "1e999", "9" * 400, "NaN", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "gzip", "br",
                     "zstd", "identity, gzip", "text/html", "application/json", "http://[::1", "\xff"]),
    st.text(st.characters(min_codepoint=32, max_codepoint=255, blacklist_characters="\x7f"), max_size=20),
)  # fmt: skip
replies = st.lists(
    st.tuples(
        st.integers(100, 599) | st.sampled_from([200, 204, 301, 401, 403, 404, 407, 429, 500, 503]),
        st.dictionaries(st.sampled_from(HEADERS), header_values, max_size=4),
        st.sampled_from(
            [b"", b"[]", b"[{}]", b"null", b"{}", b'{"message":"no"}', b"<html>", b"\x1f\x8b\x08", b"\xff"]
        ),
    ),
    min_size=1,
    max_size=4,
)
