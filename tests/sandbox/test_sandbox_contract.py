"""Every served row against the contract: keys, types, nulls, number format. Skipped where ../shared is absent."""

import gzip
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox import Sandbox, SandboxConfig
from sandbox.operations.operations import OPERATIONS
from tests.conftest import SHARED

from .conftest import AFTER_2025, getter

SATURDAY = datetime(2025, 2, 1, 21, 20, tzinfo=UTC)
TYPES = {"integer": int, "string": str, "boolean": bool, "date-time": str, "date": str, "object": dict, "array": list}

pytestmark = pytest.mark.usefixtures("shared")


def contract() -> dict[str, Any]:
    return json.loads((SHARED / "api" / "contract.json").read_text())


def violations(model: str, row: Any, models: dict[str, Any], where: str = "") -> list[str]:
    fields = {field["name"]: field for field in models[model]["fields"]}
    out = [f"{where}{name}: key" for name in fields.keys() ^ row.keys()]
    for name in fields.keys() & row.keys():
        out += _field(fields[name], row[name], models, f"{where}{name}")
    return out


def _field(field: dict[str, Any], value: Any, models: dict[str, Any], where: str) -> list[str]:
    if value is None:
        return [] if field["nullable"] else [f"{where}: null"]
    if not _typed(field["type"], value):
        return [f"{where}: {value!r} is no {field['type']}"]
    if "enum" in field and value not in field["enum"]:
        return [f"{where}: {value!r}"]
    if "model" in field:
        return violations(field["model"], value, models, where + ".")
    inner = field.get("items", {})
    if "model" in inner:
        return [bad for item in value for bad in violations(inner["model"], item, models, where + "[].")]
    return []


def _typed(kind: str, value: Any) -> bool:
    if kind == "number":
        # JavaScript prints 50, never 50.0.
        return isinstance(value, int) or (isinstance(value, float) and value != int(value))
    return isinstance(value, TYPES[kind]) and not (kind == "integer" and isinstance(value, bool))


PATHS = [
    ("/teams", {}), ("/teams", {"season": 2025}), ("/conferences", {}), ("/venues", {}), ("/lines/providers", {}),
    ("/plays/types", {}), ("/games", {"season": 2025}), ("/games", {"season": 2008}), ("/lines", {"season": 2025}),
    ("/lines", {"season": 2019}), ("/games/teams", {"season": 2025}), ("/games/players", {"season": 2025}),
    ("/games/teams", {"season": 2015}), ("/plays/date", {"date": "2025-01-18"}),
    ("/plays/date", {"date": "2012-01-21"}),
    ("/plays/game/{gameId}", {}), ("/plays/team", {"season": 2025}), ("/plays/player/{playerId}", {"season": 2025}),
    ("/plays/tournament", {"season": 2025, "tournament": "NIT"}), ("/conferences/history", {}),
    ("/draft/picks", {}), ("/draft/positions", {}), ("/draft/teams", {}), ("/games/media", {"season": 2025}),
    ("/lineups/game/{gameId}", {}), ("/lineups/team", {"season": 2025}), ("/rankings", {"season": 2025}),
    ("/ratings/adjusted", {"season": 2025}), ("/ratings/elo", {"season": 2025}), ("/ratings/srs", {"season": 2025}),
    ("/recruiting/players", {}), ("/recruiting/portal", {}), ("/recruiting/teams", {}),
    ("/stats/player/season", {"season": 2025}), ("/stats/player/shooting/season", {"season": 2025}),
    ("/stats/team/leaderboard", {"season": 2025}), ("/stats/team/season", {"season": 2025}),
    ("/stats/team/shooting/season", {"season": 2025}), ("/substitutions/game/{gameId}", {}),
    ("/substitutions/player/{playerId}", {"season": 2025}), ("/substitutions/team", {"season": 2025}),
    ("/teams/directory", {"season": 2025}), ("/teams/roster", {"season": 2025}),
    ("/teams/{teamId}/season/{season}/overview", {}), ("/scoreboard", {}),
]  # fmt: skip
# Fields in which the public server differs from the contract of the official client.
SENT_TOO = {"/draft/picks": {"position: key"}}
NOT_SENT = {"/games/media": {"tournament: key"}}
# The contract has pollType as text; the server accepts two words.
ENUMS = {"pollType": ("ap", "coaches")}
# The server divides by nothing and sends null where its model promises a number.
DIVIDED = {
    "pace", "offenseRating", "defenseRating", "netRating", "teamStats.trueShooting", "opponentStats.trueShooting",
    *(f"{side}.fourFactors.{name}" for side in ("teamStats", "opponentStats")
      for name in ("effectiveFieldGoalPct", "turnoverRatio", "offensiveReboundPct", "freeThrowRate")),
}  # fmt: skip


