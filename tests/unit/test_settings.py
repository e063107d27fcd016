"""Settings: one order of precedence, one line for what is wrong, and no secret anywhere."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import get_args

import pytest

from flows.commands.cli import main
from sandbox import Sandbox, SandboxConfig
from sandbox.atlas.config import Size
from tasks.errors import BadInput
from tasks.requests import season_of
from tasks.settings import API_URL, SANDBOX_NOW, Clock, Settings, load_settings

SECRET = "s3cr3t-key-of-a-test"


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No CBBD_ variable and no .env of the machine."""
    for name in [name for name in os.environ if name.upper().startswith("CBBD_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def test_a_sandbox_of_each_size_can_be_chosen():
    """Trap: a size that the simulated API has and `CBBD_SANDBOX_SIZE` refuses."""
    for size in get_args(Size):
        assert load_settings(sandbox_size=size).identity == {"source": "sandbox", "seed": 2003, "size": size}


def test_without_anything_set_the_sandbox_is_used():
    settings = load_settings()
    assert (settings.chosen_source, settings.lake) == ("sandbox", "./lake")
    assert settings.identity == {"source": "sandbox", "seed": 2003, "size": "medium"}


def test_the_sandbox_of_a_newcomer_is_in_the_middle_of_a_season_whatever_the_date_of_the_machine_is():
    """Trap: a default season that is over has no slate, no projections and no races to show."""
    settings = load_settings()
    assert settings.clock()().date() == SANDBOX_NOW.date()
    assert settings.default_season == season_of(SANDBOX_NOW.date())
    games = Sandbox(SandboxConfig(size="tiny", now=settings.sandbox_now)).world.season(settings.default_season).games
    assert {game.status for game in games} == {"final", "scheduled"}
    assert {game.fixture.group for game in games if game.fixture.group.startswith("tournament")} == set()


def test_explicit_wins_over_environment_wins_over_env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / ".env").write_text("CBBD_LAKE=from-file\nCBBD_IN_FLIGHT=7\nCBBD_MAX_ATTEMPTS=2\nOTHER=1\n")
    monkeypatch.setenv("CBBD_LAKE", "from-environment")
    monkeypatch.setenv("CBBD_IN_FLIGHT", "8")
    settings = load_settings(lake="explicit", in_flight=None)
    assert (settings.lake, settings.in_flight, settings.max_attempts) == ("explicit", 8, 2)


@pytest.mark.parametrize(
    ("variables", "source"),
    [
        ({"CBBD_API_KEY": SECRET}, "api"),
        ({"CBBD_BASE_URL": "http://api.test"}, "api"),
        ({"CBBD_BASE_URL": API_URL}, "sandbox"),
        ({"CBBD_API_KEY": SECRET, "CBBD_SOURCE": "sandbox"}, "sandbox"),
        ({"CBBD_SOURCE": "api"}, "api"),
        ({"CBBD_API_KEY": ""}, "sandbox"),
        ({"CBBD_SOURCE": "", "CBBD_LAKE": ""}, "sandbox"),
    ],
    ids=str,
)
def test_the_source_follows_from_what_is_set(variables: dict[str, str], source: str, monkeypatch: pytest.MonkeyPatch):
    """An empty variable, as compose files and .env templates leave them, is one that is not set."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    assert (settings.chosen_source, settings.lake) == (source, "./lake")


def test_a_lake_of_the_api_remembers_the_host_not_the_key(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CBBD_API_KEY", SECRET)
    assert load_settings().identity == {"source": "api", "host": "api.collegebasketballdata.com"}


def test_secrets_are_masked_wherever_settings_are_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("CBBD_API_KEY", SECRET)
    settings = load_settings()
    shown = [
        repr(settings),
        str(settings),
        settings.model_dump_json(),
        str(settings.model_dump()),
        str(settings.identity),
    ]
    assert main(["settings"]) == 0
    shown.append(capsys.readouterr().out)
    assert [text for text in shown if SECRET in text] == []
    assert "CBBD_API_KEY=**********" in shown[-1]
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == SECRET


def test_every_setting_is_printed_as_it_can_be_set(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CBBD_SANDBOX_NOW", "2025-01-15T12:00:00Z")
    main(["settings"])
    lines = capsys.readouterr().out.splitlines()
    printed = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    assert list(printed) == [f"CBBD_{name.upper()}" for name in Settings.model_fields]
    assert "# source in use: sandbox" in lines
    before = load_settings()
    for name, value in printed.items():
        monkeypatch.setenv(name, value)
    assert load_settings() == before


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("CBBD_IN_FLIGHT", "0", "greater than or equal to 1"),
        ("CBBD_IN_FLIGHT", "many", "valid integer"),
        ("CBBD_REQUESTS_PER_SECOND", "-1", "greater than 0"),
        ("CBBD_SOURCE", "espn", "'sandbox' or 'api'"),
        ("CBBD_SANDBOX_SIZE", "huge", "'tiny', 'mini', 'medium' or 'full'"),
        ("CBBD_SANDBOX_NOW", "2025-01-15T12:00:00", "timezone"),
        ("CBBD_SANDBOX_NOW", "soon", "valid datetime"),
    ],
)
def test_a_bad_value_is_one_line_that_names_it(
    name: str, value: str, why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput, match=rf"(?s)^{name}='{value}': .*{why}"):
        load_settings()
    assert main(["settings"]) == 2
    printed = capsys.readouterr()
    assert (printed.out, printed.err.count("\n"), name in printed.err) == ("", 1, True)


def test_a_season_in_progress_sets_the_default_season():
    assert load_settings(sandbox_now=datetime(2023, 11, 20, tzinfo=UTC)).default_season == 2024


def test_a_clock_starts_at_the_given_moment_and_runs():
    start = datetime(2025, 1, 15, 12, tzinfo=UTC)
    clock = Clock(start)
    first = clock()
    assert start <= first <= clock()
    assert first - start < timedelta(hours=1)
    assert abs(Clock()() - datetime.now(UTC)) < timedelta(hours=1)
