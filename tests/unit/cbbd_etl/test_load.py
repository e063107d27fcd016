"""Tables as data frames: seasons, columns, versions, on a folder and on S3."""

from __future__ import annotations

import gc
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import cbbd_etl as cbb
from quality.dataset import Partition, Table
from quality.validate import check
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.lake.maintenance import expire_old_versions
from tests.support.s3 import BUCKET, Aws
from tests.support.tables import DAYS, S2024, S2025, column, days, replace, toys

SOON = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def two_seasons(lake: Lake) -> Lake:
    replace(lake, S2024, toys(2024, 1, 2, 3))
    replace(lake, S2025, toys(2025, 4, 5))
    return lake


def ids(frame: pl.DataFrame) -> list[int]:
    return sorted(frame["id"])


@pytest.mark.parametrize(
    ("seasons", "expected"),
    [
        (None, [4, 5]),
        (True, [1, 2, 3, 4, 5]),
        (2024, [1, 2, 3]),
        ([2024, 2025], [1, 2, 3, 4, 5]),
        (range(2024, 2025), [1, 2, 3]),
        ((2025,), [4, 5]),
    ],
)
def test_seasons(two_seasons: Lake, seasons: Any, expected: list[int]):
    """Trap: True is a whole number in Python, and could be read as season 1."""
    assert ids(cbb.load("toys", seasons=seasons, lake=two_seasons)) == expected
    lazy = cbb.load("silver.toys", seasons=seasons, lazy=True, lake=two_seasons)
    assert isinstance(lazy, pl.LazyFrame)
    assert ids(lazy.collect()) == expected


def test_columns_come_in_the_wanted_order(two_seasons: Lake):
    assert cbb.load("toys", columns=["note", "id"], lake=two_seasons).columns == ["note", "id"]
    assert cbb.load("toys", columns="id", lake=two_seasons).columns == ["id"]
    assert cbb.load("toys", lake=two_seasons).schema == two_seasons.scan("silver.toys").collect_schema()


def test_a_lazy_frame_lives_longer_than_its_lake(two_seasons: Lake):
    """Trap: the catalog is closed when the lake is garbage-collected."""
    frame = cbb.load("toys", lazy=True, lake=two_seasons.location)
    gc.collect()
    assert frame.select(pl.len()).collect().item() == 2


def test_a_table_without_seasons_is_read_whole(lake: Lake):
    item = Table(name="places", layer="silver", description="Places.", columns=(column("id"),), key=("id",),
                 partition=Partition.NONE)  # fmt: skip
    with lake.replace(item, PartitionKey(), "x") as out:
        out.add(check(pl.DataFrame({"id": [1, 2]}), item))
    assert ids(cbb.load("places", lake=lake)) == ids(cbb.load("places", seasons=True, lake=lake)) == [1, 2]
    with pytest.raises(cbb.BadInput, match=r"silver\.places has no column of seasons: leave `seasons` out"):
        cbb.load("places", seasons=2025, lake=lake)


def test_a_table_by_month_has_its_seasons(lake: Lake):
    for season, day in ((2024, date(2024, 1, 2)), (2025, date(2024, 12, 2))):
        replace(lake, PartitionKey(season, day.replace(day=1)), days(season, day), table=DAYS)
    assert cbb.load("days", lake=lake)["season"].to_list() == [2025]


def test_a_table_without_rows_is_an_empty_frame(lake: Lake):
    lake.replace(DAYS, PartitionKey(), None)
    assert cbb.load("days", lake=lake).shape == (0, 3)


