"""What goes over the wire: path and query of a request, headers, the base URL; nothing that is not valid is sent."""

from __future__ import annotations

from urllib.parse import quote

import httpx
from pydantic import SecretStr

from quality.dataset import Endpoint
from tasks.errors import BadInput
from tasks.requests import Request, wire_value


def address(endpoint: Endpoint, request: Request) -> tuple[str, dict[str, str]]:
    """Path and query of a request, checked against the endpoint's parameters.

    The API ignores names that it does not know and filters that are empty or 0, and answers with the whole table:
    neither is ever sent.

    Raises:
        BadInput: for an unknown, empty or missing parameter.
    """
    known = {param.name: param for param in endpoint.params}
    values = {name: wire_value(value) for name, value in request.params}
    if unknown := sorted(values.keys() - known.keys()):
        raise BadInput(f"{request}: {endpoint.path} has no parameter {unknown}; it knows {sorted(known)}.")
    if missing := sorted(name for name, param in known.items() if param.required and name not in values):
        raise BadInput(f"{request}: {endpoint.path} needs {missing}; add them to the request.")
    if empty := sorted(name for name, value in values.items() if value in {"", "0"}):
        raise BadInput(f"{request}: {empty} empty or 0 is no filter to the API; set a value or leave it out.")
    path = endpoint.path
    for name in [name for name in values if known[name].in_path]:
        path = path.replace(f"{{{name}}}", quote(values.pop(name), safe=""))
    return path, values


def checked_token(api_key: SecretStr | None) -> str:
    """The key as text, "" for none.

    Raises:
        BadInput: when it cannot be the value of a header. The key is not quoted.
    """
    token = api_key.get_secret_value() if api_key else ""
    if not all("!" <= character <= "~" for character in token):
        raise BadInput(
            "The API key holds a space, a line break or another character that no key has: check its source."
        )
    return token


def headers_with(token: str) -> dict[str, str]:
    """Headers of every call: the key in one of them and nowhere else."""
    plain = {"Accept": "application/json", "Accept-Encoding": "gzip"}
    return plain | {"Authorization": f"Bearer {token}"} if token else plain


def checked_url(base_url: str) -> httpx.URL:
    """The base URL, parsed.

    Raises:
        BadInput: when it is none, or holds credentials.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise BadInput("The base URL is not a URL: check the setting.") from None
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise BadInput(f"The base URL must be http(s)://host without credentials, not {url!r}.")
    return url
