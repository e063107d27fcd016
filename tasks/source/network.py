"""The way to the API as the environment sets it: proxies and certificates come from variables that every tool reads.

All of it is checked before anything is started. httpx itself reads fewer of these variables, and raises five kinds of
errors about them; so it gets a context and a proxy from here and reads no variable.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

import certifi
import httpx

from tasks.errors import BadInput
from tasks.masking import without_credentials

# In the order of precedence. The first two are OpenSSL's, the last two those of requests and curl.
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
CA_CURE = f"name a file with the certificate of its issuer in PEM format: {CERTIFICATES[0]} or {CERTIFICATES[2]}"
SCHEMES = ("http", "https", "socks5", "socks5h")
LOCAL = ("127.0.0.1", "localhost", "::1")

_before_exemption: dict[str, str | None] = {}  # NO_PROXY as it was before `exempt_local_servers`


@dataclass(frozen=True)
class ProxyInUse:
    """The proxy that calls go through.

    Args:
        variable: where it comes from; None: the system's settings.
        url: with its credentials.
    """

    variable: str | None
    url: str

    def __str__(self) -> str:
        shown = without_credentials(self.url)
        return f"{self.variable}={shown}" if self.variable else f"the system's proxy {shown}"


def connection(proxy: ProxyInUse | None, **options: Any) -> httpx.AsyncClient:
    """An HTTP client that trusts the certificates of the environment and uses this proxy.

    Raises:
        BadInput: naming the variable that cannot be used.
    """
    context = certificates()
    through = None
    if proxy is not None:
        own = context if proxy.url.startswith("https://") else None
        through = httpx.Proxy(proxy.url, ssl_context=own)
    return httpx.AsyncClient(verify=context, proxy=through, trust_env=False, **options)


def check_environment() -> None:
    """Refuse variables about proxies and certificates that nothing can use: Prefect's own client reads them, too.

    Raises:
        BadInput: naming the variable.
    """
    certificates()
    check_proxies()


def check_proxies() -> None:
    """Refuse variables about proxies that nothing can use.

    Raises:
        BadInput: naming the variable.
    """
    for scheme in ("http", "https", "all"):
        _proxy(scheme)


# -- certificates -------------------------------------------------------------------------------------------------


def trusted() -> tuple[str | None, str]:
    """The variable that names trusted certificates, and its value; None and certifi's file where none is set."""
    for name in CERTIFICATES:
        if value := os.environ.get(name):
            return name, value
    return None, certifi.where()


def certificates() -> ssl.SSLContext:
    """The context for TLS.

    Raises:
        BadInput: when a variable names no certificates.
    """
    name, place = trusted()
    path = Path(place)
    try:
        if path.is_dir():
            if not any(path.iterdir()):
                raise BadInput(f"{name}={place} is an empty folder: {_instead(name)}")
            return ssl.create_default_context(capath=place)
        if name == "SSL_CERT_DIR":
            raise BadInput(f"{name}={place} is not a folder: {_instead(name)}")
        return ssl.create_default_context(cafile=place)
    except ssl.SSLError as error:
        raise BadInput(f"{name}={place} has no certificate in PEM format: {_instead(name)}") from error
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise BadInput(f"{name}={place} cannot be read ({said}): {_instead(name)}") from error


def _instead(name: str | None) -> str:
    kind = "a folder of certificates" if name == "SSL_CERT_DIR" else "a readable file of certificates in PEM format"
    return f"name {kind}, or unset it"


# -- proxies ------------------------------------------------------------------------------------------------------


def proxy_for(url: httpx.URL) -> ProxyInUse | None:
    """The proxy that the environment names for a URL, or None.

    Raises:
        BadInput: when no connection can be made through it.
    """
    found = _proxy(url.scheme) or _proxy("all")
    return None if found is None or bypasses_proxy(url.host, url.port) else found


def _proxy(scheme: str) -> ProxyInUse | None:
    value = getproxies().get(scheme, "").strip()
    if not value:
        return None
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY")
    proxy = ProxyInUse(next((name for name in names if os.environ.get(name)), None), _with_scheme(value))
    _check(proxy)
    return proxy


def _with_scheme(value: str) -> str:
    return value if "://" in value else f"http://{value}"


def _check(proxy: ProxyInUse) -> None:
    try:
        parts = urlsplit(proxy.url)
        is_whole = bool(parts.hostname) and parts.port != 0
        httpx.URL(proxy.url)
    except (ValueError, httpx.InvalidURL):
        is_whole = False
    if not is_whole or parts.scheme not in SCHEMES:
        raise BadInput(
            f"{proxy} is no proxy: write it as http://HOST:PORT or http://USER:PASSWORD@HOST:PORT, or unset it"
        )
    if parts.scheme.startswith("socks") and find_spec("socksio") is None:
        raise BadInput(
            f"{proxy} is a SOCKS proxy, which needs the package socksio: `pip install socksio`, name an http proxy, or "
            "unset it"
        )


def bypasses_proxy(host: str, port: int | None) -> bool:
    """Whether NO_PROXY names a host: by name, as a domain, as an address or network, with or without a port."""
    entries = [entry.strip().lower() for entry in _no_proxy().split(",")]
    return any(entry == "*" or (entry and _is_named(host.lower(), port, entry)) for entry in entries)


def _no_proxy() -> str:
    given = _before_exemption or os.environ
    return given.get("no_proxy") or given.get("NO_PROXY") or ""


def _is_named(host: str, port: int | None, entry: str) -> bool:
    name, _, number = entry.rpartition(":")
    if name and number.isdecimal() and "]" not in number and name.count(":") == 0:
        if port != int(number):
            return False
        entry = name
    try:
        return ipaddress.ip_address(host.strip("[]")) in ipaddress.ip_network(entry.strip("[]"), strict=False)
    except ValueError:
        return host == entry.lstrip("*.") or host.endswith(f".{entry.lstrip('*.')}")


def exempt_local_servers() -> None:
    """Let no client of this process but ours use a proxy to this machine: Prefect's temporary server is here."""
    if _before_exemption or not any(getproxies().get(scheme) for scheme in ("http", "https", "all")):
        return
    before = {name: os.environ.get(name) for name in ("no_proxy", "NO_PROXY")}
    given = before["no_proxy"] or before["NO_PROXY"] or ""
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(filter(None, [given, *LOCAL]))
    _before_exemption.update(before)