def test_every_operation_of_the_contract_is_simulated_and_checked():
    paths = {endpoint["path"] for endpoint in contract()["endpoints"]}
    assert OPERATIONS.keys() == paths == {path for path, _ in PATHS}


@pytest.fixture(scope="module")
def whose(get) -> dict[str, Any]:
    """One game, player and team to ask for."""
    game = next(g for g in get("/games", season=2025) if get(f"/lineups/game/{g['id']}"))
    player = get(f"/substitutions/game/{game['id']}")[0]
    names = {"gameId": game["id"], "playerId": player["athleteId"], "teamId": game["homeTeamId"], "season": 2025}
    return names | {"team": game["homeTeam"]}


@pytest.mark.parametrize(("path", "params"), PATHS, ids=[f"{path} {params}" for path, params in PATHS])
def test_rows_have_exactly_the_contracts_fields_types_and_nulls(sandbox, get, whose, path, params):
    models = contract()["models"]
    endpoint = next(e for e in contract()["endpoints"] if e["path"] == path)
    if {"team"} & {p["name"] for p in endpoint["params"] if p["required"]} or "/shooting/" in path:
        params = {**params, "team": whose["team"]}
    ask = get
    if path == "/scoreboard":
        ask = getter(Sandbox(SandboxConfig(now=SATURDAY)))
    answer = ask(path.format_map(whose), **params)
    rows = [answer] if endpoint["response"]["kind"] == "object" else answer
    assert rows
    bad = {bad for row in rows for bad in violations(endpoint["response"]["model"], row, models)}
    known = SENT_TOO.get(path, set()) | NOT_SENT.get(path, set())
    allowed = {f"{name}: null" for name in DIVIDED} if path.startswith("/lineups") else known
    assert sorted(bad - allowed) == []
    assert known <= bad


def test_null_ratings_can_be_switched_off_for_clients_that_refuse_them(whose):
    get = getter(Sandbox(SandboxConfig(now=AFTER_2025, null_ratings=False)))
    models = contract()["models"]
    rows = get(f"/lineups/game/{whose['gameId']}")
    assert rows
    assert [bad for row in rows for bad in violations("LineupStats", row, models)] == []


def test_parameters_caps_tiers_and_metering_are_the_contracts():
    endpoints = {e["path"]: e for e in contract()["endpoints"]}
    for path, operation in OPERATIONS.items():
        want = endpoints[path]
        assert {(p.name, p.kind, p.required, p.enum) for p in operation.params} == {
            (p["name"], p["type"], p["required"], ENUMS.get(p["name"], tuple(p.get("enum", ()))))
            for p in want["params"]
        }
        assert operation.cap == want["server"]["row_cap"]
        assert (operation.tier, operation.metered) == (want["server"]["min_tier"], want["server"]["metered"])


@pytest.mark.parametrize(
    ("recorded", "path"),
    [
        ("games_team-Duke_season-2023.json.gz", "/games"),
        ("games_teams_real_records.json.gz", "/games/teams"),
        ("teams.json.gz", "/teams"),
        ("conferences.json.gz", "/conferences"),
        ("stats_team_season_season-2023.json.gz", "/stats/team/season"),
        ("stats_player_season_team-Duke_season-2023.json.gz", "/stats/player/season"),
    ],
)
def test_keys_stand_in_the_order_of_recorded_responses(get, recorded, path):
    real = json.loads(gzip.decompress((SHARED / "recorded" / recorded).read_bytes()))[0]
    assert _order(get(path, season=2025)[0], real) == _order(real, real)


def _order(row: Any, real: dict[str, Any]) -> list[Any]:
    """Keys in order, nested ones too, without those that are newer than the recording."""
    return [
        (name, _order(value, real[name]) if isinstance(real[name], dict) else None)
        for name, value in row.items()
        if name in real
    ]


def test_nothing_real_is_served(sandbox: Sandbox):
    real = json.loads(gzip.decompress((SHARED / "recorded" / "teams.json.gz").read_bytes()))
    schools = {team["school"].lower() for team in real}
    assert not schools & {team.school.lower() for team in sandbox.world.atlas.teams.values()}


def test_limit_and_offset_are_ignored(get, games):
    assert get("/games", season=2025, limit=5, offset=10, page=2) == games
