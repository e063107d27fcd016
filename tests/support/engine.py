"""A sandbox season in a lake, by the engine of the flows, without Prefect."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console

from flows.gap_fill import fill
from flows.jobs.gap_fill import GapFillJob
from flows.jobs.ingest import IngestJob
from flows.terminal.progress import reporter
from quality.dataset import registry
from sandbox import SandboxConfig
from tasks.completeness.filling import Selection
from tasks.lake.lake import Lake
from tasks.runs.engine import Engine
from tasks.runs.gap_summary import GapSummary
from tasks.runs.summary import DatasetSummary
from tasks.settings import Settings

SEASON = 2025


def sandbox_settings(folder: Path, now: datetime, config: SandboxConfig | None = None) -> Settings:
    """Settings of a lake in `folder/lake` and a sandbox that is what `config` says."""
    described = folder / "sandbox.json"
    if config is not None:
        described.write_text(config.to_json())
    path = described if described.exists() else None
    size = config.size if config else SandboxConfig().size
    return Settings(
        _env_file=None,
        source="sandbox",
        lake=str(folder / "lake"),
        sandbox_now=now,
        sandbox_config=path,
        sandbox_size=size,
    )


def job_of(settings: Settings, *endpoints: str, season: int = SEASON, refresh: bool = False) -> IngestJob:
    """An ingest of some datasets of a season."""
    asked = [registry().endpoints[name] for name in endpoints]
    return IngestJob(settings, [season], asked, [], (None, None), refresh, None, {})


def ingest(settings: Settings, *endpoints: str, season: int = SEASON, refresh: bool = False) -> int:
    """Fetch what is due and build it; nothing may fail. The number of calls."""
    job, calls = job_of(settings, *endpoints, season=season, refresh=refresh), 0
    lake = job.open_lake()
    with Engine(settings, lake) as session:
        for endpoint, year in job.order():
            done = DatasetSummary(dataset=endpoint.name, season=year)
            done.add(session.fetch(job.todo(lake, endpoint, year, session.clock()), lambda _: None))
            built = session.build(endpoint, year, lambda _: None)
            done.take(built.reports, built.failed)
            assert done.failed == []
            calls += done.calls
    return calls


def open_lake(settings: Settings) -> Lake:
    """The lake of these settings."""
    return settings.open_lake()


def fill_gaps(settings: Settings, *endpoints: str, limit: int | None = None, **selection: Any) -> list[GapSummary]:
    """Gap-fill of some datasets; nothing may fail. What became of the gaps."""
    lake, found = settings.open_lake(), list[GapSummary]()
    gaps = GapFillJob(job_of(settings, *endpoints), lake, Selection(**selection), limit)
    with Engine(settings, lake) as session, reporter(Console(quiet=True)) as say:
        for dataset in gaps.order():
            done, summaries = fill.fn("", session, gaps, dataset, limit, say)
            assert [key for item in done for key in item.failed] == []
            found += summaries
    return found
