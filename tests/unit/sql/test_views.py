"""Views for analysts: Athena's SQL, run by DuckDB on tables shaped by the contracts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from quality.clocks import CLOCKS, MORNING, TIP_OFF
from quality.contracts.gold_games import GAME_PREDICTIONS_FEATURES
from quality.dataset import registry
from tasks.errors import BadInput
from tasks.sql.views import FOLDER, View, contracts, translate, views
from tests.support.contract_rows import frame

FEATURES = {"v_features_morning": MORNING, "v_features_tip_off": TIP_OFF}
NAMES = {
    *(
        "v_team_dashboard",
        "v_player_leaderboard",
        "v_game_predictions",
        "v_conference_race",
        "v_market_report",
        "v_lineups",
        "v_roster_outlook",
    ),
    *FEATURES,
}
Rows = list[dict[str, Any]]


def run(view: View, sql: str, **tables: list[Mapping[str, Any]]) -> Rows:
    """Rows of a statement on a view; tables are named without their layer, others are empty."""
    assert tables.keys() <= {name.partition(".")[2] for name in view.tables}
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'America/Los_Angeles'; create schema gold; create schema silver")
        for name in view.tables:
            rows = frame(name, *tables.get(name.partition(".")[2], []))
            connection.register("given", rows.to_arrow())
            connection.execute(f"create table {name} as select * from given")
            connection.unregister("given")
        connection.execute(f"create view {view.name} as {view.duckdb()}")
        return connection.sql(sql).pl().to_dicts()


def rows_of(name: str, order: str, **tables: list[Mapping[str, Any]]) -> Rows:
    return run(views()[name], f"select * from {name} order by {order}", **tables)


def test_all_views_are_there():
    assert set(views()) == NAMES


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_view_runs_on_tables_that_keep_their_contracts(name: str):
    view = views()[name]
    types = {item["column_name"]: item["column_type"] for item in run(view, f"describe {name}")}
    assert {"season"} <= types.keys()
    assert set(types.values()) <= {"BIGINT", "DOUBLE", "VARCHAR", "BOOLEAN", "DATE", "TIMESTAMP"}, (
        "Athena cannot store a view with a time zone; HUGEINT and DECIMAL differ between the engines"
    )
    assert run(view, f"select * from {name}") == []


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_column_of_a_view_named_as_one_of_its_tables_has_its_type(name: str):
    view = views()[name]
    known = {item: str(column.dtype) for table in contracts(view.tables) for item, column in table.by_name.items()}
    sql_types = {"Int64": "BIGINT", "Float64": "DOUBLE", "String": "VARCHAR", "Boolean": "BOOLEAN", "Date": "DATE"}
    for item in run(view, f"describe {name}"):
        if item["column_name"] in known:
            assert item["column_type"] == sql_types[known[item["column_name"]]], item["column_name"]


@pytest.mark.parametrize("name", sorted(NAMES))
def test_files_say_what_they_answer_and_name_no_database(name: str):
    view, text = views()[name], (FOLDER / f"{name}.sql").read_text()
    assert view.question.endswith("?")
    assert "One row per" in view.about
    assert not [word for word in ("cbbd_", '"$path"', "map_agg", "width_bucket", ";") if word in view.select]
    assert max(map(len, text.splitlines())) <= 120
    assert "{" not in view.athena("cbbd_")
    assert view.athena("my_").startswith(f"create or replace view my_gold.{name} as\n")
    assert set(view.tables) <= registry().tables.keys()


@pytest.mark.parametrize("name", FEATURES)
def test_a_view_of_features_has_the_columns_of_its_clock(name: str):
    """Trap: a list of columns beside the contract is one that a new column does not enter, or enters too early."""
    view, late = views()[name], CLOCKS[CLOCKS.index(FEATURES[name]) + 1 :]
    names = [item["column_name"] for item in run(view, f"describe {name}")]
    told = {column: column.removesuffix("_utc") for column in names}
    known = [column.name for column in GAME_PREDICTIONS_FEATURES.columns if column.clock not in late]
    assert list(told.values()) == known
    assert [column for column, plain in told.items() if column != plain] == ["start_at_utc"]


def test_both_views_of_features_have_the_same_rows_and_only_one_has_lines():
    game = {"season": 2025, "game_id": 1, "team_spread_close": -4.5, "line_providers": 3, "net": 12.5}
    rows = [game | {"team_id": 7, "is_home": True}, game | {"team_id": 8, "team_spread_close": 4.5}]
    morning, tip_off = (rows_of(name, "team_id", game_predictions_features=rows) for name in FEATURES)
    keys = ("season", "game_id", "team_id", "is_home", "net")
    assert [[row[key] for key in keys] for row in morning] == [[row[key] for key in keys] for row in tip_off]
    assert [row["team_spread_close"] for row in tip_off] == [-4.5, 4.5]
    assert not {"team_spread_close", "line_providers", "total_close"} & morning[0].keys()
    assert tip_off[0]["start_at_utc"] == datetime(2025, 1, 15, 0, 0)  # noqa: DTZ001  a view in Athena has no zone


@pytest.mark.parametrize(
    ("columns", "why"),
    [("gold.team_resume:noon", "no clock noon; there are: morning"), ("gold.toys:final", "no table gold.toys")],
)
def test_a_view_of_an_unknown_clock_or_table_is_refused(tmp_path: Path, columns: str, why: str):
    (tmp_path / "v_x.sql").write_text(f"-- What?\nselect {{{columns}}} from {{gold}}.team_resume\n")
    with pytest.raises(BadInput, match=why):
        views(tmp_path)


def test_whole_numbers_are_divided_as_athena_does():
    """Trap: 1 / 2 is 0 in Athena, 0.5 in DuckDB; without the columns' types the translation cannot know."""
    sql = translate(
        "select total_wins / 2 as half from gold.team_season_summary", contracts(["gold.team_season_summary"])
    )
    with duckdb.connect() as connection:
        connection.execute(
            "create schema gold; create table gold.team_season_summary as select 1::bigint as total_wins"
        )
        assert connection.sql(sql).fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("select wins from {gold}.team_resume", "not what its tables can give.*wins"),
        ("select 1 from {gold}.team_resumes", r"no table gold.team_resumes in the registry"),
        ("select from where", "not what its tables can give"),
    ],
)
def test_a_view_that_does_not_keep_to_the_contracts_is_refused(sql: str, why: str):
    with pytest.raises(BadInput, match=f"(?s){why}"):
        View("v_x", "?", "", sql).duckdb()


