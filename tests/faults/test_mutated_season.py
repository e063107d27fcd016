"""A season with one defect per game beside the untouched one, compared table by table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from sandbox import FaultRule, SandboxConfig
from tasks.lake.lake import Lake
from tasks.runs.summary import RunSummary
from tests.faults.drive import drive
from tests.support.engine import job_of, open_lake, sandbox_settings

NOW = datetime(2024, 12, 10, 12, tzinfo=UTC)
ENDPOINTS = (
    *("teams", "team_seasons", "conferences", "conference_history", "line_providers", "rosters"),
    *("games", "game_teams", "game_players", "lines", "plays"),
)
BY_GAME = (
    *("fct_games", "fct_game_teams", "fct_game_players", "fct_lines", "fct_plays"),
    *("fct_possessions", "fct_game_teams_pbp", "fct_play_win_probability", "fct_game_pbp"),
)
CASES = {
    "/games": {
        "stale twin last": [4],
        "season as text": [6],
        "excitement as text": [7],
        "second id": [8],
        "stale twin first": [11],
        "final without a score": [12],
        "no home team": [15],
        "attendance as float": [17],
        "unknown season type": [18],
        "final without points": [20],
        "forfeit": [21],
        "against itself": [26],
    },
    "/games/players": {"athletes in both boxes": [23], "minutes below zero": [29], "athlete without an id": [28]},
    "/lines": {"no list of lines": [34]},
    "/plays/date": {
        "scores that fall": [36],
        "plays doubled": [37],
        "odd clocks": [38],
        "half of the plays": [39],
        "only words": [40],
        "reversed": [42],
        "sides exchanged": [44],
        "no participants": [45],
        "participants without ids": [46],
        "ids near the end": [48],
        "no locations": [49],
    },
}
SECOND_ID = 990_000_008
SCHEDULE, PLAYERS, LINES, PLAYS = ({game for games in cases.values() for game in games} for cases in CASES.values())
ONE_DAY = (6, 7, 15, 18)  # games of one UTC day with a defect in the schedule
OF_THE_RUN = ("fetched_at", "raw_object")


@dataclass(frozen=True)
class Season:
    """A lake and the summary of the run that made it."""

    lake: Lake
    run: RunSummary

    def rows(self, table: str, *games: int) -> pl.DataFrame:
        """Rows of some games in a silver table, in an order of their own."""
        found = (
            self.lake.scan(f"silver.{table}")
            .filter(pl.col("game_id").is_in(games))
            .collect()
            .drop(OF_THE_RUN, strict=False)
        )
        return found.sort(pl.struct(pl.all()).hash())

    @property
    def conflicts(self) -> set[tuple[str, str]]:
        """Kind and key of each conflict."""
        return set(self.lake.scan("ops.conflicts").select("kind", "key").collect().iter_rows())


@dataclass(frozen=True)
class Pair:
    """The untouched season and the one with defects, both up to the same day."""

    sound: Season
    odd: Season

    def same(self, table: str, *games: int) -> None:
        """The rows of some games are the same in both, and there are some."""
        assert not self.sound.rows(table, *games).is_empty()
        assert_frame_equal(self.odd.rows(table, *games), self.sound.rows(table, *games))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Pair:
    faults = tuple(FaultRule("cases", path=path, contains=f"{path}?", edit=cases) for path, cases in CASES.items())
    configs = (SandboxConfig(), SandboxConfig(faults=faults))
    return Pair(*(_season(tmp_path_factory.mktemp("season"), config) for config in configs))


def _season(folder: Path, config: SandboxConfig) -> Season:
    settings = sandbox_settings(folder, NOW, config)
    run = drive(job_of(settings, *ENDPOINTS))
    return Season(open_lake(settings), run)


@pytest.mark.slow
@pytest.mark.parametrize("table", BY_GAME)
def test_games_without_a_defect_are_the_same(pair: Pair, table: str):
    """Trap: a defect of one game took the games of its day, window or month along."""
    games = SCHEDULE | {SECOND_ID}
    changed = {
        "fct_games": games,
        "fct_play_win_probability": games | PLAYS | LINES | {26},
        "fct_game_pbp": games | PLAYS | LINES | {26},
        "fct_game_players": PLAYERS,
        "fct_lines": LINES | {26},
    }
    odd = changed.get(table, set() if table == "fct_game_teams" else PLAYS)
    games = pair.sound.lake.scan(f"silver.{table}").select("game_id").unique().collect()["game_id"].to_list()
    untouched = sorted(set(games) - odd)
    assert len(untouched) > 50
    pair.same(table, *untouched)


@pytest.mark.parametrize("game", [4, 11])
def test_r2_of_two_versions_the_final_one_counts(pair: Pair, game: int):
    pair.same("fct_games", game)


@pytest.mark.parametrize("table", ["fct_game_teams", "fct_game_players", "fct_lines", "fct_plays"])
def test_a_defect_in_the_schedule_takes_no_details_along(pair: Pair, table: str):
    pair.same(table, *ONE_DAY)


@pytest.mark.parametrize("game", ONE_DAY)
def test_a_game_that_is_not_in_the_schedule_is_reported(pair: Pair, game: int):
    """Text for a number is read without loss; a missing team and an unknown season type are in quarantine."""
    if pair.odd.rows("fct_games", game).is_empty():
        told = pair.odd.lake.scan("ops.quarantine").filter(pl.col("table_name").str.ends_with("games")).collect()
        assert told["record"].str.contains(f'"(?:id|game_id)": ?{game},').any()
        broken = " ".join(case for rule in pair.odd.run.rules for case in rule.sample if not rule.passed)
        assert f"game_id {game}," in broken


def test_r2_one_fixture_under_two_ids_is_reported(pair: Pair):
    found = {key for kind, key in pair.odd.conflicts if kind == "fixture_has_one_id"}
    assert found & {"game_id=8", f"game_id={SECOND_ID}"}


@pytest.mark.parametrize("game", [12, 20, 26])
def test_what_cannot_be_a_result_is_none(pair: Pair, game: int):
    assert pair.odd.rows("fct_games", game)["has_result"].to_list() == [False]
    assert ("final_game_has_points", f"game_id={game}") in pair.odd.conflicts


def test_a_forfeit_is_flagged(pair: Pair):
    assert ("score_is_plausible", "game_id=21") in pair.odd.conflicts


def test_r2_no_athlete_counts_for_two_teams(pair: Pair):
    pair.same("fct_game_players", 23)
    assert sum(kind == "athlete in both teams" for kind, _ in pair.odd.conflicts) == 5


def test_impossible_rows_of_a_box_score_cost_themselves_alone(pair: Pair):
    for game in (28, 29):
        sound, odd = (season.rows("fct_game_players", game) for season in (pair.sound, pair.odd))
        assert odd.height == sound.height - 1
        assert odd.join(sound, on=sound.columns, how="anti", nulls_equal=True).is_empty()


def test_lines_that_are_null_cost_their_game_alone(pair: Pair):
    assert pair.odd.rows("fct_lines", 34).is_empty()


@pytest.mark.parametrize("game", [36, 38, 39, 42, 44, 46, 48, 49])
def test_plays_with_odd_values_are_kept(pair: Pair, game: int):
    """Half of the plays of game 39 never came; a few of game 38 have impossible clocks."""
    sound, odd = (season.rows("fct_plays", game).height for season in (pair.sound, pair.odd))
    assert odd >= (sound // 2 if game == 39 else sound - 12)


def test_plays_without_lists_are_kept(pair: Pair):
    assert pair.odd.rows("fct_plays", 45).height == pair.sound.rows("fct_plays", 45).height


@pytest.mark.parametrize("game", [6, 7])
def test_text_for_a_number_is_read(pair: Pair, game: int):
    sound, odd = (season.rows("fct_games", game) for season in (pair.sound, pair.odd))
    assert odd["excitement"].to_list() == ([6.2] if game == 7 else sound["excitement"].to_list())
    assert_frame_equal(odd.drop("excitement"), sound.drop("excitement"))


@pytest.mark.parametrize(("game", "flag"), [(36, "scores_fall"), (39, "scores_missing")])
def test_plays_that_make_no_game_are_flagged(pair: Pair, game: int, flag: str):
    (reasons,) = pair.odd.rows("fct_game_pbp", game)["pbp_reasons"]
    assert flag in reasons.split() or "truncated" in reasons.split()
