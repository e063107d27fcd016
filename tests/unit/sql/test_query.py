"""SQL on a lake: what a query gives, and what is said when it cannot be answered."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.lines import LINES
from tasks.errors import BadInput, LakeUnavailable
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.sql.query import query, run
from tests.support.lakes import built, keep, new_lake, request_of
from tests.support.records import record
from tests.support.tables import S2024, S2025, replace, toys

START = datetime(2025, 1, 15, 0, 0, tzinfo=UTC)


def rows(lake: Lake, sql: str) -> list[tuple[object, ...]]:
    return query(lake, sql).rows()


def refusal(lake: Lake, sql: str) -> str:
    """What is said of a statement that is refused: one line."""
    with pytest.raises(BadInput) as caught:
        query(lake, sql)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_tables_join_under_their_names(games: Lake):
    sql = """select g.game_id, l.provider from silver.fct_games g join silver.fct_lines l using (game_id)
             where g.home_points > 0 order by 1"""
    assert rows(games, sql) == [(1, "toy"), (2, "toy")]


@pytest.mark.parametrize(
    "name",
    [
        "silver.fct_games",
        "SILVER.FCT_GAMES",
        '"silver"."fct_games"',
        'silver . "fct_games"',
        "Silver.fct_games",
        "memory.silver.fct_games",
    ],
)
def test_names_may_be_written_in_every_way_of_sql(games: Lake, name: str):
    assert rows(games, f"select count(*) from {name}, bronze.lines") == [(4,)]


@pytest.mark.parametrize(
    "sql",
    [
        "from silver.fct_games limit 2",
        "table silver.fct_games",
        "with fct_games as (from silver.fct_games) select game_id from fct_games",
        "select * from query('from silver.fct_games')",
        "select * from query_table('silver.fct_games')",
        "select (select max(game_id) from silver.fct_games), provider from silver.fct_lines",
        "select 1 from silver.fct_games where game_id in (select game_id from silver.fct_lines)",
        "pivot silver.fct_games on status using count(*) group by game_id",
        "-- from silver.nothing\nselect 'from silver.nothing' from silver.fct_games",
    ],
)
def test_a_table_is_found_wherever_it_is_named(games: Lake, sql: str):
    assert len(rows(games, sql)) == 2


def test_only_the_tables_that_are_named_are_opened(games: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: `select 1` opened all 70 tables, which took most of its time."""
    opened: set[str] = set()
    listed = []
    load, tables = Lake.iceberg, Lake.tables
    monkeypatch.setattr(Lake, "iceberg", lambda lake, name: opened.add(name) or load(lake, name))
    monkeypatch.setattr(Lake, "tables", lambda lake: listed.append(1) or tables(lake))
    query(games, "select 1")
    assert opened == set()
    query(games, "select count(*) from silver.fct_games g join (from silver.fct_lines) using (game_id)")
    assert opened == {"silver.fct_games", "silver.fct_lines"}
    assert not listed, "a listing of Glue's tables takes a call per database"


def test_polars_and_sql_see_the_same(games: Lake):
    for name in games.tables():
        assert query(games, f"select * from {name}").to_dicts() == games.scan(name).collect().to_dicts()


def test_times_are_utc_whatever_the_machine(games: Lake, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "America/New_York")
    found = query(games, "select start_at, start_at::varchar t, game_date::varchar d from silver.fct_games limit 1")
    assert found.row(0) == (START, "2025-01-15 00:00:00+00", "2025-01-14")
    assert found.schema["start_at"] == pl.Datetime("us", "UTC")


def test_semicolons_and_comments_end_a_statement_as_usual(games: Lake):
    assert rows(games, "-- games; all of them\nselect ';' s, count(*) n from silver.fct_games;") == [(";", 2)]


def test_without_a_table_sql_is_sql_and_the_catalog_lists_all(games: Lake):
    assert rows(games, "select 6 * 7") == [(42,)]
    listed = rows(games, "select table_schema || '.' || table_name from information_schema.tables order by 1")
    assert [name for (name,) in listed] == games.tables()
    assert ("fct_games",) in rows(games, "select view_name from duckdb_views() where not internal")


def test_a_sum_of_whole_numbers_is_one(games: Lake):
    """Trap: DuckDB sums in 128 bits, which arrive as decimals, and as text in JSON."""
    found = query(
        games, "select sum(game_id) s, sum(game_id) * 9000000000000000000 huge, null::hugeint n from silver.fct_games"
    )
    assert found.schema["s"] == found.schema["n"] == pl.Int64
    assert found.rows() == [(3, 27_000_000_000_000_000_000, None)]


def test_types_that_polars_lacks_become_text(games: Lake):
    """Trap: the difference of two times is an interval, which Polars refuses."""
    found = query(games, 'select 1 as "a""b", max(start_at) - min(start_at) as gap, 2 as gap from silver.fct_games')
    assert found.rows() == [(1, "00:00:00", 2)]
    assert found.columns[:2] == ['a"b', "gap"]


