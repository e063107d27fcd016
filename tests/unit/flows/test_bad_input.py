"""What people type by mistake: one sentence that names the next step, the right exit code, never a traceback.

All in this process, through the functions that the commands call; a handful of real processes stand at the end.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from flows.command_line.command import run_script
from flows.commands.cli import main
from tests.support import finished
from tests.support.engine import ingest, sandbox_settings

ROOT = Path(__file__).parents[3]
AFTER = datetime(2025, 5, 1, tzinfo=UTC)
NEW_RUN = "20261128T143026Z-f462"


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A sandbox lake of season 2025 with games alone."""
    settings = sandbox_settings(tmp_path_factory.mktemp("typed"), AFTER)
    ingest(settings, "games", "conferences")
    return settings.lake


@pytest.fixture
def typed(
    tmp_path: Path, lake: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], tuple[int, str, str]]:
    """Types a command line; its exit code and what it printed on both streams.

    T is a folder with a file and a folder of other files, LAKE the lake; NAME=value in front is its environment.
    """
    (tmp_path / "afile").write_text("x")
    (tmp_path / "notlake").mkdir()
    (tmp_path / "notlake" / "other.txt").write_text("x")
    for name in os.environ:
        if name.startswith(("CBBD_", "PREFECT_")):
            monkeypatch.delenv(name)
    for name, value in (finished.ENVIRONMENT | {"CBBD_LAKE": lake, "CBBD_SANDBOX_NOW": AFTER.isoformat()}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)

    def run(line: str) -> tuple[int, str, str]:
        words = [word.replace("T/", f"{tmp_path}/").replace("LAKE", lake) for word in shlex.split(line)]
        while "=" in words[0] and not words[0].startswith("-"):
            name, _, value = words.pop(0).partition("=")
            monkeypatch.setenv(name, value)
        command, *args = words
        code = main(args) if command == "cbbd-etl" else run_script(command, args)
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


