"""Pages of games and players: numbers, charts and box scores are those of the lake."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import cbbd_etl as cbb
from report import links
from report.forms import DASH, day
from report.pages._boxes import COLUMNS
from report.source import Source
from tasks.lake.lake import Lake
from tests.support.html import Element
from tests.unit.report.conftest import SEASON, data_of, script

Read = Callable[[str], Element]


def facts(page: Element) -> dict[str, str]:
    return {item.text: value.text for item, value in zip(page.all("dt"), page.all("dd"), strict=True)}


def charts(page: Element) -> list[Element]:
    return [item for item in page.all("figure") if "data-steps" in item.attributes]


def values(chart: Element, line: int) -> list[int]:
    """Values of a line by minute, from tip-off."""
    changes = chart.attributes["data-steps"].split(";")[line].split()
    return list(accumulate(map(int, changes), initial=int(chart.attributes.get("data-start", 0))))


def boxes(site: Path, team: int) -> dict[str, Any]:
    found: dict[str, Any] = data_of(site, team)["boxes"]
    return found


@pytest.fixture(scope="session")
def played(source: Source) -> dict[str, Any]:
    """A game with a result, forecast, line and usable plays."""
    assert source.minutes is not None
    with_all = source.games.filter(pl.col("predicted_home_margin").is_not_null(), pl.col("spread").is_not_null())
    return with_all.filter(pl.col("game_id").is_in(source.minutes["game_id"].implode())).row(-1, named=True)


def test_a_page_of_a_game_has_forecast_line_and_result(read: Read, lake: Lake, played: dict[str, Any]):
    row = cbb.game(played["game_id"], lake=lake).summary.row(0, named=True)
    found = facts(read(links.of_game(row["game_id"])))
    assert found["Result"].startswith(f"{row['away_points']}{DASH}{row['home_points']} (")
    halves = [pair.split(DASH) for pair in found["Result"].partition("(")[2].rstrip(")").split(", ")]
    assert sum(int(home) for _, home in halves) == row["home_points"]
    margin, spread = row["predicted_home_margin"], row["spread"]
    favourite = row["home_team"] if margin > 0 else row["away_team"]
    assert found["Forecast"].startswith(f"{favourite} by {abs(margin):.1f}")
    assert f"{row['home_team']} wins with {row['home_win_probability']:.0%}" in found["Forecast"]
    favourite = row["home_team"] if spread < 0 else row["away_team"]
    assert found["Line"].startswith(f"{favourite} by {abs(spread):.1f}")


def test_a_game_that_is_to_come_has_a_forecast_and_no_result(read: Read, source: Source):
    coming = source.games.filter(~pl.col("has_result"), pl.col("predicted_home_margin").is_not_null())
    page = read(links.of_game(coming["game_id"][0]))
    found = facts(page)
    assert "Forecast" in found
    assert "Result" not in found
    assert not charts(page)
    assert not [item for item in page.all("div") if "data-box" in item.attributes]


def test_the_score_by_time_ends_with_the_result(read: Read, lake: Lake, source: Source, played: dict[str, Any]):
    """Trap: sides exchanged, or a game whose overtime is missing."""
    assert source.minutes is not None
    plays = cbb.load("fct_plays", seasons=SEASON, lake=lake).filter(pl.col("game_id") == played["game_id"])
    first_half = plays.filter(pl.col("period") == 1)
    chart = charts(read(links.of_game(played["game_id"])))[0]
    ends = [int(minute) for minute in chart.attributes["data-ends"].split()]
    assert ends == [20, 40, *range(45, 40 + 5 * plays["period"].max() - 9, 5)]  # type: ignore[operator]
    for line, side in enumerate(("home", "away")):
        found = values(chart, line)
        assert found[min(20, len(found) - 1)] == first_half[f"{side}_score"].max()
        assert len(found) <= ends[-1] + 1
        assert found[-1] == played[f"{side}_points"]
        assert found == sorted(found)


def test_the_win_probability_goes_from_the_forecast_to_the_winner(read: Read, played: dict[str, Any]):
    _, chart = charts(read(links.of_game(played["game_id"])))
    found = values(chart, 0)
    assert found[0] == round(100 * played["home_win_probability"])
    assert found[-1] == (100 if played["home_points"] > played["away_points"] else 0)
    assert all(0 <= value <= 100 for value in found)


def test_box_scores_of_a_game_are_those_of_the_reader(site: Path, read: Read, lake: Lake, played: dict[str, Any]):
    number = played["game_id"]
    expected = cbb.game(number, lake=lake).players
    shown = [
        item.attributes["data-team"] for item in read(links.of_game(number)).all("div") if "data-box" in item.attributes
    ]
    assert shown == [str(played["away_team_id"]), str(played["home_team_id"])]
    for side in ("away", "home"):
        data = boxes(site, played[f"{side}_team_id"])
        game = next(item for item in data["games"] if item[0] == number)
        rows = {data["players"][place][0]: (starts, values) for place, starts, values in game[4]}
        own = expected.filter(pl.col("team") == played[f"{side}_team"])
        assert len(rows) == own.height > 4
        for line in own.iter_rows(named=True):
            starts, values = rows[line["name"]]
            found = dict(zip(COLUMNS, values.split(" "), strict=True))
            assert bool(starts) == line["starter"]
            assert (found["Min"], found["Pts"]) == (f"{line['minutes']:.0f}", f"{line['points']:.0f}")
            assert found["FG"] == f"{line['field_goals_made']}-{line['field_goals_attempted']}"
        assert game[1] == day(played["game_date"])
    headings = script(site, links.HEADINGS)["boxes"]
    assert [label for label, _ in headings] == list(COLUMNS)


def test_a_page_of_a_player_is_that_of_gold_and_its_games_are_all_there(
    site: Path, read: Read, lake: Lake, source: Source
):
    assert source.players is not None
    members = source.players.filter(pl.col("team_id").is_in(source.teams["team_id"].implode()))
    row = members.sort("minutes").row(-1, named=True)
    page = read(links.of_player(row["athlete_id"]))
    found = facts(page)
    assert found["Games"] == str(row["games"])
    assert found["Points per game"] == f"{row['points_per_game']:.1f}"
    assert found["Win shares"] == f"{row['win_shares_total']:.1f}"
    data = boxes(site, row["team_id"])
    place = next(n for n, (_, number) in enumerate(data["players"]) if number == row["athlete_id"])
    log = [game[0] for game in data["games"] if any(item[0] == place for item in game[4])]
    expected = cbb.load("fct_game_players", seasons=SEASON, lake=lake).filter(
        pl.col("athlete_id") == row["athlete_id"], pl.col("team_id") == row["team_id"]
    )
    assert log == expected.sort("start_at", "game_id")["game_id"].to_list()
    assert len(log) == row["games"]


def test_rosters_schedules_and_slates_link_games_and_players(read: Read, source: Source, played: dict[str, Any]):
    game = f"../{links.of_game(played['game_id'])}"
    team = read(links.of_team(played["home_team_id"]))
    assert game in {item.attributes["href"] for item in team.all("a")}
    assert [item for item in team.all("a") if item.attributes["href"].startswith("../players/")]
    slate = read(links.of_day(played["game_date"]))
    assert game in {item.attributes["href"] for item in slate.all("a")}


def test_players_of_other_divisions_have_no_link(site: Path, source: Source):
    """Trap: a link to the page of a player outside of Division I, which has none."""
    assert source.boxes is not None
    others = set(source.boxes["team_id"]) - set(source.teams["team_id"])
    for team in others:
        assert {number for _, number in boxes(site, team)["players"]} == {None}
    for team in source.teams["team_id"]:
        for _, number in boxes(site, team)["players"]:
            assert number is None or (site / links.of_player(number)).is_file()
