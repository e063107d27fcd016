"""Flow parameters as types: the command line, the Prefect UI and the checks are made from these."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from quality.dataset import FIRST_SEASON, Endpoint, registry
from tasks.requests import season_of

Text = str | int
Many = Text | list[Text] | list[str] | list[int] | None

RANGE = re.compile(r"^(\d{4})(?:-(\d{4}))?$")


def _words(value: Many) -> list[str]:
    if value is None:
        return []
    items: Sequence[Text] = value if isinstance(value, list) else [value]
    return [word.strip() for item in items for word in str(item).split(",") if word.strip()]


def expand_seasons(value: Many) -> list[int]:
    """Seasons of `2025`, `2015-2020`, `2015,2017` or a list of these, newest first.

    Raises:
        ValueError: for anything else, and for seasons that the API does not have.
    """
    last = season_of(datetime.now(UTC).date()) + 1
    seasons: set[int] = set()
    for word in _words(value):
        match = RANGE.match(word)
        first, final = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not FIRST_SEASON <= first <= final <= last:
            raise ValueError(
                f"no season {word!r}: valid are {FIRST_SEASON} to {last}, named by the year they end in, "
                "and ranges such as 2015-2020"
            )
        seasons.update(range(first, final + 1))
    return sorted(seasons, reverse=True)


def expand_endpoints(value: Many) -> list[str]:
    """Names of datasets and of tables made on request, in the registry's order.

    None given means every dataset that is not a fan-out over teams, games or players, nor a poll.

    Raises:
        ValueError: for a name that is neither.
    """
    known = [*registry().endpoints, *(table.name for table in registry().derived() if table.opt_in)]
    wanted = _words(value) or [endpoint.name for endpoint in registry() if not endpoint.opt_in]
    unknown = [word for word in wanted if word not in known]
    if unknown:
        raise ValueError(f"no dataset {', '.join(map(repr, unknown))}: valid are {', '.join(sorted(known))}")
    return [name for name in known if name in wanted]


def every_endpoint(value: Many) -> list[Endpoint]:
    """Datasets of the given names; None given means every dataset, fan-outs included."""
    names = expand_endpoints(value) if _words(value) else list(registry().endpoints)
    return [registry().endpoints[name] for name in names if name in registry().endpoints]


def expand_gold_tables(value: Many) -> list[str]:
    """Names of gold tables; none given means all.

    Raises:
        ValueError: for a name that is none.
    """
    known, wanted = [table.name for table in registry().derived("gold")], _words(value)
    unknown = [word for word in wanted if word.removeprefix("gold.") not in known]
    if unknown:
        raise ValueError(f"no gold table {', '.join(map(repr, unknown))}: valid are {', '.join(sorted(known))}")
    return [word.removeprefix("gold.") for word in wanted]


def _valid_seasons(value: Many) -> Many:
    expand_seasons(value)
    return value


def _valid_endpoints(value: Many) -> Many:
    expand_endpoints(value)
    return value


def _valid_gold_tables(value: Many) -> Many:
    expand_gold_tables(value)
    return value


def _valid_lake(value: str | None) -> str | None:
    if value is not None and not value.strip():
        raise ValueError("an empty path: valid is a folder or s3://bucket/prefix")
    if value is not None and "://" in value and not re.match(r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/|$)", value):
        raise ValueError(f"no lake can be at {value!r}: valid is a folder or s3://bucket/prefix")
    return value


Season = Annotated[
    Many, AfterValidator(_valid_seasons), Field(description="Season or range: 2025, 2015-2020; default: this season")
]
Endpoints = Annotated[
    Many,
    AfterValidator(_valid_endpoints),
    Field(description="Datasets: games,lines; default: all but fan-outs"),
]
Since = Annotated[date | None, Field(description="First UTC date to ask again; default: what is due")]
Until = Annotated[date | None, Field(description="Last UTC date to ask again; default: what is due")]
Source = Annotated[
    Literal["sandbox", "api"] | None, Field(description="Where data comes from; default: api when a key is set")
]
LakePath = Annotated[
    str | None,
    AfterValidator(_valid_lake),
    Field(description="Folder or s3://bucket/prefix; default: CBBD_LAKE, ./lake"),
]
MaxCalls = Annotated[int | None, Field(ge=0, description="Calls to make at most, retries included; then a clean stop")]
Order = Annotated[Literal["newest", "oldest"], Field(description="Which season first: newest or oldest")]
FanOut = Annotated[
    Literal["inline", "deployments", "dask"], Field(description="inline (here, in turn), deployments or dask")
]
Deployment = Annotated[str, Field(description="Deployment that runs one season, for --fan-out deployments")]
Concurrency = Annotated[int, Field(ge=1, description="Seasons at once, on deployments or Dask")]
Resume = Annotated[str | None, Field(description="Run whose failed and unasked keys are done, and nothing else")]
Parent = Annotated[str | None, Field(description="Run that this one is part of")]
KeepDays = Annotated[int, Field(ge=0, description="Days that a version stays readable after another took its place")]
OlderThan = Annotated[int, Field(ge=1, description="Days after which a file that no version names is deleted")]
SayOnly = Annotated[bool, Field(description="Say what would be done; do nothing")]
DryRun = Annotated[bool, Field(description="Print the plan and its number of calls; make none, write nothing")]
Check = Annotated[bool, Field(description="Compare only, by logical hash; exit code 1 if something differs")]
Refresh = Annotated[bool, Field(description="Ask again for everything, whatever is there")]
KeptSeason = Annotated[
    Many,
    AfterValidator(_valid_seasons),
    Field(description="Season or range: 2025, 2015-2020; default: all that the lake holds"),
]
ReportFolder = Annotated[Path | None, Field(description="Folder for the reports; default: ./reports")]
Sample = Annotated[int | None, Field(ge=1, description="Settled requests to ask again, for the rate of drift")]
Seed = Annotated[int | None, Field(ge=0, description="Seed of the sample, to draw the same one again; default: random")]
FirstDay = Annotated[date | None, Field(description="First US Eastern date of the games; default: the season's first")]
LastDay = Annotated[date | None, Field(description="Last US Eastern date of the games; default: the season's last")]
GameIds = Annotated[Path | None, Field(description="File with the ids of the games to fill, one a line; default: all")]
Limit = Annotated[int | None, Field(ge=1, description="Gaps to ask for at most, the newest first")]
AskAgain = Annotated[bool, Field(description="Ask also for what is known to be absent, whenever it was asked for")]
GoldTables = Annotated[
    Many,
    AfterValidator(_valid_gold_tables),
    Field(description="Gold tables: team_ratings_daily,game_predictions; default: all. What they need comes along"),
]
AsOf = Annotated[
    date | None, Field(description="Build as on the morning of this date, US Eastern; later results are not known")
]
DryBuild = Annotated[bool, Field(description="Print what would be built and why; write nothing")]
