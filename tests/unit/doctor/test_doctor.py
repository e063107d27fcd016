"""`cbbd-etl doctor` in whole and in broken environments: each fault is found, with a cure, and never a traceback."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from flows.commands.cli import main
from sandbox import FaultRule, Sandbox, SandboxConfig
from tasks.doctor.checks import CHECKS
from tasks.doctor.finding import Check, Finding, NotChecked, examine
from tasks.errors import BadInput
from tests.faults.scene import Api
from tests.support import finished
from tests.support.engine import ingest, sandbox_settings

KEY = "a-key-of-the-doctor-0123456789"
AFTER = datetime(2025, 5, 1, tzinfo=UTC)
SPENT = '{"message":"Monthly call quota exceeded."}'
Look = Callable[..., dict[str, dict[str, str]]]


@pytest.fixture
def doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Look:
    """Runs the command with some variables; the findings by check, once the exit code fits them."""
    for name in os.environ:
        if (
            name.startswith(("CBBD_", "PREFECT_", "AWS_"))
            or name.upper().endswith("_PROXY")
            or name.startswith("SSL_CERT")
        ):
            monkeypatch.delenv(name)
    for name, value in finished.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("tasks.masking._remembered", set())
    monkeypatch.setenv("PREFECT_HOME", str(tmp_path / "prefect"))
    monkeypatch.chdir(tmp_path)

    def look(**variables: str) -> dict[str, dict[str, str]]:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        code = main(["doctor", "--json"])
        printed = capsys.readouterr()
        content: dict[str, Any] = json.loads(printed.out)
        found = {check["name"]: check for check in content["checks"]}
        is_wrong = any(check["state"] == "wrong" for check in found.values())
        assert (code, content["ok"]) == (int(is_wrong), not is_wrong)
        assert all(check["cure"] for check in found.values() if check["state"] in {"wrong", "warning"})
        assert "Traceback" not in printed.err + printed.out
        assert KEY not in printed.err + printed.out
        return found

    return look


@pytest.fixture(scope="module")
def api() -> Iterator[Api]:
    """The simulated API on a port, with one key of the highest tier."""
    server = Api(Sandbox(SandboxConfig(keys=(KEY,)))).start()
    yield server
    server.stop()


@pytest.fixture
def called(api: Api) -> Iterator[Api]:
    api.script()
    yield api
    api.script()


def wrong(found: dict[str, dict[str, str]]) -> set[str]:
    return {name for name, check in found.items() if check["state"] == "wrong"}


def test_nothing_is_wrong_on_a_laptop_without_anything_set(doctor: Look, tmp_path: Path):
    found = doctor()
    assert list(found) == [*(check.name for check in CHECKS), "Prefect"]
    assert wrong(found) == set()
    assert not (tmp_path / "lake").exists(), "it writes nothing"


def test_a_lake_that_is_there_is_examined(doctor: Look, tmp_path: Path):
    ingest(sandbox_settings(tmp_path, AFTER), "conferences")
    found = doctor()
    assert wrong(found) == set()
    assert "source sandbox, seed 2003" in found["lake"]["found"]
    assert "tables" in found["catalog"]["found"]
    next((tmp_path / "lake/warehouse/silver").rglob("*-m0.avro")).unlink()
    assert wrong(doctor()) == {"catalog"}
    assert wrong(doctor(CBBD_SANDBOX_SEED="7")) == {"lake", "catalog"}


def test_the_api_is_called_once_and_it_costs_nothing(doctor: Look, called: Api):
    found = doctor(CBBD_API_KEY=KEY, CBBD_BASE_URL=called.url)
    assert wrong(found) == set()
    assert found["key"]["found"] == "accepted"
    assert found["tier"]["found"].startswith("tier 2 or higher")
    assert found["quota"]["found"].startswith("1,000,000 calls left this month, says the API")
    assert len(called.sandbox.log) == 1
    assert called.sandbox.log[0].status == 400
    assert called.sandbox.api.accounts.left(KEY) == 1_000_000


def test_a_key_that_is_refused(doctor: Look, called: Api):
    found = doctor(CBBD_API_KEY="another-key-0123456789", CBBD_BASE_URL=called.url)
    assert wrong(found) == {"key"}
    assert "collegebasketballdata.com/key" in found["key"]["cure"]


def test_a_tier_that_is_too_low_is_a_note(doctor: Look, called: Api):
    config = called.sandbox.world.config
    called.sandbox.world.config = replace(config, tier=0)
    try:
        found = doctor(CBBD_API_KEY=KEY, CBBD_BASE_URL=called.url)
    finally:
        called.sandbox.world.config = config
    assert (wrong(found), found["tier"]["state"]) == (set(), "warning")


@pytest.mark.parametrize(
    ("rule", "name", "state", "said"),
    [
        (FaultRule("status", status=503), "API", "wrong", "503"),
        (FaultRule("status", status=403, body="<title>Just a moment...</title>"), "API", "wrong", "403"),
        (FaultRule("disconnect"), "API", "wrong", "RemoteProtocolError"),
        (FaultRule("status", status=404, body="<pre>Cannot GET</pre>"), "API", "warning", "does not know"),
        (FaultRule("status", status=429, body=SPENT), "quota", "warning", "no calls"),
        (FaultRule("status", status=401, body=f'{{"message":"bad key {KEY}"}}'), "key", "wrong", "***"),
    ],
)  # fmt: skip
def test_what_the_api_says(doctor: Look, called: Api, rule: FaultRule, name: str, state: str, said: str):
    called.script(rule)
    found = doctor(CBBD_API_KEY=KEY, CBBD_BASE_URL=called.url)
    assert (found[name]["state"], said in found[name]["found"]) == (state, True), found[name]
    assert len(called.sandbox.log) == 1


class Dated(BaseHTTPRequestHandler):
    """A server whose clock is in 2020."""

    def do_GET(self) -> None:
        self.send_response_only(400)
        self.send_header("date", "Thu, 02 Jan 2020 00:00:01 GMT")
        self.send_header("content-length", "0")
        self.end_headers()


def test_a_clock_that_is_wrong(doctor: Look):
    with HTTPServer(("127.0.0.1", 0), Dated) as server:
        Thread(target=server.handle_request).start()
        found = doctor(CBBD_API_KEY=KEY, CBBD_BASE_URL=f"http://127.0.0.1:{server.server_port}")
    assert found["clock"]["state"] == "wrong"
    assert "ahead of the API's" in found["clock"]["found"]


@pytest.fixture
def dead() -> Iterator[str]:
    """Host and port that refuse connections."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