def test_dashboard_takes_the_newest_power_ranking_and_keeps_teams_without_games():
    powers = [
        {"season": 2025, "team_id": 1, "as_of_date": date(2025, 1, day), "power_rank": rank, "power_score": 1.5}
        for day, rank in ((3, 9), (12, 4), (10, 5))
    ]
    found = rows_of(
        "v_team_dashboard",
        "season, team_id",
        team_season_summary=[
            {"season": 2025, "team_id": 1, "quadrant_3_wins": 2, "quadrant_4_wins": 3},
            {"season": 2025, "team_id": 2, "flag": "no_games"},
            {"season": 2024, "team_id": 1},
        ],
        team_power_rankings=powers,
        team_resume=[{"season": 2025, "team_id": 1, "wins_above_bubble": 2.5}],
        conference_standings=[{"season": 2025, "team_id": 1, "conference_rank": 3}],
    )
    assert [
        (r["season"], r["team_id"], r["power_rank"], r["wins_above_bubble"], r["conference_rank"]) for r in found
    ] == [
        (2024, 1, None, None, None),
        (2025, 1, 4, 2.5, 3),
        (2025, 2, None, None, None),
    ]
    assert found[1]["quadrant_3_4_wins"] == 5


def test_predictions_beside_the_market_and_the_result():
    """Traps: 0-0 is no result, one provider is not the market, UTC whatever the session's zone."""
    games = [{"season": 2025, "game_id": n} for n in (1, 2, 3)]
    found = rows_of(
        "v_game_predictions",
        "game_id",
        game_predictions=[game | {"predicted_home_margin": 6.0} for game in games],
        fct_games=[
            games[0] | {"status": "final", "has_result": True, "home_points": 70, "away_points": 60},
            games[1] | {"status": "final", "home_points": 0, "away_points": 0},
            games[2],
        ],
        market_lines_analysis=[
            games[0] | {"provider": "all providers", "is_consensus": True, "spread_close": -4.5},
            games[0] | {"provider": "one", "spread_close": -9.0},
        ],
    )
    columns = ("home_margin", "predicted_margin_error", "market_home_margin", "market_margin_error", "edge_over_market")
    assert [tuple(r[name] for name in columns) for r in found] == [
        (10, -4.0, 4.5, -5.5, 1.5),
        (None, None, None, None, None),
        (None, None, None, None, None),
    ]
    assert found[1]["home_points"] is None
    assert found[0]["start_at_utc"] == datetime(2025, 1, 15, 0, 0)  # noqa: DTZ001  a view in Athena has no zone


