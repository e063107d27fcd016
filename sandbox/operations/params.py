"""Query parameters: declared once per operation, validated as the real server does."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

MESSAGES = {
    "string": "invalid string value",
    "number": "invalid float number",
    "boolean": "invalid boolean value",
    "date-time": "invalid ISO 8601 datetime format, i.e. YYYY-MM-DDTHH:mm:ss",
}
SEASON_TYPES = ("postseason", "preseason", "regular")
STATUSES = ("scheduled", "in_progress", "final", "postponed", "cancelled")
POLL_TYPES = ("ap", "coaches")
# Columns of ids and seasons are 32-bit integers.
LARGEST = 2**31 - 1
Given = Mapping[str, "str | list[str]"]
Details = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class QueryParam:
    """One parameter. kind: integer, number, boolean, date-time or string; union: the enum is a union of literals."""

    name: str
    kind: str = "string"
    required: bool = False
    enum: tuple[str, ...] = ()
    union: bool = False

    @property
    def message(self) -> str:
        """What the server says about a value of the wrong type; of a bad integer it only says the name."""
        return MESSAGES.get(self.kind, self.name)


@dataclass(frozen=True)
class Needs:
    """At least one of some parameters is required. messages: what the server says about each of them."""

    messages: Mapping[str, str]

    def unmet(self, values: Mapping[str, Any]) -> Details:
        """Details of a request without a value for any of them; 0 and empty text are no values."""
        if any(values.get(name) for name in self.messages):
            return {}
        given = {name: {"value": values[name]} if name in values else {} for name in self.messages}
        return {name: {**given[name], "message": text} for name, text in self.messages.items()}


def declare(*specs: str) -> tuple[QueryParam, ...]:
    """Parameters from "name:kind"; a "!" after the kind makes a parameter required."""
    return tuple(_declare(spec) for spec in specs)


def _declare(spec: str) -> QueryParam:
    name, _, kind = spec.partition(":")
    required, kind = kind.endswith("!"), kind.rstrip("!")
    enum = {"seasonType": SEASON_TYPES, "status": STATUSES, "pollType": POLL_TYPES}.get(name, ())
    return QueryParam(name, kind or "string", required, enum, union=name == "pollType")


class Invalid(ValueError):
    """Parameters that the server refuses. `details`: field of the response body."""

    def __init__(self, details: Details) -> None:
        super().__init__("Validation Failed")
        self.details = details


class Unanswerable(ValueError):
    """Parameters that pass the server's validation and break its query: the response is a 500."""


def read(params: tuple[QueryParam, ...], given: Given, needs: Needs | None = None) -> dict[str, Any]:
    """The values to filter by. Like the server, it silently drops unknown names, 0 and empty text.

    Raises Invalid with every parameter that is missing or has the wrong type, and Unanswerable.
    """
    values, details = _convert(params, given)
    if details := details or (needs.unmet(values) if needs else {}):
        raise Invalid(details)
    kinds = {param.name: param.kind for param in params}
    for name, value in values.items():
        _answerable(kinds[name], value)
    return {name: value for name, value in values.items() if value}


def _convert(params: tuple[QueryParam, ...], given: Given) -> tuple[dict[str, Any], Details]:
    """Valid values, and the errors of the other parameters."""
    values: dict[str, Any] = {}
    details: Details = {}
    for param in params:
        raw = given.get(param.name)
        if raw is None:
            if param.required:
                text = param.name if param.kind == "integer" else f"'{param.name}' is required"
                details[param.name] = {"message": text}
            continue
        try:
            values[param.name] = _value(param, raw)
        except ValueError as error:
            details[param.name] = {"message": str(error), "value": raw}
    return values, details


def _value(param: QueryParam, raw: str | list[str]) -> Any:
    if param.enum and raw not in param.enum:
        raise ValueError(_not_listed(param, raw))
    if not isinstance(raw, str):
        raise ValueError(param.message)  # noqa: TRY004 - the caller catches one kind of error
    if param.kind == "string":
        return raw
    try:
        return _CONVERT[param.kind](raw)
    except (ValueError, KeyError):
        raise ValueError(param.message) from None


def _not_listed(param: QueryParam, raw: str | list[str]) -> str:
    if not param.union:
        listed = ",".join(f"'{item}'" for item in param.enum)
        return f"should be one of the following; [{listed}]"
    issues = [
        {param.name: {"message": f"should be one of the following; ['{item}']", "value": raw}} for item in param.enum
    ]
    return f"Could not match the union against any of the items. Issues: {orjson.dumps(issues).decode()}"


def _integer(text: str) -> int:
    return int(_matched(r"[-+]?[0-9]+", text))


def _number(text: str) -> float | int:
    value = float(_matched(r"[-+]?(?=\.?[0-9])[0-9]*(\.[0-9]*)?([eE][-+]?[0-9]+)?", text))
    return int(value) if value == int(value) else value


def _matched(pattern: str, text: str) -> str:
    if not re.fullmatch(pattern, text):
        raise ValueError(text)
    return text


# Forms that JavaScript's Date reads, and forms of ISO 8601 that pass the validation although Date cannot read them.
READABLE = re.compile(
    r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
UNREADABLE = re.compile(
    r"([0-9]{8}|[0-9]{4}-?W[0-5][0-9](-?[1-7])?|[0-9]{4}-?[0-3][0-9]{2})(T[0-9:]{2,8}Z?)?"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}Z?"
)


def _moment(text: str) -> datetime | None:
    """A timestamp; a part that is missing is the first one, and without a zone it is UTC. None if Date fails."""
    if READABLE.fullmatch(text):
        day, mark, rest = re.fullmatch(r"([0-9-]*?)(?:([T ])(.*))?", text).groups()  # type: ignore[union-attr]
        day += "-01" * (2 - day.count("-"))
        moment = datetime.fromisoformat(f"{day}T{_micro(rest)}" if mark else day)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if UNREADABLE.fullmatch(text):
        return None
    raise ValueError(text)


def _micro(clock: str) -> str:
    """A time of day with no more digits than Python can read."""
    return re.sub(r"([.][0-9]{6})[0-9]+", r"\1", clock)


def _answerable(kind: str, value: Any) -> None:
    """Raise Unanswerable for what the validation lets through and the query does not."""
    broken = value is None if kind == "date-time" else kind == "number" and value != int(value)
    if broken or (kind in {"integer", "number"} and abs(value) > LARGEST):
        raise Unanswerable(str(value))


_CONVERT: dict[str, Any] = {
    "integer": _integer,
    "number": _number,
    "boolean": lambda text: {"true": True, "false": False}[text.lower()],
    "date-time": _moment,
}
