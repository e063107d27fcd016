"""`show tables` and `describe`: what the lake has, and what it means."""

from __future__ import annotations

import polars as pl
import pytest

from quality.dataset import registry
from quality.validate import check
from tasks.errors import BadInput
from tasks.lake.counts import row_counts
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.sql.query import query, run
from tasks.sql.render import render
from tests.support.contract_rows import frame
from tests.support.tables import S2024, S2025, replace, toys


@pytest.mark.parametrize("sql", ["show tables", "SHOW TABLES;", "show all tables", "describe", "-- all\nshow tables"])
def test_all_tables_are_listed_with_their_rows_and_their_meaning(games: Lake, sql: str):
    """Trap: DuckDB printed the name of a view, as it had registered nothing else."""
    found = query(games, sql)
    assert found.columns == ["table", "rows", "meaning"]
    assert found["table"].to_list() == games.tables()
    assert dict(found.select("table", "rows").iter_rows()) == row_counts(games, ("bronze", "silver", "ops"))
    of_games = found.row(by_predicate=pl.col("table") == "silver.fct_games", named=True)
    assert of_games["meaning"] == registry().tables["silver.fct_games"].description


def test_the_tables_of_a_layer(games: Lake):
    assert query(games, "show tables from silver")["table"].to_list() == ["silver.fct_games", "silver.fct_lines"]
    with pytest.raises(BadInput, match="the lake has no layer platinum; it has: bronze, "):
        query(games, "show tables from platinum")


def test_rows_are_those_of_the_newest_version(lake: Lake):
    replace(lake, S2024, toys(2024, 1, 2, 3))
    replace(lake, S2025, toys(2025, 1, 2))
    replace(lake, S2025, toys(2025, 1))
    assert query(lake, "show tables").rows() == [("silver.toys", 4, "")]


def test_views_are_listed_and_described_once_their_tables_are_there(lake: Lake):
    for name, extra in (("gold.game_predictions", {}), ("gold.market_lines_analysis", {"provider": "one"})):
        table = registry().tables[name]
        with lake.replace(table, PartitionKey(2025), "x") as out:
            out.add(check(frame(name, {"season": 2025, "game_id": 1, **extra}), table))
    listed = query(lake, "show tables")
    assert listed["table"].to_list()[-1] == "gold.v_market_report"
    assert listed["rows"].to_list() == [1, 1, None]
    for name in ("gold.v_market_report", "v_market_report"):
        found = query(lake, f"describe {name}")
        assert found.row(0) == ("season", "BIGINT", "yes", registry().tables[listed["table"][0]].columns[0].description)


def test_a_lake_without_tables_lists_none(lake: Lake):
    found = run(lake, "show tables")
    assert render(found, "csv") == b"table,rows,meaning\n"
    assert render(found, "table").decode().splitlines()[-1] == "0 rows"


@pytest.mark.parametrize("name", ["silver.fct_games", "fct_games", "SILVER.Fct_Games", '"silver"."fct_games"'])
@pytest.mark.parametrize("verb", ["describe", "desc", "show", "describe table"])
def test_every_column_is_described(games: Lake, verb: str, name: str):
    contract = registry().tables["silver.fct_games"]
    found = query(games, f"{verb} {name}")
    assert found.columns == ["column", "type", "nullable", "meaning"]
    assert found["column"].to_list() == [column.name for column in contract.columns]
    assert found["nullable"].to_list() == ["yes" if column.nullable else "no" for column in contract.columns]
    for said, column in zip(found["meaning"], contract.columns, strict=True):
        assert said.startswith(column.description)


def test_units_belong_to_the_meaning(games: Lake):
    found = query(games, "describe silver.fct_lines")
    contract = registry().tables["silver.fct_lines"].by_name
    with_unit = [name for name, column in contract.items() if column.unit]
    assert with_unit
    meanings = dict(found.select("column", "meaning").iter_rows())
    assert all(contract[name].unit in meanings[name] for name in with_unit)


def test_types_are_those_of_sql(games: Lake):
    found = dict(query(games, "describe bronze.games").select("column", "type").iter_rows())
    assert (found["game_id"], found["start_at"]) == ("BIGINT", "TIMESTAMP WITH TIME ZONE")
    assert found["home_period_points"] == "BIGINT[]"


def test_a_name_without_its_layer(games: Lake):
    with pytest.raises(BadInput, match=r"no table game; did you mean silver\.fct_games or bronze\.games\?"):
        query(games, "describe game")
    assert query(games, "describe games").height == query(games, "describe bronze.games").height


def test_what_is_no_table_is_left_to_duckdb(games: Lake):
    assert query(games, "describe select 1 as one")["column_name"].to_list() == ["one"]
    assert query(games, "describe select game_id from silver.fct_games")["column_type"].to_list() == ["BIGINT"]
    assert query(games, "select column_name from (describe silver.fct_games)").height > 40
    assert "min" in query(games, "summarize silver.fct_games").columns
    assert query(games, "show databases").columns == ["database_name"]


@pytest.mark.parametrize("width", [80, 160])
def test_the_listing_fits_the_terminal_and_leaves_nothing_out(games: Lake, width: int, monkeypatch: pytest.MonkeyPatch):
    """Trap: the middle of a wide table was dropped."""
    monkeypatch.setenv("COLUMNS", str(width))
    contract = registry().tables["silver.fct_games"]
    lines = render(run(games, "describe fct_games"), "table").decode().splitlines()
    assert max(map(len, lines)) <= width
    assert lines[0].startswith("silver.fct_games: One row per game")
    assert "Key: game_id." in " ".join(lines[:3])
    first = [line.split()[0] for line in lines if line.strip() and not line.startswith(" ")]
    assert set(contract.by_name) <= set(first)
    assert lines[-1] == f"{len(contract.columns)} rows"
    words = " ".join(lines).split()
    assert all(word in words for column in contract.columns for word in column.description.split())


def test_a_listing_is_data_for_programs(games: Lake):
    text = render(run(games, "describe fct_lines"), "csv").decode()
    assert text.startswith("column,type,nullable,meaning\n")
    assert render(run(games, "show tables"), "json").startswith(b'[{"table":"bronze.games","rows":2,')
