"""Real responses of the API, raw to silver: nothing lost, nothing refused, values as sent, drift named."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import pytest

from quality.dataset import Endpoint, registry
from tasks.lake.lake import Lake
from tasks.layers.report import LayerReport
from tests.support.lakes import built, keep, new_lake, request_of

Records = list[dict[str, Any]]

RECORDED = {
    ("teams", None): "teams.json.gz",
    ("team_seasons", 2025): "teams_2025_20250317_211319.json.gz",
    ("conferences", None): "conferences.json.gz",
    ("games", 2023): "games_team-Duke_season-2023.json.gz",
    ("game_teams", 2025): "games_teams_real_records.json.gz",
    ("game_teams", 2026): "games_teams_real_records.json.gz",
}
LOGOS = {"missing column logos"}
ELO = {f"missing column {side}TeamElo{end}" for side in ("home", "away") for end in ("Start", "End")}
# Fields that came to the API after the recording.
NEWER = {"teams": LOGOS, "team_seasons": LOGOS, "conferences": set(), "games": ELO, "game_teams": set()}
NEVER_ASKED = {"stats_player_season_team-Duke_season-2023.json.gz", "stats_team_season_season-2023.json.gz"}

every_recording = pytest.mark.parametrize(("name", "season"), RECORDED, ids=str)


@dataclass(frozen=True)
class Recording:
    """Records as they came, and the lake that was built from them."""

    endpoint: Endpoint
    records: Records
    lake: Lake
    reports: dict[str, LayerReport]


Recorded = Callable[[str, int | None], Recording]


@pytest.fixture(scope="session")
def recorded(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """A dataset and season with the recorded records and a lake built from them."""
    made: dict[tuple[str, int | None], Recording] = {}

    def of(name: str, season: int | None) -> Recording:
        if (name, season) not in made:
            records = orjson.loads(gzip.decompress((shared / "recorded" / RECORDED[name, season]).read_bytes()))
            chosen = [row for row in records if season is None or row.get("season", season) == season]
            endpoint, lake = registry().endpoints[name], new_lake(tmp_path_factory.mktemp("recorded"))
            keep(lake, request_of(endpoint, season), chosen)
            made[name, season] = Recording(endpoint, chosen, lake, built(lake, endpoint, season))
        return made[name, season]

    return of


@every_recording
def test_every_record_arrives(recorded: Recorded, name: str, season: int | None):
    found = recorded(name, season)
    rows = len(found.records)
    assert rows > 10
    assert {(r.rows_in, r.rows_out, r.quarantined) for r in found.reports.values()} == {(rows, rows, 0)}
    assert {f"{d.kind} {d.column}" for r in found.reports.values() for d in r.drift} == NEWER[name]
    tables = [found.endpoint.table, *registry().silver_of(found.endpoint)]
    assert [found.lake.scan(table.qualified).collect().height for table in tables] == [rows] * len(tables)


@every_recording
def test_values_are_those_of_the_json(recorded: Recorded, name: str, season: int | None):
    """Every scalar of every record, looked up in the JSON by the column's path; a percent became a fraction."""
    found = recorded(name, season)
    (table,) = registry().silver_of(found.endpoint)
    by_key = {tuple(at(row, table.by_name[k].path, season) for k in table.key): row for row in found.records}
    for row in found.lake.scan(table.qualified).collect().iter_rows(named=True):
        source = by_key[tuple(row[name] for name in table.key)]
        for column in table.columns:
            if not column.path:
                continue
            value = row[column.name]
            if hasattr(value, "isoformat"):
                value = value.strftime("%Y-%m-%dT%H:%M:%S.000Z")
            sent = at(source, column.path, season)
            wanted = pytest.approx(sent / 100) if column.percent and sent is not None else sent
            assert value == wanted, (table.name, column.name)


def at(row: dict[str, Any], path: tuple[str, ...], season: int | None) -> Any:
    """The value at a path of the API's names; an injected column is the season asked for."""
    if not path:
        return season
    value: Any = row
    for name in path:
        value = None if value is None else value.get(name)
    return value


def test_real_results(recorded: Recorded):
    """Duke's 36 games of 2023 all have results, on a US Eastern date within the season."""
    games = recorded("games", 2023).lake.scan("silver.fct_games").collect()
    assert games["has_result"].to_list() == [True] * 36
    assert (str(games["game_date"].min()), str(games["game_date"].max())) == ("2022-11-07", "2023-03-18")
    periods = games["home_period_points"].list.sum()
    assert (periods == games["home_points"]).all()


def test_real_box_scores_mirror(recorded: Recorded):
    boxes = recorded("game_teams", 2025).lake.scan("silver.fct_game_teams").collect()
    pairs = boxes.join(boxes, left_on=["game_id", "team_id"], right_on=["game_id", "opponent_id"], suffix="_other")
    assert pairs.height >= 2
    for stat in ("points_total", "possessions", "field_goals_made", "field_goals_pct"):
        assert (pairs[f"team_stats_{stat}"] == pairs[f"opponent_stats_{stat}_other"]).all()
    points = 2 * boxes["team_stats_two_point_field_goals_made"] + 3 * boxes["team_stats_three_point_field_goals_made"]
    assert (points + boxes["team_stats_free_throws_made"] == boxes["team_stats_points_total"]).all()


def test_every_recorded_response_of_a_dataset_is_used(shared: Path):
    """A recording that arrives later belongs into this battery."""
    present = {path.name for path in (shared / "recorded").glob("*.json.gz")}
    assert present == {*RECORDED.values(), *NEVER_ASKED}
