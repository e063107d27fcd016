"""Options of a command, made from the parameters of its flow: names, formats, help and checks have one source."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import nullcontext
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import typer
from pydantic.fields import FieldInfo

from flows.jobs.job import Parameters
from flows.params import Format
from flows.terminal.shell import silenced

QUIET = inspect.Parameter(
    "quiet",
    inspect.Parameter.KEYWORD_ONLY,
    default=False,
    annotation=Annotated[bool, typer.Option("--quiet", help="Print nothing but errors.")],
)


def with_options(parameters: type[Parameters], run: Callable[[dict[str, Any]], int]) -> Callable[..., int]:
    """A function for Typer with an option per field of the model, and --quiet; `run` gets what was given."""

    def command(*, quiet: bool, **given: Any) -> int:
        with silenced() if quiet else nullcontext():
            return run({name: value for name, value in given.items() if value not in (None, [])})

    hints = get_type_hints(parameters, include_extras=True)
    options = [_option(parameters, name, hints[name]) for name in hints if name in parameters.model_fields]
    vars(command)["__signature__"] = inspect.Signature([*options, QUIET])
    return command


def _option(parameters: type[Parameters], name: str, hint: Any) -> inspect.Parameter:
    kind, shown = _kind(_parts(hint))
    text = _help(parameters.model_fields[name]) + (" (repeatable)" if kind == list[str] else "")
    form = _format(_parts(hint))
    option: Any = typer.Option(f"--{name.replace('_', '-')}", help=text, metavar=shown)
    if form and form.is_argument:
        option = typer.Argument(help=_help(parameters.model_fields[name]), metavar=shown)
    start = False if kind is bool else None
    given: Any = kind if kind is bool else kind | None
    annotation: Any = Annotated[given, option]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=start, annotation=annotation)


def _help(info: FieldInfo) -> str:
    default = None if info.is_required() else info.default
    return f"{info.description}; default: {default}" if default not in (None, False) else str(info.description)


def _kind(parts: list[Any]) -> tuple[Any, str | None]:
    """The type that Typer takes for a parameter, and the format that help shows; None: what Typer shows of the type."""
    if bool in parts:
        return bool, None
    if choices := tuple(value for part in parts if get_origin(part) is Literal for value in get_args(part)):
        return Literal[choices], None
    form = _format(parts)
    return (list[str] if form and form.repeatable else str), form.text if form else None


def _format(parts: list[Any]) -> Format | None:
    return next((part for part in parts if isinstance(part, Format)), None)


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
