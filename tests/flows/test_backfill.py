"""Backfill, resume and replay on the command line; two backfills of the same seasons at once (case C1)."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.lake.content import LogicalHash, hash_lake
from tasks.lake.lake import Lake
from tests.flows.runs import BOXES, Cli

pytestmark = [pytest.mark.xdist_group("backfill"), pytest.mark.slow]

SEASONS = "2023-2024"
ASKED = ("--season", SEASONS, "--endpoints", BOXES)


def hashes(cli: Cli) -> dict[str, LogicalHash]:
    return hash_lake(Lake.open(cli.lake), ("bronze", "silver"))


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, prefect_home: Path, server: str) -> Cli:
    """The lake of one backfill that nothing disturbed."""
    cli = Cli(tmp_path_factory.mktemp("alone"), prefect_home, server)
    done = cli.flow("backfill", *ASKED, "--order", "oldest")
    assert done.returncode == 0, done.stderr
    assert done.stderr.index("games 2023") < done.stderr.index("games 2024"), "oldest first"
    return cli


def test_c1_two_backfills_of_the_same_seasons_at_once_converge(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory, alone: Cli, server: str
):
    """Two processes with the same seasons in the same order write the same partitions at the same time."""
    both = [Cli(tmp_path, tmp_path_factory.mktemp("prefect"), server) for _ in range(2)]
    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(lambda cli: cli.flow("backfill", *ASKED), both))
    assert [item.returncode for item in done] == [0, 0], "\n".join(item.stderr for item in done)
    assert hashes(both[0]) == hashes(alone)
    keys = "select count(*) - count(distinct (game_id, team_id)) from silver.fct_game_teams"
    assert both[0].query(keys) == ["0"]


def test_a_failed_key_of_one_season_is_resumed_and_nothing_else(cli: Cli, alone: Cli):
    """A season that fails does not stop the next, and `--resume` makes one call for its one failed key."""
    bad = {"action": "status", "path": "/games/teams", "contains": "2024-01", "status": 404}
    (cli.folder / "sandbox.json").write_text(json.dumps({"faults": [bad]}))
    first = cli.flow("backfill", *ASKED, CBBD_SANDBOX_CONFIG=str(cli.folder / "sandbox.json"))
    assert first.returncode == 1, first.stderr
    assert "silver.fct_lines season=2023" in first.stderr
    failed = len(re.findall(r"^failed: +game_teams ", first.stdout, re.MULTILINE))
    assert failed >= 1
    parent = min(path.stem for path in (cli.lake / "ops" / "runs").glob("*.json"))
    unknown = cli.flow("backfill", "--resume", "20200101T000000Z-0000")
    assert (unknown.returncode, parent in unknown.stderr) == (2, True), unknown.stderr
    both = cli.flow("backfill", "--resume", parent, "--season", "2024")
    assert (both.returncode, "--resume takes seasons and endpoints from the run" in both.stderr) == (2, True)
    again = cli.flow("backfill", "--resume", parent)
    assert again.returncode == 0, again.stderr
    assert f"API calls made:    {failed}," in again.stdout
    assert hashes(cli) == hashes(alone)


def test_a_replay_of_all_that_raw_has_finds_no_difference(alone: Cli):
    before = hashes(alone)
    done = alone.flow("replay", "--check")
    assert done.returncode == 0, done.stdout
    assert re.search(r"compared with raw: \d+ partitions, 0 differ", done.stdout)
    assert hashes(alone) == before
