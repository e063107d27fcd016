"""The way to the API: certificates, proxies and pages in place of the API. Real sockets on this machine.

Traps: a self-signed certificate was tried five times, a dead proxy was never named, a 407 was "check its parameters",
one challenge page ended the run with "check the API key", and a missing CA file was a traceback.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from tasks.errors import BadInput, NoConnection, PipelineError, Transient, Unauthorized
from tasks.source.client import Client
from tasks.source.limiter import Limiter
from tasks.source.network import CERTIFICATES, check_environment, is_spared, proxy_for, spare_local_servers
from tasks.source.responses import RetryPolicy
from tests.support.sockets import TO, Server, certificate, http
from tests.support.toy_api import KEY, SEASON, SEASONAL

PASSWORD = "s3cret-of-the-proxy"
ROWS = b'[{"id":1}]'
PAGE = b"<!DOCTYPE html><title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/h.js'></script>"
VARIABLES = [*CERTIFICATES, *(f"{scheme}_PROXY" for scheme in ("HTTP", "HTTPS", "ALL", "NO"))]


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy and no certificate of this machine."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setattr("tasks.source.network._spared", {})


GOOD = http(200, ROWS)
CHALLENGE = http(403, PAGE, "text/html", "server: cloudflare", "cf-mitigated: challenge")


async def ask(url: str) -> tuple[int, PipelineError | None, Client]:
    """One request with at most three attempts: the attempts, the error, the client."""
    quick = RetryPolicy(attempts=3, sleep=lambda _: asyncio.sleep(0))
    async with Client(url, SecretStr(KEY), limiter=Limiter(None, 1), retry=quick) as api:
        try:
            response = await api.get(SEASONAL, SEASON)
        except PipelineError as error:
            return api.sent, error, api
        return response.attempts, None, api


def asked(server: Server, scheme: str = "http") -> tuple[int, PipelineError | None, Client]:
    async def main() -> tuple[int, PipelineError | None, Client]:
        async with server.started() as port:
            return await ask(f"{scheme}://127.0.0.1:{port}")

    return asyncio.run(main())


# -- pages in place of the API --------------------------------------------------------------------------------------


def test_n1_one_challenge_page_is_retried():
    attempts, error, _ = asked(Server(CHALLENGE, GOOD))
    assert (attempts, error) == (2, None)


def test_n1_a_challenge_page_that_stays_is_named_and_does_not_stop_the_run():
    attempts, error, api = asked(Server(CHALLENGE))
    assert (attempts, type(error), api.stopped) == (3, Transient, None)
    assert "a challenge page of Cloudflare" in str(error)
    assert "Check the API key" not in str(error)


@pytest.mark.parametrize("status", [401, 403])
def test_the_apis_own_refusal_is_about_the_key(status: int):
    attempts, error, api = asked(Server(http(status, b'{"message":"Forbidden"}')))
    assert (attempts, type(error)) == (1, Unauthorized)
    assert "Check the API key" in str(error)
    assert api.stopped is error


# -- certificates ---------------------------------------------------------------------------------------------------


def test_n1_a_certificate_that_is_not_trusted_is_named_at_once_with_the_cure(tmp_path: Path):
    _, context = certificate(tmp_path)
    attempts, error, api = asked(Server(GOOD, context=context), "https")
    assert (attempts, type(error)) == (1, NoConnection)
    assert "certificate of 127.0.0.1 is not trusted (self-signed certificate" in str(error)
    assert "SSL_CERT_FILE or REQUESTS_CA_BUNDLE" in str(error)
    assert api.stopped is error, "every further call would fail"


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_ca_file_is_honoured(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    public, context = certificate(tmp_path)
    monkeypatch.setenv(name, str(public))
    assert asked(Server(GOOD, context=context), "https")[:2] == (1, None)


@pytest.mark.parametrize(
    ("name", "until", "said"),
    [
        ("other.test", TO, "not that of 127.0.0.1"),
        ("127.0.0.1", datetime(2020, 1, 1, tzinfo=UTC), "check the clock of this machine"),
    ],
)
def test_a_certificate_of_another_name_or_time_is_named(
    name: str, until: datetime, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    public, context = certificate(tmp_path, name, until)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    attempts, error, _ = asked(Server(GOOD, context=context), "https")
    assert (attempts, type(error)) == (1, NoConnection)
    assert said in str(error)


def test_a_server_without_tls_is_named_at_once():
    attempts, error, _ = asked(Server(GOOD), "https")
    assert (attempts, type(error)) == (1, NoConnection)
    assert "does not speak TLS" in str(error)


@pytest.mark.parametrize("name", CERTIFICATES)
@pytest.mark.parametrize("kind", ["missing", "text", "empty file", "unreadable", "empty folder"])
def test_n1_certificates_that_cannot_be_used_are_refused_before_anything_is_sent(
    name: str, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    place = tmp_path / "ca"
    if kind == "empty folder":
        place.mkdir()
    elif kind != "missing":
        place.write_text("no certificate" if kind == "text" else "")
        place.chmod(0o000 if kind == "unreadable" else 0o600)
    monkeypatch.setenv(name, str(place))
    with pytest.raises(BadInput, match=f"^{name}={place} .*or unset it$"):
        check_environment()
    with pytest.raises(BadInput, match=f"^{name}="):
        Client("https://api.test", None, limiter=Limiter(None, 1))


# -- proxies --------------------------------------------------------------------------------------------------------


@pytest.fixture
def dead_port() -> Iterator[int]:
    """A port that refuses connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize(
    ("scheme", "variable"), [("http", "http_proxy"), ("https", "HTTPS_PROXY"), ("http", "ALL_PROXY")]
)
def test_n1_a_dead_proxy_is_named_without_its_password(
    scheme: str, variable: str, dead_port: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv(variable, f"http://me:{PASSWORD}@127.0.0.1:{dead_port}")
    attempts, error, _ = asyncio.run(ask(f"{scheme}://api.test"))
    assert (attempts, type(error)) == (3, Transient), "it may be restarted"
    assert f"{variable}=http://***@127.0.0.1:{dead_port} does not answer" in str(error)
    assert PASSWORD not in str(error)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(("user", "said"), [("", "asks for a user name"), (f"me:{PASSWORD}@", "refuses the user name")])
def test_n1_a_proxy_that_wants_credentials_is_named_at_once(
    scheme: str, user: str, said: str, monkeypatch: pytest.MonkeyPatch
):
    async def main() -> tuple[int, PipelineError | None, Client]:
        async with Server(http(407, b"<html>who?</html>", "text/html")).started() as port:
            monkeypatch.setenv(f"{scheme.upper()}_PROXY", f"http://{user}127.0.0.1:{port}")
            return await ask(f"{scheme}://api.test")

    attempts, error, api = asyncio.run(main())
    assert (attempts, type(error)) == (1, NoConnection)
    assert said in str(error)
    assert f"{scheme.upper()}_PROXY" in str(error)
    assert PASSWORD not in str(error)
    assert api.stopped is error


def test_a_407_without_a_proxy_says_how_to_name_one():
    _, error, _ = asked(Server(http(407, b"", "text/html")))
    assert "set HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT" in str(error)


def test_a_proxy_that_does_not_reach_the_api_is_named(monkeypatch: pytest.MonkeyPatch):
    async def main() -> tuple[int, PipelineError | None, Client]:
        async with Server(http(403, b"", "text/html")).started() as port:
            monkeypatch.setenv("HTTPS_PROXY", f"127.0.0.1:{port}")
            return await ask("https://api.test")

    attempts, error, _ = asyncio.run(main())
    assert (attempts, type(error)) == (3, Transient)
    assert "did not connect to api.test (403" in str(error)


def test_a_proxy_is_used_and_no_proxy_is_honoured(monkeypatch: pytest.MonkeyPatch):
    async def main(spared: str) -> list[bytes]:
        proxy, server = Server(GOOD), Server(GOOD)
        async with proxy.started() as through, server.started() as port:
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{through}")
            monkeypatch.setenv("NO_PROXY", spared)
            await ask(f"http://127.0.0.1:{port}")
        return proxy.asked

    assert len(asyncio.run(main(""))) == 1
    assert asyncio.run(main("10.0.0.0/8, 127.0.0.0/8")) == []


@pytest.mark.parametrize(
    ("entries", "host", "port", "spared"),
    [
        ("*", "api.test", None, True),
        ("api.test", "api.test", None, True),
        ("test", "api.test", None, True),
        (".test", "api.test", None, True),
        ("*.test", "api.test", None, True),
        ("pi.test", "api.test", None, False),
        ("api.test:8080", "api.test", 8080, True),
        ("api.test:8080", "api.test", 443, False),
        ("10.1.0.0/16", "10.1.2.3", None, True),
        ("10.1.0.0/16", "10.2.2.3", None, False),
        ("::1", "::1", None, True),
        ("", "api.test", None, False),
        (" , ", "api.test", None, False),
    ],
)
def test_no_proxy(entries: str, host: str, port: int | None, spared: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", entries)
    assert is_spared(host, port) is spared


@pytest.mark.parametrize(
    "value",
    ["ftp://x", "http://", "http://:8080", "http://x:99999", "http://x:port", "http://[x", "socks4://x"],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY", "http_proxy"])
def test_n1_an_odd_proxy_is_refused_before_anything_starts(name: str, value: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=rf"^{name}=.* is no proxy: write it as http://HOST:PORT"):
        check_environment()


def test_n1_a_socks_proxy_says_what_it_needs(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALL_PROXY", f"socks5://me:{PASSWORD}@127.0.0.1:9")
    with pytest.raises(BadInput, match="needs the package socksio") as refused:
        proxy_for(httpx.URL("https://api.test"))
    assert PASSWORD not in str(refused.value)


def test_prefects_own_server_is_reached_without_the_proxy_and_ours_with_it(monkeypatch: pytest.MonkeyPatch):
    """Trap: with HTTP_PROXY set, Prefect's temporary server on this machine was asked for through the proxy."""
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.test:3128")
    monkeypatch.setenv("NO_PROXY", "intern.test")
    monkeypatch.setenv("no_proxy", "")
    spare_local_servers()
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "intern.test,127.0.0.1,localhost,::1"
    assert str(proxy_for(httpx.URL("http://127.0.0.1:8741"))) == "HTTP_PROXY=http://proxy.test:3128"
    assert proxy_for(httpx.URL("http://a.intern.test")) is None


def test_a_name_that_cannot_be_resolved_is_named():
    _, error, _ = asyncio.run(ask("https://api.invalid"))
    assert "the name api.invalid cannot be resolved" in str(error)
    assert "HTTPS_PROXY" in str(error)
