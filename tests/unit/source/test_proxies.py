"""Proxies that the environment names. Real sockets on this machine.

Traps: a dead proxy was never named, a 407 was "check its parameters", a SOCKS proxy was a traceback.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator

import httpx
import pytest

from tasks.errors import BadInput, NoConnection, PipelineError, Transient
from tasks.source.client import Client
from tasks.source.network import bypasses_proxy, check_environment, exempt_local_servers, proxy_for
from tests.support.sockets import GOOD, Server, ask, asked, http, without_network_variables

PASSWORD = "s3cret-of-the-proxy"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    without_network_variables(monkeypatch)


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
    async def main(exempt: str) -> list[bytes]:
        proxy, server = Server(GOOD), Server(GOOD)
        async with proxy.started() as through, server.started() as port:
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{through}")
            monkeypatch.setenv("NO_PROXY", exempt)
            await ask(f"http://127.0.0.1:{port}")
        return proxy.asked

    assert len(asyncio.run(main(""))) == 1
    assert asyncio.run(main("10.0.0.0/8, 127.0.0.0/8")) == []


@pytest.mark.parametrize(
    ("entries", "host", "port", "exempt"),
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
def test_no_proxy(entries: str, host: str, port: int | None, exempt: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", entries)
    assert bypasses_proxy(host, port) is exempt


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
    exempt_local_servers()
    assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "intern.test,127.0.0.1,localhost,::1"
    assert str(proxy_for(httpx.URL("http://127.0.0.1:8741"))) == "HTTP_PROXY=http://proxy.test:3128"
    assert proxy_for(httpx.URL("http://a.intern.test")) is None
