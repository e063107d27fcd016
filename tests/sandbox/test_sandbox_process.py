"""The sandbox as a program: same bytes in every process, JSON configuration, HTTP on 127.0.0.1."""

import hashlib
import os
import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest

from sandbox import Correction, FaultRule, Omission, SandboxConfig

from .conftest import AFTER_2025

DIGEST = """
import hashlib
from datetime import UTC, datetime
from sandbox import Sandbox, SandboxConfig
sandbox = Sandbox(SandboxConfig(now=datetime(2025, 5, 1, tzinfo=UTC)))
digest = hashlib.sha256()
with sandbox.client() as client:
    for url in ("/teams", "/games?season=2025", "/lines?season=2025", "/games/players?season=2025&team=x",
                "/plays/date?date=2025-01-18", "/games/teams?startDateRange=2025-01-18&endDateRange=2025-01-19"):
        digest.update(client.get(url).content)
print(digest.hexdigest())
"""


def test_the_bytes_do_not_depend_on_the_process_or_its_hash_seed():
    runs = [
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        )
        for seed in ("1", "4242")
    ]  # fmt: skip
    assert len(runs[0].stdout.strip()) == len(hashlib.sha256().hexdigest())
    assert runs[0].stdout == runs[1].stdout


def test_configuration_survives_json():
    config = SandboxConfig(
        seed=5,
        size="full",
        now=AFTER_2025,
        keys=("a", "b"),
        gaps=(Omission("plays", 0.1, until=AFTER_2025),),
        corrections=(Correction("start", 0.2, at=AFTER_2025),),
        faults=(FaultRule("status", calls=(1, 2), headers={"retry-after": "1"}),),
    )
    assert SandboxConfig.from_json(config.to_json()) == config


def test_a_misspelt_setting_is_refused_by_name():
    with pytest.raises(ValueError, match="SandboxConfig has no sede"):
        SandboxConfig.from_json('{"sede": 1}')


def test_the_program_serves_on_a_free_port_and_stops_on_request(tmp_path):
    settings = tmp_path / "sandbox.json"
    settings.write_text(SandboxConfig(now=datetime(2025, 5, 1, tzinfo=UTC), monthly_quota=5).to_json())
    command = [sys.executable, "-m", "sandbox", "--port", "0", "--season", "2025", "--config", str(settings)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline()
            assert line.startswith("Sandbox API ready at http://127.0.0.1:")
            reply = httpx.get(
                f"{line.split()[-1]}/games?season=2025", headers={"Authorization": "Bearer k"}, timeout=600
            )
            assert len(reply.json()) > 450
            assert reply.headers["x-calllimit-remaining"] == "4"
        finally:
            server.terminate()
        assert server.wait(timeout=600) == 0
