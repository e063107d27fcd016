"""Answers of the simulated API, asked as the plan asks, kept in a lake: traps from outside, raw to silver."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import polars as pl

from quality.dataset import Endpoint
from sandbox import Sandbox, SandboxConfig
from tasks.lake.lake import Lake
from tasks.layers.report import LayerReport
from tasks.requests import Request, season_requests
from tasks.source.client import address
from tests.support.lakes import NOON, built, keep

AFTER_2025 = datetime(2025, 5, 1, tzinfo=UTC)
Rows = list[dict[str, Any]]


@cache
def finished() -> Sandbox:
    """The simulated API after the season 2025, one for all tests of a process: worlds take a second to make."""
    return Sandbox(SandboxConfig(now=AFTER_2025))


@dataclass
class Simulated:
    """A lake and the simulated API that fills it."""

    lake: Lake
    sandbox: Sandbox = field(default_factory=finished)
    seconds: int = 0

    def ask(self, endpoint: Endpoint, request: Request) -> Rows:
        """Records of one answer, which is kept; each is received a second after the last."""
        path, params = address(endpoint, request)
        with self.sandbox.client() as client:
            reply = client.get(path, params=params)
        assert reply.status_code == 200, reply.text
        self.seconds += 1
        keep(self.lake, request, reply.content, NOON + timedelta(seconds=self.seconds))
        rows: Rows = reply.json()
        return rows

    def bring(self, endpoint: Endpoint, season: int | None = 2025, **params: Any) -> Rows:
        """Ask with these parameters, or all that the plan asks of a season; build bronze and silver."""
        if params:
            own = {"season": season} if any(param.name == "season" for param in endpoint.params) else {}
            requests = [Request(endpoint.name, tuple((own | params).items()), season)]
        else:
            requests = [Request(endpoint.name)] if season is None else season_requests(endpoint, season)
        rows = [row for request in requests for row in self.ask(endpoint, request)]
        self.reports = built(self.lake, endpoint, season)
        return rows

    def table(self, name: str) -> pl.DataFrame:
        """All rows of a silver table."""
        return self.lake.scan(f"silver.{name}").collect()

    def report(self, table: str) -> LayerReport:
        """What the last build of a table counted."""
        (found,) = (report for report in self.reports.values() if report.table == f"silver.{table}")
        return found
