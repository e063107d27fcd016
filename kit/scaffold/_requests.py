"""The requests of a new endpoint: pattern, parameters, and columns that the response does not repeat."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from kit.scaffold._meanings import vocabulary
from quality.columns import Column, snake_case
from quality.contracts.games import FCT_GAMES
from quality.dataset import DATE_INJECTED, SEASON_INJECTED, Each, Param, Pattern, registry
from quality.patterns import CALL_BUDGET, ParamType
from quality.vocabulary import RANGE_PARAMS, column_of
from tasks.errors import BadInput
from tasks.requests import SEASON_PARAMS
from tasks.runs.documents import season_calls

SPEC = re.compile(r"([A-Za-z]\w*)(?::(string|integer|number|boolean|date-time))?(!?)")
HOLE = re.compile(r"\{(\w+)\}")
PATH = re.compile(r"(/([A-Za-z0-9_-]+|\{[A-Za-z]\w*\}))+")
WINDOW_DAYS = 30
START = "start_at"


@dataclass(frozen=True)
class Requests:
    """The part of a contract that is about requests.

    Attributes:
        season: parameter that takes the season, or "".
        inject: columns that come from the request, by the expression for each.
        opt_in: requested only when `--endpoints` names the endpoint.
    """

    pattern: Pattern
    params: tuple[Param, ...]
    season: str
    each: Each | None
    inject: Mapping[str, Column]
    opt_in: bool

    @property
    def window_days(self) -> int | None:
        """Length of a window, for requests that are cut into windows."""
        return WINDOW_DAYS if self.pattern is Pattern.WINDOWS else None


@dataclass(frozen=True)
class RequestOptions:
    """Options of the command that are about requests; None where an option was not given."""

    path: str
    pattern: str | None = None
    season_param: str | None = None
    params: tuple[str, ...] = ()


def fan_outs() -> dict[str, Each]:
    """Parameters that can be fanned out: the lake has a table with their values."""
    return {endpoint.each.param: endpoint.each for endpoint in reversed([*registry()]) if endpoint.each is not None}


def requests_of(options: RequestOptions, columns: Mapping[str, Column]) -> Requests:
    """Derive the requests from the options and the record.

    Args:
        columns: columns of the record by name.

    Raises:
        BadInput: when path, parameters, pattern and columns do not fit together.
    """
    params = _parameters(options)
    pattern = _pattern(options.pattern) if options.pattern else _likely(params, columns)
    season = _season_param(options, pattern, params, columns)
    params = _completed(params, pattern, season)
    each = _each(params) if pattern is Pattern.EACH else None
    _require_no_more(params, pattern, season, each)
    _require_columns(pattern, columns)
    return Requests(pattern, params, season, each, _injected(pattern, each, columns), _is_dear(pattern))


def _pattern(name: str) -> Pattern:
    if name not in [*Pattern]:
        raise BadInput(f"--pattern {name}: valid are {', '.join(Pattern)}")
    return Pattern(name)


def _parameters(options: RequestOptions) -> tuple[Param, ...]:
    """Parameters of the path, then the others that were given."""
    named = {param.name: param for param in map(_parse, options.params)}
    holes = HOLE.findall(options.path)
    if len(set(holes)) < len(holes):
        raise BadInput(f"--path {options.path} has the same parameter twice; give each its own name")
    inside = [replace(named.pop(hole, _of_path(hole)), required=True, in_path=True) for hole in holes]
    return (*inside, *named.values())


def _parse(spec: str) -> Param:
    found = SPEC.fullmatch(spec.strip())
    if found is None:
        raise BadInput(
            f"--param {spec} is not valid; write NAME, NAME:TYPE or NAME:TYPE!, where ! means required: team, "
            "week:integer, date:date-time!; types are string, integer, number, boolean, date-time"
        )
    name, kind, required = found.groups()
    known = next((param for endpoint in registry() for param in endpoint.params if param.name == name), None)
    values = known.values if known is not None and kind in (None, "string") else ()
    told = kind or (known.type if known is not None else "string")
    return Param(name, cast(ParamType, told), required=bool(required), values=values)


def _of_path(name: str) -> Param:
    return Param(name, "integer" if name.endswith("Id") or name in SEASON_PARAMS else "string")


def _likely(params: Sequence[Param], columns: Collection[str]) -> Pattern:
    if any(param.required and param.name in fan_outs() for param in params):
        return Pattern.EACH
    names = {*columns, *(param.name for param in params)}
    return Pattern.SEASON if names & {*SEASON_PARAMS} else Pattern.ONCE


def _season_param(options: RequestOptions, pattern: Pattern, params: Sequence[Param], columns: Collection[str]) -> str:
    _require_fitting_season_param(options.season_param, pattern)
    if pattern in (Pattern.ONCE, Pattern.DATES):
        return ""
    given = options.season_param or next((param.name for param in params if param.name in SEASON_PARAMS), None)
    if pattern is Pattern.EACH and _each(params).table == FCT_GAMES.name:  # a game belongs to one season
        return given or ""
    name = given or ("year" if "year" in columns and "season" not in columns else "season")
    if pattern is Pattern.WINDOWS and name != "season":
        raise BadInput("--pattern windows sends season, startDateRange and endDateRange; leave --season-param out")
    return name


def _require_fitting_season_param(name: str | None, pattern: Pattern) -> None:
    if name and pattern in (Pattern.ONCE, Pattern.DATES):
        raise BadInput(f"--season-param {name}: --pattern {pattern} sends no season; leave --season-param out")
    if name not in (None, *SEASON_PARAMS):
        raise BadInput(f"--season-param {name}: valid are {', '.join(SEASON_PARAMS)}")


def _completed(params: Sequence[Param], pattern: Pattern, season: str) -> tuple[Param, ...]:
    """Add the parameters that the pattern sends."""
    sent = [Param(season, "integer")] if season else []
    sent += RANGE_PARAMS if pattern is Pattern.WINDOWS else ()
    sent += [Param("date", "date-time", required=True)] if pattern is Pattern.DATES else ()
    named = {param.name: param for param in params}
    return (*named.values(), *(param for param in sent if param.name not in named))


def _each(params: Sequence[Param]) -> Each:
    known = fan_outs()
    found = sorted((param for param in params if param.name in known), key=lambda p: (not p.in_path, not p.required))
    if not found:
        raise BadInput(
            f"--pattern each sends one request per value of a parameter, but no parameter given "
            f"({', '.join(param.name for param in params) or 'none'}) has its values in a table; name one of "
            f"{', '.join(sorted(known))}, as in --param gameId:integer!"
        )
    return known[found[0].name]


def _require_no_more(params: Sequence[Param], pattern: Pattern, season: str, each: Each | None) -> None:
    """Refuse required parameters that the pattern does not send."""
    sent = {season, each.param if each else ""}
    sent |= {"startDateRange", "endDateRange"} if pattern is Pattern.WINDOWS else set()
    sent |= {"date"} if pattern is Pattern.DATES else set()
    left = [param.name for param in params if param.required and param.name not in sent]
    if left:
        raise BadInput(
            f"the API requires {', '.join(left)}, but --pattern {pattern} sends only "
            f"{', '.join(sorted(filter(None, sent))) or 'no parameters'}; choose another --pattern"
        )


def _require_columns(pattern: Pattern, columns: Mapping[str, Column]) -> None:
    """Refuse an example that lacks the column by which its rows are compared with the request."""
    if pattern is Pattern.DATES and (START not in columns or columns[START].nullable):
        raise BadInput(
            "--pattern dates needs startDate with a timestamp in every row of the example, because rows are compared "
            "with the date of the request; use --pattern windows, or an example that has it"
        )
    season = next((name for name in SEASON_PARAMS if name in columns), None)
    if pattern is not Pattern.ONCE and season is not None and columns[season].nullable:
        raise BadInput(
            f"{season} is null in a row of the example, but --pattern {pattern} stores rows by season; use --pattern "
            "once, or an example in which every row has a {season}"
        )


def _injected(pattern: Pattern, each: Each | None, columns: Collection[str]) -> dict[str, Column]:
    """Columns that identify rows and that the response does not repeat."""
    found: dict[str, Column] = {}
    if pattern is not Pattern.ONCE and not {*SEASON_PARAMS} & {*columns}:
        found["SEASON_INJECTED"] = SEASON_INJECTED
    if pattern is Pattern.DATES:
        found["DATE_INJECTED"] = DATE_INJECTED
    if each is not None and snake_case(each.param) not in columns and each.param in vocabulary():
        constant, item = vocabulary()[each.param]
        found[f"column_of({constant}, null=False)"] = column_of(item, null=False)
    return found


def calls_of_every_run() -> int:
    """Calls of a full season today, without the endpoints that are fetched on request only."""
    return sum(season_calls(endpoint) for endpoint in registry() if not endpoint.opt_in)


def _is_dear(pattern: Pattern) -> bool:
    """Whether the endpoint would bring a season over the budget, so that it is fetched on request only."""
    return pattern not in (Pattern.ONCE, Pattern.SEASON) or calls_of_every_run() >= CALL_BUDGET
