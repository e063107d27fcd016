"""The parameters of a flow, made from its model: Prefect's form, its checks and its help have one source."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, get_type_hints

from pydantic import BaseModel
from pydantic.fields import FieldInfo

R = TypeVar("R")


def form(parameters: type[BaseModel]) -> Callable[[Callable[[dict[str, Any]], R]], Callable[..., R]]:
    """Decorator of a flow's function, which takes its parameters as one dictionary.

    The flow that Prefect sees has a keyword parameter per field of the model, with the field's type, default and
    description.
    """

    def decorate(function: Callable[[dict[str, Any]], R]) -> Callable[..., R]:
        @wraps(function)
        def run(**given: Any) -> R:
            return function(given)

        hints = get_type_hints(parameters, include_extras=True)
        fields = parameters.model_fields
        vars(run)["__signature__"] = inspect.Signature(
            [_parameter(name, hints[name], info) for name, info in fields.items()],
            return_annotation=inspect.signature(function, eval_str=True).return_annotation,
        )
        arguments = (f"    {name}: {info.description}." for name, info in fields.items())
        run.__doc__ = "\n".join([inspect.getdoc(function) or "", "", "Args:", *arguments])
        return run

    return decorate


def _parameter(name: str, hint: Any, info: FieldInfo) -> inspect.Parameter:
    default = inspect.Parameter.empty if info.is_required() else info.default
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
