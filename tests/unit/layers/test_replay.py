"""Replay: raw alone makes the live tables again, row for row, and what was changed behind our back shows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from polars.exceptions import SchemaError

from quality.contracts.conference_history import CONFERENCE_HISTORY
from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.lines import LINES
from quality.dataset import Endpoint
from quality.validate import check
from tasks.build import build_dataset, derive_tables
from tasks.lake.content import hash_lake
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.replay import Comparison, Replay, beside
from tests.support.lakes import NOON, built, keep, new_lake, request_of
from tests.support.records import record
from tests.support.tables import replace

LATER = NOON + timedelta(days=1)


@pytest.fixture
def live(lake: Lake) -> Lake:
    """Two versions of a season's games, another season, and lines."""
    first = [record(GAMES.record, number) for number in range(1, 6)]
    keep(lake, request_of(GAMES, 2025), first)
    keep(lake, request_of(GAMES, 2025), [*first[:4], first[4] | {"attendance": 4_444}], LATER)
    keep(lake, request_of(GAMES, 2024), [record(GAMES.record, 9, season=2024)])
    keep(lake, request_of(LINES, 2025), [record(LINES.record, 1)])
    for endpoint, season in ((GAMES, 2025), (GAMES, 2024), (LINES, 2025)):
        built(lake, endpoint, season)
    assert derive_tables(lake, [2025, 2024], [], lambda _: None).failed == []
    return lake


def compared(live: Lake, *endpoints: Endpoint, seasons: tuple[int, ...] = ()) -> dict[str, Comparison]:
    """The comparisons of a replay beside the lake, by table and partition."""
    replay = Replay.of(live, endpoints or [GAMES, LINES], seasons)
    with beside(live) as scratch:
        for endpoint, season in replay.targets:
            assert build_dataset(scratch, endpoint, season, lambda _: None, rebuild_all=True).failed == []
        assert derive_tables(scratch, replay.seasons, replay.on_request, lambda _: None).failed == []
        found = [item for table in replay.tables for item in replay.compare(scratch, table)]
    return {f"{item.table} {item.partition}": item for item in found}


def test_raw_alone_makes_the_same_tables(live: Lake):
    before = hash_lake(live), live.tables()
    found = compared(live)
    assert {item.status for item in found.values()} == {"same"}
    assert {"bronze.games season=2024", "silver.fct_games season=2025", "silver.fct_lines season=2025"} <= found.keys()
    assert found["silver.fct_games season=2025"].live.rows == 5
    assert (hash_lake(live), live.tables()) == before, "a comparison writes nothing into the lake"


def test_a_value_changed_behind_our_back_shows(live: Lake):
    """The fingerprint says the partition is up to date; only the content tells."""
    rows = live.scan(FCT_GAMES.qualified).collect().filter(season=2025)
    key = PartitionKey(2025)
    forged = rows.with_columns(home_points=rows["home_points"] + 1)
    replace(live, key, check(forged, FCT_GAMES), inputs=live.inputs(FCT_GAMES)[str(key)], table=FCT_GAMES)
    found = compared(live)
    wrong = [name for name, item in found.items() if item.is_difference]
    assert wrong == ["silver.fct_games season=2025"]
    assert "5 rows" in str(found[wrong[0]])


def test_rebuilding_in_place_heals_it_and_leaves_nothing_stale(live: Lake):
    before = hash_lake(live)
    rows = live.scan(FCT_GAMES.qualified).collect().filter(season=2025).head(2)
    key = PartitionKey(2025)
    replace(live, key, check(rows, FCT_GAMES), inputs=live.inputs(FCT_GAMES)[str(key)], table=FCT_GAMES)
    assert hash_lake(live) != before
    done = build_dataset(live, GAMES, 2025, lambda _: None, rebuild_all=True)
    assert done.failed == []
    assert {"bronze.games", "silver.fct_games"} <= {report.table for report in done.reports}
    assert hash_lake(live) == before
    assert build_dataset(live, GAMES, 2025, lambda _: None).reports == [], "an ingest has nothing left to do"


