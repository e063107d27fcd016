"""The doctor's check of Prefect: its version here, and whether its server can be reached."""

from __future__ import annotations

import io
import json
import os
from contextlib import redirect_stderr
from http.client import HTTPException
from importlib.metadata import version
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import flows.prefect_.environment  # noqa: F401  Prefect reads its settings when it is imported
from tasks.doctor.finding import Finding, NotChecked, doubtful, fine, wrong
from tasks.errors import BadInput
from tasks.source.network import check_environment

SECONDS = 10.0
REFUSED = {401, 403}


def server(_: object) -> Finding:
    """Whether the Prefect server that runs report to responds, and which version it is."""
    url, own = address(), version("prefect")
    if not url:
        return fine(f"{own}; no server is set (PREFECT_API_URL): each run starts its own")
    try:
        _get(f"{url}/health")
        theirs = str(_get(f"{url}/admin/version"))
    except HTTPError as error:
        if error.code in REFUSED:
            return wrong(f"{url} refuses this account (HTTP {error.code})", "check PREFECT_API_KEY")
        return wrong(f"{url} responds with HTTP {error.code}", "check PREFECT_API_URL: it ends in /api")
    except (OSError, ValueError, HTTPException) as error:
        cure = "start the server, or unset PREFECT_API_URL to run without one"
        return wrong(f"{url} does not respond ({getattr(error, 'reason', error)})", cure)
    if theirs.split(".")[:2] != own.split(".")[:2]:
        return doubtful(f"{own} here, {theirs} at {url}", "use the same version on both sides")
    return fine(f"{own}, server {theirs} at {url}")


def address() -> str:
    """The address that Prefect is set to report to; empty for none.

    Raises:
        NotChecked: when Prefect's own client could not be made, which is the finding of other checks.
    """
    try:
        check_environment()
    except BadInput as error:
        raise NotChecked(f"not checked: {error}") from None
    if url := os.environ.get("PREFECT_API_URL"):  # it wins over profiles
        return url
    with redirect_stderr(io.StringIO()):  # Prefect prints tracebacks when it cannot be set up
        from prefect.settings import PREFECT_API_URL  # noqa: PLC0415  Prefect may be what is broken

        return str(PREFECT_API_URL.value() or "")


def _get(address: str) -> Any:
    from prefect.settings import PREFECT_API_KEY  # noqa: PLC0415  as above

    key = PREFECT_API_KEY.value()
    headers = {"Authorization": f"Bearer {key.get_secret_value()}"} if key else {}
    if not address.startswith(("http://", "https://")):
        raise ValueError("not an http address")
    with urlopen(Request(address, headers=headers), timeout=SECONDS) as reply:  # noqa: S310  checked above
        return json.loads(reply.read(65_536) or b"null")
