"""Changes that the API's contract really went through, replayed: answers of then by the contract of today, and of today
by the contract of then, raw to silver under each word. Nothing becomes null without a word about it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import orjson
import pytest

from quality.columns import INT
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES
from quality.contracts.media import FCT_GAME_MEDIA, GAME_MEDIA
from quality.contracts.recruiting import FCT_RECRUITING_PLAYERS
from quality.contracts.team_stats import FCT_STATS_TEAM_SEASON
from quality.contracts.teams import DIM_TEAMS
from quality.dataset import Table
from tasks.lake.lake import Lake
from tests.support.drifted import Back, answer, contract, contract_with, contract_without, renamed, replay, without
from tests.support.lakes import NOON


@dataclass(frozen=True)
class Added:
    """Fields that came with a release. `null`: today's contract lets them be null, so older answers still fit."""

    table: Table
    fields: tuple[str, ...]
    null: bool = True
    season: int | None = 2025

    @property
    def back(self) -> Back:
        return without(*self.fields)

    @property
    def rows(self) -> list[dict[str, Any]]:
        assert self.table.source is not None
        return answer(self.table.source, self.season)[-100:]  # seeds come with the tournaments

    def columns(self, table: Table) -> list[str]:
        return [c.name for c in table.columns if any(_below(".".join(c.path), name) for name in self.fields)]


def _below(path: str, name: str) -> bool:
    return path == name or path.startswith(f"{name}.")


LATER = NOON + timedelta(hours=1)
ELO = tuple(f"{side}TeamElo{end}" for side in ("home", "away") for end in ("Start", "End"))
ADDED = {
    "1.19.0 tournament and seeds of games": Added(FCT_GAMES, ("tournament", "homeSeed", "awaySeed")),
    "1.19.0 tournament and seeds of boxes": Added(FCT_GAME_TEAMS, ("tournament", "teamSeed", "opponentSeed")),
    "1.19.1 isHome": Added(FCT_GAME_TEAMS, ("isHome",), null=False),
    "1.21.0 freeThrows": Added(FCT_GAME_TEAMS, ("teamStats.freeThrows", "opponentStats.freeThrows")),
    "1.23.0 Elo in games": Added(FCT_GAMES, ELO),
    "1.30 logos": Added(DIM_TEAMS, ("logos",), season=None),
}

every_addition = pytest.mark.parametrize("change", ADDED.values(), ids=ADDED)


# -- an answer from before the change, today's contract ----------------------------------------------------------------


@every_addition
def test_h12_missing_column_evolve(lake: Lake, change: Added):
    """Null where null is allowed, and told; a column that must not be null is never made up."""
    rows = change.rows
    found = replay(lake, contract(change.table), [change.back(row) for row in rows], change.season)
    action = "evolve" if change.null else "freeze"
    assert sorted(found.drift) == sorted(("missing column", name, action) for name in change.fields)
    assert {found.entry(name).count for name in change.fields} == {len(rows)}
    assert found.report.quarantined == (0 if change.null else len(rows))
    assert (found.error is None) == change.null
    if not change.null:
        assert (found.bronze.height, found.silver.height) == (0, 0)
        return
    assert found.bronze.height == found.silver.height == len(rows)
    made = change.columns(change.table)
    assert len(made) >= len(change.fields)
    assert all(found.silver[name].null_count() == len(rows) for name in made)


@every_addition
def test_h12_missing_column_freeze(lake: Lake, change: Added):
    """The version before stays, and the message says what is gone, where it was seen and what to do."""
    before = replay(lake, contract(change.table), change.rows, change.season)
    assert (before.error, before.drift) == (None, [])
    table = contract(change.table, missing_column="freeze")
    found = replay(lake, table, [change.back(row) for row in change.rows], change.season, LATER)
    assert sorted(found.drift) == sorted(("missing column", name, "freeze") for name in change.fields)
    assert f"in raw/{found.raw_object}" in str(found.error)
    assert "the previous version stays in place" in str(found.error)
    assert "run again" in str(found.error)
    assert found.bronze.equals(before.bronze)
    assert found.silver.equals(before.silver)


