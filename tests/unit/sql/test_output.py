"""Where a result goes: formats, files, pipes, terminals."""

from __future__ import annotations

import csv
import io
import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import duckdb
import polars as pl
import pytest

from flows.commands.query import run_query
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.sql._result import Result
from tasks.sql.formats import Format
from tasks.sql.output import Output
from tasks.sql.query import query
from tasks.sql.render import render

START = datetime(2025, 1, 15, 0, 0, tzinfo=UTC)
FRAME = pl.DataFrame(
    {
        "name": ["a,b", 'say "hi"\nho', None],
        "n": [1, None, 3],
        "at": [START, None, START],
        "list": [[1, 2], [], None],
    },
    schema_overrides={"at": pl.Datetime("us", "UTC")},
)


# -- formats --------------------------------------------------------------------------------------------------------


def test_json_is_an_array_of_objects():
    found = json.loads(render(FRAME, "json"))
    assert found[0] == {"name": "a,b", "n": 1, "at": "2025-01-15T00:00:00+00:00", "list": [1, 2]}
    assert found[1] == {"name": 'say "hi"\nho', "n": None, "at": None, "list": []}
    assert render(FRAME.clear(), "json") == b"[]\n"


def test_jsonl_is_an_object_per_line():
    lines = render(FRAME, "jsonl").decode().splitlines()
    assert [json.loads(line)["n"] for line in lines] == [1, None, 3]
    assert render(FRAME.clear(), "jsonl") == b""


def test_numbers_are_numbers_in_json(games: Lake):
    """Trap: sums and decimals were texts."""
    sql = "select sum(game_id) s, sum(game_id * 1.5) d, 'nan'::double n, date '2025-01-15' t from silver.fct_games"
    (found,) = json.loads(render(query(games, sql), "json"))
    assert found == {"s": 3, "d": 4.5, "n": None, "t": "2025-01-15"}


def test_csv_is_quoted_as_spreadsheets_expect():
    text = render(FRAME, "csv").decode()
    assert list(csv.reader(io.StringIO(text))) == [
        ["name", "n", "at", "list"],
        ["a,b", "1", "2025-01-15T00:00:00.000000+0000", "[1,2]"],
        ['say "hi"\nho', "", "", "[]"],
        ["", "3", "2025-01-15T00:00:00.000000+0000", ""],
    ]


def test_parquet_is_read_by_others(tmp_path: Path):
    (tmp_path / "out.parquet").write_bytes(render(FRAME, "parquet"))
    assert duckdb.sql(f"select count(*), sum(n) from '{tmp_path}/out.parquet'").fetchall() == [(3, 4)]


@pytest.mark.parametrize("form", get_args(Format))
def test_every_format_takes_every_table(games: Lake, form: Format):
    """Trap: CSV has no lists, and half of our tables have one."""
    for name in games.tables():
        assert render(query(games, f"select * from {name}"), form)
        assert render(query(games, f"select * from {name} limit 0"), form) or form == "jsonl"


def test_a_value_that_a_format_cannot_take_is_reported(games: Lake):
    with pytest.raises(BadInput, match=r"cannot be written as csv \(.*binary.*\); cast that column to varchar"):
        render(query(games, "select 'x'::blob as b"), "csv")


# -- files ----------------------------------------------------------------------------------------------------------

READERS = {
    ".csv": pl.read_csv,
    ".CSV": pl.read_csv,
    ".json": pl.read_json,
    ".jsonl": pl.read_ndjson,
    ".ndjson": pl.read_ndjson,
    ".parquet": pl.read_parquet,
}


@pytest.mark.parametrize("suffix", READERS)
def test_a_file_has_all_rows_in_the_format_of_its_suffix(
    games: Lake, tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
):
    """Trap: `--output box.csv` wrote a drawing of 50 of 10,281 rows, and `x.parquet` was a text file."""
    file = tmp_path / f"box{suffix}"
    assert run_query("select g.game_id, n from silver.fct_games g, range(600) r(n)", None, file, games) == 0
    assert READERS[suffix](file).shape == (1200, 2)
    assert capsys.readouterr().out == f"1,200 rows written to {file} ({Output.of(None, file).form})\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_format_may_be_named_where_the_suffix_says_none(games: Lake, tmp_path: Path):
    run_query("select 1 as a", "csv", tmp_path / "out.txt", games)
    assert (tmp_path / "out.txt").read_text() == "a\n1\n"


