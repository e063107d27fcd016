"""Shot maps: every located shot lies in the nearest hexagon, and the pages state how many shots have a location."""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from report import links
from report.shot_maps import ACROSS, LEAST_LOCATED, ROW, ShotMap, binned, line_of, maps, of_player, of_players, of_teams
from report.source import Source

SCHEMA = {
    **dict.fromkeys(("team_id", "opponent_id", "shot_info_shooter_id", "shot_value"), pl.Int64()),
    "is_shot_made": pl.Boolean(),
    **dict.fromkeys(("shot_info_location_x", "shot_info_location_y"), pl.Float64()),
}


def shot(x: float | None, y: float | None, *, team: int = 1, made: bool = True, value: int = 2, by: int | None = 7):
    return (team, 3 - team, by, value, made, x, y)


def bins(*shots: tuple[Any, ...]) -> pl.DataFrame:
    return binned(pl.DataFrame(list(shots), schema=SCHEMA, orient="row"))


def distance(x: float, y: float, column: int, row: int) -> float:
    return math.hypot(x - ACROSS * (column + 0.5 * (row % 2)), y - ROW * row)


@given(st.floats(0, 500), st.floats(0, 470))
def test_a_shot_lies_in_the_nearest_hexagon(across: float, down: float):
    """Compared with a search over all centres."""
    ((column, row),) = bins(shot(down, across)).select("column", "row").rows()
    near = min(distance(across, down, c, r) for c in range(-1, 14) for r in range(-1, 16))
    assert distance(across, down, column, row) == pytest.approx(near, abs=1e-6)
    assert 0 <= column < 14
    assert 0 <= row < 15


@given(st.floats(0, 469), st.floats(0, 500))
def test_both_baskets_are_one(x: float, y: float):
    """Trap: half of the shots are at the other basket, where left and right are exchanged too."""
    assert bins(shot(x, y)).rows() == bins(shot(940 - x, 500 - y)).rows()


def test_shots_without_a_location_on_the_court_are_counted_and_not_drawn():
    found = bins(*[shot(None, None)] * 3, *[shot(50, 250)] * 4, shot(2000, 250), shot(50, None))
    assert found["attempts"].sum() == 9
    drawn = maps(found, "team_id")[1,]
    assert (drawn.attempts, drawn.located, len(drawn.bins)) == (9, 4, 1)
    assert maps(bins(*[shot(None, None)] * 5), "team_id") == {(1,): ShotMap(5, 0, [])}


def test_a_bin_is_compared_with_all_teams_from_there():
    shots = [shot(50, 250, made=True)] * 30 + [shot(50, 250, team=2, made=False)] * 30 + [shot(200, 100)] * 1
    own = maps(bins(*shots), "team_id")
    ((column, row, kind, step),) = own[1,].bins
    assert (kind, step) == (2, 2)
    assert own[2,].bins == [(column, row, 0, 2)]
    assert maps(bins(*shots), "opponent_id")[2,].bins == own[1,].bins
    assert own[1,].code == f"8{chr(97 + column)}{chr(97 + row)}"


def test_few_located_shots_of_a_player_are_no_map():
    found = bins(*[shot(50, 250)] * LEAST_LOCATED, *[shot(50, 250, by=8)] * (LEAST_LOCATED - 1), shot(50, 250, by=None))
    assert of_players(found)["athlete_id"].to_list() == [7]
    assert of_players(None).is_empty()
    row = {"team": "Alder", "map_code": None, "map_located": None, "map_attempts": None}
    assert of_player([row]) == []
    assert of_teams(None, 2025) == {}


def test_the_three_point_line_is_that_of_the_season():
    assert (line_of(2019), line_of(2020)) == ("20.75 20.75", "22.146 21.656")


def test_pages_draw_the_shots_of_the_lake(source: Source, site: Path):
    shots = source.lake.scan("silver.fct_shots").collect()
    usable = source.lake.scan("silver.fct_game_pbp").filter("is_pbp_usable").select("game_id").collect()
    counted = shots.join(usable, on="game_id", how="semi")
    number = source.teams["team_id"][0]
    text = (site / links.of_team(number)).read_text()
    for column, whose in (("team_id", "Own shots"), ("opponent_id", "Opponents' shots")):
        own = counted.filter(pl.col(column) == number)
        located = own["shot_info_location_x"].count()
        assert f"{whose.replace(chr(39), '&#39;')}: {located:,} of {own.height:,} have a location" in text
    codes = re.findall(r'data-map="([^"]*)"', text)
    assert len(codes) == 2
    assert all(re.fullmatch(r"(\d([a-o]{2})+)+", code) for code in codes)
    by_player = counted.drop_nulls("shot_info_location_x").group_by("shot_info_shooter_id").len()
    most, least = by_player.sort("len").row(-1), by_player.sort("len").row(0)
    for (athlete, found), has in ((most, True), (least, False)):
        page = (site / links.of_player(athlete)).read_text()
        assert ("data-map" in page) is has is (found >= LEAST_LOCATED)


def test_the_page_of_all_players_has_the_chart_and_those_with_most_usage(source: Source, site: Path):
    assert source.players is not None
    members = source.players.filter(
        pl.col("team_id").is_in(source.teams["team_id"].implode()), pl.col("minutes") >= 200
    )
    best = members.sort("usage_pct", "athlete_id", descending=[True, False]).row(0, named=True)
    text = (site / links.PLAYERS).read_text()
    assert f"Usage against true shooting of {min(500, members.height)} players" in text
    assert f'<a href="../{links.of_player(best["athlete_id"])}">{best["name"]}</a>' in text


def test_the_page_of_a_player_names_similar_seasons(source: Source, site: Path):
    assert source.similar is not None
    first = source.similar.filter(similar_rank=1).row(0, named=True)
    text = (site / links.of_player(first["athlete_id"])).read_text()
    assert f"{first['similar_name']} ({first['similar_team']} {first['similar_season']})" in text