def test_n1_broken_environments_are_named_by_the_doctor(
    doctor: Look, dead: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Each alone; what depends on it is skipped and refers to it."""
    (tmp_path / "afile").write_text("x")
    cases: list[tuple[dict[str, str], set[str]]] = [
        ({"CBBD_IN_FLIGHT": KEY}, {"settings"}),
        ({"CBBD_OVERRIDES": "/nope.yaml"}, {"settings"}),
        ({"CBBD_SOURCE": "api", "CBBD_BASE_URL": f"http://{dead}"}, {"API", "key"}),
        ({"CBBD_API_KEY": KEY, "CBBD_BASE_URL": "https://api.invalid"}, {"DNS", "API"}),
        ({"CBBD_API_KEY": KEY, "CBBD_BASE_URL": "nowhere"}, {"proxy"}),
        ({"CBBD_API_KEY": f"{KEY} x", "CBBD_BASE_URL": f"http://{dead}"}, {"API"}),
        ({"CBBD_API_KEY": KEY, "HTTPS_PROXY": f"http://me:{KEY}@{dead}"}, {"proxy", "API"}),
        ({"ALL_PROXY": "socks5://127.0.0.1:9"}, {"proxy"}),
        ({"CBBD_API_KEY": KEY, "SSL_CERT_FILE": "/nope.pem", "CBBD_BASE_URL": f"https://{dead}"}, {"TLS", "API"}),
        ({"CBBD_SANDBOX_CONFIG": "/nope.json"}, {"API"}),
        ({"CBBD_LAKE": str(tmp_path / "afile")}, {"lake"}),
        ({"CBBD_LAKE": "/proc/lake"}, {"write", "disk"}),
        ({"PREFECT_API_URL": f"http://{dead}/api"}, {"Prefect"}),
    ]  # fmt: skip
    for variables, expected in cases:
        with monkeypatch.context() as patch:
            for name, value in variables.items():
                patch.setenv(name, value)
            found = doctor()
        assert wrong(found) - {"disk"} == expected - {"disk"}, (variables, found)


def test_the_screen_has_80_columns(doctor: Look, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    doctor()
    monkeypatch.setenv("CBBD_BASE_URL", "https://api.invalid")
    assert main(["doctor"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("WRONG DNS") for line in lines)
    assert any(line.strip().startswith("-> ") for line in lines)


def breaks(_: object) -> Finding:
    raise ZeroDivisionError("of the check")


def refuses(_: object) -> Finding:
    raise BadInput("X=1 is odd: set X=2; or unset it")


def depends(_: object) -> Finding:
    raise NotChecked("not checked: see X")


def test_a_check_that_fails_is_a_finding():
    """The skeleton alone: a bug, an error of ours, a missing package, a check that depends on another."""
    names = ("breaks", "refuses", "depends", "missing")
    found = examine([Check(name, f"{__name__}:{name}") for name in names], None)
    assert [item.state for item in found] == ["wrong", "wrong", "skipped", "wrong"]
    assert "ZeroDivisionError: of the check" in found[0].found
    assert (found[1].found, found[1].cure) == ("X=1 is odd: set X=2", "or unset it")
