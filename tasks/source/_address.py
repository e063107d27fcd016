"""Path and query of a request, headers and base URL. All of them are checked before anything is sent."""

from __future__ import annotations

from urllib.parse import quote

import httpx
from pydantic import SecretStr

from quality.dataset import Endpoint
from tasks.errors import BadInput
from tasks.masking import without_credentials
from tasks.requests import Request, wire_value


def address(endpoint: Endpoint, request: Request) -> tuple[str, dict[str, str]]:
    """Path and query of a request, checked against the endpoint's parameters.

    The API ignores unknown parameters and filters that are empty or 0, and returns the whole table. Such a request is
    never sent.

    Raises:
        BadInput: for an unknown, empty or missing parameter.
    """
    values = {name: wire_value(value) for name, value in request.params}
    _check_params(endpoint, request, values)
    path = endpoint.path
    for param in endpoint.params:
        if param.in_path and param.name in values:
            path = path.replace(f"{{{param.name}}}", quote(values.pop(param.name), safe=""))
    return path, values


def _check_params(endpoint: Endpoint, request: Request, values: dict[str, str]) -> None:
    known = {param.name for param in endpoint.params}
    required = {param.name for param in endpoint.params if param.required}
    if unknown := sorted(values.keys() - known):
        raise BadInput(f"{request}: {endpoint.path} has no parameter {unknown}; it has {sorted(known)}.")
    if missing := sorted(required - values.keys()):
        raise BadInput(f"{request}: {endpoint.path} needs {missing}; add them to the request.")
    if empty := sorted(name for name, value in values.items() if value in {"", "0"}):
        raise BadInput(f"{request}: {empty} empty or 0 is not a filter for the API; set a value or leave it out.")


def checked_token(api_key: SecretStr | None) -> str:
    """The key as text; "" if there is none.

    Raises:
        BadInput: when it is not valid as the value of a header. The message does not contain the key.
    """
    token = api_key.get_secret_value() if api_key else ""
    if not all("!" <= character <= "~" for character in token):
        raise BadInput(
            "The API key contains a space, a line break or another character that keys do not have: check its source."
        )
    return token


def headers_with(token: str) -> dict[str, str]:
    """Headers of every call. The key is sent in the Authorization header only."""
    plain = {"Accept": "application/json", "Accept-Encoding": "gzip"}
    return plain | {"Authorization": f"Bearer {token}"} if token else plain


def checked_url(base_url: str) -> httpx.URL:
    """The base URL, parsed.

    Raises:
        BadInput: when it is not a URL, or contains credentials.
    """
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL:
        raise BadInput("The base URL is not a URL: check the setting.") from None
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        shown = without_credentials(base_url)
        raise BadInput(f"The base URL must be http(s)://host without credentials, not {shown}: check the setting.")
    return url