@pytest.mark.parametrize(
    ("name", "form", "why"),
    [
        ("x.xlsx", None, r"\.xlsx says no format; the format follows from \.csv, \.json, .* or give --format"),
        ("x", None, "no suffix says no format"),
        ("x.csv.gz", None, r"\.gz says no format"),
        ("x.csv", "table", "--format table is for reading in a terminal and leaves rows out"),
        ("x.parquet", "csv", r"--format csv and --output .*x\.parquet contradict each other"),
        ("x.jsonl", "json", "contradict each other"),
        ("nowhere/x.csv", None, "there is no folder .*nowhere; make it first"),
        ("", None, "is a folder; name a file in it"),
        ("file/x.csv", None, "there is no folder .*file"),
        (f"{'x' * 300}.csv", None, "cannot be a file|could not be written"),
    ],
)
def test_what_cannot_become_a_file_is_refused_before_the_query_runs(
    games: Lake, tmp_path: Path, name: str, form: Format | None, why: str
):
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match=why) as caught:
        run_query("select 1", form, tmp_path / name, games)
    assert "\n" not in str(caught.value)
    assert [item.name for item in tmp_path.iterdir()] == ["file"]


def test_output_is_judged_before_sql(games: Lake, tmp_path: Path):
    with pytest.raises(BadInput, match="there is no folder"):
        run_query("select * from nothing", None, tmp_path / "nowhere" / "x.csv", games)


def test_a_query_that_fails_leaves_the_old_file(games: Lake, tmp_path: Path):
    file = tmp_path / "x.csv"
    file.write_text("old")
    for sql in ("select nope from silver.fct_games", "select 'x'::blob as b"):
        with pytest.raises(BadInput):
            run_query(sql, None, file, games)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link_and_the_umask_counts(games: Lake, tmp_path: Path):
    """Trap: files of a temporary name are readable by their owner alone."""
    target = tmp_path / "there" / "real.csv"
    target.parent.mkdir()
    target.write_text("old")
    (tmp_path / "x.csv").symlink_to(target)
    run_query("select 1 as a", None, tmp_path / "x.csv", games)
    assert target.read_text() == "a\n1\n"
    assert (tmp_path / "x.csv").is_symlink()
    mask = os.umask(0)
    os.umask(mask)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~mask


def test_a_device_is_written_to_and_not_replaced(games: Lake):
    """Trap: a file that is moved over /dev/null takes the device away from the whole machine."""
    null = Path("/dev/null")
    run_query("select 1", "csv", null, games)
    assert null.is_char_device()


def test_a_full_disk_is_reported(games: Lake):
    with pytest.raises(BadInput, match=r"/dev/full could not be written \(.*No space left on device.*\)"):
        run_query("select 1", "csv", Path("/dev/full"), games)


# -- terminals and pipes ----------------------------------------------------------------------------------------------


def test_parquet_is_not_for_a_terminal(games: Lake, monkeypatch: pytest.MonkeyPatch, capfdbinary):
    run_query("select 1 as a", "parquet", None, games)
    assert pl.read_parquet(capfdbinary.readouterr().out).rows() == [(1,)]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    with pytest.raises(BadInput, match=r"parquet is binary .* name a file with --output"):
        run_query("select 1 as a", "parquet", None, games)


def test_a_table_is_the_default_and_says_what_is_covered(games: Lake, capsys: pytest.CaptureFixture[str]):
    run_query("select * from silver.fct_games where season = 2031", None, None, games)
    assert capsys.readouterr().out == "0 rows; silver.fct_games has the season 2025\n"
    run_query("select 1 as a", None, None, games)
    assert capsys.readouterr().out.endswith("│ 1 │\n└───┘\n1 row\n")


def test_a_closed_standard_output_is_reported(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(BadInput, match="standard output is closed"):
        Output.of(None, None).deliver(Result(FRAME))
