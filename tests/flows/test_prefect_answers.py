"""P1: single requests to the Prefect server that fail: starts and ends of deployed runs, the doctor, the deployment."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import FlowFilter, FlowFilterName
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.states import Completed

from flows import deployed_season
from flows.deploy.release import release
from flows.deployed_season import by_deployment
from flows.prefect_ import deployed, trouble
from flows.prefect_.call_limit import ensure, require
from flows.prefect_.trouble import PrefectDown
from tasks.doctor.environment import Environment
from tasks.doctor.finding import Check, examine
from tests.deployment.scripts import script
from tests.support.prefect_proxy import CUT, Fault, Proxy, prefect_proxy

pytestmark = pytest.mark.xdist_group("ingest")

CREATE = r"POST /api/deployments/[^/]+/create_flow_run"
READ = r"GET /api/flow_runs/"


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trouble, "PAUSES", (0.0,))
    monkeypatch.setattr(deployed_season, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(deployed_season, "POLL_PAUSES", (0.0, 0.0))


@contextmanager
def failing(server: str, *faults: Fault) -> Iterator[Proxy]:
    """This process reports to the server through a proxy; Prefect itself repeats nothing."""
    with (
        prefect_proxy(server, *faults) as proxy,
        temporary_settings({PREFECT_API_URL: proxy.url, PREFECT_CLIENT_MAX_RETRIES: 0}),
    ):
        yield proxy


@pytest.fixture
def deployment(server: str) -> str:
    """A deployment that no worker takes runs of."""
    flow, name = f"season-{uuid4().hex[:8]}", "here"
    with temporary_settings({PREFECT_API_URL: server}), get_client(sync_client=True) as client:
        client.create_deployment(client.create_flow_from_name(flow), name, entrypoint="x:y")
    return f"{flow}/{name}"


def runs_of(server: str, deployment: str) -> list[FlowRun]:
    with temporary_settings({PREFECT_API_URL: server}), get_client(sync_client=True) as client:
        flow = FlowFilter(name=FlowFilterName(any_=[deployment.partition("/")[0]]))
        return client.read_flow_runs(flow_filter=flow)


def end_when_read(server: str, deployment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run is done by the time that it is looked at, as after a worker."""
    read = deployed_season._read

    def reading(run_id: Any) -> Any:
        with temporary_settings({PREFECT_API_URL: server}), get_client(sync_client=True) as client:
            client.set_flow_run_state(run_id, Completed(), force=True)
        return read(run_id)

    monkeypatch.setattr(deployed_season, "_read", reading)


def test_p1_a_start_whose_response_was_lost_starts_no_second_run(
    server: str, deployment: str, monkeypatch: pytest.MonkeyPatch
):
    """Trap: the season is paid for twice."""
    end_when_read(server, deployment, monkeypatch)
    with failing(server, Fault(CREATE, CUT, times=1, after=True)) as proxy:
        assert by_deployment.fn(2025, deployment, {"parent": uuid4().hex, "season": "2025"}) is None
    assert len(proxy.hit) == 1
    assert len(runs_of(server, deployment)) == 1


def test_p1_a_server_that_is_away_for_a_while_is_asked_again(
    server: str, deployment: str, monkeypatch: pytest.MonkeyPatch
):
    """Trap: a season that goes on counts as failed, because its state could not be read once."""
    end_when_read(server, deployment, monkeypatch)
    with failing(server, Fault(READ, 500, times=2)) as proxy:
        assert by_deployment.fn(2025, deployment, {"parent": uuid4().hex, "season": "2025"}) is None
    assert len(proxy.hit) == 2


def test_p1_a_season_that_can_no_longer_be_followed_is_a_sentence(server: str, deployment: str):
    with failing(server, Fault(READ, CUT)):
        said = by_deployment.fn(2025, deployment, {"parent": uuid4().hex, "season": "2025"})
    assert said is not None
    assert "failed: a broken connection" in said
    assert said.endswith(f"run backfill 2025 of {deployment} may go on")


def test_p1_a_season_that_cannot_be_started_is_a_sentence(server: str, deployment: str):
    with failing(server, Fault(CREATE, 503)) as proxy:
        said = by_deployment.fn(2025, deployment, {"parent": uuid4().hex, "season": "2025"})
    assert said is not None
    assert f"asked to run {deployment} for season 2025: the Prefect server {proxy.url} failed: HTTP 503" in said
    assert len(proxy.hit) == 2


def test_p1_the_limit_of_calls_cannot_be_read_or_made(server: str):
    with failing(server, Fault("concurrency_limits", CUT)):
        for ask in (require, ensure):
            with pytest.raises(PrefectDown, match=r"limit cbbd-calls: .* failed: a broken connection .*; start it"):
                ask("cbbd-calls", 3.0)


@pytest.mark.parametrize(
    ("check", "path"),
    [("pool", "work_pools"), ("deployments", "deployments/filter"), ("automations", "automations/filter")],
)
def test_p1_the_doctor_says_what_the_server_did_not_answer(server: str, check: str, path: str):
    """Trap: `the check failed: ReadTimeout: `, and the cure `correct what it names`."""
    with failing(server, Fault(path, 500)):
        (found,) = examine([Check(check, f"flows.prefect_.deployed:{check}")], Environment("{}", "cbbd-ecs", ""))
    assert found.state == "wrong"
    assert "failed: HTTP 500 Internal Server Error" in found.found
    assert found.cure == "look at the server's log, then run again"


def test_p1_the_doctor_waits_for_seconds_only(server: str):
    with failing(server), temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 5}), deployed._client("for nothing"):
        assert PREFECT_CLIENT_MAX_RETRIES.value() == 1


def test_p1_a_deployment_ends_with_a_sentence_and_1(server: str, capsys: pytest.CaptureFixture[str]):
    with failing(server, Fault("work_pools", CUT)), pytest.raises(SystemExit) as ended:
        release("cbbd-local", limit="cbbd-calls")
    assert ended.value.code == 1
    assert "asked for the work pool cbbd-local" in capsys.readouterr().err


def test_p1_the_automations_end_with_a_sentence_and_1(server: str):
    """Trap: a time-out has no text, and the line was `error: `."""
    with prefect_proxy(server, Fault("block_types", 500)) as proxy:
        done = script("automations.py", "--notify", "slack-webhook/cbbd", url=proxy.url)
    assert done.code == 1
    assert "asked for the block slack-webhook/cbbd" in done.err
    assert "HTTP 500" in done.err


@pytest.mark.parametrize("status", [503, 504])
def test_p1_requests_that_are_repeated_are_announced_once(server: str, status: int, monkeypatch: pytest.MonkeyPatch):
    """Trap: seven minutes without a word, while Prefect's client repeats what is not answered."""
    log = logging.getLogger(trouble.CLIENT)
    monkeypatch.setattr(log, "filters", [])
    monkeypatch.setattr(log, "level", log.level)
    monkeypatch.setattr(trouble._Notice, "_said", set())
    monkeypatch.setattr(trouble, "NOTICES", {trouble.CLIENT: trouble.NOTICES[trouble.CLIENT]})
    said: list[str] = []
    trouble.announce(said.append)
    with (
        failing(server, Fault("work_pools", status, times=2)) as proxy,
        temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 3}),
        get_client(sync_client=True) as client,
    ):
        assert client.read_work_pools() is not None
    assert len(proxy.hit) == 2
    (line,) = said
    assert f"the Prefect server {proxy.url} is slow or fails" in line