def test_race_projects_the_conference_games_that_are_left():
    """Traps: the conference's tournament, put-off games and games outside the conference are not left to play."""
    members = [{"season": 2025, "team_id": n, "conference_id": 7 if n < 4 else 8} for n in (1, 2, 3, 4)]
    left = {
        "season": 2025,
        "season_type": "regular",
        "status": "scheduled",
        "conference_game": True,
        "game_type": "STD",
    }
    games = [
        left | {"game_id": 1, "home_team_id": 1, "away_team_id": 2},
        left | {"game_id": 2, "home_team_id": 3, "away_team_id": 1, "game_type": None},
        left | {"game_id": 3, "home_team_id": 1, "away_team_id": 2, "game_type": "TRNMNT"},
        left | {"game_id": 4, "home_team_id": 1, "away_team_id": 2, "status": "postponed"},
        left | {"game_id": 5, "home_team_id": 1, "away_team_id": 4},
        left | {"game_id": 6, "home_team_id": 1, "away_team_id": 2, "status": "final", "has_result": True},
        left | {"game_id": 7, "home_team_id": 1, "away_team_id": 2, "conference_game": False},
    ]
    standing = {"season": 2025, "conference_id": 7}
    found = rows_of(
        "v_conference_race",
        "projected_rank",
        conference_standings=[
            standing | {"team_id": 1, "conference_rank": 2, "conference_wins": 3, "conference_losses": 2},
            standing | {"team_id": 2, "conference_rank": 1, "conference_wins": 4, "conference_losses": 2},
            standing | {"team_id": 3, "conference_rank": 3},
            {"season": 2025, "team_id": 5, "conference_id": None},
        ],
        dim_team_seasons=members,
        fct_games=games,
        game_predictions=[{"season": 2025, "game_id": 1, "home_win_probability": 0.75}],
    )
    columns = ("team_id", "games_left", "projected_wins", "projected_losses", "projected_rank")
    assert [tuple(r[name] for name in columns) for r in found] == [
        (2, 1, 4.25, 2.75, 1),  # 4 + 0.25; level with the next, and ahead of it now
        (1, 2, 4.25, 2.75, 2),  # 3 + 0.75 + 0.5, the game without a forecast
        (3, 1, 0.5, 0.5, 3),
    ]


def test_market_report_leaves_pushes_out_and_suspect_spreads_apart():
    line = {"season": 2025, "provider": "one"}
    lines = [
        line | {"game_id": 1, "spread_close": -4.0, "cover_margin": 6.0, "home_spread_result": "won"},
        line | {"game_id": 2, "spread_close": 3.0, "cover_margin": -2.0, "home_spread_result": "lost"},
        line | {"game_id": 3, "spread_close": 2.0, "cover_margin": 1.0, "home_spread_result": "won"},
        line | {"game_id": 4, "spread_close": -5.0, "cover_margin": 0.0, "home_spread_result": "push"},
        line | {"game_id": 5, "cover_margin": 40.0, "home_spread_result": "won", "is_spread_sign_suspect": True},
        line | {"game_id": 6, "total_result": "over"},
        line | {"game_id": 7, "total_result": "push"},
        line | {"game_id": 8, "home_moneyline_result": "lost", "home_implied_probability": 0.4},
        line | {"game_id": 9, "spread_close": -1.0},
    ]
    forecasts = [
        {"season": 2025, "game_id": 1, "predicted_home_margin": 9.0, "home_win_probability": 0.8},  # it was 10
        {"season": 2025, "game_id": 2, "predicted_home_margin": -8.0, "home_win_probability": 0.3},  # it was -5
        {"season": 2025, "game_id": 8, "predicted_home_margin": -1.0, "home_win_probability": 0.5},
    ]
    (found,) = rows_of("v_market_report", "provider", market_lines_analysis=lines, game_predictions=forecasts)
    assert (found["games"], found["suspect_spreads"], found["spread_games"], found["spread_pushes"]) == (8, 1, 4, 1)
    assert found["home_cover_pct"] == pytest.approx(2 / 3)
    assert found["favourite_cover_pct"] == pytest.approx(2 / 3), "games 1 and 2; in game 3 the underdog covered"
    assert (found["over_under_games"], found["over_under_pushes"], found["over_pct"]) == (2, 1, 1.0)
    assert found["spread_error"] == pytest.approx((6 + 2 + 1 + 0) / 4)
    assert found["model_margin_error"] == pytest.approx((1 + 3) / 2)
    assert (found["moneyline_brier"], found["model_brier"]) == (pytest.approx(0.16), pytest.approx(0.25))