def test_a_plan_is_given_for_statements_on_tables_that_are_there(games: Lake):
    assert rows(games, "/* why */ explain (format json) select count(*) from silver.fct_games")
    assert "did you mean silver.fct_games" in refusal(games, "explain select * from silver.fct_gamez")


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select points from silver.fct_games", r'column "points" not found.*Candidate bindings: "\w+", "\w+'),
        ("selekt 1", r"syntax error at or near .selekt. \(line 1: selekt 1\)"),
        ("select\n 1,\n 'x'::int", r"Could not convert string 'x' to INT32 \(line 3: 'x'::int\)"),
        ("select * from silver.fct_games where game_id = 'x'", "Could not convert string 'x'"),
        ("select sum(status) from silver.fct_games", r"No function matches .*sum\(VARCHAR\)"),
        ("select \udcff", "not UTF-8 text"),
    ],
)
def test_a_statement_that_fails_is_reported_in_one_line(games: Lake, sql: str, why: str):
    said = refusal(games, sql)
    assert re.search(why, said), said
    assert len(said) < 250
    assert "^" not in said


@pytest.mark.parametrize(
    ("sql", "meant"),
    [
        ("select * from silver.fct_gamez", "silver.fct_games"),
        ("select * from fct_games limit 1", "silver.fct_games"),
        ("from bronze.fct_games", "silver.fct_games"),
        ('from "silver.fct_games"', "silver.fct_games"),
        ("from lake.silver.fct_games", "silver.fct_games"),
        ("from Silver.Fct_Linez", "silver.fct_lines"),
        ("from team_dashboard", "gold.v_team_dashboard"),
        ("from gold.v_nothing", "gold.v_"),
    ],
)
def test_an_unknown_table_is_named_with_the_nearest(games: Lake, sql: str, meant: str):
    """Trap: a typo was answered with the names of all tables, 2,000 bytes."""
    said = refusal(games, sql)
    assert meant in said
    assert len(said) <= 150, "two lines of a terminal"


def test_an_unknown_table_that_is_like_none_is_named_alone(games: Lake):
    said = refusal(games, "select * from silver.fct_games g join bogus using (game_id)")
    assert said == 'there is no table bogus; "show tables" lists all'


def test_a_table_of_the_contract_that_is_not_built_yet(games: Lake):
    said = refusal(games, "select * from gold.team_resume")
    assert said == "gold.team_resume is not in this lake yet: `python flows/gold.py` builds it"


def test_a_lake_without_tables(lake: Lake):
    assert query(lake, "select 1 one").item() == 1
    assert "silver.fct_games is not in this lake yet" in refusal(lake, "from silver.fct_games")
    assert "there is no table bogus" in refusal(lake, "from bogus")


@pytest.mark.parametrize(
    ("sql", "note"),
    [
        ("select * from silver.fct_games where season = 2031", "silver.fct_games has the season 2025"),
        ("with g as (from silver.fct_games) from g where false", "silver.fct_games has the season 2025"),
        ("from silver.fct_games, silver.fct_lines where false", ""),
        ("select 1 where false", ""),
        ("from information_schema.tables where false", ""),
        ("select 1 from silver.fct_games", ""),
    ],
)
def test_no_rows_come_with_what_the_table_covers(games: Lake, sql: str, note: str):
    assert run(games, sql).note == note


def test_seasons_are_reported_as_ranges(lake: Lake):
    for season in (2015, 2016, 2017, 2020, 2024):
        replace(lake, PartitionKey(season), toys(season, 1))
    assert run(lake, "from silver.toys where id = 2").note == "silver.toys has the seasons 2015-2017, 2020, 2024"


def test_empty_tables_keep_their_columns(tmp_path: Path):
    """Trap: two empty tables in one statement showed the columns of the second."""
    lake = new_lake(tmp_path / "empty")
    for endpoint in (LINES, GAME_TEAMS):
        request = request_of(endpoint, 2025)
        keep(lake, request, [record(endpoint.record, 1, **({"lines": []} if endpoint is LINES else {}))])
        built(lake, endpoint)
    with lake.replace(GAME_TEAMS.table, PartitionKey(2025), None):
        pass
    found = query(lake, "select provider, pace from silver.fct_lines, bronze.game_teams")
    assert (found.columns, found.height) == (["provider", "pace"], 0)
    assert run(lake, "from silver.fct_lines").note == "silver.fct_lines has no rows"


def test_a_data_file_that_is_gone_is_no_fault_of_the_statement(lake: Lake):
    for part in (S2024, S2025):
        replace(lake, part, toys(part.season or 0, 1))
    (lost, *_) = Path(lake.location).rglob("season=2024/*.parquet")
    lost.unlink()
    with pytest.raises(LakeUnavailable, match=r"could not be read .*run the query again.*cbbd-etl rebuild"):
        query(lake, "select * from silver.toys")
