"""A limit of the Prefect server that all runs of a key share: made, required, kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitCreate
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.prefect_.call_limit import ServerLimit, call_limit, ensure
from tasks.errors import BadInput, Outage
from tasks.settings import Settings
from tasks.source.shared_rate import SharedRate
from tests.flows.runs import Cli

pytestmark = pytest.mark.xdist_group("ingest")


@pytest.fixture
def on_server(server: str) -> Iterator[str]:
    with temporary_settings({PREFECT_API_URL: server}):
        yield f"calls-{uuid4().hex[:8]}"


def settings(name: str | None) -> Settings:
    return Settings(_env_file=None, source="api", api_key="k", call_limit=name)


def test_a_limit_that_is_configured_and_absent_is_refused_with_the_command_that_makes_it(on_server: str):
    """Trap: Prefect ignores a limit that does not exist, and every run makes its calls at its own rate."""
    command = rf"`prefect gcl create {on_server} --limit 1 --slot-decay-per-second 3`"
    with pytest.raises(BadInput, match=f"has no such limit: {command}"):
        call_limit(settings(on_server), "lake")
    with pytest.raises(Outage, match=f"no slot of the concurrency limit {on_server}"):
        asyncio.run(ServerLimit(on_server).turn())


def test_the_deployment_makes_it_and_leaves_an_operators_rate(on_server: str):
    ensure(on_server, 2.0)
    ensure(on_server, 3.0)
    with get_client(sync_client=True) as client:
        found = client.read_global_concurrency_limit_by_name(on_server)
    assert (found.limit, found.slot_decay_per_second, found.active) == (1, 2.0, True)
    shared = call_limit(settings(on_server), "lake")
    assert isinstance(shared, ServerLimit)
    asyncio.run(shared.turn())


def test_slots_that_do_not_decay_limit_no_rate(on_server: str):
    """Trap: `prefect gcl create NAME --limit 3` without a decay: the fourth call of all would wait for ever."""
    with get_client(sync_client=True) as client:
        client.create_global_concurrency_limit(GlobalConcurrencyLimitCreate(name=on_server, limit=3))
    with pytest.raises(BadInput, match=rf"prefect gcl update {on_server} --limit 1 --slot-decay-per-second 3"):
        call_limit(settings(on_server), "lake")


def test_without_a_server_a_limit_of_one_is_refused(monkeypatch: pytest.MonkeyPatch):
    with temporary_settings(restore_defaults={PREFECT_API_URL}):
        with pytest.raises(BadInput, match="set PREFECT_API_URL, or unset it"):
            call_limit(settings("calls"), "lake")
        assert isinstance(call_limit(settings(None), "lake"), SharedRate)
        assert call_limit(settings(None), "s3://bucket/lake") is None


def test_a_run_without_its_limit_makes_no_call(cli: Cli, tmp_path: Path):
    api = {"CBBD_SOURCE": "api", "CBBD_API_KEY": "k", "CBBD_BASE_URL": "http://127.0.0.1:9"}
    done = cli.ingest("--season", "2025", CBBD_CALL_LIMIT="no-such-limit", **api)
    assert done.returncode == 2, done.stderr
    assert "prefect gcl create no-such-limit" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "lake" / "ops").exists(), "nothing but the new lake was written"
