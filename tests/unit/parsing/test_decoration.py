"""Keys, facts and decoration: what a value of another type costs. Trap: a decorative field took all plays."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from quality.contracts.game_players import GAME_PLAYERS
from quality.contracts.games import GAMES
from quality.contracts.lines import LINES
from quality.contracts.plays import PLAYS
from quality.dataset import Endpoint, registry
from quality.drift import DriftPolicy
from tasks.parsing.parse import Parsed, parse
from tests.support.records import record
from tests.support.toys import EVERY, full


def sixty(endpoint: Endpoint, **values: Any) -> Parsed:
    rows = [record(endpoint.record, number) | values for number in range(1, 61)]
    return parse(json.dumps(rows).encode(), endpoint)


def told(found: Parsed) -> list[tuple[str, int, str]]:
    return [(item.column, item.count, item.action) for item in found.drift]


@pytest.mark.parametrize(
    ("endpoint", "values", "column", "action", "taken"),
    [
        (PLAYS, {"homeWinProbability": "0.76"}, "home_win_probability", "evolve", 0.76),
        (PLAYS, {"homeWinProbability": "76 %"}, "home_win_probability", "discard", None),
        (PLAYS, {"homeWinProbability": 76.0}, "home_win_probability", "discard", None),
        (PLAYS, {"wallclock": "19:02:11 ET"}, "wallclock", "discard", None),
        (PLAYS, {"teamSeed": [1]}, "team_seed", "discard", None),
        (GAMES, {"excitement": "6.2"}, "excitement", "evolve", 6.2),
        (GAMES, {"excitement": "high"}, "excitement", "discard", None),
        (GAMES, {"attendance": "8,123"}, "attendance", "discard", None),
        (GAMES, {"attendance": -1}, "attendance", "discard", None),
        (GAMES, {"venueId": {"id": 1}}, "venue_id", "discard", None),
        (GAMES, {"homeTeamEloStart": "n/a"}, "home_team_elo_start", "discard", None),
        (GAMES, {"season": "2025"}, "season", "evolve", 2025),
        (GAMES, {"homePoints": "81"}, "home_points", "evolve", 81),
        (GAME_PLAYERS, {"gamePace": "fast"}, "game_pace", "discard", None),
    ],
)
def test_r3_every_record_is_kept_and_the_column_is_counted(
    endpoint: Endpoint, values: dict[str, Any], column: str, action: str, taken: object
):
    found = sixty(endpoint, **values)
    assert (found.frame.height, found.rejects) == (60, [])
    assert found.frame[column].to_list() == [taken] * 60
    assert told(found) == [(*values, 60, action)]


@pytest.mark.parametrize("values", [{"homePoints": "many"}, {"id": "x"}, {"homeTeamId": None}, {"startDate": "soon"}])
def test_a_key_or_a_fact_is_never_dropped(values: dict[str, Any]):
    """A null is left to the table's check, which quarantines the row."""
    found = sixty(GAMES, **values)
    assert len(found.rejects) == 60 or found.frame["home_team_id"].null_count() == 60


def test_r3_decoration_inside_of_objects_and_lists():
    shot = record(PLAYS.record)["shotInfo"]
    found = sixty(PLAYS, shotInfo=shot | {"location": "left corner"})
    assert told(found) == [("shotInfo.location", 60, "discard")]
    player = record(GAME_PLAYERS.record)["players"][0]
    found = sixty(GAME_PLAYERS, players=[player | {"usage": "n/a", "starter": "yes"}, player])
    assert (found.rejects, told(found)) == (
        [],
        [("players[].usage", 60, "discard"), ("players[].starter", 60, "discard")],
    )


@pytest.mark.parametrize(("endpoint", "name"), [(PLAYS, "participants"), (PLAYS, "onFloor"), (LINES, "lines")])
def test_r3_a_null_list_is_an_empty_list_and_told(endpoint: Endpoint, name: str):
    """Trap: participants: null lost all plays of a game, because the column must not be null."""
    found = sixty(endpoint, **{name: None})
    column = {"onFloor": "on_floor"}.get(name, name)
    assert (found.frame[column].to_list(), found.rejects) == ([[]] * 60, [])
    assert told(found) == [(name, 60, "evolve")]


def test_a_list_that_may_be_null_stays_null():
    found = parse(json.dumps([full(), full(marks=None)]).encode(), EVERY)
    assert (found.frame["marks"].to_list(), found.drift) == ([[1, 2], None], [])


@pytest.mark.parametrize("word", ["quarantine", "freeze"])
def test_the_own_word_of_an_endpoint_holds_for_decoration_too(word: str):
    strict = replace(GAMES, drift=DriftPolicy(type_change=word))  # type: ignore[arg-type]
    found = sixty(strict, excitement="high")
    assert (len(found.rejects), told(found)) == (60, [("excitement", 60, word)])


def test_an_operators_word_for_one_column_comes_first():
    words = (("homePoints", "discard"), ("excitement", "quarantine"))
    adjusted = replace(GAMES, drift=DriftPolicy(columns=words))  # type: ignore[arg-type]
    assert told(sixty(adjusted, homePoints="many")) == [("homePoints", 60, "discard")]
    assert told(sixty(adjusted, excitement="high")) == [("excitement", 60, "quarantine")]


def test_decoration_may_always_be_null_and_is_never_a_key():
    for endpoint in registry():
        columns = [*endpoint.fields, *(c for inner in endpoint.list_fields.values() for c in inner)]
        decoration = {column.name for column in columns if column.decoration}
        assert all(column.nullable for column in columns if column.decoration), endpoint.name
        for table in registry().silver_of(endpoint):
            assert not decoration & {*table.key, *table.version}, table.qualified
