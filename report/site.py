"""The report of a season, from the lake to the folder."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Any

from report import links
from report.output import Output, Written
from report.page import Page
from report.pages import (
    bracket,
    conferences,
    coverage,
    data,
    games,
    index,
    market,
    players,
    rankings,
    slates,
    tables,
    teams,
    usage,
)
from report.source import Source
from tasks.errors import BadInput
from tasks.lake.damage import explaining
from tasks.lake.lake import Lake
from tasks.lake.places import REPORT

SANDBOX = "sandbox"  # the source of a lake whose data is simulated


def build(lake: Lake, season: int | None, out: str | Path) -> Written:
    """Write the report of a season, or bring an earlier one up to date.

    The pages follow from the lake alone: the same lake gives the same bytes, whenever and wherever they are built.

    Args:
        lake: an open lake, which is only read.
        season: by the year it ends in; default: the newest one.
        out: folder or `s3://bucket/prefix` for the site: absent, empty, or an earlier report.

    Raises:
        BadInput: when the lake lacks the season or its teams, or the folder has other files. Nothing is written then.
        LakeUnavailable: when S3 fails.
    """
    output = check(lake, out)
    with explaining(lake):
        source = Source.of(lake, season)
        made = pages(source)
        return output.write(chain(made, data.files(source)), frame(source, made))


def check(lake: Lake, out: str | Path) -> Output:
    """The place for a report. Writes nothing.

    Raises:
        BadInput: when it has other files than a report, or is in the lake outside of its folder `report`.
        LakeUnavailable: when S3 cannot be read.
    """
    found = Output.of(out)
    place = found.place.location
    full = place if "://" in place else str(Path(place).expanduser().resolve())
    if f"{full}/".startswith(f"{lake.location}/") and not f"{full}/".startswith(f"{lake.location}/{REPORT}/"):
        raise BadInput(f"--out {out} is in the lake: name a place outside of it, or {lake.location}/{REPORT}/SEASON")
    return found


def pages(source: Source) -> list[Page]:
    """All pages of a season."""
    made = [
        index.page(source),
        rankings.page(source),
        *teams.pages(source),
        *conferences.pages(source),
        *slates.pages(source),
        *games.pages(source),
        *players.pages(source),
        usage.page(source),
        bracket.page(source),
        market.page(source),
        coverage.page(source),
    ]
    return [*made, tables.page(_tables(made), {page.kind: page.tables for page in made if page.kind})]


def _tables(made: list[Page]) -> set[str]:
    """Tables behind pages."""
    return {name for page in made for name in page.tables}


def frame(source: Source, made: list[Page]) -> dict[str, Any]:
    """What all pages share: season, source of the data, navigation, and the meaning of each column."""
    marker = dict(source.lake.marker() or {})
    details = ", ".join(f"{name} {value}" for name, value in sorted(marker.items()) if name != "source")
    name = source.lake.location.rstrip("/").rpartition("/")[2]  # not the path: the pages may be published
    return {
        "season": source.season,
        "source": str(marker.get("source", "unknown")),
        "is_sandbox": marker.get("source") == SANDBOX,
        "lake": f"{name} ({details})" if details else name,
        "navigation": links.NAVIGATION,
        "short_navigation": links.SHORT_NAVIGATION,
        "tables_page": links.TABLES,
        "coverage_page": links.COVERAGE,
        "meanings": tables.meanings(_tables(made)),
    }
