"""One battery for every endpoint and table: a new contract file is tested before anybody writes a test for it."""

from __future__ import annotations

from collections import defaultdict

import orjson
import polars as pl
import pytest
from polars.testing import assert_frame_equal
from pyiceberg.io.pyarrow import schema_to_pyarrow

from quality.column_checks import pandera_schema
from quality.dataset import Endpoint, Partition, Table, list_fields, registry
from quality.validate import check
from tasks.lake.iceberg import iceberg_schema, partition_spec, to_arrow
from tasks.layers.silver import conform
from tasks.parsing.parse import parse
from tests.support.records import record

ENDPOINTS = list(registry())
TABLES = [*(endpoint.table for endpoint in ENDPOINTS), *registry().tables.values()]
SERVED = [table for table in TABLES if table.layer in ("silver", "gold")]
CONFORMED = [table for table in SERVED if table.source is not None]

every_endpoint = pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: endpoint.name)
every_table = pytest.mark.parametrize("table", TABLES, ids=lambda table: table.qualified)
every_conformed_table = pytest.mark.parametrize("table", CONFORMED, ids=lambda table: table.qualified)
every_served_table = pytest.mark.parametrize("table", SERVED, ids=lambda table: table.qualified)

# The API uses these names in several roles; everything else has one description wherever it stands.
IN_TWO_ROLES = {
    *("home_points", "away_points"),  # running in plays, final in lines
    "conference_id",
    "conference",  # the NAME in fct_ratings_elo
    *("offensive_rating", "defensive_rating", "net_rating"),  # of players, and adjusted of teams
    *("rating", "points"),  # of the simple rating system and of recruits; on the court and in polls
    *("school", "location", "eligibility"),  # recruits', draft teams' and the portal's own
    "source_id",  # a number in dim_draft_teams
    "games",  # played; that count, in ratings
    "flag",  # what its words stand for in each gold table
    "home_win_probability",  # after a play; on the morning of the game
}
IN_TWO_TYPES = {"source_id"}


def sample(endpoint: Endpoint, count: int = 1) -> pl.DataFrame:
    """Bronze rows made from the contract, through the parser."""
    parsed = parse(orjson.dumps([record(endpoint.record, n) for n in range(1, count + 1)]), endpoint)
    assert parsed.rejects == []
    assert parsed.drift == []
    made = {column.name: pl.lit(None, dtype=column.dtype) for column in endpoint.columns[len(endpoint.fields) :]}
    made |= {"fetched_at": pl.lit("2025-06-01T12:00:00Z").str.to_datetime("%+", time_unit="us", time_zone="UTC")}
    made |= {"raw_object": pl.lit("toy"), "season": pl.lit(2025)} if "season" in made else {"raw_object": pl.lit("toy")}
    made |= {name: pl.lit("2025-01-15").str.to_date() for name in ("date", "as_of") if name in made}
    made |= {"game_id": pl.lit(7)} if "game_id" in made else {}
    return parsed.frame.with_columns(expression.alias(name) for name, expression in made.items()).cast(
        {column.name: column.dtype for column in endpoint.columns}
    )


@every_served_table
def test_key_exists_and_is_never_null(table: Table):
    assert table.key
    assert [name for name in (*table.key, *table.version) if name not in table.by_name] == []
    assert [name for name in table.key if table.by_name[name].nullable] == []


@every_served_table
def test_partition_columns_are_there(table: Table):
    if table.season_column is not None and table.partition is not Partition.NONE:
        assert table.by_name[table.season_column].dtype == pl.Int64()
        assert not table.by_name[table.season_column].nullable
    if table.partition is Partition.SEASON:
        assert table.season_column is not None
    if table.partition is Partition.MONTH:
        assert table.by_name[str(table.month_column)].dtype == pl.Date()
    assert [name for name in table.sort if name not in table.by_name] == []


@every_table
def test_every_column_is_described(table: Table):
    assert table.description.endswith(".")
    assert [column.name for column in table.columns if len(column.description) < 4] == []
    assert [column.name for column in table.columns if column.name != column.name.lower()] == []


def test_a_column_name_has_one_meaning():
    """One name, one type and one description over all tables that are served: what makes joins and docs trustworthy."""
    types: dict[str, set[str]] = defaultdict(set)
    meanings: dict[str, set[str]] = defaultdict(set)
    for table in SERVED:
        for column in table.columns:
            types[column.name].add(str(column.dtype))
            meanings[column.name].add(column.description)
    assert {name for name, found in types.items() if len(found) > 1} == IN_TWO_TYPES
    assert {name for name, found in meanings.items() if len(found) > 1} == IN_TWO_ROLES


