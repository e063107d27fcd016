"""Shots from plays: those that possessions count, with what the source sends about them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest

from quality.contracts.plays import PLAYS
from quality.contracts.shots import FCT_SHOTS, SENT
from quality.validate import check
from sandbox import Sandbox, SandboxConfig
from tasks.parsing.parse import parse
from tasks.pbp.events import PLAY_COLUMNS
from tasks.pbp.possessions import possessions
from tasks.pbp.shots import shots

DAY = date(2025, 1, 11)
GAME = ["game_id", "team_id"]


@pytest.fixture(scope="module")
def plays() -> pl.DataFrame:
    """A simulated day."""
    with Sandbox(SandboxConfig(now=datetime(2025, 2, 1, tzinfo=UTC))).client() as client:
        body = client.get(PLAYS.path, params={"date": DAY.isoformat()}).content
    made = {"game_date": pl.lit(DAY), "fetched_at": pl.lit(datetime(2025, 2, 1, tzinfo=UTC)), "raw_object": pl.lit("r")}
    return parse(body, PLAYS).frame.with_columns(**made).select(*PLAY_COLUMNS, *SENT)


def found(plays: pl.DataFrame) -> pl.DataFrame:
    checked = check(shots(plays.lazy()).collect(), FCT_SHOTS)
    assert checked.report.quarantined == 0, checked.quarantined
    return checked.good


def test_shots_are_those_of_the_possessions(plays: pl.DataFrame):
    """Trap: a three without text has the range of a jumper; scoreValue is filled on misses too."""
    counted = found(plays).group_by(GAME).agg(
        field_goals_attempted=pl.len().cast(pl.Int64),
        field_goals_made=pl.col("is_shot_made").sum().cast(pl.Int64),
        three_point_field_goals_attempted=(pl.col("shot_range") == "three").sum().cast(pl.Int64),
        assists=pl.col("is_shot_assisted").sum().cast(pl.Int64),
    )  # fmt: skip
    names = [name for name in counted.columns if name not in GAME]
    owned = possessions(plays.select(PLAY_COLUMNS).lazy()).collect()
    expected = owned.group_by("game_id", team_id="offence_team_id").agg(pl.col(names).sum())
    assert counted.height > 10
    assert counted.sort(GAME).equals(expected.select(counted.columns).sort(GAME))


def test_most_locations_are_not_sent_and_stay_null(plays: pl.DataFrame):
    rows = found(plays)
    assert 0 < rows["shot_info_location_x"].null_count() < rows.height
    assert rows["shot_info_shooter_id"].null_count() == 0
    assert set(rows["shot_range"]) == {"rim", "jumper", "three"}
    assert (rows["shot_value"] == 3).sum() == (rows["shot_range"] == "three").sum()
    assert (rows["team_id"] != rows["opponent_id"]).all()


def test_a_shot_without_details_is_kept(plays: pl.DataFrame):
    """Trap: `shotInfo` can be absent; type and text then say what was shot."""
    blank = [pl.lit(None, plays.schema[name]).alias(name) for name in plays.columns if name.startswith("shot_info")]
    rows = found(plays.with_columns(blank))
    assert rows.height == found(plays).height
    assert rows["shot_info_shooter_id"].null_count() == rows.height


def test_no_plays_make_no_shots(plays: pl.DataFrame):
    assert found(plays.clear()).is_empty()
