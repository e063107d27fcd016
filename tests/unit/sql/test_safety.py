"""A query reads the tables of the lake, and nothing else of the machine or the network."""

from __future__ import annotations

from pathlib import Path

import pytest

from tasks.errors import BadInput, PipelineError
from tasks.lake.lake import Lake
from tasks.sql.query import query


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """A file beside the lake that holds a key."""
    file = tmp_path / ".env"
    file.write_text("CBBD_API_KEY=hush\n")
    return file


@pytest.mark.parametrize(
    "read",
    [
        "read_text('{}')",
        "read_blob('{}')",
        "read_csv('{}')",
        "read_csv_auto(['{}'])",
        "read_json('{}')",
        "read_parquet('{}')",
        "sniff_csv('{}')",
        "parquet_metadata('{}')",
        "glob('{}')",
        "'{}'",
        "query('from read_text(''{}'')')",
        "(select * from read_text('{}'))",
        "silver.fct_games, lateral (select * from read_text('{}'))",
    ],
)
def test_files_outside_of_the_lake_are_not_read(games: Lake, secret: Path, read: str):
    with pytest.raises(BadInput, match="reads the tables of the lake and nothing else") as caught:
        query(games, f"select * from {read.format(secret)}")
    assert str(secret) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_files_of_the_lake_that_no_named_table_has_are_not_read(games: Lake):
    folder = games.location.replace("'", "''")
    for name in ("lake.json", "catalog.db", "warehouse/silver/fct_lines/**/*.parquet", "raw/**"):
        with pytest.raises(BadInput, match="reads the tables of the lake and nothing else"):
            query(games, f"from silver.fct_games, read_blob('{folder}/{name}')")


@pytest.mark.parametrize(
    "sql",
    [
        "from 'https://example.com/x.csv'",
        "from read_parquet('s3://bucket/x.parquet')",
        "from read_csv('http://127.0.0.1:9/x.csv')",
        "from 'hf://datasets/x/y.csv'",
    ],
)
def test_the_network_is_not_reached(games: Lake, sql: str):
    with pytest.raises(BadInput, match=r"reads the tables of the lake and nothing else"):
        query(games, sql)


@pytest.mark.parametrize("sql", ["from sqlite_scan('catalog.db', 'x')", "select st_point(1, 2)", "from read_xlsx('x')"])
def test_extensions_are_not_fetched(games: Lake, sql: str):
    with pytest.raises(BadInput, match="extension") as caught:
        query(games, sql)
    assert "INSTALL" not in str(caught.value)


def test_variables_of_the_program_are_no_tables(games: Lake):
    """Trap: DuckDB reads a data frame of Python by the name of its variable, ours as well."""
    for name in ("lake", "connection", "statement", "wanted", "found"):
        with pytest.raises(BadInput, match=f"there is no table {name}"):
            query(games, f"select * from {name}")


def test_nothing_is_written(games: Lake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for sql in (
        "copy (select 1) to 'x.csv'",
        "export database 'x'",
        "attach 'x.db'",
        "from silver.fct_games",
        "from checkpoint()",
        "select * from range(100000) order by random()",
    ):
        try:
            query(games, sql)
        except PipelineError:
            continue
    assert list(tmp_path.iterdir()) == []


def test_settings_stay_as_they_are(games: Lake):
    settings = dict(
        query(
            games,
            """select name, value from duckdb_settings() where name in ('enable_external_access',
               'autoinstall_known_extensions', 'autoload_known_extensions', 'lock_configuration',
               'enable_progress_bar')""",
        ).rows()
    )
    assert settings == {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "enable_external_access": "false",
        "enable_progress_bar": "false",  # it would be among the rows on standard output
        "lock_configuration": "true",
    }
