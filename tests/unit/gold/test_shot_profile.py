"""Shots by range: worked by hand on one game, what adds up in any, and recovery of shooters."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.contracts.gold_shots import SHOT_PROFILE
from quality.validate import check
from tasks.gold.shot_profile import shot_profile, shrunk_by

HOME, AWAY, GAME = 1, 2, 7
SHOTS, GAMES, VERDICTS = (item.schema for item in SHOT_PROFILE.derivation.inputs)  # type: ignore[union-attr]
Rows = list[dict[str, object]]


def shot(made: bool, where: str = "rim", shooter: int | None = 5, team: int = HOME, *, game: int = GAME,
         assisted: bool = False, x: float | None = None) -> dict[str, object]:  # fmt: skip
    who = {"shot_info_shooter_id": shooter, "shot_info_shooter_name": None if shooter is None else f"P{shooter}"}
    what = {"shot_range": where, "is_shot_made": made, "is_shot_assisted": assisted, "shot_info_location_x": x}
    teams = {"season": 2025, "game_id": game, "team_id": team, "opponent_id": HOME + AWAY - team}
    return teams | what | who | {"shot_value": 3 if where == "three" else 2}


def profile(shots: Rows, *, has_result: bool = True, usable: bool = True) -> pl.DataFrame:
    games = [
        {"game_id": game, "has_result": has_result, "home_team_id": HOME, "home_team": "Home", "away_team_id": AWAY,
         "away_team": "Away"} for game in (GAME, GAME + 1)
    ]  # fmt: skip
    verdicts = [{"game_id": game["game_id"], "is_pbp_usable": usable} for game in games]
    made = shot_profile(pl.LazyFrame(shots, SHOTS), pl.LazyFrame(games, GAMES), pl.LazyFrame(verdicts, VERDICTS))
    checked = check(made.select(list(SHOT_PROFILE.by_name)).collect(), SHOT_PROFILE)
    assert checked.report.quarantined == 0, checked.quarantined
    assert not any(checked.good.select(pl.col(pl.Float64).is_nan().any()).row(0))
    return checked.good


def of(rows: pl.DataFrame, kind: str, subject: int, where: str) -> dict[str, object]:
    return rows.filter(profile=kind, subject_id=subject, shot_range=where).row(0, named=True)


PLAYED = [
    shot(True, assisted=True, x=60.0), shot(False), shot(True, "three"), shot(False, "three", 6, game=GAME + 1),
    shot(True, "jumper", 11, AWAY),
]  # fmt: skip


def test_shares_and_percentages_by_range():
    rows = profile(PLAYED)
    rim, whole = of(rows, "player", 5, "rim"), of(rows, "player", 5, "all")
    assert (rim["shots_attempted"], rim["shots_made"], rim["shot_pct"], rim["assisted_share_pct"]) == (2, 1, 0.5, 1)
    assert (rim["shots_located"], rim["flag"], rim["subject"]) == (1, "few_shots", "P5")
    assert rim["shot_share_pct"] == pytest.approx(2 / 3)
    assert (whole["points_per_shot"], whole["shot_games"]) == (pytest.approx(5 / 3), 1)
    assert of(rows, "player", 6, "three")["assisted_share_pct"] is None
    assert of(rows, "team_offence", HOME, "all")["shot_games"] == 2
    assert of(rows, "team_defence", AWAY, "all")["shots_attempted"] == 4
    assert of(rows, "team_defence", AWAY, "all")["subject"] == "Away"


def test_games_without_usable_plays_or_result_do_not_count():
    assert profile(PLAYED, usable=False).is_empty()
    assert profile(PLAYED, has_result=False).is_empty()
    assert profile([]).is_empty()


def test_a_shot_without_a_shooter_counts_for_the_teams():
    """Trap: the source does not always name a shooter."""
    rows = profile([*PLAYED, shot(True, shooter=None)])
    assert of(rows, "team_offence", HOME, "rim")["shots_attempted"] == 3
    assert of(rows, "player", 5, "rim")["shots_attempted"] == 2
    assert rows.filter(profile="player")["subject_id"].null_count() == 0


def test_shooters_who_differ_are_shrunk_less_than_shooters_who_do_not():
    """The spread between shooters beyond chance decides how many attempts of all shots are added."""
    rng = np.random.default_rng(3)
    for spread, most in ((0.1, 24), (0.0, 5_000)):
        true = 0.4 + spread * rng.standard_normal(200)
        made = rng.binomial(100, true.clip(0.05, 0.95))
        cells = pl.DataFrame({"who": range(200), "shot_range": "rim", "attempted": 100, "made": made})
        shrunk = cells.join(shrunk_by(cells, "who", "shrunk"), on=["who", "shot_range"], maintain_order="left")
        found = shrunk["shrunk"].to_numpy()
        kept = np.std(found) / np.std(made / 100)
        assert kept == pytest.approx(100 / (100 + most), abs=0.2)
        assert np.abs(found - true).mean() < np.abs(made / 100 - true).mean()


def test_shot_making_is_against_what_the_opponent_allows():
    """The same percentage is worth more against a team that allows less."""
    hard = [shot(made, "rim", 5, HOME) for made in [True] * 50 + [False] * 50]
    easy = [shot(made, "rim", 11, AWAY) for made in [True] * 80 + [False] * 20]
    rows = profile([*hard, *easy])
    home, away = of(rows, "player", 5, "rim"), of(rows, "player", 11, "rim")
    assert away["expected_points_per_shot"] > home["expected_points_per_shot"]  # type: ignore[operator]
    assert abs(home["points_above_expected"]) < abs(100 * (1 - 1.3))  # type: ignore[arg-type]


tries = st.tuples(
    st.booleans(), st.sampled_from(["rim", "jumper", "three"]), st.sampled_from([5, 6, None]), st.just(HOME)
)
others = st.tuples(st.booleans(), st.sampled_from(["rim", "three"]), st.sampled_from([11, 12]), st.just(AWAY))


@given(st.lists(tries | others, min_size=1, max_size=25))
@settings(max_examples=40, deadline=None)
def test_ranges_players_and_opponents_add_up(played: list[tuple[bool, str, int | None, int]]):
    rows = profile([shot(made, where, who, team) for made, where, who, team in played])
    parts, whole = rows.filter(pl.col("shot_range") != "all"), rows.filter(shot_range="all")
    for column in ("shots_attempted", "shots_made", "points_above_expected"):
        assert parts[column].sum() == pytest.approx(whole[column].sum(), abs=1e-9)
    tried = {kind: whole.filter(profile=kind)["shots_attempted"].sum() for kind in set(rows["profile"])}
    assert tried["team_offence"] == tried["team_defence"] == len(played)
    assert tried.get("player", 0) == sum(who is not None for _, _, who, _ in played)
    assert parts.group_by("profile", "subject_id").agg(pl.col("shot_share_pct").sum())["shot_share_pct"].to_list() == (
        pytest.approx([1.0] * whole.height)
    )