@every_addition
def test_h12_missing_column_quarantine(lake: Lake, change: Added):
    table = contract(change.table, missing_column="quarantine")
    found = replay(lake, table, [change.back(row) for row in change.rows], change.season)
    assert {action for _, _, action in found.drift} == {"quarantine"}
    assert found.report.by_rule == {"missing column": len(change.rows)}
    assert "rows break the contract (missing column" in str(found.error)
    aside = lake.scan("ops.quarantine").collect()
    assert set(aside["raw_object"]) == {found.raw_object}
    assert aside["column_name"][0] in change.fields


@pytest.mark.parametrize("word", ["evolve", "freeze", "quarantine"])
def test_a_field_that_may_be_missing_is_no_drift(lake: Lake, word: str):
    """Trap: client and server do not have quite the same fields, and every run reported the same known difference."""
    rows = answer(GAME_MEDIA)[-100:]
    assert all("tournament" not in row for row in rows)
    found = replay(lake, contract(FCT_GAME_MEDIA, missing_column=word), rows)
    assert (found.error, found.drift, found.report.quarantined) == (None, [], 0)
    assert found.silver["tournament"].null_count() == found.silver.height > 0
    sent = replay(lake, contract(FCT_GAME_MEDIA), [{**row, "tournament": "NIT"} for row in rows], at=LATER)
    assert (sent.drift, set(sent.silver["tournament"])) == ([], {"NIT"})


# -- today's answer, the contract from before the change ---------------------------------------------------------------


def of_then(change: Added, **words: Any) -> Table:
    assert change.table.source is not None
    return contract(change.table, contract_without(change.table.source.record, *change.fields), **words)


@every_addition
def test_h12_new_column_evolve(lake: Lake, change: Added):
    """Not a value is lost: bronze has what silver does not know yet."""
    rows = change.rows
    found = replay(lake, of_then(change), rows, change.season)
    assert (found.error, found.report.quarantined, found.silver.height) == (None, 0, len(rows))
    assert sorted(found.drift) == sorted(("new column", name, "evolve") for name in change.fields)
    assert change.columns(of_then(change)) == []
    kept = [orjson.loads(text) if text else {} for text in found.bronze["unknown_fields"]]
    for name in change.fields:
        sent = [value for row in rows if (value := at(row, name)) is not None]
        assert [fields[name] for fields in kept if name in fields] == sent
        entry = found.entry(name)
        assert entry.count == len(sent)
        assert entry.value == (orjson.dumps(sent[0]).decode()[:200] if sent else None)


def at(row: Any, path: str) -> Any:
    for name in path.split("."):
        row = row[name]
    return row


@every_addition
def test_h12_new_column_discard(lake: Lake, change: Added):
    found = replay(lake, of_then(change, new_column="discard"), change.rows, change.season)
    assert (found.error, found.report.quarantined, found.silver.height) == (None, 0, len(change.rows))
    assert {action for _, _, action in found.drift} == {"discard"}
    assert found.bronze["unknown_fields"].null_count() == len(change.rows)


@every_addition
def test_h12_new_column_freeze(lake: Lake, change: Added):
    found = replay(lake, of_then(change, new_column="freeze"), change.rows, change.season)
    assert {action for _, _, action in found.drift} == {"freeze"}
    assert str(found.error).count("new column") == min(3, len(change.fields))
    assert (found.bronze.height, found.silver.height) == (0, 0)


@every_addition
def test_h12_new_column_quarantine(lake: Lake, change: Added):
    """Only rows with a value there: a null tells nothing that would be lost."""
    found = replay(lake, of_then(change, new_column="quarantine"), change.rows, change.season)
    having = sum(any(at(row, name) is not None for name in change.fields) for row in change.rows)
    assert found.report.quarantined == having
    assert (found.error is None) == (having <= len(change.rows) / 10)
    assert found.silver.height == (len(change.rows) - having if found.error is None else 0)


# -- 1.15.2: a rename is a column that is gone and one that is new -----------------------------------------------------

