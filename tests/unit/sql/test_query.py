"""SQL over the lake: what people type, what they get, and what they are told when it cannot be."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl
import pytest

from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import GAMES
from quality.contracts.lines import LINES
from tasks.errors import BadInput
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.sql.formats import FORMATS
from tasks.sql.query import query, render
from tests.support.lakes import built, keep, new_lake, request_of
from tests.support.records import record

START = datetime(2025, 1, 15, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """Two games with a line each, in a folder with a space, a quote and a semicolon in its name."""
    lake = new_lake(tmp_path_factory.mktemp("query") / "it's my; lake")
    games = [record(GAMES.record, n, startDate="2025-01-15T00:00:00.000Z", homePeriodPoints=[30, n]) for n in (1, 2)]
    keep(lake, request_of(GAMES, 2025), games)
    keep(lake, request_of(LINES, 2025), [record(LINES.record, n) for n in (1, 2)])
    for endpoint in (GAMES, LINES):
        built(lake, endpoint)
    return lake


def ask(lake: Lake, sql: str) -> list[tuple[object, ...]]:
    return query(lake.location, sql).rows()


def test_tables_join_under_their_names(lake: Lake):
    sql = """select g.game_id, l.provider from silver.fct_games g join silver.fct_lines l using (game_id)
             where g.home_points > 0 order by 1"""
    assert ask(lake, sql) == [(1, "toy"), (2, "toy")]


@pytest.mark.parametrize(
    "name", ["silver.fct_games", "SILVER.FCT_GAMES", '"silver"."fct_games"', 'silver . "fct_games"', "Silver.fct_games"]
)
def test_names_may_be_written_in_every_way_of_sql(lake: Lake, name: str):
    assert ask(lake, f"select count(*) from {name}, bronze.lines") == [(4,)]


def test_polars_and_sql_see_the_same(lake: Lake):
    for name in lake.tables():
        found = query(lake.location, f"select * from {name}")
        assert found.to_dicts() == lake.scan(name).collect().to_dicts()


def test_times_are_utc_whatever_the_machine(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "America/New_York")
    found = query(
        lake.location, "select start_at, start_at::varchar t, game_date::varchar d from silver.fct_games limit 1"
    )
    assert found.row(0) == (START, "2025-01-15 00:00:00+00", "2025-01-14")
    assert found.schema["start_at"] == pl.Datetime("us", "UTC")


def test_semicolons_and_comments_end_a_statement_as_usual(lake: Lake):
    assert ask(lake, "-- games; all of them\nselect ';' s, count(*) n from silver.fct_games;") == [(";", 2)]


def test_without_a_table_sql_is_sql_and_the_catalog_lists_all(lake: Lake):
    assert ask(lake, "select 6 * 7") == [(42,)]
    listed = ask(lake, "select table_schema || '.' || table_name from information_schema.tables order by 1")
    assert [name for (name,) in listed] == lake.tables()


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select * from silver.fct_game", r"fct_game does not exist.* Tables: bronze.games, .*silver.fct_lines"),
        ("select * from gold.ratings", "Tables: bronze.games"),
        ("select points from silver.fct_games", r'column "points" not found'),
        ("selekt 1", "syntax error"),
        ("", "takes one SELECT and changes nothing"),
        ("-- nothing", "takes one SELECT"),
        ("create table t (a int)", "takes one SELECT"),
        ("select 1; drop view silver.fct_games", "takes one SELECT"),
        ("copy silver.fct_games to 'games.csv'", "save its result with --output"),
        ("select * from silver.fct_games where game_id = 'x'", "Could not convert string 'x'"),
    ],
)
def test_what_cannot_be_asked_is_told_with_what_is_there(lake: Lake, sql: str, why: str):
    with pytest.raises(BadInput, match=f"(?is){why}"):
        query(lake.location, sql)


def test_a_query_changes_nothing(lake: Lake):
    with pytest.raises(BadInput):
        query(lake.location, "delete from silver.fct_games")
    assert ask(lake, "select count(*) from silver.fct_games") == [(2,)]


def test_a_place_without_a_lake(tmp_path: Path):
    with pytest.raises(BadInput, match="there is no lake at"):
        query(str(tmp_path / "none"), "select 1")
    assert list(tmp_path.iterdir()) == []


def test_empty_tables_keep_their_columns(tmp_path: Path):
    """Trap: two empty tables in one statement showed the columns of the second."""
    lake = new_lake(tmp_path / "empty")
    assert query(lake.location, "select 1 one").item() == 1
    for endpoint in (LINES, GAME_TEAMS):
        request = request_of(endpoint, 2025)
        keep(lake, request, [record(endpoint.record, 1, **({"lines": []} if endpoint is LINES else {}))])
        built(lake, endpoint)
    with lake.replace(GAME_TEAMS.table, PartitionKey(2025), None):
        pass
    found = query(lake.location, "select provider, pace from silver.fct_lines, bronze.game_teams")
    assert (found.columns, found.height) == (["provider", "pace"], 0)


FRAME = pl.DataFrame(
    {
        "name": ["a,b", 'say "hi"\nho', None],
        "n": [1, None, 3],
        "at": [START, None, START],
        "list": [[1, 2], [], None],
    },
    schema_overrides={"at": pl.Datetime("us", "UTC")},
)


def test_json_is_an_array_of_objects():
    found = json.loads(render(FRAME, "json"))
    assert found[0] == {"name": "a,b", "n": 1, "at": "2025-01-15T00:00:00+00:00", "list": [1, 2]}
    assert found[1] == {"name": 'say "hi"\nho', "n": None, "at": None, "list": []}


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


def test_a_table_ends_with_its_number_of_rows():
    text = render(pl.DataFrame({"n": range(70)}), "table").decode()
    assert text.endswith("70 rows\n")
    assert "shape" not in text


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_takes_every_table(lake: Lake, form: str):
    """Trap: CSV has no lists, and half of our tables have one."""
    for name in lake.tables():
        assert render(query(lake.location, f"select * from {name}"), form)  # type: ignore[arg-type]
        assert render(query(lake.location, f"select * from {name} limit 0"), form)  # type: ignore[arg-type]


def test_a_wide_table_stands_on_its_side():
    """Trap: fifty columns in one line are three letters wide each, and nobody can read them."""
    wide = pl.DataFrame({f"number_of_things_{place}": [place / 3] * 8 for place in range(20)})
    text = render(wide, "table").decode()
    assert "number_of_things_19" in text
    assert "6.333" in text
    assert text.endswith("8 rows of 20 columns, one column per line; the first 6 are shown, --format csv has all\n")
    assert max(map(len, text.splitlines())) <= 160
