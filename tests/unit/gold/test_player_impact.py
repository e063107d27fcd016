"""Adjusted impact: recovery of true strengths, what holds of any league, and lakes with a part of the data."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from quality.contracts.gold_impact import FEW_POSSESSIONS, PLAYER_IMPACT_ADJUSTED
from quality.rules.base import HOLDS
from quality.rules.players import impacts_sum_to_the_team
from quality.validate import check
from tasks.gold.impact.model import ImpactModel, Teams
from tasks.gold.impact.parameters import Prior
from tasks.gold.impact.units import BOX, Day
from tasks.gold.player_impact_adjusted import player_impact_adjusted
from tests.support.floor_league import FIRST, SCHEMAS, SEASON, League, league

DAY = FIRST + timedelta(days=12)
NUMBERS = [name for name, column in PLAYER_IMPACT_ADJUSTED.by_name.items() if column.dtype == pl.Float64()]


@pytest.fixture(scope="module")
def played() -> League:
    """Sixteen teams, 240 games: each meets each twice."""
    return league(16, rounds=2)


@pytest.fixture(scope="module")
def rows(played: League) -> pl.DataFrame:
    return impact(played)


def impact(of: League) -> pl.DataFrame:
    made = player_impact_adjusted(*(of.frames[name] for name in SCHEMAS), season=SEASON)
    checked = check(made.select(list(PLAYER_IMPACT_ADJUSTED.by_name)).collect(), PLAYER_IMPACT_ADJUSTED)
    assert checked.report.quarantined == 0, checked.quarantined
    assert not any(checked.good.select(pl.col(NUMBERS).is_nan().any()).row(0))
    return checked.good.sort(PLAYER_IMPACT_ADJUSTED.key)


def newest(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("as_of_date").group_by("team_id", "athlete_id", maintain_order=True).last()


def judged(rows: pl.DataFrame, played: League, least: float = 200) -> pl.DataFrame:
    """The newest rows of regular players beside the truth."""
    true = [(team, who, one.offence, one.defence, one.net) for (team, who), one in played.truth.items()]
    names = ["team_id", "athlete_id", "true_offence", "true_defence", "true_net"]
    truth = pl.DataFrame(true, names, orient="row")
    return newest(rows).join(truth, on=["team_id", "athlete_id"]).filter(pl.col("box_minutes") >= least)


def correlation(rows: pl.DataFrame, one: str, other: str) -> float:
    return float(np.corrcoef(rows[one].to_numpy(), rows[other].to_numpy())[0, 1])


def test_true_impacts_are_recovered_better_than_by_box_scores_or_raw_results(rows: pl.DataFrame, played: League):
    found = judged(rows, played).with_columns(box=pl.col("box_offence_impact") + pl.col("box_defence_impact"))
    raw = raw_on_off(played).join(found, on=["team_id", "athlete_id"])
    adjusted = correlation(found, "true_net", "net_impact")
    assert adjusted > 0.65
    assert adjusted > correlation(found, "true_net", "box") > correlation(raw, "true_net", "on_off")
    assert correlation(found, "true_offence", "offence_impact") > 0.55
    assert correlation(found, "true_defence", "defence_impact") > 0.55


def raw_on_off(played: League) -> pl.DataFrame:
    """Points per 100 possessions of the team with the player on the floor, minus those of all its stints."""
    stints = played.frames["fct_floor_stints"].collect()
    other = stints.select("game_id", team_id="opponent_id", athlete_ids="opponent_athlete_ids",
                          possessions="stint_offence_possessions", points=-pl.col("stint_points"))  # fmt: skip
    own = stints.select("game_id", "team_id", "athlete_ids", possessions="stint_offence_possessions",
                        points="stint_points")  # fmt: skip
    both = pl.concat([own, other])
    rate = 200 * pl.col("points").sum() / pl.col("possessions").sum()
    on = both.explode("athlete_ids").group_by("team_id", athlete_id="athlete_ids").agg(on=rate)
    return on.join(both.group_by("team_id").agg(all=rate), on="team_id").with_columns(
        on_off=pl.col("on") - pl.col("all")
    )


def test_intervals_are_about_as_wide_as_they_say(rows: pl.DataFrame, played: League):
    found = judged(rows, played)
    inside = pl.col("true_net").is_between("net_impact_low_80", "net_impact_high_80")
    assert found.select(inside.mean()).item() == pytest.approx(0.8, abs=0.1)


def test_players_sum_to_the_rating_of_their_team_on_every_morning(rows: pl.DataFrame, played: League):
    judged_rows = impacts_sum_to_the_team(rows.lazy()).collect()
    assert judged_rows.height > 16 * 15
    assert judged_rows[HOLDS].all()
    rated = played.frames["team_ratings_daily"].collect()
    net = rated.with_columns(around=pl.col("net") - pl.col("net").mean().over("as_of_date"))
    both = judged_rows.join(net, on=["team_id", "as_of_date"])
    assert both["team_net"].to_list() == pytest.approx(both["around"].to_list())


def test_more_possessions_narrow_the_interval(rows: pl.DataFrame):
    early, late = (rows.filter(pl.col("flag") == flag)["net_impact_sd"] for flag in ("few_possessions", "ok"))
    assert float(np.mean(early.to_numpy())) > float(np.mean(late.to_numpy()))


def test_nothing_of_the_day_or_later_changes_a_morning(rows: pl.DataFrame, played: League):
    """Trap: standardised rates or line-ups of the whole season in an estimate of November."""
    later = pl.col("game_date") >= DAY
    stints = played.frames["fct_floor_stints"].with_columns(
        stint_points=pl.when(later).then(3 * pl.col("stint_points") + 1).otherwise("stint_points")
    )
    boxes = played.frames["fct_game_players"].with_columns(
        pl.when(later).then(2 * pl.col(name) + 1).otherwise(pl.col(name)).alias(name) for name in BOX
    )
    changed = impact(played.but(fct_floor_stints=stints, fct_game_players=boxes))
    known = rows.filter(pl.col("as_of_date") <= DAY)
    assert known.height > 100
    assert_frame_equal(changed.filter(pl.col("as_of_date") <= DAY), known)
    assert not changed.filter(pl.col("as_of_date") > DAY).equals(rows.filter(pl.col("as_of_date") > DAY))


def test_a_lake_that_stops_on_the_day_has_the_same_mornings(rows: pl.DataFrame, played: League):
    stopped = {
        name: frame.filter(pl.col("game_date") < DAY)
        for name, frame in played.frames.items()
        if "game_date" in frame.collect_schema()
    }
    assert_frame_equal(impact(played.but(**stopped)), rows.filter(pl.col("as_of_date") <= DAY))


def test_without_line_ups_there_is_the_box_part_with_a_flag(rows: pl.DataFrame, played: League):
    """Trap: seasons before 2024 have no players on the floor."""
    for lacking in (("fct_floor_stints", "fct_game_floor", "fct_game_pbp"), ("fct_game_pbp",)):
        found = impact(played.without(*lacking))
        assert found.height == rows.filter(pl.col("box_minutes") > 0).height
        assert set(found["flag"]) == {"box_only"}
        assert correlation(judged(found, played), "true_net", "net_impact") > 0.5
    assert float(np.mean(found["net_impact_sd"].to_numpy())) > float(np.mean(newest(rows)["net_impact_sd"].to_numpy()))


def test_games_that_are_flagged_do_not_count(played: League):
    frames = {"fct_game_floor": pl.lit("contradicts_substitutions").alias("floor_flag")}
    frames |= {"fct_game_pbp": pl.lit(value=False).alias("is_pbp_usable")}
    for name, column in frames.items():
        found = impact(played.but(**{name: played.frames[name].with_columns(column)}))
        assert set(found["flag"]) == {"box_only"}


def test_one_game_has_a_wide_interval_and_a_flag():
    found = impact(league(2))
    assert set(found["flag"]) == {"few_possessions"}
    assert found["impact_possessions"].is_between(0, FEW_POSSESSIONS).all()
    assert (found["net_impact_high_80"] - found["net_impact_low_80"] > 4).all()
    assert found["as_of_date"].unique().to_list() == [FIRST + timedelta(days=2)]


def test_an_athlete_on_two_teams_has_a_row_for_each(played: League):
    """Trap: an athlete who changes teams within a season."""
    boxes = played.frames["fct_game_players"].collect()
    teams = boxes["team_id"].unique().sort()
    who = boxes.filter(team_id=teams[0])["athlete_id"][0]
    other = boxes.filter(team_id=teams[1])["athlete_id"][0]
    both = boxes.with_columns(athlete_id=pl.when(pl.col("athlete_id") == other).then(who).otherwise("athlete_id"))
    found = newest(impact(played.but(fct_game_players=both.lazy())))
    assert set(found.filter(athlete_id=who)["team_id"]) == {teams[0], teams[1]}


def test_the_season_before_counts_whatever_the_team_was(played: League):
    """Trap: a transfer begins as an unknown player. On the first morning, the past decides."""
    boxes = played.frames["fct_game_players"].collect()
    elsewhere = {"season": pl.lit(SEASON - 1, pl.Int64), "team_id": pl.lit(99, pl.Int64)}
    past = boxes.filter(pl.col("game_date") < DAY).with_columns(**elsewhere)
    star = boxes["athlete_id"].min()
    past = past.with_columns(points=pl.when(pl.col("athlete_id") == star).then(40).otherwise("points"))
    first = [
        impact(played.but(fct_game_players=pl.concat([boxes, before]).lazy())).filter(athlete_id=star)
        for before in (past.clear(), past)
    ]
    assert first[1]["offence_impact"][0] > first[0]["offence_impact"][0] + 1


def test_a_team_without_a_rating_has_a_flag_and_its_games_do_not_count(played: League):
    ratings = played.frames["team_ratings_daily"]
    late = impact(played.but(team_ratings_daily=ratings.filter(pl.col("as_of_date") > DAY)))
    assert set(late.filter(pl.col("as_of_date") <= DAY)["flag"]) == {"no_team_rating"}
    unknown = ratings.with_columns(adjusted_offence=pl.lit(None, pl.Float64), adjusted_defence=pl.lit(None, pl.Float64))
    found = impact(played.but(team_ratings_daily=unknown))
    assert "no_team_rating" not in set(found["flag"])
    assert impacts_sum_to_the_team(found.lazy()).collect()[HOLDS].all()
    team = ratings.collect()["team_id"].min()
    fewer = impact(played.but(team_ratings_daily=ratings.filter(pl.col("team_id") != team)))
    assert team not in set(fewer["team_id"])


def test_no_boxes_and_no_line_ups_make_no_rows(played: League):
    assert impact(played.without("fct_game_players", "fct_floor_stints")).is_empty()


def test_the_solution_is_that_of_the_plain_normal_equations():
    """Four players per team on two teams of six, solved densely beside the model."""
    rng = np.random.default_rng(5)
    stints = 60
    fives = np.array([rng.permutation(6)[:5] for _ in range(2 * stints)])
    owner = np.repeat([0, 1], stints)
    home = np.repeat([1.0, -1.0], stints)
    possessions, points = rng.integers(1, 9, 2 * stints).astype(float), rng.integers(0, 12, 2 * stints).astype(float)
    guard = np.roll(fives, stints, axis=0)
    people = np.zeros(0, dtype=np.int64)
    day = Day(date(2025, 1, 1), np.array([0, 1]), people, people, np.zeros((0, len(BOX))), owner, 1 - owner, fives,
              guard, possessions, points, home)  # fmt: skip
    prior = Prior(player_sd=2.0, weight_sd=1e-9)
    model = ImpactModel(np.zeros((2, 6, len(BOX))), prior, steps=60)
    model.learn(day)
    teams = Teams(np.zeros((2, 2)), np.ones(2), 100.0, 2.0)
    found = model.estimates(teams).impact
    design = np.zeros((2 * stints, 26))
    for row in range(2 * stints):
        design[row, owner[row] * 6 + fives[row]] = 1
        design[row, 12 + (1 - owner[row]) * 6 + guard[row]] = -1
        design[row, 24:] = 1, home[row]
    expected = np.zeros(26)
    expected[24:] = 100, 2
    gram = design.T @ (possessions[:, None] * design) + np.diag([prior.penalty] * 24 + [300.0] * 2)
    moved = design.T @ (100 * points - possessions * (design @ expected))
    assert found.reshape(-1) == pytest.approx(np.linalg.solve(gram, moved)[:24], abs=1e-6)
