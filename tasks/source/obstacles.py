"""What stands between this machine and the API: a certificate, a proxy, a name, a page; named, with its cure."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping

import httpx

from tasks.errors import NoConnection, PipelineError, Transient, behind
from tasks.source.network import CA_CURE, ProxyInUse, trusted

PROXY_FORM = "http://USER:PASSWORD@HOST:PORT"
NOT_NOW, OTHER_NAME = {9, 10}, {62, 64}  # OpenSSL's codes: not yet valid, expired; of another host, address
NO_TLS = {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG"}
PAGE_READ = 65_536  # bytes of a page that are searched
CHALLENGES = (b"just a moment", b"checking your browser", b"attention required", b"captcha", b"challenge-platform")
NOT_THE_KEY = (
    "The API itself did not send it, so it says nothing about the key. Wait a while; if it stays, make fewer calls "
    "(CBBD_REQUESTS_PER_SECOND) or call from another network."
)


def obstacle(fact: str, error: httpx.HTTPError, host: str, proxy: ProxyInUse | None) -> PipelineError | None:
    """What a failed exchange says about the way to the server; None if only that it broke."""
    causes = list(behind(error))
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    if tls is not None:
        return _tls(fact, tls, host, proxy)
    if isinstance(error, httpx.ProxyError) and proxy is not None:
        return _refused(fact, str(error), host, proxy)
    if not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return None
    name = next((cause for cause in causes if isinstance(cause, socket.gaierror)), None)
    if proxy is not None:
        why = f"the name of {proxy} cannot be resolved" if name else f"{proxy} does not answer"
        return Transient(f"{fact}, {why}: start the proxy, correct the variable or unset it.")
    if name is not None:
        return Transient(
            f"{fact}, the name {host} cannot be resolved ({name.strerror}): check the network and CBBD_BASE_URL; if "
            "only a proxy reaches the internet from here, set HTTPS_PROXY."
        )
    return None


def _tls(fact: str, error: ssl.SSLError, host: str, proxy: ProxyInUse | None) -> PipelineError | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return NoConnection(f"{fact}, {certificate_fault(error, host)}.")
    if error.reason in NO_TLS:
        where = f"{host} or {proxy}" if proxy else host
        return NoConnection(f"{fact}, {where} does not use TLS there: check https and the port of the address.")
    return None


def certificate_fault(error: ssl.SSLCertVerificationError, host: str) -> str:
    """What is wrong with a certificate, and its cure."""
    said = error.verify_message.rstrip(".")
    if error.verify_code in NOT_NOW:
        return f"the certificate of {host} is not valid now ({said}): check the clock of this machine"
    if error.verify_code in OTHER_NAME:
        return f"the certificate is not that of {host} ({said}): check CBBD_BASE_URL"
    name, place = trusted()
    known = f"; trusted now: {name}={place}" if name else ""
    return (
        f"the certificate of {host} is not trusted ({said}{known}). If a proxy or firewall of your network opens TLS, "
        f"{CA_CURE}"
    )


def _refused(fact: str, said: str, host: str, proxy: ProxyInUse) -> PipelineError:
    if said.startswith("407"):
        return credentials_missing(f"{fact}, {said}.", proxy)
    return Transient(f"{fact}, {proxy} did not connect to {host} ({said}): ask its operator to allow {host}.")


def credentials_missing(fact: str, proxy: ProxyInUse | None) -> PipelineError:
    """The error of a 407."""
    if proxy is None:
        return NoConnection(f"{fact} A proxy on the way asks for credentials: set HTTPS_PROXY={PROXY_FORM}.")
    where = f"in {proxy.variable}" if proxy.variable else "in the system's settings"
    if "@" in proxy.url:
        return NoConnection(f"{fact} The proxy {proxy} refuses the user name or the password {where}: correct them.")
    return NoConnection(
        f"{fact} The proxy {proxy} asks for a user name and a password: add them {where}, {PROXY_FORM}."
    )


def page_of(headers: Mapping[str, str], body: bytes) -> str:
    """Who sent a page with 401 or 403 in place of the API, and what to do."""
    text = body[:PAGE_READ].lower()
    by_cloudflare = "cf-ray" in headers or "cloudflare" in headers.get("server", "").lower() or b"cloudflare" in text
    challenges = "cf-mitigated" in headers or any(words in text for words in CHALLENGES)
    page = "a challenge page" if challenges else "a page"
    sender = "Cloudflare" if by_cloudflare else "a proxy or firewall"
    return f"This is {page} of {sender}. {NOT_THE_KEY}"
