"""Two lakes in one AWS account: every command reads the databases of its own environment."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from flows.commands.cli import main
from quality.contracts.games import GAMES
from tasks.lake.lake import Lake
from tests.support.lakes import built, keep, request_of
from tests.support.records import record
from tests.support.s3 import BUCKET, Aws

LAKES = {"dev_": (f"s3://{BUCKET}/dev", 1), "prod_": (f"s3://{BUCKET}/prod", 3)}  # prefix: address, games


@pytest.fixture(scope="module")
def account() -> Iterator[None]:
    """The account, with games in both lakes."""
    with Aws() as server, pytest.MonkeyPatch.context() as patch:
        server.environment(patch)
        for prefix, (address, games) in LAKES.items():
            lake = Lake.open(address, create=True, database_prefix=prefix)
            lake.claim({"source": "api", "host": "api.collegebasketballdata.com"})
            keep(lake, request_of(GAMES, 2025), [record(GAMES.record, number) for number in range(1, games + 1)])
            built(lake, GAMES)
        yield


@pytest.mark.parametrize("prefix", LAKES)
def test_a_command_reads_its_own_environment(
    account: None, prefix: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Trap: a command that opens its lake without the prefix judges nothing, and says that all is well."""
    address, games = LAKES[prefix]
    monkeypatch.setenv("CBBD_LAKE", address)
    monkeypatch.setenv("CBBD_DATABASE_PREFIX", prefix)
    assert main(["query", "select count(*) as n from silver.fct_games", "--format", "csv"]) == 0
    assert capsys.readouterr().out.splitlines() == ["n", str(games)]
    assert main(["rules"]) in (0, 1)
    assert "2025" in capsys.readouterr().out
    assert main(["corrections", "--format", "json"]) == 0
    assert main(["quota"]) == 0
    assert "by this lake" in capsys.readouterr().out


def test_nothing_to_check_is_bad_input(
    account: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("CBBD_LAKE", LAKES["dev_"][0])
    monkeypatch.setenv("CBBD_DATABASE_PREFIX", "other_")
    assert main(["rules"]) == 2
    assert "has no season yet" in capsys.readouterr().err
