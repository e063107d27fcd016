"""Flow parameters as types: the command line, Prefect's form and every check are made from these.

A parameter has one description and, for the command line, the format of its value. `flows.command_line._options` makes
options of them, `flows.prefect_.form` the parameters of a flow.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from quality.dataset import FIRST_SEASON, Endpoint, registry
from tasks.errors import did_you_mean
from tasks.requests import season_of

Text = str | int
Many = Text | list[Text] | list[str] | list[int] | None

RANGE = re.compile(r"^(\d{4})(?:-(\d{4}))?$")
DATE = re.compile(r"^\d{4}-\d{2}-\d{2}$")
S3 = re.compile(r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/|$)")
ALL = "all"


@dataclass(frozen=True)
class Format:
    """How the value of an option is written, as help shows it."""

    text: str


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
    this = season_of(datetime.now(UTC).date())
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


def expand_endpoints(value: Many) -> list[str]:
    """Names of endpoints and of tables that are built on request, in the registry's order.

    None given means every endpoint that is neither a fan-out over teams, games or players, nor a poll.

    Raises:
        ValueError: for a name that is neither.
    """
    known = [*registry().endpoints, *(table.name for table in registry().derived() if table.opt_in)]
    wanted = _words(value) or [endpoint.name for endpoint in registry() if not endpoint.opt_in]
    _require_known("endpoint", wanted, known, "docs/endpoints.md lists them")
    return [name for name in known if name in wanted]


def every_endpoint(value: Many) -> list[Endpoint]:
    """Endpoints of the given names; None given means every endpoint, fan-outs included."""
    names = expand_endpoints(value) if _words(value) else list(registry().endpoints)
    return [registry().endpoints[name] for name in names if name in registry().endpoints]


def expand_gold_tables(value: Many) -> list[str]:
    """Names of gold tables; none given means all.

    Raises:
        ValueError: for a name that is none.
    """
    known = [table.name for table in registry().derived("gold")]
    wanted = [word.removeprefix("gold.") for word in _words(value)]
    _require_known("gold table", wanted, known, f"valid are {', '.join(sorted(known))}")
    return wanted


def _require_known(kind: str, wanted: Iterable[str], known: Iterable[str], where: str) -> None:
    names = list(known)
    for word in wanted:
        if word not in names:
            raise ValueError(f"no {kind} {word!r}{did_you_mean(word, names) or f'; {where}'}")


def _checked(expand: Callable[[Many], object]) -> AfterValidator:
    """The value as it was given, once `expand` takes it and no part of it is empty."""

    def check(value: Many) -> Many:
        items: Sequence[Text] = value if isinstance(value, list) else [] if value is None else [value]
        if any(not _words(item) for item in items):
            raise ValueError("an empty value: leave the option out for its default")
        expand(value)
        return value

    return AfterValidator(check)


def _valid_lake(value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise ValueError("an empty path: valid is a folder or s3://bucket/prefix")
    if value is not None and "://" in value and not S3.match(value):
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


_Day = Annotated[date, BeforeValidator(_as_date), Format("YYYY-MM-DD")]
_Seasons = Annotated[Many, _checked(expand_seasons), Format("YYYY|YYYY-YYYY|all")]

Season = Annotated[_Seasons, Field(description="Season or range, named by the year it ends in; default: this season")]
LakeSeason = Annotated[
    _Seasons, Field(description="Season or range, named by the year it ends in; default: all that the lake has")
]
Endpoints = Annotated[
    Many,
    _checked(expand_endpoints),
    Format("NAME,NAME"),
    Field(description="Endpoints, such as games,lines; default: all but fan-outs"),
]
Since = Annotated[_Day | None, Field(description="First game date (US Eastern) to re-fetch; default: only what is due")]
Until = Annotated[_Day | None, Field(description="Last game date (US Eastern) to re-fetch; needs --since")]
Source = Annotated[
    Literal["sandbox", "api"] | None, Field(description="Where data comes from; default: api when a key is set")
]
LakePath = Annotated[
    str | None,
    AfterValidator(_valid_lake),
    Format("FOLDER|s3://BUCKET/PREFIX"),
    Field(description="The lake; default: CBBD_LAKE, else ./lake"),
]
MaxCalls = Annotated[
    int | None, Field(ge=0, description="Stop cleanly after this many API calls, retries included"), Format("N")
]
Order = Annotated[Literal["newest", "oldest"], Field(description="Which season is first")]
FanOut = Annotated[
    Literal["inline", "deployments", "dask"],
    Field(description="Run the seasons here in turn, as deployments, or on Dask"),
]
Deployment = Annotated[
    str, BeforeValidator(_not_empty), Format("FLOW/NAME"), Field(description="Deployment that runs one season")
]
Concurrency = Annotated[int, Field(ge=1, description="Seasons at once, on deployments or Dask"), Format("N")]
Resume = Annotated[
    str | None,
    BeforeValidator(_not_empty),
    Format("RUN_ID"),
    Field(description="Resume this run: only its failed or unsent requests"),
]
Parent = Annotated[str | None, Field(description="Run that this one is part of"), Format("RUN_ID")]
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
GoldTables = Annotated[
    Many,
    _checked(expand_gold_tables),
    Format("NAME,NAME"),
    Field(description="Gold tables, such as team_ratings_daily; tables that they need are built too; default: all"),
]
AsOf = Annotated[
    _Day | None,
    Field(description="Build as on the morning of this date (US Eastern), without later results"),
]
