"""Input as it comes: every gold table is still made, flagged where it is weak, finite, and whole by all its rules.

Three seasons: one with everything odd at once, one without what can be missing, one that is in progress.
"""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from quality.contracts.games import FCT_GAMES
from quality.dataset import registry
from quality.point_in_time import known_before
from quality.rules import GOLD_RULES
from tests.unit.gold.frames import GOLD, SEASON, Frames, broken, built, not_finite

pytestmark = pytest.mark.xdist_group("gold-frames")
Gold = dict[str, pl.DataFrame]
DAY = date(2024, 12, 10)
BOOK = "A Book Of Tomorrow"
PLAYERS, LINES, MEMBERS = "silver.fct_game_players", "silver.fct_lines", "silver.dim_team_seasons"


@pytest.fixture(scope="module")
def cast(silver: Frames) -> dict[str, int]:
    """Who the odd things happen to: a game put off, a game without lines, a player who moves, a team that is new."""
    games = silver[FCT_GAMES.qualified].filter(pl.col("season") == SEASON, pl.col("has_result")).collect()
    quoted = silver[LINES].select("game_id").unique().collect()["game_id"].sort()
    boxes = silver[PLAYERS].filter(pl.col("season") == SEASON).drop_nulls("athlete_id").collect()
    mover = boxes.group_by("athlete_id", "team_id").len().sort("len", "athlete_id").row(-1)
    teams = silver[MEMBERS].filter(season=SEASON).collect()["team_id"].sort().to_list()
    off = games.filter(pl.col("game_date") == DAY + timedelta(days=4))["game_id"].sort()[0]
    return {"off": off, "unquoted": quoted[0], "athlete": mover[0], "from": mover[1], "new": teams[-1],
            "to": next(team for team in teams if team != mover[1])}  # fmt: skip


def odd_season(silver: Frames, cast: dict[str, int]) -> Frames:
    """Everything that comes now and then, at once."""
    last = pl.col("season") == SEASON - 1
    of_new = [pl.col(name) == cast["new"] for name in ("home_team_id", "away_team_id", "team_id", "opponent_id")]
    odd = {
        name: rows.filter(~(last & pl.any_horizontal(c for c in of_new if c.meta.root_names()[0] in rows.columns)))
        for name, rows in ((name, rows.collect()) for name, rows in silver.items())
        if {"season", "team_id"} <= set(rows.columns) or name == FCT_GAMES.qualified
    }
    frames = silver | {name: rows.lazy() for name, rows in odd.items()}
    games, off = frames[FCT_GAMES.qualified], pl.col("game_id") == cast["off"]
    blank = [pl.when(off).then(pl.lit(value, dtype=FCT_GAMES.by_name[name].dtype)).otherwise(name).alias(name)
             for name, value in FCT_GAMES.outcome]  # fmt: skip
    later = pl.when(off).then(pl.col("game_date") + timedelta(days=40)).otherwise("game_date").alias("game_date")
    put_off = pl.when(off).then(pl.lit("postponed")).otherwise("status").alias("status")
    frames[FCT_GAMES.qualified] = games.with_columns(*blank).with_columns(later, put_off)
    for name in (PLAYERS, "silver.fct_game_teams"):
        frames[name] = frames[name].filter(~off)
    lines = frames[LINES].filter(pl.col("game_id") != cast["unquoted"])
    new = lines.unique("game_id").with_columns(provider=pl.lit(BOOK))
    frames[LINES] = pl.concat([lines, new])
    moves = (pl.col("athlete_id") == cast["athlete"]) & (pl.col("season") == SEASON) & (pl.col("game_date") > DAY)
    team = pl.when(moves).then(pl.lit(cast["to"])).otherwise("team_id").alias("team_id")
    frames[PLAYERS] = frames[PLAYERS].with_columns(team)
    return frames


@pytest.fixture(scope="module")
def odd(silver: Frames, cast: dict[str, int]) -> tuple[Frames, Gold]:
    frames = odd_season(silver, cast)
    return frames, built(frames, *GOLD)


