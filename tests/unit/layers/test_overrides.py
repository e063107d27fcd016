"""overrides.yaml: our values in place of the source's, refused when they do not fit, told as ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.plays import FCT_PLAYS, PLAYS
from tasks.build import is_stale
from tasks.completeness.due import REFRESH
from tasks.errors import BadInput
from tasks.lake.iceberg import next_month
from tasks.lake.lake import Lake
from tasks.layers.overrides import load_overrides, read, waiting
from tasks.settings import OVERRIDES
from tests.support.lakes import NOON, build, built, keep, request_of, rows
from tests.support.records import record

SEASON = "silver.fct_games season=2025"
ENTRY = {
    "table": "fct_games",
    "key": {"game_id": 1},
    "column": "attendance",
    "old": 0,
    "new": 9314,
    "reason": "box score of the host",
}


@pytest.fixture
def ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that the run reads."""
    file = tmp_path / "ours.yaml"
    file.write_text("[]")
    monkeypatch.setenv("CBBD_OVERRIDES", str(file))
    return file


def write(file: Path, *entries: dict[str, Any]) -> None:
    file.write_text(yaml.safe_dump(list(entries)))


def fetch(lake: Lake, number: int = 0, **values: Any) -> None:
    body = [record(GAMES.record, 1, **{"attendance": 0, "awayTeamId": 2} | values), record(GAMES.record, 2)]
    keep(lake, request_of(GAMES, 2025), body, NOON + number * REFRESH)


def test_our_value_is_served_and_told_as_ours(lake: Lake, ours: Path):
    write(ours, ENTRY)
    fetch(lake)
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "game_id", "attendance") == [(1, 9314), (2, 2)]
    columns = ("table_name", "season", "key", "column_name", "old", "new", "origin", "reason", "first_seen")
    told = ("silver.fct_games", 2025, "game_id=1", "attendance", "0", "9314", "override", ENTRY["reason"], NOON)
    assert rows(lake, "ops.corrections", *columns) == [told]
    assert build(lake, GAMES).reports == [], "a second run does nothing"


def test_an_edit_rebuilds_what_it_concerns_and_taking_it_back_too(lake: Lake, ours: Path):
    fetch(lake)
    built(lake, GAMES)
    for entries, attendance in (((ENTRY,), 9314), ((ENTRY | {"new": 5},), 5), ((), 0)):
        write(ours, *entries)
        assert is_stale(lake, GAMES, 2025, load_overrides(ours))
        assert SEASON in built(lake, GAMES)
        assert rows(lake, FCT_GAMES, "attendance") == sorted([attendance, 2])
        assert [new for (new,) in lake.scan("ops.corrections").select("new").collect().rows()] == [
            str(entry["new"]) for entry in entries
        ]
        assert not is_stale(lake, GAMES, 2025, load_overrides(ours))


def test_a_month_without_the_row_is_left_alone(lake: Lake, ours: Path):
    for day in (NOON.date().replace(month=1), NOON.date().replace(month=2)):
        start = f"{day}T18:00:00.000Z"
        keep(lake, request_of(PLAYS, 2025, day), [record(PLAYS.record, day.month, gameStartDate=start)])
    built(lake, PLAYS)
    write(ours, ENTRY | {"table": "fct_plays", "key": {"play_id": 2}, "column": "play_text", "old": "toy", "new": "x"})
    silver = [name for name in built(lake, PLAYS) if name.startswith("silver.")]
    assert silver == [f"silver.fct_plays season=2025/month={next_month(NOON.date().replace(month=1, day=1)):%Y-%m}"]
    assert rows(lake, FCT_PLAYS, "play_id", "play_text") == [(1, "toy"), (2, "x")]


def test_what_is_computed_from_our_value_follows_it(lake: Lake, ours: Path):
    write(ours, ENTRY | {"column": "status", "old": "final", "new": "cancelled"})
    fetch(lake, status="final")
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "game_id", "has_result")[0] == (1, False)