def flipped(place: Callable[[bytes], int]) -> Callable[[Path], object]:
    """Another bit in the byte at a place of the file."""

    def flip(file: Path) -> None:
        data = bytearray(file.read_bytes())
        data[place(data)] ^= 1
        file.write_bytes(data)

    return flip


def footer(data: bytes) -> int:
    """First byte of a Parquet footer. Further on there are descriptions of columns, where a bit changes nothing."""
    return len(data) - 8 - int.from_bytes(data[-8:-4], "little")


DAMAGES: dict[str, Callable[[Path], object]] = {
    "deleted": Path.unlink,
    "cut": lambda file: file.write_bytes(file.read_bytes()[:-100]),
    "a bit of a value": flipped(lambda data: len(data) // 50),
    "a bit of the footer": flipped(footer),
}


@pytest.mark.parametrize(
    ("layer", "damage"), [("bronze/games", "deleted"), *(("silver/fct_games", name) for name in DAMAGES)]
)
def test_s5_a_damaged_file_is_noticed_and_rebuilt(live: Lake, layer: str, damage: str):
    """Trap: before a table is published it is compared with what is served, and that cannot be read any more."""
    before = hash_lake(live)
    (file,) = Path(live.location).glob(f"warehouse/{layer}/data/season=2025/*.parquet")
    DAMAGES[damage](file)
    table = layer.replace("/", ".")
    wrong = {name: str(item) for name, item in compared(live).items() if item.is_difference}
    assert list(wrong) == [f"{table} season=2025"]
    assert "`cbbd-etl rebuild`" in wrong[f"{table} season=2025"] or "5 rows" in wrong[f"{table} season=2025"]
    done = build_dataset(live, GAMES, 2025, lambda _: None, rebuild_all=True)
    assert done.failed == []
    assert hash_lake(live) == before
    assert not any(item.is_difference for item in compared(live).values())


def test_only_damage_takes_the_comparison_away(live: Lake, monkeypatch: pytest.MonkeyPatch):
    """Trap: a comparison that fails for a reason of its own is no licence to publish without one."""

    def wrong(*_: object) -> None:
        raise SchemaError("type Int64 is incompatible with expected type String")

    before = hash_lake(live)
    monkeypatch.setattr("tasks.layers._publish.digest", wrong)
    done = build_dataset(live, GAMES, 2025, lambda _: None, rebuild_all=True)
    assert done.failed
    assert all("unexpected SchemaError" in reason for _, reason in done.failed)
    monkeypatch.undo()
    assert hash_lake(live) == before


def test_what_an_ingest_has_not_built_yet_is_reported_as_such(live: Lake):
    keep(live, request_of(GAMES, 2025), [record(GAMES.record, 1, attendance=1)], LATER + timedelta(days=1))
    item = compared(live)["silver.fct_games season=2025"]
    assert (item.status, item.out_of_date) == ("differs", True)
    assert "an ingest rebuilds it" in str(item)


def test_only_what_was_named_is_compared(live: Lake):
    assert {name.split()[1] for name in compared(live, GAMES, seasons=(2024,))} == {"season=2024"}
    assert not any("lines" in name for name in compared(live, GAMES))


def test_a_partition_that_raw_knows_nothing_of_is_named(live: Lake):
    rows = live.scan(FCT_GAMES.qualified).collect().filter(season=2025)
    moved = rows.with_columns(season=rows["season"] - 5)
    replace(live, PartitionKey(2020), check(moved, FCT_GAMES), table=FCT_GAMES)
    assert compared(live)["silver.fct_games season=2020"].status == "not from raw"


def test_places_are_what_raw_has_newest_season_first(live: Lake, tmp_path: Path):
    assert [(e.name, s) for e, s in Replay.of(live, [GAMES, LINES]).targets] == [
        ("games", 2025),
        ("lines", 2025),
        ("games", 2024),
    ]
    assert Replay.of(live, [CONFERENCE_HISTORY]).targets == []
    assert Replay.of(new_lake(tmp_path / "empty"), [GAMES]).targets == []
