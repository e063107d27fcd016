"""Flow parameters as types: the command line, Prefect's form and every check are made from these.

A parameter has one description, one type in the JSON schema and, for the command line, the format of its value.
`flows.command_line._options` makes options of them, `flows.prefect_.form` the parameters of a flow. Prefect's server
refuses a run by the JSON schema alone, so what can be said in it (choices, patterns, limits) is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from quality.dataset import FIRST_SEASON, Endpoint, registry
from tasks.errors import did_you_mean
from tasks.settings import load_settings
from tasks.sql.formats import FileFormat

Text = str | int
Many = Text | list[Text] | list[str] | list[int] | None

RANGE = re.compile(r"^(\d{4})(?:-(\d{4}))?$")
DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
S3 = re.compile(r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/|$)")
ALL = "all"
CENTURY = 2000

# Patterns of the JSON schema. The newest season is not in them: a deployment outlives the season that it is made in.
_BEFORE = "|".join(f"{year - CENTURY:02}" for year in range(CENTURY, FIRST_SEASON))
_YEAR = rf"20(?!{_BEFORE})\d\d"
SEASON_PATTERN = rf"^(?:{ALL}|{_YEAR}(?:-{_YEAR})?(?:, *{_YEAR}(?:-{_YEAR})?)*)$"
DATE_PATTERN = r"^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])$"
LAKE_PATTERN = rf"(?:{S3.pattern}|^(?!.*://).*\S)"
RUN_PATTERN = r"^\d{8}T\d{6}Z-[0-9a-f]{4}$"
DEPLOYMENT_PATTERN = r"^[^/]+/[^/]+$"


@dataclass(frozen=True)
class Format:
    """How the value of an option is written, as help shows it.

    Attributes:
        repeatable: the option may be given more than once.
        is_argument: values are given without the name of an option, as in `cbbd-etl export fct_games`.
    """

    text: str
    repeatable: bool = False
    is_argument: bool = False


@dataclass(frozen=True)
class Shape:
    """The JSON schema of a value, which a check in Python does not reach. Made when it is asked for."""

    make: Callable[[], dict[str, Any]]

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return self.make()


def _text(pattern: str, **more: str) -> Shape:
    return Shape(lambda: {"type": "string", "pattern": pattern, **more})


def _choices(names: Callable[[], list[str]]) -> Shape:
    return Shape(lambda: {"type": "array", "items": {"type": "string", "enum": sorted(names())}, "uniqueItems": True})


def _words(value: Many) -> list[str]:
    if value is None:
        return []
    items: Sequence[Text] = value if isinstance(value, list) else [value]
    return [word.strip() for item in items for word in str(item).split(",") if word.strip()]


def expand_seasons(value: Many, every: Iterable[int] | None = None) -> list[int]:
    """Seasons of `2025`, `2015-2020`, `2015,2017`, `all` or a list of these, newest first.

    Args:
        every: what `all` means; default: every season up to this one.

    Raises:
        ValueError: for anything else, and for seasons that the API does not have.
    """
    this = load_settings().default_season
    seasons: set[int] = set()
    for word in _words(value):
        if word == ALL:
            seasons.update(range(FIRST_SEASON, this + 1) if every is None else every)
            continue
        match = RANGE.match(word)
        first, final = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not FIRST_SEASON <= first <= final <= this + 1:
            raise ValueError(
                f"no season {word!r}: valid are {FIRST_SEASON} to {this + 1}, named by the year they end in, "
                "ranges such as 2015-2020, and all"
            )
        seasons.update(range(first, final + 1))
    return sorted(seasons, reverse=True)


def known_endpoints() -> list[str]:
    """Names of endpoints and of tables that are built on request."""
    return [*registry().endpoints, *(table.name for table in registry().derived() if table.opt_in)]


def expand_endpoints(value: Many) -> list[str]:
    """Names of endpoints and of tables that are built on request, in the registry's order.

    None given means every endpoint that is neither a fan-out over teams, games or players, nor a poll.

    Raises:
        ValueError: for a name that is neither.
    """
    known = known_endpoints()
    wanted = _words(value) or [endpoint.name for endpoint in registry() if not endpoint.opt_in]
    _require_known("endpoint", wanted, known, "docs/endpoints.md lists them")
    return [name for name in known if name in wanted]


def every_endpoint(value: Many) -> list[Endpoint]:
    """Endpoints of the given names; None given means every endpoint, fan-outs included."""
    names = expand_endpoints(value) if _words(value) else list(registry().endpoints)
    return [registry().endpoints[name] for name in names if name in registry().endpoints]


def known_gold_tables() -> list[str]:
    """Names of the gold tables."""
    return [table.name for table in registry().derived("gold")]


def expand_gold_tables(value: Many) -> list[str]:
    """Names of gold tables; none given means all.

    Raises:
        ValueError: for a name that is none.
    """
    known = known_gold_tables()
    wanted = [word.removeprefix("gold.") for word in _words(value)]
    _require_known("gold table", wanted, known, f"valid are {', '.join(sorted(known))}")
    return wanted


def known_tables() -> list[str]:
    """Names of all tables with their layer."""
    return [*registry().tables, *(endpoint.table.qualified for endpoint in registry())]


def _require_known(kind: str, wanted: Iterable[str], known: Iterable[str], where: str) -> None:
    names = list(known)
    for word in wanted:
        if word not in names:
            raise ValueError(f"no {kind} {word!r}{did_you_mean(word, names) or f'; {where}'}")


def _checked(expand: Callable[[Many], object], of: Callable[[list[str]], object]) -> BeforeValidator:
    """The words of the given value as the parameter's one type, once `expand` takes them and none is empty.

    Args:
        of: makes the parameter's value of the words.
    """

    def check(value: Many) -> object:
        items: Sequence[Text] = value if isinstance(value, list | tuple) else [] if value is None else [value]
        if any(not _words(item) for item in items):
            raise ValueError("an empty value: leave the option out for its default")
        words = _words([*items])
        expand(words)
        return of(words)

    return BeforeValidator(check)


def _valid_lake(value: str) -> str:
    if not value.strip():
        raise ValueError("an empty path: valid is a folder or s3://bucket/prefix")
    if "://" in value and not S3.match(value):
        raise ValueError(f"no lake can be at {value!r}: valid is a folder or s3://bucket/prefix")
    return value


def _not_empty(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("an empty value: leave the option out for its default")
    return value


def _as_date(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        if DATE.match(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise ValueError(f"no date {value!r}: valid is YYYY-MM-DD, a day that exists")


_Day = Annotated[date, BeforeValidator(_as_date), _text(DATE_PATTERN, format="date"), Format("YYYY-MM-DD")]
_Seasons = Annotated[
    str,
    _checked(expand_seasons, ",".join),
    _text(SEASON_PATTERN),
    Format("YYYY|YYYY-YYYY|all", repeatable=True),
]

Season = Annotated[
    _Seasons | None, Field(description="Season or range, named by the year it ends in; default: this season")
]
LakeSeason = Annotated[
    _Seasons | None, Field(description="Season or range, named by the year it ends in; default: all that the lake has")
]
_Endpoints = Annotated[
    list[str], _checked(expand_endpoints, list), _choices(known_endpoints), Format("NAME,NAME", repeatable=True)
]
Endpoints = Annotated[_Endpoints | None, Field(description="Endpoints, such as games,lines; default: all but fan-outs")]
Since = Annotated[_Day | None, Field(description="First game date (US Eastern) to re-fetch; default: only what is due")]
Until = Annotated[_Day | None, Field(description="Last game date (US Eastern) to re-fetch; only together with since")]
Source = Annotated[
    Literal["sandbox", "api"] | None, Field(description="Where data comes from; default: api when a key is set")
]
_Lake = Annotated[str, AfterValidator(_valid_lake), _text(LAKE_PATTERN), Format("FOLDER|s3://BUCKET/PREFIX")]
LakePath = Annotated[_Lake | None, Field(description="The lake; default: CBBD_LAKE, else ./lake")]
MaxCalls = Annotated[
    int | None, Field(ge=0, description="Stop cleanly after this many API calls, retries included"), Format("N")
]
Order = Annotated[Literal["newest", "oldest"], Field(description="Which season is first")]
FanOut = Annotated[
    Literal["inline", "deployments", "dask"],
    Field(description="Run the seasons here in turn, as deployments, or on Dask"),
]
Deployment = Annotated[
    str,
    BeforeValidator(_not_empty),
    _text(DEPLOYMENT_PATTERN),
    Format("FLOW/NAME"),
    Field(description="Deployment that runs one season"),
]
Concurrency = Annotated[int, Field(ge=1, description="Seasons at once, on deployments or Dask"), Format("N")]
_RunId = Annotated[str, BeforeValidator(_not_empty), _text(RUN_PATTERN), Format("RUN_ID")]
Resume = Annotated[_RunId | None, Field(description="Resume this run: only its failed or unsent requests")]
Parent = Annotated[_RunId | None, Field(description="Run that this one is part of")]
KeepDays = Annotated[int, Field(ge=0, description="Days that a replaced version stays readable"), Format("N")]
OlderThan = Annotated[int, Field(ge=1, description="Age in days at which unreferenced files are deleted"), Format("N")]
DryRun = Annotated[bool, Field(description="Print what would be done; make no call, write nothing")]
Check = Annotated[bool, Field(description="Compare tables with raw, change nothing; exit code 1 on a difference")]
Refresh = Annotated[bool, Field(description="Re-fetch everything, also what is already there")]
ReportFolder = Annotated[
    Path | None,
    BeforeValidator(_not_empty),
    Format("FOLDER"),
    Field(description="Folder for the reports; default: ./reports"),
]
Sample = Annotated[
    int | None,
    Field(ge=1, description="Re-fetch this many settled requests to measure how often settled data changes"),
    Format("N"),
]
Seed = Annotated[int | None, Field(ge=0, description="Seed of the sample; default: random"), Format("N")]
FirstDay = Annotated[_Day | None, Field(description="First game date (US Eastern); default: the season's first")]
LastDay = Annotated[_Day | None, Field(description="Last game date (US Eastern); default: the season's last")]
GameIds = Annotated[
    Path | None,
    BeforeValidator(_not_empty),
    Format("FILE"),
    Field(description="File with ids of the games to fill, one per line; default: all games"),
]
Limit = Annotated[int | None, Field(ge=1, description="Fill at most this many gaps, the newest first"), Format("N")]
KnownAbsent = Annotated[bool, Field(description="Also request what is known to be absent")]
_GoldTables = Annotated[
    list[str],
    _checked(expand_gold_tables, lambda words: expand_gold_tables([*words])),
    _choices(known_gold_tables),
    Format("NAME,NAME", repeatable=True),
]
GoldTables = Annotated[
    _GoldTables | None,
    Field(description="Gold tables, such as team_ratings_daily; tables that they need are built too; default: all"),
]
AsOf = Annotated[
    _Day | None,
    Field(description="Build as on the morning of this date (US Eastern), without later results"),
]
_Tables = Annotated[
    list[str], _checked(_words, list), _choices(known_tables), Format("TABLE", repeatable=True, is_argument=True)
]
ExportTables = Annotated[_Tables | None, Field(description="Tables, as silver.fct_games; default: all silver and gold")]
ExportFormat = Annotated[
    FileFormat | None, Field(description="Format of the files; default: duckdb if out ends so, else parquet")
]
_Place = Annotated[str, BeforeValidator(_not_empty), _text(LAKE_PATTERN), Format("FOLDER|s3://...|FILE.duckdb")]
ExportPlace = Annotated[_Place | None, Field(description="Where the files go; default: the folder export of the lake")]
ReportPlace = Annotated[_Lake | None, Field(description="Where the pages go; default: report/SEASON in the lake")]
