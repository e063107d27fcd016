"""Why something is missing: asked how often, how late, and when it is asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from quality.dataset import registry
from quality.expectations import EXPECTATIONS, expectations
from tasks.completeness.due import GIVE_UP, GRACE, REFRESH, SETTLED
from tasks.completeness.gaps import APART, Gap, Locator, choose, lacking
from tasks.lake.raw import RawObject

OVER = datetime(2025, 1, 10, 3, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EXPECTED = {item.name: item for item in EXPECTATIONS}


def gap(*after: timedelta, optional: bool = False, **values: object) -> Gap:
    """A gap that was asked for at these times after the game was over."""
    responses = tuple(RawObject(OVER + wait, f"plays/{wait}", "plays", 2025, "key") for wait in after)
    given = {"reason": "missing", "locator": Locator(()), "optional": optional, "responses": responses} | values
    return Gap("plays", 2025, "1", OVER, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("asked", "state"),
    [
        ((), "unexplained"),
        ((2 * DAY,), "unexplained"),
        ((2 * DAY, 3 * DAY), "unexplained"),
        ((60 * DAY,), "unexplained"),
        ((60 * DAY, 60 * DAY + APART / 2), "unexplained"),
        ((60 * DAY, 60 * DAY + APART), "known absent"),
        ((2 * DAY, SETTLED), "known absent"),
    ],
    ids=["never", "once", "twice-too-early", "once-late", "two-dates-of-one-run", "twice-late", "again-when-settled"],
)
def test_absence_is_known_after_two_askings_the_last_a_week_later(asked: tuple[timedelta, ...], state: str):
    assert gap(*asked).state == state


def test_one_answer_explains_what_not_every_game_has():
    assert gap(optional=True).state == "unexplained"
    assert gap(HOUR, optional=True).state == "known absent"


def test_evidence_names_the_answer_and_its_time():
    assert gap().evidence == "not requested since it was over"
    text = gap(2 * DAY, SETTLED).evidence
    assert "requested 2 times, last on 2025-01-17 03:00 UTC" in text
    assert f"raw/plays/{SETTLED}" in text


def test_rows_in_quarantine_are_an_explanation_of_their_own():
    found = gap(2 * DAY, broken_rule="type")
    assert found.state == "quarantined"
    assert found.evidence.startswith("rows break type, see ops.quarantine")


def test_an_answer_that_is_not_built_yet_proves_nothing():
    assert gap(unbuilt=True).state == "unexplained"
    assert "run ingest" in gap(unbuilt=True).evidence


def test_what_was_asked_in_vain_is_requested_again_but_not_at_once():
    once, twice, known = gap(2 * DAY), gap(2 * DAY, 3 * DAY), gap(2 * DAY, SETTLED)
    assert gap().is_due(OVER + 2 * DAY)
    assert not once.is_due(OVER + 2 * DAY + APART / 2)
    assert once.is_due(OVER + 2 * DAY + APART)
    assert not twice.is_due(OVER + 3 * DAY + REFRESH / 2)
    assert twice.is_due(OVER + 3 * DAY + REFRESH)
    assert not known.is_due(OVER + SETTLED + GRACE - HOUR)
    assert known.is_due(OVER + SETTLED + GRACE)
    assert not known.is_due(OVER + GIVE_UP)


def test_a_gap_that_the_user_names_is_asked_for_whatever_is_known():
    known = gap(2 * DAY, SETTLED)
    assert not known.is_due(OVER + SETTLED + REFRESH / 2, chosen=True)
    assert known.is_due(OVER + SETTLED + REFRESH, chosen=True)
    assert known.is_due(OVER + 2 * GIVE_UP, chosen=True)


def test_a_limit_takes_the_newest_first():
    gaps = [Gap("plays", 2025, str(day), OVER + day * DAY, "missing", Locator(())) for day in range(5)]
    assert [item.subject for item in choose(gaps, OVER + 30 * DAY, 2)] == ["4", "3"]


# -- what lacks -------------------------------------------------------------------------------------------------------

GAMES = pl.LazyFrame(
    {
        "game_id": [1, 2, 3],
        "has_result": [True] * 3,
        "status": ["final"] * 3,
        "home_team_id": [10, 20, 30],
        "away_team_id": [11, 21, 31],
        "home_points": [70, 60, 50],
        "away_points": [65, 55, 45],
    }
)


def found(name: str, rows: pl.LazyFrame) -> dict[object, tuple[str, str]]:
    expectation = EXPECTED[name]
    assert expectation.judge is not None
    judged = expectation.judge(rows, GAMES).collect()
    subjects, present = GAMES.select("game_id").collect(), rows.select("game_id").unique().collect()
    return {row["game_id"]: (reason, said) for row, reason, said in lacking(expectation, subjects, present, judged)}


def test_plays_that_end_before_the_game_are_partial():
    """Trap: a game with some plays counted as done for ever."""
    plays = pl.LazyFrame(
        {
            "game_id": [1, 1, 2],
            "period": [1, 2, 2],
            "seconds_remaining": [0, 0, 300],
            "home_score": [30, 70, 50],
            "away_score": [30, 65, 50],
        }
    )
    lacks = found("plays", plays)
    assert lacks.keys() == {2, 3}
    assert lacks[3] == ("missing", "")
    assert lacks[2] == ("partial", "home_score 50, away_score 50, home_points 60, away_points 55")


def test_players_whose_points_do_not_make_the_score_are_partial():
    players = pl.LazyFrame(
        {"game_id": [1, 1, 1, 2, 3, 3], "team_id": [10, 10, 11, 20, 30, 31], "points": [40, 30, 65, 60, 50, 40]}
    )
    lacks = found("game_players", players)
    assert lacks == {
        2: ("partial", "teams 1, players 60, score 115"),
        3: ("partial", "teams 2, players 90, score 95"),
    }


def test_one_team_box_of_two_is_partial():
    boxes = pl.LazyFrame({"game_id": [1, 1, 2], "team_id": [10, 11, 20], "team_stats_points_total": [70.0, 65.0, 60.0]})
    assert found("game_teams", boxes) == {2: ("partial", "rows 1, box 60, score 60"), 3: ("missing", "")}


def test_plays_without_anyone_on_the_floor():
    plays = pl.LazyFrame({"game_id": [1, 1, 2], "on_floor": [[], [1], []]})
    assert found("plays_on_floor", plays) == {2: ("partial", "on_floor 0"), 3: ("missing", "")}


# -- what is expected -------------------------------------------------------------------------------------------------


def test_every_dataset_that_is_asked_for_is_expected_of_someone():
    """No second list: a new endpoint is audited from its first day."""
    named = {item.endpoint.name for item in expectations(registry())}
    assert named == {item.name for item in registry() if item.route_of is None and item.metered}


def test_names_are_unique_and_judges_read_what_they_name():
    names = [item.name for item in expectations(registry())]
    assert len(names) == len(set(names))
    for item in EXPECTATIONS:
        assert item.table is not None
        assert item.table.source is item.endpoint
        assert {item.key, *item.columns} <= set(item.table.by_name)


def test_coverage_of_the_source_is_what_is_known_of_it():
    since = {name: EXPECTED[name].since for name in ("game_teams", "plays", "lines", "game_media", "plays_on_floor")}
    assert since == {"game_teams": 2003, "plays": 2006, "lines": 2013, "game_media": 2011, "plays_on_floor": 2024}
