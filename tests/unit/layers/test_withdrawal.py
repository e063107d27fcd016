"""L5: a rejected response is as if it had never come, and comes back when it is accepted again."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.ops import CORRECTIONS, QUARANTINE
from quality.contracts.plays import FCT_PLAYS, PLAYS
from tasks.build import derive_tables, is_stale
from tasks.completeness.due import todo
from tasks.errors import BadInput
from tasks.lake.content import hash_lake
from tasks.lake.lake import Lake
from tasks.lake.raw import RawObject
from tasks.lake.verdicts import Verdicts
from tasks.layers.replay import Replay
from tests.support.lakes import NOON, build, built, keep, new_lake, request_of
from tests.support.records import record

LATER, DAY = NOON + timedelta(days=1), date(2025, 1, 15)
FIRST = [record(GAMES.record, number) for number in range(1, 21)]


def hashes(lake: Lake) -> dict[str, str]:
    """Logical hash of each table that has a row."""
    return {name: str(value) for name, value in hash_lake(lake).items() if value.rows}


def brought_up_to_date(lake: Lake) -> dict[str, str]:
    for endpoint in (GAMES, PLAYS):
        done = build(lake, endpoint)
        assert done.failed == []
        assert not is_stale(lake, endpoint, 2025, ())
    assert derive_tables(lake, [2025], [], lambda _: None).failed == []
    return hashes(lake)


def without(lake: Lake, folder: object, gone: RawObject) -> dict[str, str]:
    """What a lake holds that never got one of the responses."""
    other = new_lake(folder)  # type: ignore[arg-type]
    for endpoint in (GAMES, PLAYS):
        for item in lake.raw.objects(endpoint.name):
            if item != gone:
                _copy(lake, other, item)
    return brought_up_to_date(other)


def _copy(lake: Lake, other: Lake, item: RawObject) -> None:
    _, body = lake.raw.body(item.path)
    request = request_of(GAMES, 2025) if item.endpoint == GAMES.name else request_of(PLAYS, 2025, DAY)
    keep(other, request, body, item.fetched_at)


@pytest.fixture
def filled(lake: Lake) -> tuple[Lake, dict[str, RawObject]]:
    """Games in two versions, of which the newer has a value revised, a row out of contract and fewer games; plays."""
    newer = [*FIRST[:15], FIRST[0] | {"id": None}]
    newer[1] = newer[1] | {"attendance": 4_444}
    return lake, {
        "old games": keep(lake, request_of(GAMES, 2025), FIRST),
        "new games": keep(lake, request_of(GAMES, 2025), newer, LATER),
        "plays": keep(lake, request_of(PLAYS, 2025, DAY), [record(PLAYS.record, 1)]),
    }


@pytest.mark.parametrize("name", ["old games", "new games", "plays"])
def test_l5_tables_are_as_if_the_object_were_not_there_and_then_as_before(
    filled: tuple[Lake, dict[str, RawObject]], tmp_path: object, name: str
):
    """Traps: a guard against fewer rows, a partition that nothing builds any more, corrections of a lost version."""
    lake, objects = filled
    before = brought_up_to_date(lake)
    wanted = without(lake, tmp_path / "other", objects[name])  # type: ignore[operator]
    assert wanted != before
    verdicts = Verdicts(lake._store)
    verdicts.reject(objects[name].path, "half of it is wrong", NOON)
    assert is_stale(lake, PLAYS if name == "plays" else GAMES, 2025, ())
    assert brought_up_to_date(lake) == wanted
    verdicts.accept(objects[name].path, LATER)
    assert brought_up_to_date(lake) == before
    assert lake.raw.body(objects[name].path)[0].endpoint in name.replace("old ", "").replace("new ", "")


def test_l5_the_last_response_of_a_season_leaves_empty_tables(lake: Lake):
    only = keep(lake, request_of(GAMES, 2025), FIRST)
    keep(lake, request_of(GAMES, 2024), [record(GAMES.record, 99, season=2024)])
    built(lake, GAMES, 2024)
    brought_up_to_date(lake)
    Verdicts(lake._store).reject(only.path, "wrong season", LATER)
    brought_up_to_date(lake)
    assert lake.scan(FCT_GAMES.qualified).select("season").unique().collect()["season"].to_list() == [2024]
    assert list(lake.inputs(FCT_GAMES)) == ["season=2024"]
    assert (GAMES, 2025) in Replay.of(lake, [GAMES]).targets, "a replay empties them, too"


def test_rows_that_are_gone_without_a_verdict_stay(lake: Lake):
    """Trap: raw objects lost from a disk are no reason to empty a table."""
    keep(lake, request_of(GAMES, 2025), FIRST)
    brought_up_to_date(lake)
    for item in lake.raw.objects(GAMES.name):
        lake._store.delete(f"raw/{item.path}")  # type: ignore[attr-defined]
    assert build(lake, GAMES).reports == []
    assert lake.scan(FCT_GAMES.qualified).collect().height == 20


def test_a_rejected_responses_request_is_due_again(lake: Lake):
    found = keep(lake, request_of(GAMES, 2025), FIRST)
    key = request_of(GAMES, 2025).key
    assert key not in {request.key for request in todo(lake, GAMES, 2025, NOON).due}
    Verdicts(lake._store).reject(found.path, "wrong", NOON)
    assert key in {request.key for request in todo(lake, GAMES, 2025, NOON).due}


def test_quarantine_and_corrections_go_with_their_response(filled: tuple[Lake, dict[str, RawObject]]):
    lake, objects = filled
    brought_up_to_date(lake)
    rows = [lake.scan(table.qualified).collect() for table in (QUARANTINE, CORRECTIONS)]
    assert all(frame.height for frame in rows)
    Verdicts(lake._store).reject(objects["new games"].path, "wrong", LATER)
    brought_up_to_date(lake)
    rows = [lake.scan(table.qualified).filter(pl.col("raw_object") == objects["new games"].path).collect()
            for table in (QUARANTINE, CORRECTIONS)]  # fmt: skip
    assert not any(frame.height for frame in rows)
    assert lake.iceberg(FCT_PLAYS.qualified) is not None


def test_verdicts_are_listed_and_the_newest_counts(filled: tuple[Lake, dict[str, RawObject]]):
    lake, objects = filled
    verdicts, path = Verdicts(lake._store), objects["plays"].path
    for hours in range(3):
        verdicts.reject(path, f"reason {hours}", NOON + timedelta(hours=2 * hours))
        verdicts.accept(path, NOON + timedelta(hours=2 * hours + 1))
    assert {item.verdict for item in verdicts.all()} == {"good"}
    verdicts.reject(path, "for good", NOON + timedelta(hours=9))
    found = verdicts.frame(verdicts.all([PLAYS.name], 2025))
    assert found.select("object", "verdict", "reason").rows() == [(path, "withdrawn", "for good")]
    assert [item.path for item in lake.raw.withdrawn()] == [path]
    assert len(list(verdicts.all())) == 3, "a verdict is no response"


@pytest.mark.parametrize("form", ["{path}", "raw/{path}", "{lake}/raw/{path}"])
def test_an_object_is_found_by_each_of_its_names(filled: tuple[Lake, dict[str, RawObject]], form: str):
    lake, objects = filled
    name = form.format(path=objects["plays"].path, lake=lake.location)
    assert Verdicts(lake._store).reject(name, "x", NOON).raw == objects["plays"]


def test_what_cannot_be_judged_is_refused(filled: tuple[Lake, dict[str, RawObject]]):
    lake, objects = filled
    verdicts, path = Verdicts(lake._store), objects["plays"].path
    with pytest.raises(BadInput, match="--reason is empty"):
        verdicts.reject(path, "  ", NOON)
    with pytest.raises(BadInput, match="is good already"):
        verdicts.accept(path, NOON)
    with pytest.raises(BadInput, match=r"no raw object .*; did you mean plays/"):
        verdicts.reject(path.replace(".json.zst", ".json"), "x", NOON)
    for wrong in ("", "raw/", "../../etc/passwd", f"{path}.x", "nothing/season=2025/k/x.json.zst"):
        with pytest.raises(BadInput, match="there is no raw object"):
            verdicts.reject(wrong, "x", NOON)
    verdicts.reject(path, "x", NOON)
    with pytest.raises(BadInput, match="is withdrawn already"):
        verdicts.reject(path, "x", LATER)


@pytest.mark.parametrize("step", [timedelta(0), timedelta(hours=-1), timedelta(microseconds=1)])
def test_l5_the_last_verdict_counts_though_the_clock_went_back(lake: Lake, step: timedelta):
    """Trap: another machine's clock is behind, so that `raw accept` is older than the `raw reject` it takes back."""
    path = keep(lake, request_of(GAMES, 2025), FIRST).path
    verdicts, now = Verdicts(lake._store), NOON
    for expected in ("withdrawn", "good") * 3:
        verdicts.reject(path, "x", now) if expected == "withdrawn" else verdicts.accept(path, now)
        assert [item.verdict for item in verdicts.all()] == [expected]
        now += step
