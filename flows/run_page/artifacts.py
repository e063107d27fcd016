"""The artifacts of a run: its summary, an audit with its heat map, the rankings after a gold build, a report's address.

An artifact is read where the worker's disk is not, so none has a path of it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable

from prefect.artifacts import (
    create_image_artifact,
    create_link_artifact,
    create_markdown_artifact,
    create_table_artifact,
)

from flows.run_page.log import dispensable
from flows.terminal.summary_page import markdown, place
from tasks.audit.heatmap import heat_map
from tasks.audit.report import summary_rows
from tasks.audit.status import AuditStatus
from tasks.gold.top import top_teams
from tasks.lake.lake import Lake
from tasks.runs.summary import RunSummary


def show_summary(run: RunSummary) -> None:
    """The summary of a run, as Markdown."""
    with dispensable("the summary"):
        create_markdown_artifact(markdown(run), key=f"{run.flow}-summary", description=f"{run.flow} {run.run_id}")


def show_audit(status: AuditStatus) -> None:
    """The counts of an audit as a table, and its heat map as an image inside of the artifact."""
    about = f"audit of {place(status.lake)}"
    rows, picture = summary_rows(status), b64encode(heat_map(status).encode()).decode()
    with dispensable("the counts of the audit"):
        create_table_artifact(rows, key="audit-completeness", description=about)
    with dispensable("the picture of the audit"):
        create_image_artifact(f"data:image/svg+xml;base64,{picture}", key="audit-coverage", description=about)


def show_rankings(lake: Lake, seasons: Iterable[int]) -> None:
    """The best teams of each season that has rankings, on its newest morning."""
    for season in seasons:
        if rows := top_teams(lake, season):
            about = f"the {len(rows)} best teams of {season} on the morning of {rows[0]['morning']}, by power_score"
            with dispensable(f"the rankings of {season}"):
                create_table_artifact(rows, key=f"rankings-{season}", description=about)


def show_report(season: int, address: str | None) -> None:
    """A link to the report of a season; none where its pages are on the worker's disk."""
    if address is not None:
        text = f"report of season {season}"
        with dispensable("the link to the report"):
            create_link_artifact(address, link_text=text, key=f"report-{season}", description=text)
