"""Authentication, quota, errors, headers and scripted faults."""

import asyncio
import gc
import tracemalloc

import httpx
import pytest

from sandbox import FaultRule, Sandbox, SandboxConfig
from sandbox.operations.operations import OPERATIONS, operation

from .conftest import AFTER_2025


def small(**changes) -> Sandbox:
    return Sandbox(SandboxConfig(now=AFTER_2025, **changes))


def ask(sandbox: Sandbox, path: str = "/conferences", key: str = "k", **params) -> httpx.Response:
    with sandbox.client(key) as client:
        return client.get(path, params=params)


@pytest.mark.parametrize("header", [None, "k", "bearer k", "Bearer "])
def test_a_missing_or_malformed_header_is_401_with_a_hint(header):
    with httpx.Client(base_url="https://x.invalid", transport=small().transport()) as client:
        reply = client.get("/games", headers={} if header is None else {"Authorization": header})
    assert reply.status_code == 401
    assert 'Did you forget to add "Bearer "' in reply.json()["message"]
    assert "x-calllimit-remaining" not in reply.headers


def test_an_unknown_key_is_401():
    assert ask(small(keys=("good",)), key="bad").json() == {"message": "Unauthorized"}
    assert ask(small(keys=("good",)), key="good").status_code == 200


def test_the_tier_gate_is_401_and_free_operations_cost_nothing(monkeypatch):
    monkeypatch.setitem(OPERATIONS, "/toy", OPERATIONS["/conferences"])
    operation("/toy", tier=2, metered=False)(lambda world, args: [{"a": 1}])
    refused = ask(small(tier=1), "/toy")
    assert refused.status_code == 401
    assert refused.json()["message"].endswith("requires a Patreon subscription at Tier 2 or higher.")
    assert ask(small(tier=2, monthly_quota=7), "/toy").headers["x-calllimit-remaining"] == "7"


def test_quota_counts_every_2xx_refunds_the_rest_and_ends_in_429():
    sandbox = small(monthly_quota=3)
    left = [ask(sandbox, p).headers["X-CallLimit-Remaining"] for p in ("/conferences", "/plays/date", "/plays/game/1")]
    assert left == ["2", "2", "1"]
    assert ask(sandbox).status_code == 200
    spent = ask(sandbox)
    assert (spent.status_code, spent.json()) == (429, {"message": "Monthly call quota exceeded."})
    assert "retry-after" not in spent.headers
    sandbox.now = AFTER_2025.replace(month=6)
    assert ask(sandbox).status_code == 200


def test_a_304_is_counted_all_the_same():
    sandbox = small(monthly_quota=9)
    with sandbox.client() as client:
        first = client.get("/conferences")
        again = client.get("/conferences", headers={"If-None-Match": first.headers["etag"]})
    assert first.headers["etag"].startswith('W/"')
    assert (again.status_code, again.content, again.headers["x-calllimit-remaining"]) == (304, b"", "7")


def test_validation_names_every_wrong_parameter():
    reply = ask(small(), "/games", season="x", status="live", startDateRange="soon")
    assert reply.status_code == 400
    body = reply.json()
    assert body["message"] == "Validation Failed"
    assert body["details"].keys() == {"season", "status", "startDateRange"}
    assert body["details"]["season"] == {"message": "season", "value": "x"}


def test_a_missing_required_parameter_is_400():
    assert ask(small(), "/plays/date").json()["details"] == {"date": {"message": "'date' is required"}}


