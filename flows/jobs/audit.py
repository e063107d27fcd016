"""One audit as a value: which lake and seasons, what to look at, where the reports go; and its end in the terminal."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flows.params import Many, expand_endpoints, expand_seasons
from flows.terminal.audit import FOLDER
from quality.dataset import registry
from quality.expectations import Expectation, expectations
from tasks.audit.audit import audit_lake
from tasks.audit.heatmap import heat_map
from tasks.audit.page import html_page
from tasks.audit.report import markdown
from tasks.audit.status import AuditStatus, SampleStatus
from tasks.completeness.season import kept_seasons
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.runs.engine import require_key
from tasks.settings import Settings, load_settings


@dataclass(frozen=True)
class AuditJob:
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
    ) -> AuditJob:
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
