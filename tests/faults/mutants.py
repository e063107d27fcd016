"""The mutation check: one-line defects in the code, each of which at least one test must notice.

`python -m tests.faults.mutants` copies the checkout, applies one mutant after the other, runs the tests named beside it
and prints the score. CI only checks that each mutant still fits the code (tests/faults/test_mutants.py).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 600  # a mutant that makes a test hang counts as noticed


@dataclass(frozen=True)
class Mutant:
    """One defect: in `file`, `old` (which occurs once) becomes `new`; `tests` (below tests/) should notice."""

    file: str
    old: str
    new: str
    tests: str


LAKE = "unit/lake/test_lake.py unit/lake/test_lake_conflicts.py unit/lake/test_lake_places.py"
RAW = "unit/lake/test_raw.py"
SOURCE = "unit/source"
DUE = "unit/completeness/test_due.py"
SILVER = "unit/layers/test_silver.py unit/layers/test_routes.py"
VALIDATE = "unit/quality/test_validate.py"
GUARD = "unit/layers/test_guard.py"
BOUNDS = "unit/parsing/test_bounds.py"
APART = "faults/test_build_process.py"
UNWANTED = {".git", ".venv", ".venv-peer", "lake", "reports"}  # at the top of the checkout

MUTANTS = (
    # The lake: which rows a commit replaces, and what it refuses.
    Mutant(
        "tasks/lake/iceberg.py",
        "if self.season is not None:\n            terms.append(equal(",
        "if self.season is not None and self.month is None:\n            terms.append(equal(",
        LAKE,
    ),
    Mutant("tasks/lake/iceberg.py", "below(str(table.month_column)", "at_most(str(table.month_column)", LAKE),
    Mutant("tasks/lake/iceberg.py", "month.month % 12 + 1, 1", "month.month % 11 + 1, 1", LAKE),
    Mutant("tasks/lake/replacement.py", "        if outside:", "        if outside > 1_000_000:", LAKE),
    Mutant("tasks/lake/replacement.py", "if present and not self.files", "if not present and not self.files", LAKE),
    Mutant("tasks/lake/replacement.py", "        if present:\n", "        if len(present) > 1_000:\n", LAKE),
    Mutant("tasks/lake/replacement.py", "self.files and _are_whole(", "self.files or _are_whole(", LAKE),
    Mutant("tasks/lake/replacement.py", "overwrite.delete_data_file(file)", "pass", LAKE),
    Mutant("tasks/lake/replacement.py", "if now != self.inputs:", "if now == self.inputs:", LAKE),
    Mutant("tasks/lake/replacement.py", "if self._is_done():", "if attempt > 100:", LAKE),
    # Raw: what a name promises.
    Mutant("tasks/lake/raw.py", 'match["kind"] != GOOD', 'match["kind"] == "never"', RAW),
    Mutant("tasks/lake/raw.py", ".bytes()) != data:", ".bytes()) == b'':", RAW),
    Mutant("tasks/lake/raw.py", "!= envelope.sha256:", "== 'nothing':", RAW),
    Mutant("tasks/lake/raw.py", "self.objects(endpoint, season), reverse=True", "self.objects(endpoint, season)", RAW),
    # The client: what is retried, how often, after what wait.
    Mutant("tasks/source/responses.py", "bad_bodies > 1", "bad_bodies > 2", SOURCE),
    Mutant("tasks/source/responses.py", "failures < self.attempts", "failures <= self.attempts", SOURCE),
    Mutant("tasks/source/responses.py", "return max(own, retry_after or 0.0)", "return own", SOURCE),
    Mutant("tasks/source/responses.py", "if status >= 500 or", "if status > 500 or", SOURCE),
    Mutant("tasks/source/responses.py", "min(max(seconds, 0.0), MAX", "min(abs(seconds), MAX", SOURCE),
    Mutant("tasks/source/limiter.py", "self._starts[0] + self._period", "self._starts[-1] + self._period / 2", SOURCE),
    Mutant("tasks/source/limiter.py", "max(self._held_until, self._clock() + seconds)", "self._clock()", SOURCE),
    Mutant("tasks/source/fetch.py", "records >= endpoint.row_cap", "records > endpoint.row_cap", SOURCE),
    Mutant("tasks/source/fetch.py", "        await asyncio.wait([job])\n", "", SOURCE),
    Mutant("tasks/source/fetch.py", "    run.report_unsent()\n", "", SOURCE),
    # The plan: what is due.
    Mutant("tasks/completeness/due.py", "< window.end + SETTLED", "< window.start", DUE),
    Mutant("tasks/completeness/due.py", "now < window.end + GIVE_UP", "now > window.end + GIVE_UP", DUE),
    Mutant("tasks/completeness/due.py", "timedelta(days=endpoint.refresh_days) - REFRESH", "timedelta(days=1)", DUE),
    Mutant("tasks/completeness/due.py", "window.start <= now or", "window.start >= now or", DUE),
    # Silver: which version of a row counts.
    Mutant("tasks/layers/silver.py", "pl.col(order).max()", "pl.col(order).min()", SILVER),
    Mutant(
        "tasks/layers/silver.py", '"fetched_at") > pl.col("known_at")', '"fetched_at") < pl.col("known_at")', SILVER
    ),
    Mutant("tasks/layers/silver.py", "{item.date - DAY, item.date}", "{item.date}", SILVER + " faults/test_x.py"),
    Mutant("tasks/layers/silver.py", "known.get(str(key)) != wanted(", "known.get(str(key), 0) == wanted(", SILVER),
    # The contract: what is rejected.
    Mutant("quality/columns.py", "(bounds, ge=low, le=high)", "(bounds, ge=None, le=high)", VALIDATE),
    Mutant("quality/columns.py", "(bounds, ge=low, le=high)", "(bounds, ge=low, le=None)", VALIDATE),
    Mutant("quality/columns.py", "limit / scale", "limit * scale", VALIDATE),
    Mutant("quality/columns.py", "() if self.open_values", "() if not self.open_values", VALIDATE),
    Mutant("quality/column_checks.py", "nullable=column.nullable", "nullable=True", VALIDATE),
    Mutant("quality/validate.py", "value.null_count() > 0", "value.null_count() > 1", VALIDATE),
    Mutant("quality/validate.py", "value < limits.ge", "value < limits.ge - 1", VALIDATE),
    Mutant("quality/validate.py", "value > limits.le", "value > limits.le + 1", VALIDATE),
    # The guard: which responses are trusted for which games.
    Mutant("tasks/layers/_rulings.py", "rows >= before - int(TOLERANCE * before)", "rows >= 0", GUARD),
    Mutant("tasks/layers/_rulings.py", "len(self.days) >= BELIEVED", "len(self.days) > BELIEVED", GUARD),
    Mutant("tasks/layers/_tally.py", 'pl.col("status") == "final"', 'pl.col("status") != "final"', GUARD),
    Mutant("tasks/layers/_memberships.py", ".max().alias(", ".min().alias(", "unit/layers/test_versions.py"),
    Mutant(
        "tasks/lake/verdicts.py",
        "max(now, last + timedelta(microseconds=1))",
        "now",
        "unit/layers/test_withdrawal.py",
    ),
    # Bodies: what no parser gets to see.
    Mutant("tasks/parsing/bounds.py", "> MAX_DEPTH", "> 20 * MAX_DEPTH", BOUNDS),
    Mutant("tasks/parsing/bounds.py", " + inside) & 1", ") & 1", BOUNDS),
    Mutant("tasks/parsing/bounds.py", "if length > MAX_TEXT_BYTES", "if length > 8 * MAX_TEXT_BYTES", BOUNDS),
    # Play-by-play: what a shot was.
    Mutant("tasks/pbp/events.py", '| (words.is_null() & (pl.col("score_value") == 3))', "", "unit/pbp"),
    # The build process: what ends it.
    Mutant("tasks/build_process.py", "if self.memory_mb > bounds.memory_mb:", "if self.memory_mb > 1e9:", APART),
    Mutant("tasks/build_process.py", "environ.items() if name not in SECRETS", "environ.items()", APART),
)


def _unwanted(folder: str, names: list[str]) -> set[str]:
    """What a copy of the checkout does not need."""
    return {name for name in names if name == "__pycache__" or (Path(folder) == ROOT and name in UNWANTED)}


def apply(mutant: Mutant, root: Path) -> None:
    """Break a copy of the checkout.

    Raises:
        ValueError: when the code has changed, so that the mutant does not fit any more.
    """
    path = root / mutant.file
    text = path.read_text()
    if text.count(mutant.old) != 1:
        raise ValueError(
            f"{mutant.file} has {mutant.old!r} {text.count(mutant.old)} times; bring the mutant up to date"
        )
    path.write_text(text.replace(mutant.old, mutant.new))


def is_noticed(mutant: Mutant, copy: Path) -> bool:
    """Whether a test fails with this mutant; the copy is repaired afterwards."""
    before = (copy / mutant.file).read_text()
    apply(mutant, copy)
    command = [sys.executable, "-m", "pytest", "-n", "0", "-x", "-q", "-p", "no:cacheprovider"]
    command += [f"tests/{name}" for name in mutant.tests.split()]
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(command, cwd=copy, env=environment, capture_output=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return True
    finally:
        (copy / mutant.file).write_text(before)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout.decode()[-2000:] + done.stderr.decode()[-2000:])
    return done.returncode == 1


def main() -> int:
    survivors = []
    with tempfile.TemporaryDirectory(prefix="cbbd-mutants-") as place:
        copy = Path(place) / "checkout"
        shutil.copytree(ROOT, copy, ignore=_unwanted)
        for number, mutant in enumerate(MUTANTS, 1):
            noticed = is_noticed(mutant, copy)
            survivors += [] if noticed else [mutant]
            verdict = "noticed" if noticed else "SURVIVED"
            sys.stdout.write(
                f"{number:>2} {verdict:<8} {mutant.file}: {mutant.old.strip()!r} -> {mutant.new.strip()!r}\n"
            )
            sys.stdout.flush()
    sys.stdout.write(f"{len(MUTANTS) - len(survivors)} of {len(MUTANTS)} mutants noticed\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
