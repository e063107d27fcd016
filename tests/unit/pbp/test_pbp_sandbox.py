"""The simulated API knows its possessions: they are found from its plays, in every game, by the code that derives."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import polars as pl
import pytest

from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import GAMES, HAS_RESULT
from quality.contracts.lines import FCT_LINES, LINES
from quality.contracts.plays import PLAYS
from quality.contracts.possessions import FCT_GAME_PBP, FCT_GAME_TEAMS_PBP, FCT_POSSESSIONS
from quality.contracts.win_probability import FCT_PLAY_WIN_PROBABILITY
from quality.dataset import Endpoint, Table
from quality.validate import check
from sandbox import Sandbox, SandboxConfig
from tasks.layers.silver import shape
from tasks.parsing.parse import parse
from tasks.pbp.box import team_boxes
from tasks.pbp.game_pbp import game_pbp
from tasks.pbp.possessions import possessions
from tasks.pbp.win_probability import win_probability

DAYS = ("2024-11-06", "2024-12-14", "2025-01-11", "2025-02-15", "2025-03-15")
SAME = {
    "points": "points_total", "field_goals_attempted": "field_goals_attempted",
    "three_point_field_goals_made": "three_point_field_goals_made", "free_throws_attempted": "free_throws_attempted",
    "free_throws_made": "free_throws_made", "offensive_rebounds": "rebounds_offensive",
    "defensive_rebounds": "rebounds_defensive", "turnovers": "turnovers_total", "assists": "assists",
    "steals": "steals", "blocks": "blocks", "technical_fouls": "fouls_technical",
}  # fmt: skip


@pytest.fixture(scope="module")
def season() -> dict[str, pl.DataFrame]:
    """Games, boxes and the plays of three days, as the API sends them, and what is made of them."""
    with Sandbox(SandboxConfig(now=datetime(2025, 5, 1, tzinfo=UTC))).client() as client:

        def asked(endpoint: Endpoint, **params: Any) -> pl.DataFrame:
            return parse(client.get(endpoint.path, params=params).content, endpoint).frame

        plays = pl.concat([asked(PLAYS, date=day) for day in DAYS])
        frames = {"games": asked(GAMES, season=2025), "boxes": asked(GAME_TEAMS, season=2025)}
        quotes = asked(LINES, season=2025)
    fetched = [pl.lit(datetime(2025, 5, 1, tzinfo=UTC)).cast(pl.Datetime("us", "UTC")).alias("fetched_at")]
    dated = pl.col("start_at").dt.convert_time_zone("America/New_York").dt.date().alias("game_date")
    plays = plays.with_columns(dated, pl.lit("sandbox").alias("raw_object"), *fetched)
    games = (
        frames["games"]
        .with_columns(dated, HAS_RESULT.expr.alias("has_result"))
        .join(plays.select("game_id").unique(), on="game_id", how="semi")
    )
    rows = possessions(plays.lazy()).collect()
    quotes = quotes.with_columns(
        pl.lit(2025, pl.Int64).alias("season"), pl.lit("sandbox").alias("raw_object"), *fetched
    )
    chances = win_probability(plays.lazy(), games.lazy(), shape(quotes, FCT_LINES).lazy()).collect()
    verdict = game_pbp(games.lazy(), plays.lazy(), rows.lazy(), frames["boxes"].lazy(), chances.lazy())
    team = team_boxes(rows.lazy())
    made = {"possessions": rows, "verdicts": verdict.collect(), "teams": team.collect(), "chances": chances}
    return frames | made | {"games": games, "plays": plays}


def test_every_game_is_usable(season: dict[str, pl.DataFrame]):
    assert season["games"].height > 15
    assert season["verdicts"]["pbp_flag"].to_list() == ["ok"] * season["games"].height


def test_possessions_are_those_that_were_played(season: dict[str, pl.DataFrame]):
    """The simulation does not count a possession that the period cuts off; here one with a play in it counts."""
    whole = season["possessions"].filter(pl.col("end_type") != "period_end")
    counted = whole.group_by("game_id", team_id="offence_team_id").agg(pl.len().cast(pl.Int64).alias("counted"))
    both = season["boxes"].join(counted, on=["game_id", "team_id"]).drop_nulls("team_stats_possessions")
    assert both.height > 30
    assert both["counted"].to_list() == both["team_stats_possessions"].to_list()


def test_box_from_plays_is_the_box(season: dict[str, pl.DataFrame]):
    mine = season["teams"].filter(variant="all").rename({name: f"pbp_{name}" for name in SAME})
    both = mine.join(season["boxes"], on=["game_id", "team_id"])
    assert both.height == mine.height
    differing = {a: (both[f"pbp_{a}"] != both[f"team_stats_{b}"]).sum() for a, b in SAME.items()}
    assert differing == dict.fromkeys(SAME, 0)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("possessions", FCT_POSSESSIONS),
        ("teams", FCT_GAME_TEAMS_PBP),
        ("verdicts", FCT_GAME_PBP),
        ("chances", FCT_PLAY_WIN_PROBABILITY),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rows_keep_their_contract(season: dict[str, pl.DataFrame], name: str, table: Table):
    rows = season[name].select(list(table.by_name))
    report = check(rows, table).report
    assert (report.rows_out, report.quarantined) == (rows.height, 0)


def test_every_play_has_a_win_probability_and_the_last_one_is_the_result(season: dict[str, pl.DataFrame]):
    rows = season["chances"]
    assert sorted(rows["play_id"]) == sorted(season["plays"]["play_id"])
    assert set(rows["win_probability_flag"]) == {"ok"}
    last = rows.sort("play_number").group_by("game_id").agg(pl.col("model_home_win_probability").last())
    both = last.join(season["games"], on="game_id")
    assert (both["model_home_win_probability"] == (both["home_points"] > both["away_points"])).all()


def test_the_apis_probability_stands_beside_ours_and_is_close(season: dict[str, pl.DataFrame]):
    rows = season["chances"].join(season["plays"].select("play_id", "home_win_probability"), on="play_id")
    assert rows["api_home_win_probability"].equals(rows["home_win_probability"])
    away = season["verdicts"]["win_probability_difference"]
    assert 0 < away.min() <= away.max() < 0.25  # type: ignore[operator]


def test_probabilities_before_the_end_are_calibrated(season: dict[str, pl.DataFrame]):
    """A model that ignores strength or exchanges the sides has a Brier score above 0.15 here."""
    before = season["chances"].filter(pl.col("play_number") < pl.col("play_number").max().over("game_id"))
    rows = before.join(season["games"], on="game_id").with_columns(won=pl.col("home_points") > pl.col("away_points"))
    error = rows["model_home_win_probability"] - rows["won"].cast(pl.Float64)
    assert (error**2).mean() < 0.15  # type: ignore[operator]


def test_excitement_swing_and_comeback_of_every_game(season: dict[str, pl.DataFrame]):
    """Written a second time, game by game."""
    verdicts = {row["game_id"]: row for row in season["verdicts"].iter_rows(named=True)}
    for game in season["chances"].sort("game_id", "play_number").partition_by("game_id"):
        row, chance = verdicts[game["game_id"][0]], game["model_home_win_probability"]
        added = game["home_win_probability_added"]
        tip_off = chance[0] - added[0]
        path = [tip_off, *chance]
        changes = [abs(b - a) for a, b in pairwise(path)]
        minutes = 40 + 5 * (len(season["games"].filter(game_id=row["game_id"])["home_period_points"][0]) - 2)
        assert row["excitement_index"] == pytest.approx(sum(changes) * 40 / minutes)
        assert row["biggest_swing"] == pytest.approx(max(changes))
        place = game["play_id"].to_list().index(row["biggest_swing_play_id"])
        assert changes[place] == pytest.approx(max(changes))
        lowest = min(path) if chance[-1] == 1 else 1 - max(path)
        assert row["winner_lowest_win_probability"] == pytest.approx(lowest)
        assert row["win_probability_plays"] == row["recorded_plays"] == game.height
