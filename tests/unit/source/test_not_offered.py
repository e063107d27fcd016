"""A path that the server does not know, and a response that repeats the key.

Traps: /teams/directory, which the public server does not have, failed every run with a hint about parameters; and a
wrong base URL must not look like an API that offers nothing.
"""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import replace
from urllib.parse import quote

import httpx
import pytest

from tasks.errors import NoConnection, NotOffered, Permanent
from tasks.masking import repeats
from tasks.requests import Request
from tasks.source.client import Unreadable
from tests.support.toy_api import KEY, PORTAL, SEASON, SEASONAL, Script, Shelf, ask, client, fail, fetch, rows, season
from tests.support.virtual_time import run

UNKNOWN = httpx.Response(404, html="<!DOCTYPE html><pre>Cannot GET /seasonal</pre>")
BASE64_KEY = "Zx9+/Q7k" + b64encode(bytes(range(200, 236))).decode() + "=="


def test_the_404_that_the_real_server_sends_is_about_the_path(shared):
    answers = json.loads((shared / "server_answers/manifest.json").read_text())["answers"]
    texts = [answer["text"] for answer in answers if answer["status"] == 404 and answer.get("text")]
    assert texts
    for text in texts:
        assert isinstance(fail(Script(httpx.Response(404, html=text))), NotOffered)


def test_an_endpoint_that_is_not_offered_costs_one_call_and_fails_nothing():
    outcomes = fetch(Script(UNKNOWN), [season(2024), season(2023), season(2022)], in_flight=1)
    assert [outcome.status for outcome in outcomes] == ["not_available"] * 3
    assert [outcome.calls for outcome in outcomes] == [1, 0, 0], "remembered for the run"
    assert "does not offer this endpoint" in (outcomes[0].error or "")


def test_a_path_that_was_known_before_fails_alone():
    outcomes = fetch(Script(rows(1), UNKNOWN, rows(1)), [season(year) for year in (2024, 2023, 2022)], in_flight=1)
    assert [outcome.status for outcome in outcomes] == ["kept", "failed", "kept"]


def test_a_404_in_the_apis_own_words_is_about_the_request():
    assert type(fail(Script(httpx.Response(404, json={"message": "no such value"})))) is Permanent


def test_a_server_that_knows_no_path_is_not_the_api():
    """Trap: with a wrong base URL every endpoint would be "not offered" and the run would complete."""

    async def main() -> list[type[BaseException]]:
        found = []
        async with client(Script(UNKNOWN)) as api:
            for number in range(3):
                endpoint = replace(SEASONAL, name=f"seasonal{number}")
                with pytest.raises(Permanent) as caught:
                    await api.get(endpoint, Request(endpoint.name, SEASON.params, 2030))
                found.append(type(caught.value))
            assert api.stopped is caught.value
            assert "check CBBD_BASE_URL" in str(api.stopped)
        return found

    assert run(main()) == [NotOffered, NotOffered, NoConnection]


def test_one_known_path_makes_it_the_api():
    async def main() -> None:
        async with client(Script(rows(1), UNKNOWN)) as api:
            await api.get(PORTAL, Request("portal", (("year", 2030),), 2030))
            for number in range(5):
                endpoint = replace(SEASONAL, name=f"seasonal{number}")
                with pytest.raises(NotOffered):
                    await api.get(endpoint, Request(endpoint.name, SEASON.params, 2030))
            assert api.stopped is None

    run(main())


WRITTEN = {
    "plain": lambda key: key,
    "in a word": lambda key: f"Bearer {key}!",
    "json slash": lambda key: key.replace("/", "\\/"),
    "json escape": lambda key: "".join(f"\\u{ord(letter):04x}" for letter in key),
    "one escape": lambda key: f"\\u{ord(key[0]):04X}{key[1:]}",
    "address": lambda key: quote(key, safe=""),
}


@pytest.mark.parametrize("key", [KEY, BASE64_KEY], ids=["plain key", "base64 key"])
@pytest.mark.parametrize("how", WRITTEN)
def test_a_good_body_that_repeats_the_key_is_rejected_and_masked(how: str, key: str):
    """It is stored as rejected, without the key, and its request stays due."""
    body = f'[{{"id": 1, "note": "{WRITTEN[how](key)}"}}]'.encode()
    assert json.loads(body)
    reply = httpx.Response(200, content=body, headers={"content-type": "application/json", "etag": f'"{key}"'})
    error = fail(Script(reply), key=key)
    assert isinstance(error, Unreadable)
    assert "repeats the API key" in str(error)
    stored = error.response
    assert not repeats(stored.body, key)
    assert b"***" in stored.body
    assert key not in json.dumps(dict(stored.headers)) + repr(stored) + str(error)


def test_a_rejected_body_is_no_record():
    shelf = Shelf()
    outcomes = fetch(Script(httpx.Response(200, json=[{"id": KEY}])), [season(2024)], shelf)
    assert (outcomes[0].status, shelf.good) == ("failed", {})
    assert list(shelf.bad.values()) == [b'[{"id":"***"}]']


def test_a_short_key_is_only_found_as_a_word():
    """Trap: with the key abc, every body with those three letters would be rejected."""
    assert ask(Script(httpx.Response(200, json=[{"name": "abcde"}])), key="abc").body
    assert isinstance(fail(Script(httpx.Response(200, json=[{"name": "abc"}])), key="abc"), Unreadable)


@pytest.mark.parametrize("left", ["9" * 400, "²", "1e3", "-1", "٣" * 20])
def test_an_odd_number_of_calls_left_is_no_number(left: str):
    reply = httpx.Response(200, json=[{"id": 1}], headers=[(b"x-calllimit-remaining", left.encode())])
    assert ask(Script(reply)).remaining_calls is None
