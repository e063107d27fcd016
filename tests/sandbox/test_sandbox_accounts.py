"""API keys with their own tier and calls, what only the client knows, and requests side by side."""

import asyncio
import threading

import httpx
import pytest

from sandbox import Account, Sandbox, SandboxConfig
from sandbox.operations.operations import OPERATIONS, operation

from .conftest import AFTER_2025

KEYS = {
    "rich": Account(tier=3, calls=2),
    "poor": Account(tier=0),
    "black": Account(blacklisted=True),
}
SITE = {"Origin": "https://collegebasketballdata.com"}


def ask(sandbox: Sandbox, path: str, authorization: str | None, **headers: str) -> httpx.Response:
    given = headers if authorization is None else {**headers, "Authorization": authorization}
    with httpx.Client(base_url="https://x.invalid", transport=sandbox.transport()) as client:
        return client.get(path, headers=given)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(SandboxConfig(now=AFTER_2025, accounts=KEYS))


def test_each_key_has_its_own_tier_and_calls(sandbox):
    left = [ask(sandbox, "/conferences", "Bearer rich").headers.get("x-calllimit-remaining") for _ in range(3)]
    assert left == ["1", "0", "0"]
    assert ask(sandbox, "/conferences", "Bearer rich").status_code == 429
    assert ask(sandbox, "/conferences", "Bearer poor").status_code == 200
    assert ask(sandbox, "/scoreboard", "Bearer poor").json()["message"].endswith("Tier 1 or higher.")
    assert ask(sandbox, "/scoreboard", "Bearer rich").status_code == 200


def test_a_blacklisted_key_an_unknown_key_and_a_missing_one_are_distinguished(sandbox):
    assert ask(sandbox, "/conferences", "Bearer black").json() == {"message": "Account has been blacklisted."}
    assert ask(sandbox, "/conferences", "Bearer other").json() == {"message": "Unauthorized"}
    assert "Did you forget" in ask(sandbox, "/conferences", None).json()["message"]


def test_the_key_is_found_by_a_pattern(sandbox):
    """Trap: two spaces are part of the key, and words before Bearer are not read."""
    assert ask(sandbox, "/conferences", "Token Bearer poor").status_code == 200
    assert ask(sandbox, "/conferences", "Bearer  poor").json() == {"message": "Unauthorized"}
    assert ask(Sandbox(SandboxConfig(now=AFTER_2025)), "/conferences", "Bearer  k").status_code == 401


def test_pages_of_the_site_need_no_key_but_for_locked_operations(sandbox):
    assert ask(sandbox, "/conferences", None, **SITE).status_code == 200
    assert ask(sandbox, "/scoreboard", None, **SITE).status_code == 401
    assert ask(sandbox, "/conferences", None, Origin="https://elsewhere.invalid").status_code == 401


def test_accounts_survive_json():
    config = SandboxConfig(now=AFTER_2025, accounts=KEYS, two_conferences=(7,), unplaced=0.1)
    assert SandboxConfig.from_json(config.to_json()) == config


def test_what_only_the_client_knows_can_be_switched_off():
    public = Sandbox(SandboxConfig(now=AFTER_2025, client_only=False))
    for path in ("/teams/directory?season=2025", "/teams/1/season/2025/overview"):
        reply = ask(public, path, "Bearer k")
        assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "logos" not in ask(public, "/teams", "Bearer k").json()[0]
    assert "logos" in ask(Sandbox(SandboxConfig(now=AFTER_2025)), "/teams", "Bearer k").json()[0]


@pytest.fixture
def slow(monkeypatch) -> threading.Event:
    """An operation that responds only after the event."""
    done = threading.Event()
    monkeypatch.setitem(OPERATIONS, "/slow", OPERATIONS["/conferences"])

    @operation("/slow")
    def waiting(world, args):
        assert done.wait(60), "another request was blocked"
        return [{"a": 1}]

    return done


def test_a_long_request_blocks_no_other_in_process(sandbox, slow):
    """Trap: /stats/team/season?team=X without a season held the only lock for three minutes."""
    found: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: found.append(ask(sandbox, "/slow", "Bearer poor")))
    thread.start()
    assert ask(sandbox, "/conferences", "Bearer poor").status_code == 200
    slow.set()
    thread.join()
    assert found[0].json() == [{"a": 1}]
    assert {(entry.path, entry.status) for entry in sandbox.log} == {("/slow", 200), ("/conferences", 200)}


def test_a_long_request_blocks_no_other_of_the_server(sandbox, slow):
    async def main() -> list[int]:
        transport = httpx.ASGITransport(app=sandbox.app)
        headers = {"Authorization": "Bearer poor"}
        async with httpx.AsyncClient(transport=transport, base_url="https://x.invalid", headers=headers) as client:
            first = asyncio.ensure_future(client.get("/slow"))
            await asyncio.sleep(0)
            second = await client.get("/conferences")
            slow.set()
            return [second.status_code, (await first).status_code]

    assert asyncio.run(main()) == [200, 200]


def test_seasons_played_side_by_side_are_the_seasons_played_alone():
    """Trap: two requests that advance a season at once would play its games twice."""
    together, alone = (Sandbox(SandboxConfig(now=AFTER_2025)) for _ in range(2))
    found: dict[int, object] = {}

    def fetch(place: int) -> None:
        found[place] = ask(together, "/ratings/elo?season=2025", "Bearer k").json()

    threads = [threading.Thread(target=fetch, args=(place,)) for place in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found[0] == found[1] == found[2] == ask(alone, "/ratings/elo?season=2025", "Bearer k").json()