def test_as_of_reads_the_version_that_was_the_newest_then(lake: Lake):
    replace(lake, S2025, toys(2025, 1), inputs="first")
    between = datetime.now(UTC)
    table = lake.iceberg("silver.toys")
    assert table is not None
    first = table.metadata.snapshots[-1]
    while int(datetime.now(UTC).timestamp() * 1000) <= first.timestamp_ms:  # Iceberg counts milliseconds
        between = datetime.now(UTC)
    replace(lake, S2025, toys(2025, 2, 3), inputs="second")
    assert ids(cbb.load("toys", as_of=between, lake=lake)) == [1]
    assert ids(cbb.load("toys", as_of=between.isoformat(), lake=lake)) == [1]
    assert ids(cbb.load("toys", as_of=SOON, lake=lake)) == ids(cbb.load("toys", lake=lake)) == [2, 3]
    with pytest.raises(cbb.BadInput, match=r"keeps no version of 2020-01-01 05:00 UTC; the oldest is of 20"):
        cbb.load("toys", as_of="2020-01-01", lake=lake)
    expire_old_versions(lake, SOON, dry_run=False)
    with pytest.raises(cbb.BadInput, match="keeps no version of"):
        cbb.load("toys", as_of=between, lake=lake)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"table": "toyz"}, r"no table toyz; did you mean silver\.toys"),
        ({"table": "v_team_dashboard"}, r'is a view, not a table: cbb\.query\("from gold\.v_team_dashboard"\)'),
        ({"seasons": 2019}, r"silver\.toys has no season 2019; its seasons: 2024-2025"),
        ({"seasons": []}, "give a year, several years, or True"),
        ({"seasons": False}, "give a year, several years, or True"),
        ({"seasons": ["2024"]}, "'2024' is not a year"),
        ({"columns": ["nota"]}, r"silver\.toys has no column nota; did you mean note\?"),
        ({"as_of": "2025-01-15T12:00"}, "has no time zone; write 2025-01-15T12:00:00Z"),
        ({"as_of": "yesterday"}, "'yesterday' is not a day; write YYYY-MM-DD"),
        ({"as_of": "2025-01-15 25:00Z"}, "is no time; write 2025-01-15"),
    ],
)
def test_what_cannot_be_read_is_refused(two_seasons: Lake, options: dict[str, Any], message: str):
    with pytest.raises(cbb.BadInput, match=message):
        cbb.load(**{"table": "toys", "lake": two_seasons} | options)


def test_a_query_returns_at_most_the_wanted_rows(two_seasons: Lake):
    assert ids(cbb.query("from silver.toys order by id", limit=2, lake=two_seasons)) == [1, 2]
    assert cbb.query("from silver.toys", limit=9, lake=two_seasons).height == 5
    assert cbb.query("explain from silver.toys", limit=1, lake=two_seasons).height == 1
    with pytest.raises(cbb.BadInput, match="limit: 0 is not a number of rows; the least is 1"):
        cbb.query("from silver.toys", limit=0, lake=two_seasons)


def test_no_lake_is_refused_by_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(cbb.BadInput, match=f"there is no lake at {tmp_path / 'none'}"):
        cbb.load("toys", lake=tmp_path / "none")
    monkeypatch.setenv("CBBD_LAKE", str(tmp_path / "other"))
    with pytest.raises(cbb.BadInput, match=f"there is no lake at {tmp_path / 'other'}"):
        cbb.query("select 1")


def test_bronze_is_named_with_its_layer(january: Lake):
    """Trap: `games` would be the records as sent, where `fct_games` is meant."""
    with pytest.raises(cbb.BadInput, match=r"no table games; did you mean silver\.fct_games or bronze\.games\?"):
        cbb.load("games", lake=january)
    assert cbb.load("bronze.games", lake=january).height > 0


def test_a_lake_on_s3_is_read_with_the_readers_credentials(monkeypatch: pytest.MonkeyPatch):
    with Aws() as server:
        server.environment(monkeypatch)
        monkeypatch.setenv("CBBD_DATABASE_PREFIX", "read_")
        place = f"s3://{BUCKET}/read"
        lake = Lake.open(place, create=True, database_prefix="read_")
        lake.claim({"source": "test"})
        replace(lake, S2024, toys(2024, 1))
        replace(lake, S2025, toys(2025, 2))
        assert ids(cbb.load("toys", lake=place)) == [2]
        assert ids(cbb.load("toys", seasons=True, lake=place)) == [1, 2]
        assert cbb.query("select count(*) from silver.toys", lake=place).item() == 2
        assert cbb.tables(lake=place).select("table", "rows", "seasons").rows() == [("silver.toys", 2, "2024-2025")]
