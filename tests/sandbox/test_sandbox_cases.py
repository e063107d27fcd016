"""Named cases of wrong data: each changes its own game or response, and nothing else."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from sandbox import FaultRule, Sandbox, SandboxConfig
from sandbox.server._cases import CASES, DAMAGES, SECOND_ID

PLAYERS = ("athletes in both boxes", "minutes below zero", "athlete without an id")
PATHS = {"/games": {"season": "2025"}, "/games/players": {"season": "2025"}, "/lines": {"season": "2025"}}


def path_of(case: str) -> str:
    names = list(CASES)
    if case in PLAYERS:
        return "/games/players"
    if case == "no list of lines":
        return "/lines"
    return "/games" if names.index(case) < names.index(PLAYERS[0]) else "/plays/date"


def sent(path: str, *faults: FaultRule) -> httpx.Response:
    sandbox = Sandbox(SandboxConfig(size="tiny", now=datetime(2025, 5, 1, tzinfo=UTC), faults=faults))
    start = sandbox.world.season(2025).games[0].fixture.start
    with sandbox.client() as client:
        return client.get(path, params=PATHS.get(path, {"date": f"{start:%Y-%m-%d}"}))


def by_game(rows: list[dict[str, Any]]) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.get("gameId", row.get("id")), []).append(row)
    return found


@pytest.mark.parametrize("case", CASES)
def test_a_case_changes_its_game_and_no_other(case: str):
    """Trap: a case that changes nothing. A test that uses it would pass without testing anything."""
    path = path_of(case)
    before = by_game(sent(path).json())
    game = next(iter(before))
    after = by_game(sent(path, FaultRule("cases", path=path, edit={case: [game]})).json())
    # As text, because 5 equals 5.0.
    assert repr(after[game]) != repr(before[game]) or len(after) > len(before)
    assert {key: after[key] for key in before if key != game} == {key: before[key] for key in before if key != game}


def test_a_fixture_under_a_second_id_differs_in_its_ids_only():
    """Trap: without a source id the second row breaks the contract, and no lake ever has two."""
    game = sent("/games").json()[0]["id"]
    rows = sent("/games", FaultRule("cases", path="/games", edit={"second id": [game]})).json()
    first, second = (row for row in rows if row["id"] in {game, game + SECOND_ID})
    assert {name for name in first if first[name] != second[name]} == {"id", "sourceId"}
    assert isinstance(second["sourceId"], str)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damage_changes_the_bytes(damage: str):
    assert sent("/games", FaultRule("damage", path="/games", body=damage)).content != sent("/games").content


@pytest.mark.parametrize("rule", [FaultRule("cases", edit={"nonsense": [1]}), FaultRule("damage", body="nonsense")])
def test_a_case_that_does_not_exist_is_refused(rule: FaultRule):
    with pytest.raises(ValueError, match="has no case nonsense"):
        Sandbox(SandboxConfig(faults=(rule,)))
