"""`CBBD_DRIFT`: an operator drops an unreadable column of one dataset without a change of the code."""

from __future__ import annotations

from datetime import timedelta

import pytest

from quality.contracts.games import GAMES
from tasks.build import build_dataset, is_stale
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.layers.policy import BuildPolicy
from tasks.layers.words import parse_words
from tests.support.drifted import answer
from tests.support.lakes import NOON, keep, request_of


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ()),
        ("plays.wallclock=discard", (("plays", "wallclock", "discard"),)),
        (
            "plays.shot_info_location_x=quarantine , games.attendance=evolve,",
            (("plays", "shotInfo.location.x", "quarantine"), ("games", "attendance", "evolve")),
        ),
        ("game_players.players[].minutes=discard", (("game_players", "players[].minutes", "discard"),)),
    ],
)
def test_columns_are_named_as_in_the_api_or_in_the_tables(text: str, found: object):
    assert parse_words(text) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("play.wallclock=discard", "did you mean plays"),
        ("plays=discard", "names no column of a dataset"),
        ("plays.wallclok=discard", "did you mean wallclock"),
        ("plays.wallclock=drop", "valid: evolve, freeze, discard, quarantine"),
        ("plays.wallclock", "has no word"),
        ("plays.period=discard", "must not be null"),
    ],
)
def test_a_word_that_cannot_take_effect_is_refused(text: str, words: str):
    with pytest.raises(BadInput, match=words):
        parse_words(text)


def test_a_word_rebuilds_what_it_concerns_and_so_does_its_removal(lake: Lake):
    """Trap: a fact that cannot be read quarantines its rows, and only a release could change that."""
    rows, request = answer(GAMES)[:30], request_of(GAMES, 2025)
    keep(lake, request, rows)
    keep(lake, request, [row | {"homeWinner": "yes"} for row in rows], NOON + timedelta(days=1))
    words = parse_words("games.homeWinner=discard")
    blocked = build_dataset(lake, GAMES, 2025, lambda _: None)
    assert "30 of 30 rows break the contract" in blocked.failed[0][1]
    done = build_dataset(lake, GAMES, 2025, lambda _: None, BuildPolicy(words=words))
    assert done.failed == []
    games = lake.scan("silver.fct_games").collect()
    assert (games.height, games["home_winner"].null_count()) == (30, 30)
    assert not is_stale(lake, GAMES, 2025, [], words)
    assert is_stale(lake, GAMES, 2025, [])
    assert build_dataset(lake, GAMES, 2025, lambda _: None).failed != [], "without the word, as before"
