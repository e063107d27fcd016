"""Checks of the way to the API: proxy, name, TLS. No call is made."""

from __future__ import annotations

import socket
import ssl
from urllib.parse import urlsplit

from tasks.doctor.case import Case, within
from tasks.doctor.finding import Finding, fine, skipped, wrong
from tasks.source.network import CERTIFICATES, certificates, check_proxies, trusted
from tasks.source.obstacles import certificate_fault

SECONDS = 10.0
NO_CALLS = "not needed: the sandbox is in this process"


def proxy(case: Case) -> Finding:
    """Whether the proxy that the environment names takes connections."""
    if case.is_sandbox:
        check_proxies()  # Prefect's client reads the same variables
        return skipped(NO_CALLS)
    found = case.proxy
    if found is None:
        return fine("none for this host")
    parts = urlsplit(found.url)
    port = parts.port or (443 if parts.scheme == "https" else 1080 if parts.scheme.startswith("socks") else 80)
    try:
        within(lambda: socket.create_connection((parts.hostname, port), SECONDS).close(), str(found))
    except OSError as error:
        return wrong(f"{found} does not answer ({_said(error)})", "start the proxy, correct the variable or unset it")
    return fine(str(found))


def name(case: Case) -> Finding:
    """Whether the name of the API's host can be resolved."""
    if case.is_sandbox:
        return skipped(NO_CALLS)
    host, _ = _host(case)
    if case.proxy is not None:
        return skipped("not needed: the proxy resolves names")
    try:
        found = within(lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM), "DNS", SECONDS)
    except OSError as error:
        cure = "check the network and CBBD_BASE_URL; if only a proxy reaches the internet, set HTTPS_PROXY"
        return wrong(f"{host} cannot be resolved ({_said(error)})", cure)
    return fine(f"{host} is {found[0][4][0]}")


def tls(case: Case) -> Finding:
    """Whether the certificate of the API's host is trusted."""
    context = certificates()
    if case.is_sandbox:
        return skipped(NO_CALLS)
    host, port = _host(case)
    if port is None:
        return skipped("not needed: the base URL is http")
    variable, place = trusted()
    known = f"{variable}={place}" if variable else "the certificates of the package certifi"
    return _direct(context, host, port, known) if case.proxy is None else _through_proxy(case, known)


def _direct(context: ssl.SSLContext, host: str, port: int, known: str) -> Finding:
    try:
        text = within(lambda: _shake_hands(context, host, port), host)
    except socket.gaierror:
        return skipped("not checked: see DNS")
    except ssl.SSLCertVerificationError as error:
        return wrong(*_parted(certificate_fault(error, host)))
    except OSError as error:
        return wrong(f"no TLS connection to {host}:{port} ({_said(error)})", "check the network and CBBD_BASE_URL")
    return fine(f"{text}, trusted by {known}")


def _through_proxy(case: Case, known: str) -> Finding:
    """Through a proxy only the call itself shows it."""
    if case.probe.status is None:
        return skipped("see API: the connection through the proxy failed")
    return fine(f"through the proxy, trusted by {known}")


def _shake_hands(context: ssl.SSLContext, host: str, port: int) -> str:
    with (
        socket.create_connection((host, port), SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=host) as safe,
    ):
        return f"{safe.version()}"


def _host(case: Case) -> tuple[str, int | None]:
    """Host of the base URL, and its port where it uses TLS."""
    parts = urlsplit(case.settings.base_url)
    return parts.hostname or "", (parts.port or 443) if parts.scheme == "https" else None


def _parted(fault: str) -> tuple[str, str]:
    found, _, cure = fault.partition("): ")
    if cure:
        return f"{found})", cure
    found, _, cure = fault.partition("). ")
    return f"{found})", cure or f"set {CERTIFICATES[0]}"


def _said(error: OSError) -> str:
    return str(error.strerror or error)
