"""The HTTP client as the environment wants it: proxies and certificates come from variables that every tool reads."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

import httpx

from tasks.errors import BadInput

CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
PROXIES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY")


def connection(**options: Any) -> httpx.AsyncClient:
    """The client, with what the environment says about proxies and certificates.

    Raises:
        BadInput: naming the variable that cannot be used.
    """
    try:
        return httpx.AsyncClient(**options)
    except (OSError, ImportError, ValueError) as error:
        raise BadInput(f"{_cause()}: no connection can be made with it ({error}); correct it or unset it") from error


def _cause() -> str:
    """The variables that can be the reason, with their values; passwords in a proxy's address are left out."""
    names = [name for name in (*CERTIFICATES, *PROXIES, *map(str.lower, PROXIES)) if os.environ.get(name)]
    return ", ".join(f"{name}={_shown(os.environ[name])}" for name in names) or "the network settings"


def _shown(value: str) -> str:
    try:
        parts = urlsplit(value)
        host = f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname
    except ValueError:
        return "..."
    return f"{parts.scheme}://{host}" if parts.scheme and host else value
