"""The client under the faults H1-H8 and H14 of the fault matrix: what is tried again, how often, after what wait."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
from pydantic import SecretStr

from tasks.errors import Permanent, QuotaExhausted, TierRequired, Transient, Unauthorized
from tasks.source.client import Client, Unreadable
from tasks.source.limiter import Limiter
from tasks.source.responses import RetryPolicy
from tests.support.toy_api import JSON, KEY, SEASON, SEASONAL, Script, ask, client, fail, refusal, replies, rows
from tests.support.virtual_time import now, run


class Body(httpx.AsyncByteStream):
    """A body that ends as the test wants: with an error, or only after many pauses."""

    def __init__(self, *parts: bytes, error: Exception | None = None, pause: float = 0.0) -> None:
        self.parts, self.error, self.pause = parts, error, pause

    async def __aiter__(self):
        for part in self.parts:
            await asyncio.sleep(self.pause)
            yield part
        if self.error:
            raise self.error
        for _ in range(5_000 if self.pause else 0):
            await asyncio.sleep(self.pause)
            yield b" "


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("connection refused"),
        httpx.ConnectError("name or service not known"),
        httpx.ReadTimeout("read timed out"),
        httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
    ],
)
def test_h1_h2_a_broken_connection_is_tried_again(error):
    script = Script(error, error, rows(3))
    assert ask(script).attempts == 3
    assert script.times == [0, 1, 3], "waits of 1 and 2 s: the longest that full jitter allows"


def test_h2_a_body_that_breaks_off_is_tried_again():
    broken = httpx.Response(200, headers=JSON, stream=Body(b'[{"id":', error=httpx.ReadTimeout("")))
    script = Script(broken, rows(1))
    assert ask(script).body == b'[{"id":0}]'


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
@pytest.mark.parametrize("burst", [1, 4])
def test_h3_a_burst_shorter_than_the_attempts_is_survived(status, burst):
    assert ask(Script(*replies(*[status] * burst, 200))).attempts == burst + 1


def test_h3_a_burst_of_all_attempts_fails_the_request():
    script = Script(*replies(500, 500, 500, 200))
    error = fail(script, attempts=3)
    assert type(error) is Transient
    assert len(script.asked) == 3
    assert str(error).startswith("seasonal?season=2030: HTTP 500")
    assert "after 3 attempts" in str(error)


@pytest.mark.parametrize(
    ("asked", "waited"),
    [("5", 5), ("0", 1), ("-3", 1), ("99999", 120), ("Sat, 05 Jan 2030 12:00:09 GMT", 9), (None, 1)],
)
def test_h4_a_rate_limit_is_waited_for(asked, waited):
    """The policy's own wait here is 1 s; the clock says 12:00:00."""
    headers = {} if asked is None else {"retry-after": asked}
    script = Script(httpx.Response(429, html="<html>slow down</html>", headers=headers), rows(1))
    ask(script)
    assert script.times == [0, waited]


def test_h4_retry_after_delays_every_request():
    script = Script(httpx.Response(429, headers={"retry-after": "60"}), rows(1))

    async def main() -> list[float]:
        async with client(script, limiter=Limiter(1, 3, clock=now)) as api:
            await asyncio.gather(*(api.get(SEASONAL, SEASON) for _ in range(3)))
        return script.times

    assert run(main()) == [0, 60, 61, 62]


def test_h5_a_spent_quota_is_final_and_nothing_more_is_sent():
    script = Script(rows(1), refusal(429, "Monthly call quota exceeded."), rows(1))

    async def main() -> None:
        async with client(script) as api:
            await api.get(SEASONAL, SEASON)
            for _ in range(3):
                with pytest.raises(QuotaExhausted, match="run again after the 1st"):
                    await api.get(SEASONAL, SEASON)
            assert (api.sent, api.calls) == (2, 1)

    run(main())
    assert len(script.asked) == 2


