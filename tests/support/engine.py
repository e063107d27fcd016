"""A sandbox season in a lake, by the engine of the flows, without Prefect."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from flows.job import Job
from quality.dataset import registry
from tasks.lake import Lake
from tasks.sandbox import SandboxConfig
from tasks.settings import Settings
from tasks.summary import DatasetSummary
from tasks.work import Session

SEASON = 2025


def sandbox_settings(folder: Path, now: datetime, config: SandboxConfig | None = None) -> Settings:
    """Settings of a lake in `folder/lake` and a sandbox that is what `config` says."""
    described = folder / "sandbox.json"
    if config is not None:
        described.write_text(config.to_json())
    path = described if described.exists() else None
    return Settings(_env_file=None, source="sandbox", lake=str(folder / "lake"), sandbox_now=now, sandbox_config=path)


def job_of(settings: Settings, *endpoints: str, season: int = SEASON, refresh: bool = False) -> Job:
    """An ingest of some datasets of a season."""
    asked = [registry().endpoints[name] for name in endpoints]
    return Job(settings, [season], asked, [], (None, None), refresh, None, {})


def ingest(settings: Settings, *endpoints: str, season: int = SEASON, refresh: bool = False) -> int:
    """Fetch what is due and build it; nothing may fail. The number of calls."""
    job, calls = job_of(settings, *endpoints, season=season, refresh=refresh), 0
    lake = job.open_lake()
    with Session(settings, lake) as session:
        for endpoint, year in job.order():
            done = DatasetSummary(dataset=endpoint.name, season=year)
            done.add(session.fetch(job.todo(lake, endpoint, year, session.clock()), lambda _: None))
            built = session.build(endpoint, year, lambda _: None)
            done.take(built.reports, built.failed)
            assert done.failed == []
            calls += done.calls
        assert session.derive([season], [], lambda _: None).failed == []
    return calls


def open_lake(settings: Settings) -> Lake:
    """The lake of these settings."""
    return Lake.open(settings.lake)
