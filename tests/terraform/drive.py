"""Run by the tests in a process of its own: every flow that is deployed, once, on the lake of the environment.

One process for all of them, since Prefect's server takes longer to start than they take to run.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import Request, urlopen

from flows.audit import audit
from flows.commands import cli
from flows.export import export
from flows.gap_fill import gap_fill
from flows.gold import gold
from flows.ingest import ingest
from flows.jobs import maintenance as maintenance_job
from flows.jobs.audit import AuditFailed
from flows.maintenance import maintenance
from flows.replay import replay
from flows.report import report
from flows.terminal import shell
from tasks.errors import BadInput
from tasks.settings import Clock

SEASON = 2025
NAMES = ["games", "game_teams", "lines", "team_seasons"]


def now(name: str) -> None:
    """Tell the recorder what comes."""
    with urlopen(Request(f"{sys.argv[3]}{name.replace(' ', '%20')}", method="POST")):
        pass


def main(workgroup: str, reports: Path) -> None:
    now("ingest")
    ingest(season=SEASON, endpoints=NAMES)
    now("gap-fill")
    gap_fill(season=SEASON, endpoints=NAMES, limit=2)
    now("audit")
    with suppress(AuditFailed):  # most datasets are left out here
        audit(season=SEASON, reports=reports)
    now("gold")
    gold(season=SEASON, tables=["game_results_labels", "market_lines_analysis"])
    now("export")
    export(season=SEASON)
    now("report")
    report(season=SEASON)
    now("replay")
    replay(season=SEASON, endpoints=["lines"])
    now("maintenance")
    later = datetime.now(UTC) + timedelta(days=9)
    maintenance_job.Clock = lambda: Clock(later)  # type: ignore[misc,assignment]  versions have to be old to expire
    maintenance()
    now("views deploy")
    assert cli.main(["views", "deploy", "--workgroup", workgroup]) == shell.OK
    now("")
    with suppress(BadInput):  # a run that cannot start says so in its metrics, too
        ingest(season=SEASON, since=datetime(2025, 2, 1).date(), until=datetime(2025, 1, 1).date())  # noqa: DTZ001


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
