"""Rows of the tables before and after a change, built from one simulated season by the code of each."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from kit.accept._objection import Objection
from kit.accept.change import Change, export
from kit.checkout import Checkout
from tasks.errors import BadInput

CODE = ("tasks/", "quality/", "flows/", "sandbox/")
NO_ROWS = ("quality/metrics.py", "quality/pages/", "flows/commands/")  # code that builds no table
FOLDERS = ("tasks", "quality", "flows", "sandbox", "cbbd_etl", "report", "kit", "infra", "docs", "pyproject.toml")
SEASON = "2025"
SETTINGS = {"CBBD_SANDBOX_SIZE": "tiny", "CBBD_SANDBOX_NOW": "2025-07-15T12:00:00Z", "CBBD_SOURCE": "sandbox"}
FLOWS = ("ingest", "gold")
SECONDS = 900.0
CHECK = "rows"
KEPT = "kit-rows"  # in git's own folder: rows by the commit that built them


def fewer_rows(change: Change) -> Iterator[Objection]:
    """Tables that are gone or have fewer rows than before the change, and more rows in quarantine."""
    code = (path for path in change.files if path.startswith(CODE) and path.endswith((".py", ".sql")))
    if all(path.startswith(NO_ROWS) for path in code):
        return
    before = _before(change)
    try:
        now = built(change.checkout.root)
    except BadInput as error:
        yield Objection(CHECK, "the build", str(error))
        return
    yield from compared(before, now)


def compared(before: Mapping[str, int], now: Mapping[str, int]) -> Iterator[Objection]:
    """Findings from the rows of each table."""
    for table, rows in sorted(before.items()):
        have = now.get(table)
        if table == "ops.quarantine":
            continue
        if have is None:
            yield Objection(CHECK, table, f"the table is not built any more; it had {rows:,} rows", excusable=True)
        elif have < rows:
            text = f"{rows:,} -> {have:,} rows of the sandbox's season {SEASON}: say which rows went, and why"
            yield Objection(CHECK, table, text, excusable=True)
    rose = now.get("ops.quarantine", 0) - before.get("ops.quarantine", 0)
    if rose > 0:
        yield Objection(CHECK, "ops.quarantine", f"{rose:,} more rows are in quarantine", excusable=True)


def built(root: Path) -> dict[str, int]:
    """Rows by table after ingest and gold of a season of the sandbox, with the code of a folder.

    Raises:
        BadInput: when a run fails.
    """
    with tempfile.TemporaryDirectory() as place:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CBBD_", "GIT_"))}
        environment |= SETTINGS | {"PYTHONPATH": str(root), "CBBD_LAKE": f"{place}/lake"}
        for flow in FLOWS:
            try:
                _run([str(root / "flows" / f"{flow}.py"), "--season", SEASON, "--quiet"], root, environment)
            except BadInput as error:
                raise BadInput(f"{error}; {_failed(Path(place))}") from error
        listed = json.loads(_run(["-m", "flows.commands.cli", "tables", "--json"], root, environment))
    return {row["table"]: row["rows"] for row in listed if row["rows"] is not None}


def _failed(place: Path) -> str:
    """The errors in the summaries of the runs of a lake: its folder does not outlive the comparison."""
    found = []
    for path in sorted(place.glob("lake/ops/runs/*.json")):
        for dataset in json.loads(path.read_text(encoding="utf-8")).get("datasets", ()):
            found += [str(failed.get("error")) for failed in dataset.get("failed", ())]
    return " | ".join(found) or "no summary has an error"


def _run(args: list[str], root: Path, environment: dict[str, str]) -> str:
    command = [sys.executable, *args]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BadInput(f"{' '.join(args)} did not finish within {SECONDS:.0f} s; run it by hand to see why") from error
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise BadInput(f"{' '.join(args)} ended with exit code {done.returncode}: {last}")
    return done.stdout


def _before(change: Change) -> dict[str, int]:
    kept = _kept(change.checkout, change.base)
    if kept.is_file():
        found: dict[str, int] = json.loads(kept.read_text(encoding="utf-8"))
        return found
    with tempfile.TemporaryDirectory() as place:
        export(change, Path(place), FOLDERS)
        rows = built(Path(place))
    kept.parent.mkdir(exist_ok=True)
    kept.write_text(json.dumps(rows), encoding="utf-8")
    return rows


def _kept(checkout: Checkout, base: str) -> Path:
    return checkout.root / checkout.git("rev-parse", "--git-path", f"{KEPT}/{base}.json").strip()
