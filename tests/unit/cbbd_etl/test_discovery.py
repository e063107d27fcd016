"""Tables, columns and descriptions follow from the registry and from Iceberg's metadata."""

from __future__ import annotations

from pathlib import Path

import pytest

import cbbd_etl as cbb
from quality.dataset import registry
from tasks.lake.lake import Lake
from tasks.sql.query import query
from tasks.sql.views import views


def test_tables_have_the_rows_seasons_and_times_that_their_data_has(january: Lake):
    """Trap: numbers of metadata that differ from the data behind them."""
    found = {row["table"]: row for row in cbb.tables(lake=january).iter_rows(named=True)}
    there = set(january.tables())
    shown = {f"gold.{name}" for name, view in views().items() if there.issuperset(view.tables)}
    assert found.keys() == there | shown
    for name in january.tables():
        rows = january.scan(name).collect()
        assert found[name]["rows"] == rows.height, name
        if "fetched_at" in rows.columns and rows.height:
            assert found[name]["fetched_at"] == rows["fetched_at"].max(), name
        if "season" in rows.columns and rows.height:
            assert found[name]["seasons"] == "2025", name
        assert found[name]["meaning"], name
    assert found["gold.v_team_dashboard"]["rows"] is None


def test_columns_are_found_by_name_or_meaning():
    found = cbb.columns("Offensive rebound")
    assert {"rebounds_offensive", "offensive_rebound_pct"} <= set(found["column"])
    homes = dict(found.select("column", "tables").iter_rows())
    assert "silver.fct_game_players" in homes["rebounds_offensive"]
    assert not [home for homes in found["tables"] for home in homes if home.startswith("bronze.")]
    assert cbb.columns("elo end")["column"].to_list()[:2] == ["away_team_elo_end", "home_team_elo_end"], "names first"
    assert found["column"].is_unique().all(), "a name has one meaning in the whole lake"


def test_a_column_that_only_bronze_has_is_found():
    found = cbb.columns("unknown_fields")
    assert all(home.startswith("bronze.") for home in found["tables"].to_list()[0])


@pytest.mark.parametrize(("search", "message"), [("rebuond", "did you mean rebound"), ("  ", "name a word")])
def test_a_search_without_a_result_says_what_is_near(search: str, message: str):
    with pytest.raises(cbb.BadInput, match=message):
        cbb.columns(search)


@pytest.mark.parametrize("name", sorted(registry().tables))
def test_every_table_is_described_without_a_lake(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CBBD_LAKE", raising=False)
    item = registry().tables[name]
    found = cbb.describe(item.name)
    assert (found.table, found.key, found.facts) == (name, item.key, None)
    assert found.columns["column"].to_list() == list(item.by_name)
    for column, null in found.columns.select("column", "null").iter_rows():
        assert (null == "never") is (not item.by_name[column].nullable)
    assert found.examples
    assert item.description in str(found)


def test_every_example_runs(january: Lake):
    for name in january.tables():
        for line in cbb.describe(name, lake=january).examples:
            if line.startswith("cbbd-etl query"):
                assert query(january, line.partition('"')[2].rpartition('"')[0]).width > 0
            else:
                assert eval(line.replace(")", ", lake=january)"), {"cbb": cbb, "january": january}).width > 0


def test_a_description_says_what_the_lake_has(january: Lake):
    found = cbb.describe("fct_games", lake=january)
    rows = january.scan("silver.fct_games").collect().height
    assert found.facts is not None
    assert found.facts.startswith(f"{rows:,} rows, seasons 2025, newest response 20")
    assert found.grain == "one row per game_id"
    assert cbb.describe("bronze.games", lake=january).grain.startswith("One row per record of `/games`")
    assert cbb.describe("fct_plays", lake=january).facts == f"no rows in {january.location} yet"
    ratings = cbb.describe("team_ratings_daily", lake=january)
    assert ratings.point_in_time == "as_of_date"
    assert 'cbbd-etl query "from gold.v_team_dashboard limit 5"' not in ratings.examples
    assert 'cbbd-etl query "from gold.v_team_dashboard limit 5"' in cbb.describe("team_resume", lake=january).examples


def test_a_view_is_described(january: Lake):
    found = cbb.describe("v_team_dashboard", lake=january)
    assert found.columns["column"].to_list() == query(january, "from gold.v_team_dashboard limit 1").columns
    assert "Reads gold.conference_standings" in found.meaning
    with pytest.raises(cbb.BadInput, match=r"no table fct_gamez; did you mean silver\.fct_games"):
        cbb.describe("fct_gamez", lake=january)