def test_an_unknown_path_is_an_html_404():
    reply = ask(small(), "/game")
    assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_large_bodies_are_compressed_when_asked():
    with small().client() as client:
        packed = client.get("/teams")
        plain = client.get("/teams", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.json() == plain.json()
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2


def test_faults_hit_the_scripted_calls_and_the_log_tells():
    rule = FaultRule("status", path="/conferences", calls=(1, 3), status=503, headers={"retry-after": "5"})
    sandbox = small(faults=(rule,))
    replies = [ask(sandbox) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [503, 200, 503, 200]
    assert replies[0].headers["retry-after"] == "5"
    assert [entry.fault for entry in sandbox.log] == ["status", None, "status", None]
    assert [entry.rows for entry in sandbox.log] == [None, 4, None, 4]


def test_a_rule_can_be_about_parameters():
    sandbox = small(faults=(FaultRule("status", params={"season": "2025"}, contains="/teams?"),))
    assert ask(sandbox, "/teams", season=2025).status_code == 500
    assert ask(sandbox, "/teams", season=2024).status_code == 200


def test_bodies_can_be_empty_a_page_mislabelled_or_cut():
    actions = {"empty": b"", "html": b"<!DOCTYPE html>"}
    for action, start in actions.items():
        reply = ask(small(faults=(FaultRule(action),)))
        assert reply.status_code == 200
        assert reply.content[:15] == start
    assert ask(small(faults=(FaultRule("content_type"),))).headers["content-type"].startswith("text/html")
    with pytest.raises(httpx.RemoteProtocolError):
        ask(small(faults=(FaultRule("truncate", keep=0.4),)))


def test_rows_can_drift_from_the_contract():
    edit = {"every": 2, "set": {"name": None, "extra": 1}, "drop": ["shortName"], "text": ["id"], "repeat": 2}
    rows = ask(small(faults=(FaultRule("edit", edit=edit),))).json()
    assert [row["id"] for row in rows] == ["1", "1", 2, "3", "3", 4]
    assert rows[0].keys() ^ rows[2].keys() == {"extra", "shortName"}
    assert rows[0]["name"] is None


def test_a_fault_that_does_not_exist_is_refused_at_the_start():
    with pytest.raises(ValueError, match="has no fault explode"):
        small(faults=(FaultRule("explode"),))


def test_a_disconnect_breaks_the_connection():
    with pytest.raises(httpx.RemoteProtocolError):
        ask(small(faults=(FaultRule("disconnect"),)))


def test_a_long_delay_is_a_read_timeout_without_waiting():
    with pytest.raises(httpx.ReadTimeout):
        ask(small(faults=(FaultRule("delay", seconds=3600),)))


def test_a_drip_comes_byte_by_byte():
    sandbox = small(faults=(FaultRule("drip", seconds=1e-6),))
    with sandbox.client() as client, client.stream("GET", "/lines/providers") as reply:
        assert all(len(part) == 1 for part in reply.iter_raw())


def test_the_asynchronous_client_and_the_asgi_app_give_the_same_bytes():
    async def both() -> tuple[bytes, bytes]:
        sandbox = small()
        out = []
        for transport in (sandbox.transport(), httpx.ASGITransport(app=sandbox.app)):
            headers = {"Authorization": "Bearer k"}
            async with httpx.AsyncClient(base_url="https://x.invalid", headers=headers, transport=transport) as client:
                out.append((await client.get("/teams", params={"season": "2025"})).content)
        return out[0], out[1]

    one, two = asyncio.run(both())
    assert one == two == ask(small(), "/teams", season=2025).content


def test_a_body_that_was_read_is_let_go_of_at_once():
    """Trap: response and stream of httpx refer to each other; bodies of 75 MB stayed until a search for cycles."""
    sandbox, sizes = small(), []

    async def read() -> None:
        async with httpx.AsyncClient(transport=sandbox.transport(), headers={"Authorization": "Bearer k"}) as client:
            for _ in range(9):
                async with client.stream("GET", "https://x.invalid/games?season=2025") as reply:
                    sizes.append(len(b"".join([part async for part in reply.aiter_bytes()])))
                if len(sizes) == 1:
                    tracemalloc.start()

    gc.collect()
    gc.disable()
    try:
        asyncio.run(read())
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        gc.enable()
        tracemalloc.stop()
    assert kept < sizes[0], (kept, sizes)
