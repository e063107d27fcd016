"""One audit as a value: which lake and seasons, what to look at, where the reports go; and its end in the terminal."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.table import Table

from flows.params import Many, expand_endpoints, expand_seasons
from flows.reporting import wide_console
from quality.dataset import registry
from quality.expectations import Expectation, expectations
from tasks.audit.audit import audit_lake
from tasks.audit.heatmap import heat_map
from tasks.audit.page import html_page
from tasks.audit.report import HEADER, NUMBERS, markdown, summary_rows
from tasks.audit.status import AuditStatus, SampleStatus
from tasks.completeness import kept_seasons
from tasks.errors import BadInput
from tasks.lake import Lake
from tasks.settings import Settings, load_settings
from tasks.work import require_key

FOLDER = Path("reports")


@dataclass(frozen=True)
class Inspection:
    """Checked parameters of an audit. Without a sample it only reads, so it needs no key and claims no lake.

    Attributes:
        wanted: expectations to look at; None: all, and the tables' quality and rules with them.
    """

    settings: Settings
    lake: Lake
    seasons: list[int]
    wanted: list[Expectation] | None
    reports: Path
    seed: int
    max_calls: int | None

    @classmethod
    def of(
        cls,
        *,
        season: Many = None,
        endpoints: Many = None,
        source: str | None = None,
        lake: str | None = None,
        reports: Path | None = None,
        seed: int | None = None,
        max_calls: int | None = None,
    ) -> Inspection:
        """From flow parameters.

        Raises:
            BadInput: where there is no lake, or nothing in it.
        """
        settings = load_settings(source=source, lake=lake)
        opened = Lake.open(settings.lake, database_prefix=settings.database_prefix)
        seasons = expand_seasons(season) or kept_seasons(opened)
        if not seasons:
            raise BadInput(f"{opened.location} has no season yet: run ingest first")
        names = set(expand_endpoints(endpoints)) if endpoints else None
        chosen = None if names is None else [e for e in expectations(registry()) if e.endpoint.name in names]
        drawn = secrets.randbelow(1_000_000) if seed is None else seed
        return cls(settings, opened, seasons, chosen, reports or FOLDER, drawn, max_calls)

    def now(self) -> datetime:
        """The time the source lives in."""
        return self.settings.clock()()

    def claimed(self) -> Lake:
        """The lake for a run that asks its source.

        Raises:
            BadInput: without the key that the source wants.
            LakeConflict: when the lake holds data of another source.
        """
        require_key(self.settings)
        self.lake.claim(self.settings.identity)
        return self.lake

    def status(self, sample: SampleStatus | None = None) -> AuditStatus:
        """Look at everything."""
        status = audit_lake(self.lake, self.now(), self.seasons, self.wanted)
        status.sample = sample
        status.judge()
        return status


def write_reports(status: AuditStatus, folder: Path) -> None:
    """The report, the status and the heat map, each written whole."""
    files = {
        "data_audit.md": markdown(status),
        "status.json": status.model_dump_json(indent=2) + "\n",
        "coverage.svg": heat_map(status),
        "coverage.html": html_page(status),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            part = folder / f".{name}.part"
            part.write_text(text)
            part.replace(folder / name)
    except OSError as error:
        raise BadInput(f"--reports {folder}: {error.strerror}; name a folder that can be written to") from error


def print_audit(status: AuditStatus, reports: Path | None) -> None:
    """The end of an audit, for people: what lacks something, what is wrong, where the report is."""
    console = wide_console()
    table = Table(*HEADER, box=None, header_style="bold")
    for column in table.columns:
        column.justify = "right" if column.header in NUMBERS else "left"
    for row, item in zip(summary_rows(status), status.datasets, strict=True):
        if item.present != item.expected:
            table.add_row(*map(str, row.values()))
    if table.row_count:
        console.print(table)
        console.print()
    for line in _lines(status, reports or FOLDER):
        console.print(line, markup=False)


def _lines(status: AuditStatus, folder: Path) -> Iterable[str]:
    whole = sum(item.present == item.expected for item in status.datasets)
    yield f"whole:             {whole} of {len(status.datasets)} datasets and seasons"
    yield f"unexplained:       {status.unexplained:,}"
    for problem in status.problems:
        yield f"wrong:             {problem}"
    if (sample := status.sample) is not None:
        asked = f"{len(sample.sampled)} settled requests, {sample.records:,} records, {sample.calls} calls"
        yield f"drift:             {sample.drift_rate:.3%} ({asked}; --seed {sample.seed} draws them again)"
    yield f"report:            {folder / 'data_audit.md'}, {folder / 'coverage.html'}"
    if status.unexplained:
        yield "try next:          python flows/gap_fill.py --dry-run"