STATS = FCT_STATS_TEAM_SEASON.source
SIDES = {"teamStats": "offense", "opponentStats": "defense"}


@pytest.mark.parametrize("words", [{}, {"new_column": "discard"}, {"new_column": "quarantine"}], ids=str)
def test_h12_rename_makes_nothing_null(lake: Lake, words: dict[str, Any]):
    """Trap: every number of the season null after 1.15.2, in a run that ended well."""
    assert STATS is not None
    rows = answer(STATS)
    before = replay(lake, contract(FCT_STATS_TEAM_SEASON, **words), rows)
    assert before.error is None
    then = [renamed(**SIDES)(row) for row in rows]
    found = replay(lake, contract(FCT_STATS_TEAM_SEASON, **words), then, at=LATER)
    gone = {(column, action) for kind, column, action in found.drift if kind == "missing column"}
    assert gone == {("teamStats", "freeze"), ("opponentStats", "freeze")}
    assert {column for kind, column, _ in found.drift if kind == "new column"} == {"offense", "defense"}
    assert found.entry("offense").value == orjson.dumps(rows[0]["teamStats"]).decode()[:200]
    assert "a rename?" in str(found.error)
    assert found.silver.equals(before.silver)
    assert found.silver["team_stats_points_total"].null_count() == 0


def test_h12_rename_seen_from_the_contract_of_then(lake: Lake):
    """What a pipeline of January 2025 would have met on the day of 1.15.2."""
    assert STATS is not None
    record = STATS.record
    then = tuple(replace(item, wire=SIDES.get(item.wire, item.wire)) for item in record)
    found = replay(lake, contract(FCT_STATS_TEAM_SEASON, type(record)(then)), answer(STATS))
    assert ("missing column", "offense", "freeze") in found.drift
    assert ("new column", "teamStats", "evolve") in found.drift
    assert "new in the same responses: teamStats, opponentStats, a rename?" in str(found.error)


# -- 1.21.3: height, int to float --------------------------------------------------------------------------------------

RECRUITS = FCT_RECRUITING_PLAYERS.source
assert RECRUITS is not None
HEIGHT = next(item for item in RECRUITS.record if item.wire == "heightInches")
FRACTIONS = [row for row in answer(RECRUITS) if row["heightInches"] % 1]
WHOLE = [row for row in answer(RECRUITS) if not row["heightInches"] % 1]
MIXED = [*WHOLE, FRACTIONS[0]]


def height_of_then(**words: Any) -> Table:
    assert RECRUITS is not None
    return contract(FCT_RECRUITING_PLAYERS, contract_with(RECRUITS.record, replace(HEIGHT, type=INT)), **words)


def test_h12_whole_numbers_where_the_contract_says_float(lake: Lake):
    rows = [row | {"heightInches": int(row["heightInches"])} for row in answer(RECRUITS)]
    found = replay(lake, contract(FCT_RECRUITING_PLAYERS), rows)
    assert (found.error, found.drift, found.silver.height) == (None, [], len(rows))
    assert found.silver["height_inches"].to_list() == [row["heightInches"] for row in rows]


@pytest.mark.parametrize(
    ("word", "action", "heights", "quarantined"),
    [
        ("quarantine", "quarantine", len(WHOLE), 1),
        ("evolve", "quarantine", len(WHOLE), 1),  # half an inch cannot be an integer without a loss
        ("discard", "discard", len(WHOLE), 0),
        ("freeze", "freeze", 0, 1),
    ],
)
def test_h12_fractions_where_the_contract_says_integer(
    lake: Lake, word: str, action: str, heights: int, quarantined: int
):
    found = replay(lake, height_of_then(type_change=word), MIXED)
    assert found.drift == [("type change", "heightInches", action)]
    assert found.entry("heightInches").value == str(FRACTIONS[0]["heightInches"])
    assert found.report.quarantined == quarantined
    assert (found.error is None) == (word != "freeze")
    if word == "freeze":
        assert found.silver.height == 0
        return
    assert found.silver.height == len(MIXED) - quarantined
    assert found.silver["height_inches"].drop_nulls().len() == heights