@pytest.mark.parametrize(("says", "words"), [(77, "the source now has 77"), (9314, "now has the new value too")])
def test_an_entry_that_the_source_overtook_is_an_error(lake: Lake, ours: Path, says: int, words: str):
    """Also when the source is right now: an entry that does nothing is not left standing."""
    write(ours, ENTRY)
    fetch(lake)
    built(lake, GAMES)
    fetch(lake, 1, attendance=says)
    [(name, why)] = build(lake, GAMES).failed
    assert name == SEASON
    assert words in why
    assert "ours.yaml, entry 1 (fct_games game_id=1 attendance) replaces 0 with 9314" in why
    assert "delete the entry" in why
    assert rows(lake, FCT_GAMES, "attendance") == [2, 9314]
    write(ours)
    built(lake, GAMES)
    assert rows(lake, FCT_GAMES, "attendance") == sorted([2, says])


def test_an_entry_without_its_row_waits(lake: Lake, ours: Path):
    write(ours, ENTRY | {"key": {"game_id": 404}})
    assert len(waiting(lake, load_overrides(ours))) == 1
    fetch(lake)
    built(lake, GAMES)
    assert build(lake, GAMES).reports == []
    assert waiting(lake, load_overrides(ours)) == [
        "ours.yaml, entry 1 (fct_games game_id=404 attendance): no such row in silver.fct_games yet"
    ]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"table": "fct_gmaes"}, "no table 'fct_gmaes' to override; valid are .*fct_games"),
        ({"table": "gold.ratings"}, "no table"),
        ({"column": "attendence"}, "no column 'attendence' to override; valid are .*attendance"),
        ({"column": "has_result"}, "no column 'has_result'"),
        ({"column": "game_id"}, "no column 'game_id'"),
        ({"key": {"id": 1}}, "its key names id; valid are game_id"),
        ({"key": {"game_id": "1"}}, "'1' is not valid for game_id: valid is a whole number"),
        ({"key": {}}, "key"),
        ({"new": "many"}, "'many' is not valid for attendance: valid is a whole number or null"),
        ({"new": True}, "True is not valid"),
        ({"new": 0}, "old and new are both 0"),
        ({"column": "status", "old": "final", "new": None}, "None is not valid for status: valid is text"),
        ({"column": "home_period_points", "old": [1, 2], "new": [1, "x"]}, "is not valid for home_period_points"),
        ({"column": "start_at", "old": None, "new": "2025-01-15"}, "valid is a time with its zone"),
        ({"reason": ""}, "reason"),
        ({"reason": None}, "reason"),
        ({"why": "x"}, "why.*valid are table, key, column, old, new, reason"),
    ],
    ids=str,
)
def test_an_entry_that_makes_no_sense_is_refused_by_name(ours: Path, change: dict[str, Any], words: str):
    write(ours, ENTRY | {"key": {"game_id": 7}}, ENTRY | change)
    with pytest.raises(BadInput, match=f"(?s)ours.yaml, entry 2.*{words}"):
        load_overrides(ours)


def test_one_cell_has_one_entry(ours: Path):
    write(ours, ENTRY, ENTRY | {"new": 1})
    with pytest.raises(BadInput, match=r"entry 2 .* the same cell as ours.yaml, entry 1"):
        load_overrides(ours)


@pytest.mark.parametrize("text", ["key: [", "table: fct_games", "- fct_games", "- {table: fct_games}", "\x00"])
def test_a_file_that_is_no_list_of_entries_is_refused(ours: Path, text: str):
    ours.write_text(text)
    with pytest.raises(BadInput, match=r"ours\.yaml"):
        load_overrides(ours)


def test_a_named_file_must_be_there_the_usual_one_need_not(monkeypatch: pytest.MonkeyPatch, ours: Path):
    ours.unlink()
    with pytest.raises(BadInput, match="there is no such file"):
        load_overrides(ours)
    assert load_overrides() == read(OVERRIDES)
    monkeypatch.setattr("tasks.layers.overrides.OVERRIDES", ours)
    assert load_overrides(ours) == []


def test_the_example_in_the_file_of_the_repository_is_valid(ours: Path):
    lines = OVERRIDES.read_text().splitlines()
    ours.write_text("\n".join(line.removeprefix("# ") for line in lines if line.startswith(("# - ", "#   "))))
    assert [item.column.name for item in load_overrides(ours)] == ["attendance"]
