"""Sessions played in a scratch clone: a real change per role, its report, the verdict, the commit."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from flows.commands.cli import main
from kit.checkout import Checkout
from kit.plan import Session, load_plan
from tests.kit.checkouts import commit, git

HEADINGS = ("Done", "Checked", "Open", "Requests")


@dataclass(frozen=True)
class Said:
    code: int
    text: str


def run(*argv: str) -> Said:
    """`cbbd-etl` in this process; what it printed, on either stream."""
    out = io.StringIO()
    with redirect_stdout(out), redirect_stderr(out):
        code = main(list(argv))
    return Said(code, out.getvalue())


@dataclass(frozen=True)
class Clone:
    """A clone that sessions are played in."""

    root: Path

    def session(self, number: int) -> Session:
        return load_plan(Checkout(self.root)).session(number)

    def begin(self, number: int) -> Said:
        return run("kit", "session", str(number), "--root", str(self.root))

    def accept(self, number: int, *options: str) -> Said:
        return run("kit", "accept", str(number), "--root", str(self.root), *options)

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.root / file).read_text()
        assert old in text, f"{file} has no {old!r}: the change is about nothing"
        (self.root / file).write_text(text.replace(old, new, 1))

    def append(self, file: str, text: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as opened:
            opened.write(text)

    def report(self, number: int, reason: str = "") -> None:
        path = self.root / self.session(number).report
        path.parent.mkdir(exist_ok=True)
        parts = "\n\n".join(f"## {name}\n\nNothing else." for name in HEADINGS)
        path.write_text(f"# Session {number}\n\n{parts}\n\n{reason}\n")

    def commit(self, number: int) -> str:
        session = self.session(number)
        return commit(self.root, f"{session.title} a small change\n\nWhy.\n\n{session.trailer}")

    def restore(self) -> None:
        """What ORCHESTRATE.md says to do with a session that ended in an error."""
        hidden = [line[2:] for line in git(self.root, "ls-files", "-v").splitlines() if line[0].islower()]
        if hidden:
            git(self.root, "update-index", "--no-assume-unchanged", *hidden)
        git(self.root, "restore", "--staged", "--worktree", ".")
        git(self.root, "clean", "-fdq")


def change(clone: Clone, number: int) -> None:
    """One small, good change of the role of a session."""
    CHANGES[number](clone)


def _data(clone: Clone) -> None:
    clone.edit(
        "docs/operations.md",
        "newest first (`--order oldest` reverses this).",
        "newest first; `--order oldest` begins with the oldest season.",
    )


def _analytics(clone: Clone) -> None:
    """A view, with its name in the list that its tests read."""
    clone.append("infra/athena_views/v_rating_history.sql", VIEW)
    clone.edit("tests/unit/sql/test_views.py", "    *FEATURES,\n", '    *FEATURES,\n    "v_rating_history",\n')


def _tests(clone: Clone) -> None:
    clone.append("tests/unit/lake/test_names_of_raw.py", RAW)


def _infra(clone: Clone) -> None:
    """An alarm: its contract is added in the test-engineer's folder, and the generated files follow."""
    clone.edit("quality/metrics.py", ALARM_BEFORE, ALARM_BEFORE + ALARM)
    clone.edit("docs/runbook.md", "## spend-budget\n", f"{RUNBOOK}## spend-budget\n")
    environment = os.environ | {"PYTHONPATH": str(clone.root)}
    subprocess.run(
        [sys.executable, "-m", "flows.commands.cli", "docs"], cwd=clone.root, env=environment, check=True,
        capture_output=True,
    )  # fmt: skip


def _integration(clone: Clone) -> None:
    clone.edit(
        "CHANGELOG.md", "## Unreleased\n\n", "## Unreleased\n\n- The pages on backfills and alarms are clearer.\n"
    )


VIEW = """-- How did the rating of a team develop over a season?
-- One row per season, Division I team, morning and variant of the rating.
select
    r.season,
    r.team_id,
    r.as_of_date,
    r.variant,
    r.net,
    r.rank
from {gold}.team_ratings_daily as r
"""
ALARM_BEFORE = """            meaning="A partition was published with more than 1 % of its rows quarantined.",
        ),
"""
ALARM = """        Alarm(
            "gaps-unexplained",
            UNEXPLAINED_GAPS,
            "Maximum",
            "GreaterThanOrEqualToThreshold",
            threshold=1,
            hours=24,
            periods=7,
            missing="ignore",
            meaning="The audit found items that are missing without an explanation.",
        ),
"""
RUNBOOK = """## gaps-unexplained

**What it means.** The weekly audit expects items that are neither in the lake nor known to be absent at the source.

**How to look.** `cbbd-etl audit --season 2025` names each of them with its request.

**What to do.** Run `cbbd-etl gap-fill --season 2025`. If the source answers without them, they become known absent.

"""
RAW = '''"""A season is named after the year it ends in."""

from __future__ import annotations

from quality.calendar import EASTERN


def test_dates_of_games_are_in_us_eastern():
    """Trap: about 60 % of the games have another date in UTC."""
    assert str(EASTERN) == "America/New_York"
'''
CHANGES = {1: _data, 2: _analytics, 3: _tests, 4: _infra, 5: _integration}