@pytest.fixture(scope="module")
def bare(silver: Frames) -> tuple[Frames, Gold]:
    """Only games and members: no lines, box scores, rosters, recruits, ratings of the API, polls; no season before."""
    kept = (FCT_GAMES.qualified, MEMBERS)
    frames = {name: rows.filter(season=SEASON) if name in kept else rows.clear() for name, rows in silver.items()}
    return frames, built(frames, *GOLD)


@pytest.fixture(scope="module")
def in_progress(silver: Frames) -> tuple[Frames, Gold]:
    tables = registry().tables
    frames = {name: known_before(rows, tables[name], DAY) for name, rows in silver.items()}
    return frames, built(frames, *GOLD)


@pytest.mark.parametrize("season", ["odd", "bare", "in_progress"])
def test_every_table_is_finite_and_breaks_no_rule(season: str, request: pytest.FixtureRequest):
    """Traps: NaN from 0 / 0; a bound that blocks a season without lines; a row that is dropped without a word."""
    silver, gold = request.getfixturevalue(season)
    assert not_finite(gold) == []
    assert broken(silver, gold) == []


@pytest.mark.parametrize("season", ["odd", "bare", "in_progress"])
def test_nothing_is_dropped(season: str, request: pytest.FixtureRequest):
    """Two rows a game, a row a team, whatever is known of them."""
    silver, gold = request.getfixturevalue(season)
    games = silver[FCT_GAMES.qualified].filter(season=SEASON).collect()
    members = silver[MEMBERS].filter(season=SEASON).collect()
    for name in ("game_predictions_features", "game_results_labels"):
        assert gold[f"gold.{name}"].height == 2 * games.height, name
    assert gold["gold.game_predictions"].filter(variant="predictive").height == games.height
    for name in ("team_season_summary", "team_resume", "conference_standings"):
        assert sorted(gold[f"gold.{name}"]["team_id"]) == sorted(members["team_id"]), name


def test_a_game_without_lines_says_so(odd: tuple[Frames, Gold], cast: dict[str, int]):
    features = odd[1]["gold.game_predictions_features"].filter(game_id=cast["unquoted"])
    assert features["line_providers"].to_list() == [0, 0]
    assert features["team_spread_close"].null_count() == 2
    assert set(features["flag"]) <= {"ok", "no_games"}


def test_an_unknown_provider_counts_like_any_other(odd: tuple[Frames, Gold], whole: Gold):
    """Trap: a list of providers that drops the next one."""
    lines = odd[1]["gold.market_lines_analysis"]
    assert lines.filter(provider=BOOK).height == lines["game_id"].n_unique()
    game = lines["game_id"][0]
    count = [rows.filter(game_id=game, is_consensus=True)["line_providers"].item()
             for rows in (lines, whole["gold.market_lines_analysis"])]  # fmt: skip
    assert count[0] == count[1] + 1


def test_a_postponed_game_is_made_again_for_its_new_date(odd: tuple[Frames, Gold], whole: Gold, cast: dict[str, int]):
    before, after = (gold["gold.game_predictions_features"].filter(game_id=cast["off"]) for gold in (whole, odd[1]))
    assert (after["game_date"] - before["game_date"]).to_list() == [timedelta(days=40)] * 2
    assert (after["games_before"] > before["games_before"]).all(), "what was played meanwhile counts"
    labels = odd[1]["gold.game_results_labels"].filter(game_id=cast["off"])
    assert labels["status"].to_list() == ["postponed"] * 2
    assert labels.select(pl.col("^label_.*$").null_count()).row(0) == (2,) * 5


def test_a_player_on_two_teams_has_a_row_with_each(odd: tuple[Frames, Gold], whole: Gold, cast: dict[str, int]):
    two, one = (gold["gold.player_season_impact"].filter(athlete_id=cast["athlete"]) for gold in (odd[1], whole))
    assert sorted(two["team_id"]) == sorted([cast["from"], cast["to"]])
    assert two["teams_in_season"].to_list() == [2, 2]
    assert two["points"].sum() == pytest.approx(one["points"].sum(), abs=40), "but for the game that was put off"