REFUSED = [
    # -- season ---------------------------------------------------------------------------------------------------
    ("ingest --season 1999", "no season '1999': valid are 2003 to"),
    ("ingest --season 2099", "no season '2099'"),
    ("ingest --season abc", "no season 'abc'"),
    ("ingest --season 2020-2015", "no season '2020-2015'"),
    ("ingest --season 25", "no season '25'"),
    ("ingest --season ''", "an empty value: leave the option out"),
    ("ingest --season ' '", "an empty value"),
    ("gold --season 2019", "has no season 2019; its seasons: 2025; `cbbd-etl ingest --season 2019`"),
    ("gap-fill --season 2019 --dry-run", "has no season 2019; its seasons: 2025"),
    ("audit --season 2019", "has no season 2019; its seasons: 2025"),
    ("replay --season 2019 --dry-run", "has no season 2019; its seasons: 2025"),
    ("cbbd-etl rules --season 1999", "no season '1999'"),
    ("cbbd-etl rules --season abc", "no season 'abc'"),
    ("cbbd-etl rules --season 2019", "has no season 2019; its seasons: 2025"),
    ("cbbd-etl corrections --season 2019", "has no season 2019; its seasons: 2025"),
    ("cbbd-etl corrections --season 2040", "no season '2040'"),
    # -- names ----------------------------------------------------------------------------------------------------
    ("ingest --season 2025 --endpoints nope", "docs/endpoints.md lists them"),
    ("ingest --endpoints gmaes", "did you mean games?"),
    ("ingest --endpoints ''", "an empty value"),
    ("gold --season 2025 --tables nope", "no gold table 'nope'; valid are"),
    ("gold --season 2025 --tables team_rating_daily", "did you mean team_ratings_daily?"),
    ("cbbd-etl corrections --table nope", "nope"),
    ("cbbd-etl views show nope", "nope"),
    ("cbbd-etl views show", "argument"),
    ("cbbd-etl qeury 'select 1'", "did you mean query?"),
    ("ingest --seasons 2025", "--season"),
    ("ingest positional", "positional"),
    # -- dates ----------------------------------------------------------------------------------------------------
    ("ingest --since 2025-13-01", "valid is YYYY-MM-DD"),
    ("ingest --since yesterday", "valid is YYYY-MM-DD"),
    ("ingest --since 2025-01-07 --until 2025-01-01", "is after --until"),
    ("ingest --until 2025-01-01", "needs --since"),
    ("ingest --until 2025-01-01 --dry-run", "needs --since"),
    ("ingest --since 2019-01-01 --until 2019-01-02 --season 2025", "they are in season 2019"),
    ("ingest --since 2019-01-01 --until 2019-01-02 --season 2025 --dry-run", "they are in season 2019"),
    ("gold --as-of 2030-01-01 --season 2025 --dry-run", "has not come yet"),
    ("gold --as-of foo", "valid is YYYY-MM-DD"),
    # -- numbers and choices --------------------------------------------------------------------------------------
    ("ingest --max-calls ten", "valid is a whole number"),
    ("ingest --max-calls -1", "greater than or equal to 0"),
    ("ingest --source prod", "'prod' is not one of 'sandbox', 'api'"),
    ("audit --sample -3 --dry-run", "--sample -3"),
    ("maintenance --keep-days -1 --dry-run", "--keep-days -1"),
    ("backfill --fan-out nope", "'nope' is not one of"),
    ("export --format xlsx", "'xlsx' is not one of"),
    ("export fct_gmaes", "did you mean silver.fct_games"),
    ("export --season 2019", "there is no season 2019 to export"),
    ("export --format csv --out T/x.duckdb", "contradict each other"),
    (f"cbbd-etl kit session 9 --root {ROOT}", "9"),
    ("cbbd-etl sandbox --port 99999", "ports are 1 to 65535"),
    ("cbbd-etl sandbox --config T/nope.json", "is no SandboxConfig"),
    ("cbbd-etl sandbox --now soon", "ISO 8601"),
    # -- places ---------------------------------------------------------------------------------------------------
    ("ingest --lake ''", "an empty path"),
    ("ingest --lake T/afile --dry-run", "is a file"),
    ("ingest --lake T/notlake --dry-run", "holds other files"),
    ("gold --lake T/missing", "there is no lake at"),
    ("audit --lake T/missing", "there is no lake at"),
    ("audit --lake T/notlake", "is not a lake"),
    ("gap-fill --lake T/missing --dry-run", "there is no lake at"),
    ("replay --check --lake T/missing", "there is no lake at"),
    ("maintenance --lake T/missing", "there is no lake at"),
    ("export --lake T/missing", "there is no lake at"),
    ("export --out T/afile", "is a file"),
    ("export --out ''", "an empty value"),
    ("cbbd-etl quota --lake T/missing", "there is no lake at"),
    ("cbbd-etl rules --lake T/missing", "there is no lake at"),
    ("cbbd-etl query 'select 1' --lake T/missing", "there is no lake at"),
    ("cbbd-etl query 'select 1' --lake ''", "an empty path"),
    ("cbbd-etl query 'select 1' --lake ftp://x", "no lake can be at"),
    ("gap-fill --game-ids /nope.txt --dry-run", "/nope.txt"),
    ("cbbd-etl kit copy /nope", "/nope"),
    ("cbbd-etl docs --check --folder /nope", "there is no folder /nope"),
    # -- what contradicts -----------------------------------------------------------------------------------------
    ("ingest --source api --dry-run", "needs a key"),
    ("CBBD_API_KEY= ingest --source api --dry-run", "needs a key"),
    ("CBBD_API_KEY=abc ingest --source api --dry-run", "has data from source sandbox"),
    ("backfill --resume nope", "no run 'nope'"),
    (f"backfill --season 2025 --resume {NEW_RUN} --dry-run", "--resume takes seasons"),
    # -- environment ----------------------------------------------------------------------------------------------
    ("CBBD_SOURCE=foo cbbd-etl settings", "CBBD_SOURCE='foo'"),
    ("CBBD_MAX_CALLS=abc cbbd-etl settings", "CBBD_MAX_CALLS is not a setting: give the option --max-calls"),
    ("CBBD_OVERRIDES=/nope.yaml ingest --dry-run", "CBBD_OVERRIDES=/nope.yaml"),
    ("CBBD_API_KEY=abc SSL_CERT_FILE=/nope/ca.pem ingest --lake T/new --dry-run", "/nope/ca.pem"),
    ("CBBD_API_KEY=abc ALL_PROXY=socks5://127.0.0.1:9 ingest --lake T/new --dry-run", "socks5://127.0.0.1:9"),
    ("CBBD_API_KEY=abc HTTPS_PROXY=ftp://x ingest --lake T/new --dry-run", "ftp://x"),
    # -- queries --------------------------------------------------------------------------------------------------
    ("cbbd-etl query 'select * from silver.fct_gamez'", "did you mean silver.fct_games"),
    ("cbbd-etl query 'selec 1'", "selec"),
    ("cbbd-etl query 'select nope from silver.fct_games'", "nope"),
    ("cbbd-etl query ''", ""),
    ("cbbd-etl query 'select 1' --format xlsx", "xlsx"),
    ("cbbd-etl query 'select 1' --output /nowhere/x.csv", "/nowhere/x.csv"),
    ("cbbd-etl query 'drop table silver.fct_games'", ""),
    ("cbbd-etl query 'delete from silver.fct_games'", ""),
    ("cbbd-etl query \"copy (select 1) to 'T/evil.csv'\"", ""),
    ("cbbd-etl query 'select * from fct_games limit 1'", "did you mean silver.fct_games"),
    ("cbbd-etl query 'select * from gold.v_nothing'", "gold.v_nothing"),
    ("cbbd-etl query 'select 1; select 2'", ""),
    ("cbbd-etl query 'create table x as select 1'", ""),
    ("cbbd-etl query 'select 1' --limit 5", "--limit"),
    ("cbbd-etl query 'select * from silver.fct_games g join bogus using (game_id)'", "bogus"),
    ("cbbd-etl query \"select * from read_csv('/etc/hostname')\"", ""),
]

