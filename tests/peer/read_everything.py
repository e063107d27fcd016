"""Run in the official client's own environment: describe its models and read every operation from a server.

usage: read_everything.py BASE_URL ARGUMENTS_JSON

Prints one JSON object: `operations` {name: {path, model, kind, rows, error}} and `models` {name: [field, ...]}.
"""

import inspect
import json
import re
import sys
from typing import Any, get_args, get_origin, get_type_hints

import cbbd
from pydantic import BaseModel

PATH = re.compile(r"call_api\(\s*'([^']+)'")


def operations(client: Any) -> dict[str, Any]:
    """Methods of the client by operation name."""
    found = {}
    for name in dir(cbbd):
        if name.endswith("Api"):
            api = getattr(cbbd, name)(client)
            methods = [item for item in dir(api) if item.startswith("get_") and not item.endswith("_http_info")]
            found.update({item: getattr(api, item) for item in methods})
    return found


def path_of(method: Any) -> str:
    """The path that a method asks."""
    source = inspect.getsource(getattr(type(method.__self__), f"{method.__name__}_with_http_info"))
    match = PATH.search(source)
    assert match is not None, f"no path in {method.__name__}"
    return match[1]


def arguments(method: Any, known: dict[str, Any]) -> dict[str, Any]:
    """What a method must be given, and what keeps its answer small."""
    narrow = known.get(method.__name__, {})
    required = [
        name
        for name, item in inspect.signature(method).parameters.items()
        if item.default is item.empty and item.kind is item.POSITIONAL_OR_KEYWORD
    ]
    return {name: known["*"][name] for name in required} | narrow


def read(method: Any, known: dict[str, Any]) -> dict[str, Any]:
    """One operation: how many rows the client made of the answer, or why it could not."""
    kind = get_type_hints(inspect.unwrap(method)).get("return")
    model = get_args(kind)[0] if get_origin(kind) is list else kind
    told = {"path": path_of(method), "model": model.__name__, "kind": "list" if model is not kind else "object"}
    try:
        answer = method(**arguments(method, known))
    except Exception as error:  # noqa: BLE001  whatever it is, the test shows it
        return {**told, "rows": None, "error": f"{type(error).__name__}: {error}"[:2000]}
    return {**told, "rows": len(answer) if isinstance(answer, list) else 1, "error": None}


def models() -> dict[str, list[dict[str, Any]]]:
    """Fields of every model in order: the API's name, null rule, and the model inside."""
    found = {}
    for name, item in vars(cbbd).items():
        if inspect.isclass(item) and issubclass(item, BaseModel):
            found[name] = [
                {
                    "wire": field.alias,
                    "nullable": field.allow_none,
                    "model": field.type_.__name__
                    if inspect.isclass(field.type_) and issubclass(field.type_, BaseModel)
                    else None,
                }
                for field in item.__fields__.values()
            ]
    return found


def main() -> None:
    """Print what was found."""
    url, known = sys.argv[1], json.loads(sys.argv[2])
    client = cbbd.ApiClient(cbbd.Configuration(host=url, access_token="peer"))
    read_all = {name: read(method, known) for name, method in operations(client).items()}
    json.dump({"operations": read_all, "models": models()}, sys.stdout)


if __name__ == "__main__":
    main()