def test_a_new_team_is_rated_without_a_season_before(odd: tuple[Frames, Gold], cast: dict[str, int]):
    """Trap: a team that is new to the division has no prior, and is lost in the join with it."""
    ratings = odd[1]["gold.team_ratings_daily"].filter(team_id=cast["new"], variant="predictive").sort("as_of_date")
    assert ratings["uncertainty"][0] > ratings["uncertainty"][-1]
    features = odd[1]["gold.game_predictions_features"].filter(team_id=cast["new"])
    assert features["net"].null_count() == 0
    assert features["returning_minutes_pct"].null_count() == features.height, "nobody of last season to come back"


def test_without_recruiting_data_its_columns_are_null_and_the_players_there(silver: Frames, whole: Gold):
    empty = {
        name: rows.clear() for name, rows in silver.items() if "recruiting" in name or name == "silver.fct_rosters"
    }
    frames = silver | empty
    tables = [registry().tables["gold.player_season_impact"]]
    gold = built(frames, *tables)
    assert broken(frames, gold) == []
    players = gold["gold.player_season_impact"]
    assert players.height == whole["gold.player_season_impact"].height
    assert players.select(pl.col("recruit_year", "previous_team_id", "portal_stars").count()).row(0) == (0, 0, 0)


def test_recruits_transfers_and_continuity_are_found_over_seasons(silver: Frames, whole: Gold):
    """Trap: joins by name, or by the recruit's own id, find nobody: 99 % null."""
    players = whole["gold.player_season_impact"]
    recruits = silver["silver.fct_recruiting_players"].drop_nulls("athlete_id").collect()["athlete_id"]
    found = players.filter(pl.col("athlete_id").is_in(recruits.implode()))
    assert found["recruit_year"].to_list() == [SEASON - 1] * found.height
    assert found.height > 10
    assert 0.3 < players["previous_team_id"].count() / players.height < 0.9
    moved = players.filter("is_transfer")
    assert moved.height > 10
    assert (moved["portal_entries"] >= 1).mean() > 0.8
    features = whole["gold.game_predictions_features"].filter("is_division_i", pl.col("games_before") >= 5)
    assert features["returning_minutes_pct"].null_count() == 0
    assert 0.2 < features["returning_minutes_pct"].mean() < 0.9


@pytest.mark.parametrize(
    ("table", "column", "rule"),
    [
        ("silver.fct_recruiting_players", "athlete_id", "player_season_impact_has_recruits"),
        ("silver.fct_rosters", "athlete_id", "player_season_impact_has_previous_teams"),
        ("silver.fct_stats_player_season", "team_id", "player_season_impact_has_season_stats"),
        (LINES, "game_id", "every_line_is_analysed"),
        (LINES, "game_id", "lines_reach_features"),
    ],
)
def test_a_join_that_finds_nobody_is_not_published(silver: Frames, whole: Gold, table: str, column: str, rule: str):
    """Trap: joined by an id of something else (a recruit's own), 99 to 100 % null was served."""
    wrong = silver | {table: silver[table].with_columns(pl.col(column) + 50_000_000)}
    of_rule = next(item for item in GOLD_RULES if item.name == rule)
    gold = built(wrong, of_rule.reads[0].table)
    right = silver | {name: rows.lazy() for name, rows in whole.items()}
    assert [text for text in broken(right, gold) if rule in text] != []


def test_a_season_in_progress_tells_what_is_to_come(in_progress: tuple[Frames, Gold]):
    gold = in_progress[1]
    ahead = pl.col("game_date") >= DAY
    assert gold["gold.game_results_labels"].filter(ahead)["label_won"].count() == 0
    assert gold["gold.game_predictions"].filter(ahead)["home_win_probability"].null_count() == 0
    assert gold["gold.team_ratings_daily"]["as_of_date"].max() <= DAY
    assert gold["gold.team_season_summary"]["total_wins"].sum() > 0