TAKEN = [
    ("cbbd-etl --version", "cbbd-etl "),
    ("cbbd-etl query 'select 1 as a'", "a"),
    ("cbbd-etl query 'from silver.fct_games limit 1'", "game_id"),
    ("cbbd-etl query 'show tables'", "silver.fct_games"),
    ("cbbd-etl query 'describe silver.fct_games'", "home_points"),
    ("cbbd-etl query 'select * from silver.fct_games where season=2031'", "0 rows"),
    ("CBBD_LAKE= cbbd-etl settings", "CBBD_LAKE"),
    ("ingest --max-calls 0 --dry-run", "calls; none were made"),
    ("ingest --refresh --dry-run --season 2025", "calls; none were made"),
    ("ingest --season 2024 --dry-run", "calls; none were made"),
    ("ingest --lake T/new --season 2023 --source sandbox --dry-run", "calls; none were made"),
    ("gold --dry-run --season 2025", "partitions to build"),
    ("gap-fill --dry-run", "none were made"),
    ("audit --dry-run", "nothing was written"),
    ("replay --dry-run", "to rebuild; nothing was written"),
    ("replay --check --dry-run", "to compare; nothing was written"),
    ("maintenance --dry-run", ""),
    ("export --dry-run --out T/new", "nothing was written"),
    ("backfill --dry-run", "calls; none were made"),
    ("backfill --season 2024-2025 --dry-run", "calls; none were made"),
    ("cbbd-etl ingest --season 2024 --dry-run", "calls; none were made"),
    ("cbbd-etl views list", "v_team_dashboard"),
    ("cbbd-etl quota", "calls in"),
    *((f"cbbd-etl {name} --help", "Usage") for name in (
        *("ingest", "backfill", "gap-fill", "gold", "audit", "replay", "maintenance", "query", "rules", "quota"),
        *("export", "report", "mcp", "corrections", "views", "docs", "kit", "settings"),
    )),
]  # fmt: skip


@pytest.mark.parametrize(("line", "said"), REFUSED, ids=[line for line, _ in REFUSED])
def test_it_is_refused_in_one_sentence(
    typed: Callable[[str], tuple[int, str, str]], line: str, said: str, tmp_path: Path
):
    code, out, err = typed(line)
    assert (code, out) == (2, ""), err
    assert said in err
    assert len(err.strip().splitlines()) <= 3, err
    assert len(err) < 600, "a list of everything is no advice"
    assert "Traceback" not in err
    assert not (tmp_path / "new").exists(), "refused before anything is written"


