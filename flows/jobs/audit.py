"""One audit as a value: which lake and seasons, what to look at, and where the reports go."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

from flows.jobs.ingest import FetchParameters
from flows.jobs.job import Job, lake_to_read, seasons_in
from flows.params import DryRun, LakeSeason, ReportFolder, Sample, Seed, expand_endpoints
from flows.terminal.audit import FOLDER, print_audit, print_audit_plan
from flows.terminal.shell import FAILED, OK
from quality.dataset import registry
from quality.expectations import Expectation, expectations
from tasks.audit.audit import audit_lake
from tasks.audit.heatmap import heat_map
from tasks.audit.page import html_page
from tasks.audit.report import markdown
from tasks.audit.sample import Settled, draw, settled_keys
from tasks.audit.status import AuditStatus, SampleStatus
from tasks.completeness.season import kept_seasons
from tasks.errors import BadInput, PipelineError
from tasks.lake.lake import Lake
from tasks.layers.overrides import Override, load_overrides
from tasks.layers.words import Words, parse_words
from tasks.runs.engine import require_source
from tasks.settings import Clock, Settings, load_settings


class AuditFailed(PipelineError):
    """Something is missing without an explanation, or breaks a rule; the status names it."""

    def __init__(self, status: AuditStatus) -> None:
        super().__init__(f"{len(status.problems)} findings, the first: {status.problems[0]}")
        self.status = status


class AuditParameters(FetchParameters):
    """Parameters of `audit`."""

    season: LakeSeason = None
    reports: ReportFolder = None
    sample: Sample = None
    seed: Seed = None
    dry_run: DryRun = False


@dataclass(frozen=True)
class AuditJob(Job):
    """Checked parameters of an audit. Without a sample it only reads, so it needs no key and claims no lake.

    Attributes:
        wanted: expectations to look at; None: all, and the tables' quality and rules with them.
        sample: settled requests to re-fetch; None: none, no call is made.
    """

    flow: ClassVar[str] = "audit"

    settings: Settings
    lake: Lake
    seasons: list[int]
    wanted: list[Expectation] | None
    reports: Path
    sample: int | None
    seed: int
    max_calls: int | None
    overrides: list[Override]
    words: Words

    @classmethod
    def of(cls, **given: Any) -> AuditJob:
        """From flow parameters.

        Raises:
            BadInput: where there is no lake, or it lacks a season that was named; for a sample without the key that
                the source needs.
        """
        wanted = AuditParameters.of(**given)
        settings = load_settings(source=wanted.source, lake=wanted.lake)
        lake = lake_to_read(settings)
        present = kept_seasons(lake)
        names = set(expand_endpoints(wanted.endpoints)) if wanted.endpoints else None
        chosen = None if names is None else [e for e in expectations(registry()) if e.endpoint.name in names]
        if wanted.sample is not None:
            require_source(settings)
            lake.claim(settings.identity)
        return cls(
            settings=settings,
            lake=lake,
            seasons=seasons_in(lake, wanted.season, present, present),
            wanted=chosen,
            reports=wanted.reports or FOLDER,
            sample=wanted.sample,
            seed=secrets.randbelow(1_000_000) if wanted.seed is None else wanted.seed,
            max_calls=wanted.max_calls,
            overrides=load_overrides(settings.overrides),
            words=parse_words(settings.drift),
        )

    @cached_property
    def clock(self) -> Clock:
        """The time that the source lives in."""
        return self.settings.clock()

    def now(self) -> datetime:
        """The time that the source lives in, now."""
        return self.clock()

    def drawn(self) -> list[Settled]:
        """The settled requests to re-fetch; the same seed draws the same ones of the same lake."""
        return draw(settled_keys(self.lake, self.seasons, self.now()), self.sample, self.seed) if self.sample else []

    def status(self, sample: SampleStatus | None = None) -> AuditStatus:
        """Look at everything."""
        status = audit_lake(self.lake, self.now(), self.seasons, self.wanted, self.overrides, self.words)
        status.sample = sample
        status.judge()
        return status

    def print_plan(self) -> None:
        """Print what would be audited, re-fetched and written."""
        print_audit_plan(self.seasons, self.wanted, len(self.drawn()), self.reports)

    def run_idle(self) -> int | None:
        """An audit that makes no call needs no Prefect."""
        if self.sample:
            return None
        status = self.status()
        write_reports(status, self.reports)
        print_audit(status, self.reports)
        return OK if status.passed else FAILED


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