def test_names_carry_their_unit_or_role():
    """`is_`/`has_` would be wrong for API names that silver keeps; what we derive follows the rule."""
    derived = [item.column for table in SERVED for item in table.derived]
    booleans = [column.name for column in derived if column.dtype == pl.Boolean()]
    assert [name for name in booleans if not name.startswith(("is_", "has_"))] == []
    dates = [c.name for table in SERVED for c in table.columns if c.dtype == pl.Date()]
    assert [name for name in dates if not name.endswith(("_date", "_of_birth")) and name != "as_of"] == []


@every_table
def test_iceberg_schema_follows_the_contract(table: Table):
    schema = iceberg_schema(table)
    ids = [field.field_id for field in schema._lazy_id_to_field.values()]
    assert len(ids) == len(set(ids))
    assert [field.name for field in schema.fields] == [column.name for column in table.columns]
    assert [field.required for field in schema.fields] == [not column.nullable for column in table.columns]
    assert [field.doc for field in schema.fields] == [column.description for column in table.columns]
    names = [field.name for field in partition_spec(table, schema).fields]
    months = [f"{table.month_column}_month"] if table.partition is Partition.MONTH else []
    seasons = [table.season_column] if table.season_column else []
    assert names == ([] if table.partition is Partition.NONE else [*seasons, *months])


@every_table
def test_lists_of_objects_are_never_null(table: Table):
    """PyIceberg 0.12 stores a null list of objects as an empty one, without a word."""
    lists = [column for column in table.columns if str(column.dtype).startswith("List(Struct")]
    assert [column.name for column in lists if column.nullable] == []


@every_table
def test_an_empty_frame_goes_through(table: Table):
    empty = pl.DataFrame(schema={column.name: column.dtype for column in table.columns})
    checked = check(empty, table)
    assert (checked.report.rows_in, checked.report.quarantined) == (0, 0)
    schema = iceberg_schema(table)
    arrow = to_arrow(checked.good, schema)
    assert arrow.schema.equals(schema_to_pyarrow(schema, include_field_ids=False))
    assert_frame_equal(pl.DataFrame(arrow).cast(dict(empty.schema)), empty)


@every_endpoint
def test_a_full_record_survives_to_arrow_and_back(endpoint: Endpoint):
    frame = sample(endpoint)
    checked = check(frame, endpoint.table)
    assert checked.report.quarantined == 0, checked.quarantined
    back = pl.DataFrame(to_arrow(checked.good, iceberg_schema(endpoint.table))).cast(dict(frame.schema))
    assert_frame_equal(back, frame)


@every_conformed_table
def test_silver_accepts_what_bronze_has(table: Table):
    """Explode, rename, scale and derive: one record in, its rows out, all of them valid."""
    assert table.source is not None
    silver, dropped = conform(sample(table.source, 3), table)
    checked = check(silver, table)
    assert checked.report.quarantined == 0, checked.quarantined
    assert (checked.report.rows_out + dropped, checked.good.columns) == (3, list(table.by_name))


@every_endpoint
def test_nulls_of_a_division_by_zero_are_no_reason_to_refuse_a_row(endpoint: Endpoint):
    """Trap: the model calls ratings required, and a line-up without a possession has none."""
    columns = [column for column in endpoint.fields if column.can_be_null]
    rows = sample(endpoint).with_columns(pl.lit(None, dtype=c.dtype).alias(c.name) for c in columns)
    assert check(rows, endpoint.table).report.quarantined == 0


def test_percents_where_the_api_has_two_scales():
    """Trap: turnoverRatio and trueShootingPct are fractions in season statistics, percentages in box scores."""
    bronze = registry().endpoints
    turnovers = "team_stats_four_factors_turnover_ratio"
    named = [bronze[name].table.by_name[turnovers] for name in ("game_teams", "stats_team_season", "lineups")]
    assert [column.unit for column in named] == ["percent", "fraction 0-1", "fraction 0-1"]
    (box,) = (column for column in list_fields(bronze["game_players"], "players") if column.name == "true_shooting_pct")
    season = bronze["stats_player_season"].table.by_name
    rates = (box, season["true_shooting_pct"], season["effective_field_goal_pct"])
    assert [column.unit for column in rates] == ["percent", "fraction 0-1", "percent"]


@every_conformed_table
def test_percents_are_fractions_in_silver(table: Table):
    """One unit for shares in the lake: 0-1, and bounds that follow."""
    assert table.source is not None
    wide = [column for column in table.columns if column.percent]
    assert {column.unit for column in wide} <= {"fraction 0-1"}
    bronze = sample(table.source)
    silver, _ = conform(bronze, table)
    for column in wide:
        if column.name in bronze.columns:
            assert silver[column.name].to_list() == [pytest.approx(bronze[column.name][0] / 100)]


@every_table
def test_rules_become_a_pandera_schema(table: Table):
    schema = pandera_schema(table)
    assert list(schema.columns) == list(table.by_name)
    assert {name for name, rule in schema.columns.items() if rule.nullable} == {
        column.name for column in table.columns if column.nullable
    }
