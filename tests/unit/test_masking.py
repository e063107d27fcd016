"""No secret in what is printed: known ones everywhere, and words of refused input that can be a key."""

from __future__ import annotations

import random
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.commands.cli import main
from tasks.errors import BadInput
from tasks.masking import hidden, masked, repeats, without_credentials, without_secret
from tasks.settings import Settings, load_settings

KEYS = [
    "Zx9+/Q7kP0aLm3VdT8yRb5NcW2eUs6hJ1gKfXoIiDqEtYzBwAvCnMrHpSlGuOjF4",
    "t0p-secret-key-of-a-test-1",
    "sk-live-0123456789abcdef",
    "AKIAIOSFODNN7EXAMPLE1",
    "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b",
]
NUMBERS = [
    f"CBBD_{name.upper()}"
    for name, field in Settings.model_fields.items()
    if field.annotation in (int, float) or name in {"source", "metrics", "sandbox_size", "sandbox_now"}
]
OPTIONS = ["--season", "--max-calls", "--since", "--endpoints", "--resume", "--source", "--order"]


@pytest.fixture(autouse=True)
def nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CBBD_API_KEY", *NUMBERS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("tasks.masking._remembered", set())
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", NUMBERS)
def test_a_key_in_the_wrong_variable_is_not_printed(
    name: str, key: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """The key is set nowhere else: it is recognised by its look."""
    monkeypatch.setenv(name, key)
    with pytest.raises(BadInput, match=name) as refused:
        load_settings()
    assert key not in str(refused.value)
    assert main(["settings"]) == 2
    printed = capsys.readouterr()
    assert key not in printed.out + printed.err
    assert name in printed.err


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("option", OPTIONS)
def test_a_key_in_an_option_is_not_printed(option: str, key: str, capsys: pytest.CaptureFixture[str]):
    assert main(["backfill", option, key, "--dry-run"]) == 2
    printed = capsys.readouterr()
    assert key not in printed.out + printed.err
    assert "error:" in printed.err


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "line",
    [
        "{}",
        "ingest {}",
        "ingest --{}",
        "--{}",
        "kit session {}",
        "query {} extra",
        "sandbox --port {}",
        "sandbox --seed {}",
        "sandbox --config {}",
    ],
)
def test_a_key_in_the_wrong_place_is_not_printed(line: str, key: str, capsys: pytest.CaptureFixture[str]):
    assert main(line.format(key).split()) == 2
    printed = capsys.readouterr()
    assert key not in printed.out + printed.err


@pytest.mark.parametrize(
    "name", ["CBBD_LAKE", "CBBD_OVERRIDES", "CBBD_SANDBOX_CONFIG", "CBBD_IN_FLIGHT", "CBBD_BASE_URL"]
)
def test_the_key_itself_is_masked_in_every_setting(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """Whatever its look: here it is a word like any other."""
    monkeypatch.setenv("CBBD_API_KEY", "basketball-word")
    monkeypatch.setenv(name, "basketball-word")
    main(["settings"])
    main(["query", "select 1"])
    main(["ingest", "--dry-run"])
    printed = capsys.readouterr()
    assert "basketball-word" not in printed.out + printed.err


def test_a_key_of_the_file_env_is_masked_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / ".env").write_text("CBBD_API_KEY=basketball-word\nCBBD_LAKE=basketball-word\n")
    assert main(["query", "select 1"]) == 2
    assert "basketball-word" not in capsys.readouterr().err


def test_credentials_in_the_base_url_are_not_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("CBBD_BASE_URL", "https://me:s3cret-word@api.test")
    monkeypatch.setenv("CBBD_API_KEY", KEYS[1])
    assert main(["ingest", "--dry-run"]) == 2
    main(["settings"])
    printed = capsys.readouterr()
    assert "s3cret-word" not in printed.out + printed.err
    assert "https://***@api.test" in printed.err
    assert load_settings().identity == {"source": "api", "host": "api.test"}


@pytest.mark.parametrize(
    "text",
    [
        "no season '2020-2015': valid are 2003 to 2026",
        "run 20261128T143026Z-f462 was interrupted",
        "games?season=2025&startDateRange=2024-11-01T00:00:00.000Z",
        "no table silver.fct_gamez; did you mean silver.fct_games?",
        "/tmp/pytest-of-root/pytest-132/test_a_ca_file_is_honoured_SSL0/lake/raw/games/season=2025",
        "s3://bucket/prefix/warehouse/cbbd_silver/fct_games",
        "https://api.collegebasketballdata.com/games?season=2025",
        "CBBD_REQUESTS_PER_SECOND='many': Input should be a valid number",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    ],
)
def test_ordinary_messages_stay_as_they_are(text: str):
    assert masked(text) == text


@pytest.mark.parametrize(
    "word", ["2025-01-15T12:00:00", "20261128T143026Z-f462", "tomorrow", "2015-2020", "gmaes", "abc123"]
)
def test_ordinary_input_is_repeated(word: str):
    assert word in hidden(f"--since {word}: no", word)


def test_random_keys_are_masked_wherever_they_are():
    """Base64 of 48 bytes, as the API issues them."""
    letters = string.ascii_letters + string.digits + "+/"
    draw = random.Random(2003)
    keys = ["".join(draw.choices(letters, k=64)) for _ in range(500)]
    assert [key for key in keys if not key.startswith("/") and key in masked(f"the value {key} is wrong")] == []


@given(st.text(string.printable, min_size=8, max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_a_secret_is_never_left_in_a_body(secret: str, before: str, after: str):
    body = f"{before}{secret}{after}".encode()
    assert repeats(body, secret)
    assert not repeats(without_secret(body, secret), secret)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://u:p@h:1", "http://***@h:1"),
        ("u:p@h:1", "***@h:1"),
        ("http://h:1", "http://h:1"),
        ("h:1", "h:1"),
        ("http://[x", "..."),
    ],
)
def test_an_address_is_shown_without_credentials(address: str, shown: str):
    assert without_credentials(address) == shown
