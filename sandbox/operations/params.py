"""Query parameters: declared once per operation, validated as the real server does."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MESSAGES = {
    "integer": "invalid integer number",
    "number": "invalid float number",
    "boolean": "invalid boolean value",
    "date-time": "invalid ISO 8601 datetime format, i.e. YYYY-MM-DDTHH:mm:ss",
}
SEASON_TYPES = ("postseason", "preseason", "regular")
STATUSES = ("scheduled", "in_progress", "final", "postponed", "cancelled")


@dataclass(frozen=True)
class QueryParam:
    """One parameter. kind: integer, number, boolean, date-time or string."""

    name: str
    kind: str = "string"
    required: bool = False
    enum: tuple[str, ...] = ()


def declare(*specs: str) -> tuple[QueryParam, ...]:
    """Parameters from "name:kind"; a "!" after the kind makes a parameter required."""
    return tuple(_declare(spec) for spec in specs)


def _declare(spec: str) -> QueryParam:
    name, _, kind = spec.partition(":")
    required, kind = kind.endswith("!"), kind.rstrip("!")
    enum = {"seasonType": SEASON_TYPES, "status": STATUSES}.get(name, ())
    return QueryParam(name, kind or "string", required, enum)


class Invalid(ValueError):
    """Parameters that the server refuses. `details`: field of the response body."""

    def __init__(self, details: dict[str, dict[str, Any]]) -> None:
        super().__init__("Validation Failed")
        self.details = details


def read(params: tuple[QueryParam, ...], given: dict[str, str], needs: tuple[str, ...] = ()) -> dict[str, Any]:
    """The values to filter by. Like the server, it silently drops unknown names, 0 and empty text.

    needs: at least one of these parameters is required. Raises Invalid with every parameter that is missing or has the
    wrong type.
    """
    values, details = _convert(params, given)
    values = {name: value for name, value in values.items() if value}
    if details := details or _unmet(needs, values):
        raise Invalid(details)
    return values


def _unmet(needs: tuple[str, ...], values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Details of a request that has none of the parameters that it needs."""
    if any(name in values for name in needs):
        return {}
    message = " or ".join(f"'{name}'" for name in needs) + " is required"
    return {name: {"message": message} for name in needs}


def _convert(params: tuple[QueryParam, ...], given: dict[str, str]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Valid values, and the errors of the other parameters."""
    values: dict[str, Any] = {}
    details: dict[str, dict[str, Any]] = {}
    for param in params:
        text = given.get(param.name)
        if text is None or (text == "" and not param.required):
            if param.required:
                details[param.name] = {"message": f"'{param.name}' is required"}
            continue
        try:
            values[param.name] = _value(param, text)
        except ValueError as error:
            details[param.name] = {"message": str(error), "value": text}
    return values, details


def _value(param: QueryParam, text: str) -> Any:
    if param.enum and text not in param.enum:
        listed = ",".join(f"'{item}'" for item in param.enum)
        raise ValueError(f"should be one of the following; [{listed}]")
    if param.kind == "string":
        return text
    try:
        return _CONVERT[param.kind](text)
    except (ValueError, KeyError):
        raise ValueError(MESSAGES[param.kind]) from None


def _integer(text: str) -> int:
    if not re.fullmatch(r"[-+]?\d+", text):
        raise ValueError(text)
    return int(text)


def _moment(text: str) -> datetime:
    """A timestamp; a date without a time means 00:00Z."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


_CONVERT: dict[str, Any] = {
    "integer": _integer,
    "number": float,
    "boolean": {"true": True, "false": False, "1": True, "0": False}.__getitem__,
    "date-time": _moment,
}
