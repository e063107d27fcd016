"""What an answer means and what is asked again. The texts are those of the API."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.errors import NotFound, Permanent, QuotaExhausted, TierRequired, Transient, Unauthorized
from tasks.source.responses import (
    BadBody,
    RetryPolicy,
    api_message,
    body_defect,
    response_error,
    retry_after_seconds,
    transport_error,
)

NOW = datetime(2030, 1, 5, 12, tzinfo=UTC)
JSON = {"content-type": "application/json; charset=utf-8"}
HTML = b"<!DOCTYPE html>\n<html><body>Please slow down</body></html>"
TIER = "Unauthorized. This endpoint requires a Patreon subscription at Tier 2 or higher."
NO_KEY = 'Unauthorized. Did you forget to add "Bearer " before your key?'
QUOTA = "Monthly call quota exceeded."


def said(message: str) -> bytes:
    return json.dumps({"message": message}).encode()


def judge(status: int, body: bytes, headers: dict[str, str] | None = None):
    return response_error("games?season=2030", status, JSON if headers is None else headers, body, now=NOW)


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (500, said("Internal Server Error"), Transient),
        (502, HTML, Transient),
        (503, said("Unable to verify call quota. Please retry later."), Transient),
        (504, b"", Transient),
        (599, b"", Transient),
        (408, b"", Transient),
        (429, HTML, Transient),
        (429, b"", Transient),
        (429, said("Too many requests"), Transient),
        (429, said(QUOTA), QuotaExhausted),
        (401, said(TIER), TierRequired),
        (401, said(NO_KEY), Unauthorized),
        (401, said("Unauthorized"), Unauthorized),
        (401, said("Account has been blacklisted."), Unauthorized),
        (403, HTML, Unauthorized),
        (400, said("Validation Failed"), Permanent),
        (404, HTML, NotFound),
        (405, b"", Permanent),
        (410, b"", Permanent),
        (301, b"", Permanent),
        (304, b"", Permanent),
        (200, HTML, BadBody),
        (200, b"", BadBody),
        (204, b"", BadBody),
    ],
)
def test_verdict_table(status, body, expected):
    error = judge(status, body)
    assert type(error) is expected
    assert str(error).startswith("games?season=2030: ")
    assert str(status) in str(error)


@pytest.mark.parametrize("body", [b"[]", b"{}", b' [ {"id": 1} ]\n', b'["G", "F"]', b'{"teams": [1]}', b"[[1],[2]]"])
def test_whole_json_is_fine(body):
    assert judge(200, body) is None
    assert judge(201, body, {}) is None, "a missing content type is no defect: the body decides"


def test_a_refused_parameter_is_named_in_the_message():
    body = {"message": "Validation Failed", "details": {"season": {"message": "invalid integer", "value": "x"}}}
    assert "Validation Failed; season: invalid integer" in str(judge(400, json.dumps(body).encode()))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"message": 5, "details": "odd"}', "5"),
        (b'{"message": "m", "details": {"a": 1}}', "m; a: 1"),
        (b'{"error": "x"}', '{"error": "x"}'),
        (b"[" * 60_000, "[" * 200 + "…"),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"<p>a\n\n  b</p>", "<p>a b</p>"),
    ],
)
def test_any_error_body_becomes_a_short_message(body, message):
    assert api_message(body) == message


def test_a_page_of_a_proxy_does_not_flood_the_message():
    assert len(str(judge(502, HTML * 10_000))) < 500


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5),
        ("0", 0),
        ("1.5", 1.5),
        ("-30", 0),
        ("86400", 120),
        ("inf", 120),
        ("nan", None),
        ("", None),
        ("soon", None),
        (format_datetime(NOW + timedelta(seconds=42)), 42),
        (format_datetime(NOW - timedelta(days=1)), 0),
        (format_datetime(NOW + timedelta(days=1)), 120),
        ("Sat, 05 Jan 2030 12:00:42 GMT", 42),
        ("Sat, 05 Jan 2030 12:00:42 -0000", 42),
    ],
)
def test_retry_after_is_read_and_held_within_bounds(text, seconds):
    assert retry_after_seconds({"retry-after": text}, NOW) == seconds
    error = judge(429, b"", {"retry-after": text})
    assert isinstance(error, Transient)
    assert error.retry_after == seconds


def test_no_retry_after_is_none():
    assert retry_after_seconds({}, NOW) is None


def test_a_retry_date_counts_from_the_servers_own_clock():
    server = NOW + timedelta(hours=3)
    headers = {"date": format_datetime(server), "retry-after": format_datetime(server + timedelta(seconds=7))}
    assert retry_after_seconds(headers, NOW) == 7


@given(st.text())
def test_no_retry_after_text_breaks_the_verdict(text):
    seconds = retry_after_seconds({"retry-after": text, "date": text}, NOW)
    assert seconds is None or 0 <= seconds <= 120


@pytest.mark.parametrize(
    ("content_type", "body", "words"),
    [
        ("application/json", b"", "empty"),
        ("application/json", b" \n ", "empty"),
        ("text/html; charset=utf-8", HTML, "text/html, not JSON"),
        ("text/html", b"[]", "text/html, not JSON"),
        ("application/json", HTML, "not a JSON array"),
        ("", HTML, "not a JSON array"),
        ("application/json", b"null", "not a JSON array"),
        ("application/json", b'"text"', "not a JSON array"),
        ("application/json", b"[", "truncated"),
        ("application/json", b'[{"id":1}', "truncated"),
        ("application/json", b'[{"a":[1,2]', "truncated"),
        ("application/json", b'{"a":[1,2]', "truncated"),
        ("application/json", b"[1,2}", "truncated"),
    ],
)
def test_bad_bodies_are_noticed_and_named(content_type, body, words):
    assert words in (body_defect(content_type, body) or "")


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON;charset=utf-8", "application/problem+json", ""])
def test_content_types_of_json_pass(kind):
    assert body_defect(kind, b"[]") is None


ROWS = st.lists(
    st.fixed_dictionaries({"id": st.integers(), "name": st.text('aé "\\,:', max_size=5)}), min_size=1, max_size=5
)


@given(rows=ROWS, data=st.data())
def test_a_flat_answer_cut_anywhere_is_noticed(rows, data):
    body = json.dumps(rows, ensure_ascii=False).encode()
    cut = data.draw(st.integers(0, len(body) - 1))
    assert body_defect("application/json", body) is None
    assert body_defect("application/json", body[:cut]) is not None


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (httpx.ConnectError("connection refused"), Transient),
        (httpx.ConnectTimeout(""), Transient),
        (httpx.ReadTimeout(""), Transient),
        (httpx.ReadError(""), Transient),
        (httpx.RemoteProtocolError("peer closed connection"), Transient),
        (httpx.DecodingError("bad gzip"), Transient),
        (httpx.ProxyError("502"), Transient),
        (httpx.LocalProtocolError("illegal header"), Permanent),
        (httpx.UnsupportedProtocol("no scheme"), Permanent),
    ],
)
def test_broken_connections_pass_and_impossible_requests_do_not(error, expected):
    judged = transport_error("games?all", error)
    assert type(judged) is expected
    assert str(judged).startswith(f"games?all: {type(error).__name__}")


@given(failures=st.integers(1, 60), luck=st.floats(0, 1), asked=st.none() | st.floats(0, 120))
def test_waits_stay_between_floor_and_cap_and_honour_the_server(failures, luck, asked):
    policy = RetryPolicy(floor_seconds=0.5, cap_seconds=30, random=lambda: luck)
    wait = policy.wait_seconds(failures, asked)
    assert wait >= 0.5
    assert wait >= (asked or 0)
    assert wait <= max(30, asked or 0)


def test_waits_grow_and_are_spread():
    assert [RetryPolicy(random=lambda: 1.0).wait_seconds(n, None) for n in (1, 2, 3, 10)] == [1, 2, 4, 30]
    assert [RetryPolicy(random=lambda: 0.0).wait_seconds(n, None) for n in (1, 2, 3, 10)] == [0.5] * 4


def test_attempts_are_bounded_and_a_bad_body_is_retried_once():
    policy = RetryPolicy(attempts=3)
    assert [policy.should_retry(Transient("x"), n, 0) for n in (1, 2, 3)] == [True, True, False]
    assert [policy.should_retry(BadBody("x"), n, n) for n in (1, 2)] == [True, False]
    assert policy.should_retry(BadBody("x"), 2, 1), "a 500 before it does not use up the try of the bad body"
