"""The official client reads every operation of the sandbox, and the registry has every field of its models.

It needs pydantic 1, Prefect needs pydantic 2: it runs in an environment of its own (`make peer`).
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from quality.columns import ListOf, Record
from quality.dataset import Endpoint, registry
from sandbox import Sandbox, SandboxConfig
from sandbox.atlas.people import roster
from tasks.runs.engine import CONTRACT_VERSION

pytestmark = pytest.mark.xdist_group("peer")

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PEER = ROOT / ".venv-peer" / "bin" / "python"
SEASON = 2025
# A day with games, so that the scoreboard has rows on whatever day this runs. The client refuses the nulls that the
# real API sends for line-ups without possessions.
CONFIG = SandboxConfig(size="tiny", now=datetime(2026, 2, 14, 20, tzinfo=UTC), null_ratings=False)


def arguments() -> dict[str, dict[str, Any]]:
    """Arguments by operation; `*` has those that operations require."""
    world = Sandbox(CONFIG).world
    game = next(item for item in world.season(SEASON).games if item.status == "final")
    team = world.atlas.teams[game.fixture.home]
    athlete = roster(world.atlas, team.id, SEASON)[0]
    season = {"season": SEASON}
    seasonal = (
        "get_games",
        "get_game_teams",
        "get_game_players",
        "get_broadcasts",
        "get_lines",
        "get_team_season_stats",
    )
    return {
        "*": {
            **season,
            "team": team.school,
            "team_id": team.id,
            "game_id": game.id,
            "player_id": athlete.id,
            "var_date": f"{game.start:%Y-%m-%dT00:00:00Z}",
            "tournament": "NCAA",
        },
        **dict.fromkeys(seasonal, season),
        "get_team_season_shooting_stats": {"team": team.school},
        "get_player_season_shooting_stats": {"team": team.school},
    }


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    config = tmp_path_factory.mktemp("peer") / "sandbox.json"
    config.write_text(CONFIG.to_json())
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--config", str(config)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    yield process.stdout.readline().split()[-1]
    process.terminate()
    process.communicate(timeout=30)


@pytest.fixture(scope="module")
def peer(server: str) -> dict[str, Any]:
    if not PEER.exists():
        pytest.skip("the official client's environment is not there: make peer")
    done = subprocess.run(
        [str(PEER), str(HERE / "read_everything.py"), server, json.dumps(arguments())],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_every_operation_is_read_without_a_validation_error(peer: dict[str, Any]) -> None:
    assert len(peer["operations"]) == 40
    assert {name: item["error"] for name, item in peer["operations"].items() if item["error"]} == {}


def test_every_operation_brings_rows(peer: dict[str, Any]) -> None:
    assert sorted(name for name, item in peer["operations"].items() if not item["rows"]) == []


def test_the_registry_knows_every_path(peer: dict[str, Any]) -> None:
    assert {item["path"] for item in peer["operations"].values()} == {endpoint.path for endpoint in registry()}


def differences(peer: dict[str, Any], model: str, record: Record, path: str) -> list[str]:
    wanted = {field["wire"]: field for field in peer["models"][model]}
    known = {field.wire: field for field in record}
    found = [f"{path}{name}" for name in wanted.keys() - known.keys()]
    found += [f"{path}{name}" for name in known.keys() - wanted.keys() if known[name].may_be_missing is None]
    for name in wanted.keys() & known.keys():
        field, ours = wanted[name], known[name]
        if field["nullable"] != ours.nullable:
            found.append(f"{path}{name} nullable")
        inner = ours.type.item if isinstance(ours.type, ListOf) else ours.type
        if isinstance(inner, Record) != (field["model"] is not None):
            found.append(f"{path}{name} type")
        elif isinstance(inner, Record):
            found += differences(peer, field["model"], inner, f"{path}{name}.")
    return found


@pytest.mark.parametrize("endpoint", list(registry()), ids=lambda endpoint: endpoint.name)
def test_the_registry_has_every_field_with_its_null_rule(peer: dict[str, Any], endpoint: Endpoint) -> None:
    models = {item["model"] for item in peer["operations"].values() if item["path"] == endpoint.path}
    (model,) = models
    assert differences(peer, model, endpoint.record, "") == []


def test_the_client_is_the_release_that_the_contracts_follow() -> None:
    pinned = re.search(r"^cbbd==(\S+)", (HERE / "requirements.in").read_text())
    assert pinned is not None
    assert pinned[1] == CONTRACT_VERSION
