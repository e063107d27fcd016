"""The parameters of a flow, made from its model: Prefect's form, its checks and its help have one source.

Each parameter has one type in the form. Prefect would show an optional one as a choice of types, "str" or "None", with
"None" chosen; here it is an empty field, and the server takes the parameter as not given.
"""

from __future__ import annotations

import inspect
import signal
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, TypeVar, get_type_hints

from prefect.exceptions import TerminationSignal
from pydantic import BaseModel, GetJsonSchemaHandler
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema

from flows.prefect_._sigterm import share_sigterm
from tasks.termination import Terminated

R = TypeVar("R")

share_sigterm()  # before Prefect's engine installs its handler, which it does before it calls a flow


def form(parameters: type[BaseModel]) -> Callable[[Callable[[dict[str, Any]], R]], Callable[..., R]]:
    """Decorator of a flow's function, which takes its parameters as one dictionary.

    The flow that Prefect sees has a keyword parameter per field of the model, with the field's type, default and
    description.

    Raises:
        TerminationSignal: after SIGTERM. Prefect's engine takes any other interruption for a crash, also where its
            worker sent the signal because the run is to be cancelled or rescheduled.
    """

    def decorate(function: Callable[[dict[str, Any]], R]) -> Callable[..., R]:
        @wraps(function)
        def run(**given: Any) -> R:
            try:
                return function(given)
            except Terminated as interruption:
                raise TerminationSignal(signal.SIGTERM) from interruption

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
    annotation: Any = Annotated[hint, _OneType()]
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


class _OneType:
    """Takes `null` out of the JSON schema of an optional parameter."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        found = handler(schema)
        types = [item for item in found.get("anyOf", ()) if item != {"type": "null"}]
        return _WithoutNull(types[0] if len(types) == 1 else found)


class _WithoutNull(dict[str, Any]):
    """A JSON schema that takes no `null` as its default, which Pydantic writes into what a hook returns.

    With it, Prefect's form would send `null` for each field that is left empty, and the server would refuse that.
    """

    def __setitem__(self, name: str, value: Any) -> None:
        if not (name == "default" and value is None):
            super().__setitem__(name, value)