@pytest.mark.parametrize(("status", "message"), [(401, "Unauthorized"), (403, "Forbidden")])
def test_h6_a_refused_key_costs_one_call_in_total(status, message):
    script = Script(refusal(status, message))

    async def main() -> None:
        async with client(script) as api:
            for _ in range(3):
                with pytest.raises(Unauthorized, match="Check the API key"):
                    await api.get(SEASONAL, SEASON)

    run(main())
    assert len(script.asked) == 1


def test_h6_a_tier_gate_stops_nothing_else():
    script = Script(
        refusal(401, "Unauthorized. This endpoint requires a Patreon subscription at Tier 2 or higher."), rows(1)
    )

    async def main() -> None:
        async with client(script) as api:
            with pytest.raises(TierRequired):
                await api.get(SEASONAL, SEASON)
            await api.get(SEASONAL, SEASON)

    run(main())


@pytest.mark.parametrize("status", [400, 405, 410, 302])
def test_h7_a_permanent_error_is_one_attempt(status):
    script = Script(httpx.Response(status, json={"message": "no"}, headers={"location": "http://elsewhere.test/"}))
    assert type(fail(script)) is Permanent
    assert len(script.asked) == 1


BAD = {
    "html": httpx.Response(200, html="<html>docs</html>"),
    "cut": httpx.Response(200, content=b'[{"id":1},{"i', headers=JSON),
    "empty": httpx.Response(200, content=b"", headers=JSON),
    "content type": httpx.Response(200, content=b"[1]", headers={"content-type": "text/plain"}),
}


@pytest.mark.parametrize("kind", BAD)
def test_h8_a_bad_body_is_retried_once(kind):
    script = Script(BAD[kind], rows(2))
    assert ask(script).attempts == 2


@pytest.mark.parametrize("kind", BAD)
def test_h8_a_second_bad_body_is_returned(kind):
    script = Script(httpx.Response(500), BAD[kind])
    error = fail(script)
    assert isinstance(error, Unreadable)
    assert len(script.asked) == 3
    assert error.response.body == BAD[kind].content
    assert (error.response.defect or "").startswith("seasonal?season=2030: HTTP 200, but the ")


def test_h14_a_slow_drip_ends_at_the_deadline():
    """Each byte comes well within the read time-out, so only a deadline for the whole can end it."""
    drip = httpx.Response(200, headers=JSON, stream=Body(b"[", pause=1.0))
    script = Script(drip, rows(1))
    assert ask(script).attempts == 2
    assert script.times == [0, 601], "600 s deadline, 1 s pause"


def test_over_a_real_socket_a_cut_transfer_is_noticed_and_the_connection_reused():
    """What no mock shows: bytes against content-length, an unfinished chunked body, keep-alive."""
    good = b'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n[{"a":1}]'
    cut = good.replace(b"length: 9", b"length: 99")
    unfinished = good.replace(b"content-length: 9\r\n\r\n", b"transfer-encoding: chunked\r\n\r\n9\r\n") + b"\r\n"
    script, connections = [cut, unfinished, good, good], []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        reply = good
        while reply is good and script:
            await reader.readuntil(b"\r\n\r\n")
            reply = script.pop(0)
            writer.write(reply)
            await writer.drain()
        writer.close()

    async def main() -> list[int]:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        quick = RetryPolicy(sleep=lambda _: asyncio.sleep(0))
        async with server, Client(url, SecretStr(KEY), limiter=Limiter(None, 3), retry=quick) as api:
            return [(await api.get(SEASONAL, SEASON)).attempts for _ in range(2)]

    assert asyncio.run(main()) == [3, 1], "a cut body, an unfinished one, a good one; then a good one at once"
    assert len(connections) == 3, "each broken connection is given up, both good answers share one"


def test_h1_a_refused_connection_uses_every_attempt():
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, not listening: every connection is refused
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"

        async def main() -> None:
            quick = RetryPolicy(attempts=3, sleep=lambda _: asyncio.sleep(0))
            async with Client(url, None, limiter=Limiter(None, 1), retry=quick) as api:
                await api.get(SEASONAL, SEASON)

        with pytest.raises(Transient, match=r"ConnectError.*after 3 attempts"):
            asyncio.run(main())
