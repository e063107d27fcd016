"""The HTTP client from outside: what is sent, what is asked again, what is never sent or said."""

from __future__ import annotations

import asyncio
import gzip
import logging
import traceback
from datetime import UTC, date, datetime

import httpx
import pytest
from pydantic import SecretStr

from quality.dataset import Endpoint
from tasks.errors import BadInput, QuotaExhausted
from tasks.requests import Request
from tasks.source._address import address
from tasks.source.client import Client, Effort, Unreadable
from tasks.source.limiter import Limiter
from tests.support.toy_api import (
    BY_ID,
    JSON,
    KEY,
    NOON,
    PORTAL,
    SEASON,
    SEASONAL,
    WINDOWED,
    Script,
    ask,
    client,
    fail,
    refusal,
    replies,
    rows,
)
from tests.support.virtual_time import run


def test_a_request_becomes_path_query_and_headers():
    script = Script(rows(0))
    window = (("endDateRange", datetime(2029, 11, 30, 23, 59, 59, 999000, UTC)), ("season", 2030))
    ask(script, Request("toys", window, 2030), WINDOWED)
    sent = script.asked[0]
    assert sent.url == "http://api.test/v1/toys?endDateRange=2029-11-30T23%3A59%3A59.999Z&season=2030"
    assert sent.headers["authorization"] == f"Bearer {KEY}"
    assert sent.headers["accept-encoding"] == "gzip"
    assert "if-none-match" not in sent.headers, "a 304 is counted against the quota like any other answer"


def test_path_parameters_are_substituted_and_escaped():
    request = Request("by_id", (("toyId", "7/../x"), ("size", "a&b"), ("team", "Ümlaut")))
    script = Script(rows(0))
    ask(script, request, BY_ID)
    assert script.asked[0].url.raw_path == b"/v1/toys/7%2F..%2Fx/parts?size=a%26b&team=%C3%9Cmlaut"


@pytest.mark.parametrize(
    ("endpoint", "params", "words"),
    [
        (PORTAL, (("season", 2025),), r"has no parameter \['season'\]; it has \['year'\]"),
        (BY_ID, (("toyId", 1),), r"needs \['size'\]"),
        (BY_ID, (("toyId", 1), ("size", "s"), ("team", "")), r"\['team'\] empty or 0"),
        (SEASONAL, (("season", 0),), r"\['season'\] empty or 0"),
    ],
)
def test_what_the_api_would_ignore_is_refused_unsent(endpoint, params, words):
    """Trap: /recruiting/portal?season= is answered with the whole table, and so is a filter that is empty or 0."""
    script = Script(rows(0))
    with pytest.raises(BadInput, match=words):
        ask(script, Request(endpoint.name, params), endpoint)
    assert script.asked == []


def test_dates_are_sent_as_dates():
    endpoint = Endpoint(name="d", path="/d", record=SEASONAL.record, description="", params=WINDOWED.params[1:2])
    assert address(endpoint, Request("d", (("startDateRange", date(2030, 1, 5)),))) == (
        "/d",
        {"startDateRange": "2030-01-05"},
    )


def test_a_response_says_what_raw_keeps():
    headers = JSON | {"X-CallLimit-Remaining": "812", "ETag": 'W/"1"', "Set-Cookie": "session=1"}
    response = ask(Script(httpx.Response(503), httpx.Response(200, content=b'[{"id":1}]', headers=headers)))
    assert response.request is SEASON
    assert response.url == "http://api.test/v1/seasonal?season=2030"
    assert (response.status, response.body, response.fetched_at) == (200, b'[{"id":1}]', NOON)
    assert (response.remaining_calls, response.attempts, response.headers["etag"]) == (812, 2, 'W/"1"')
    assert response.defect is None
    assert response.elapsed_seconds >= 0
    assert "set-cookie" not in response.headers
    assert "id" not in repr(response), "a body of 53 MB must not end in a log line"


def test_gzip_is_undone():
    packed = httpx.Response(200, content=gzip.compress(b"[1]"), headers=JSON | {"content-encoding": "gzip"})
    assert ask(Script(packed)).body == b"[1]"


def test_max_calls_counts_retries_and_refuses_before_sending():
    script = Script(*replies(500, 200, 500, 500))

    async def main() -> None:
        async with client(script, max_calls=3) as api:
            await api.get(SEASONAL, SEASON)
            effort = Effort()
            with pytest.raises(QuotaExhausted, match="budget of 3 calls"):
                await api.get(SEASONAL, SEASON, effort)
            assert (api.sent, api.calls, effort.calls) == (3, 1, 1)

    run(main())
    assert len(script.asked) == 3


@pytest.mark.parametrize(("header", "remaining"), [("17", 17), ("0", 0), ("-1", None), ("many", None), (None, None)])
def test_the_months_remaining_calls_are_noted(header, remaining):
    headers = JSON | ({} if header is None else {"x-calllimit-remaining": header})

    async def main() -> int | None:
        async with client(Script(httpx.Response(200, content=b"[]", headers=headers))) as api:
            await api.get(SEASONAL, SEASON)
            return api.remaining

    assert run(main()) == remaining


@pytest.mark.parametrize(
    "reply",
    [
        refusal(400, f"your key {KEY} is odd"),
        refusal(401, f"unknown key {KEY}"),
        refusal(500, f"at verify({KEY})"),
        httpx.Response(200, html=f"<p>Bearer {KEY}</p>"),
        httpx.Response(200, content=f'[{{"k":"Bearer {KEY}'.encode(), headers=JSON),
        httpx.ConnectError(f"cannot send Bearer {KEY}"),
        httpx.LocalProtocolError(f"Illegal header value b'Bearer {KEY}'"),
    ],
    ids=lambda reply: type(reply).__name__,
)
def test_the_key_is_in_no_message_log_or_traceback(reply, caplog):
    caplog.set_level(logging.DEBUG)
    error = fail(Script(reply))
    shown = [str(error), repr(error), "".join(traceback.format_exception(error)), caplog.text]
    if isinstance(error, Unreadable):
        shown += [repr(error.response), error.response.url]
    assert not [text for text in shown if KEY in text]


def test_the_key_is_in_no_repr():
    api = client(Script(rows(1)))
    assert KEY not in repr(api) + repr(ask(Script(rows(1))))
    asyncio.run(api.__aexit__(None, None, None))


@pytest.mark.parametrize("key", ["line\nbreak", "with space", "ümlaut", "tab\t"])
def test_a_key_that_cannot_be_sent_is_refused_unsaid(key):
    """Trap: a key read from a file ends in a line break, and HTTP libraries quote the illegal header in their error."""
    with pytest.raises(BadInput) as caught:
        client(Script(rows(1)), key=key)
    assert key not in str(caught.value)


@pytest.mark.parametrize("key", [None, ""])
def test_without_a_key_no_header_is_sent(key):
    script = Script(rows(1))
    ask(script, key=key)
    assert "authorization" not in script.asked[0].headers


@pytest.mark.parametrize(
    "url", ["api.test", "ftp://api.test", "http://user:pw@api.test", "http://", "http://api.test:port", ""]
)
def test_a_base_url_that_cannot_work_is_refused(url):
    with pytest.raises(BadInput) as caught:
        Client(url, SecretStr(KEY), limiter=Limiter(None, 1))
    assert "pw" not in str(caught.value)
