"""The simulated API knows its possessions: they are found from its plays, in every game, by the code that derives."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest

from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import GAMES
from quality.contracts.plays import PLAYS
from quality.contracts.possessions import FCT_GAME_PBP, FCT_GAME_TEAMS_PBP, FCT_POSSESSIONS
from quality.dataset import Endpoint, Table
from quality.validate import check
from sandbox import Sandbox, SandboxConfig
from tasks.parsing.parse import parse
from tasks.pbp.box import team_boxes
from tasks.pbp.game_pbp import game_pbp
from tasks.pbp.possessions import possessions

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
    fetched = [pl.lit(datetime(2025, 5, 1, tzinfo=UTC)).cast(pl.Datetime("us", "UTC")).alias("fetched_at")]
    dated = pl.col("start_at").dt.convert_time_zone("America/New_York").dt.date().alias("game_date")
    plays = plays.with_columns(dated, pl.lit("sandbox").alias("raw_object"), *fetched)
    games = frames["games"].with_columns(dated).join(plays.select("game_id").unique(), on="game_id", how="semi")
    rows = possessions(plays.lazy()).collect()
    verdict = game_pbp(games.lazy(), plays.lazy(), rows.lazy(), frames["boxes"].lazy())
    team = team_boxes(rows.lazy())
    return frames | {"games": games, "possessions": rows, "verdicts": verdict.collect(), "teams": team.collect()}


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
    [("possessions", FCT_POSSESSIONS), ("teams", FCT_GAME_TEAMS_PBP), ("verdicts", FCT_GAME_PBP)],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_rows_keep_their_contract(season: dict[str, pl.DataFrame], name: str, table: Table):
    rows = season[name].select(list(table.by_name))
    report = check(rows, table).report
    assert (report.rows_out, report.quarantined) == (rows.height, 0)