@pytest.mark.parametrize(("line", "said"), TAKEN, ids=[line for line, _ in TAKEN])
def test_it_is_taken(typed: Callable[[str], tuple[int, str, str]], line: str, said: str, tmp_path: Path):
    code, out, err = typed(line)
    assert code == 0, err
    assert said in out + err
    assert not (tmp_path / "new").exists(), "a dry run writes nothing"


def test_a_misspelt_variable_is_named_with_the_nearest(typed: Callable[[str], tuple[int, str, str]]):
    code, _, err = typed("CBBD_IN_FLIHGT=2 cbbd-etl settings")
    assert (code, "CBBD_IN_FLIHGT is not a setting and is ignored; did you mean CBBD_IN_FLIGHT?" in err) == (0, True)


def test_no_command_is_help_and_code_2(typed: Callable[[str], tuple[int, str, str]]):
    code, out, _ = typed("cbbd-etl")
    assert code == 2
    assert all(name in out for name in ("ingest", "gap-fill", "query", "corrections", "settings", "sandbox"))


def test_a_file_env_from_windows_is_read(typed: Callable[[str], tuple[int, str, str]], tmp_path: Path):
    """Trap: a byte order mark before the first name, carriage returns behind every value."""
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfCBBD_IN_FLIGHT=2\r\nCBBD_SANDBOX_SIZE=mini\r\n")
    code, out, _ = typed("cbbd-etl settings")
    assert (code, "CBBD_IN_FLIGHT=2\n" in out) == (0, True)


def test_a_bug_names_its_trace(
    typed: Callable[[str], tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    def broken(*_: object) -> int:
        raise RuntimeError("first line\nsecond line")

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    monkeypatch.setattr("flows.commands.settings.load_settings", broken)
    code, _, err = typed("cbbd-etl settings")
    assert code == 1
    assert "RuntimeError: first line; this is a bug: its trace is in" in err
    (trace,) = tmp_path.glob("cbbd-etl-*.txt")
    assert "second line" in trace.read_text()


# -- real processes ---------------------------------------------------------------------------------------------------

ETL = str(Path(sys.executable).with_name("cbbd-etl"))


def shell(line: str, folder: Path, lake: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CBBD_", "PREFECT_"))}
    return subprocess.run(
        ["bash", "-c", f"set -o pipefail; {line}"],
        cwd=folder,
        env=kept | finished.ENVIRONMENT | {"CBBD_LAKE": lake, "PREFECT_HOME": str(folder / "prefect")} | environment,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=300,
        check=False,
    )


@pytest.mark.parametrize(
    ("line", "environment", "code", "said"),
    [
        (f"{ETL} query 'from silver.fct_games' --format csv | head -1 > /dev/null", {}, (0, 141), ""),
        (f"{ETL} settings >&-", {}, (1,), "standard output is closed"),
        (f"{ETL} query \"select 'Málaga' as é\"", {"LC_ALL": "C", "PYTHONUTF8": "0"}, (0,), ""),
        (f"{ETL} views list", {"COLUMNS": "20", "NO_COLOR": "1"}, (0,), ""),
        (f"{sys.executable} {ROOT}/flows/replay.py --check --lake missing", {}, (2,), "there is no lake at"),
        (f"{sys.executable} {ROOT}/flows/maintenance.py --lake /proc/x", {}, (2,), "/proc/x"),
        (f"{ETL} ingest --lake /proc/x", {}, (2,), "/proc/x"),
    ],
    ids=["head", "closed", "ascii", "narrow", "replay", "proc", "ingest-proc"],
)
def test_a_real_process(
    tmp_path: Path, lake: str, line: str, environment: dict[str, str], code: tuple[int, ...], said: str
):
    done = shell(line, tmp_path, lake, **environment)
    assert done.returncode in code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert "starting Prefect" not in done.stderr, "input is checked before Prefect is started"
