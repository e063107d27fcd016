"""Options of a command, made from the parameters of its flow: names, formats, help and checks have one source."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer

from flows.jobs.job import Parameters
from flows.params import Format


def with_options(parameters: type[Parameters], run: Callable[[dict[str, Any]], int]) -> Callable[..., int]:
    """A function for Typer with an option per field of the model; `run` gets what was given."""

    def command(**given: Any) -> int:
        return run({name: value for name, value in given.items() if value not in (None, [])})

    hints = get_type_hints(parameters, include_extras=True)
    vars(command)["__signature__"] = inspect.Signature([_option(parameters, name, hints[name]) for name in hints
                                                        if name in parameters.model_fields])  # fmt: skip
    return command


def _option(parameters: type[Parameters], name: str, hint: Any) -> inspect.Parameter:
    info = parameters.model_fields[name]
    text = info.description or ""
    if not info.is_required() and info.default not in (None, False):
        text = f"{text}; default: {info.default}"
    option = f"--{name.replace('_', '-')}"
    parts = _parts(hint)
    kind: Any = str
    if bool in parts:
        kind = bool
    elif choices := tuple(value for part in parts if get_origin(part) is Literal for value in get_args(part)):
        kind = Literal[choices]
    elif any(get_origin(part) is list for part in parts):
        kind, text = list[str], f"{text} (repeatable)"
    shown = "" if kind is bool else next((part.text for part in parts if isinstance(part, Format)), None)
    given: Any = kind if kind is bool else kind | None
    start = False if kind is bool else None
    annotation = Annotated.__class_getitem__((given, typer.Option(option, help=text, metavar=shown)))  # type: ignore[attr-defined]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=start, annotation=annotation)


def _parts(hint: Any) -> list[Any]:
    """All that an annotation is made of: types, unions' members, metadata."""
    found, todo = [], [hint]
    while todo:
        part = todo.pop()
        found.append(part)
        if hasattr(part, "__metadata__"):
            found += part.__metadata__
            todo.append(part.__origin__)
        elif get_origin(part) not in (None, Literal):
            todo += get_args(part)
    return found
