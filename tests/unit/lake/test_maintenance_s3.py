"""Maintenance and replay of a lake on S3 and Glue (moto's server): the same code, other addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from quality.contracts.games import GAMES
from tasks.build import build_dataset
from tasks.lake.content import hash_lake
from tasks.lake.lake import Lake
from tasks.lake.table_files import compact, crowded, expire, orphans
from tasks.layers.replay import Replay, beside
from tests.support.lakes import built, keep, request_of
from tests.support.records import record
from tests.support.s3 import BUCKET, Aws
from tests.support.tables import S2025, TOYS, replace, toys

SOON = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lake]:
    """An empty lake under a prefix of a bucket."""
    with Aws() as server:
        server.environment(monkeypatch)
        lake = Lake.open(f"s3://{BUCKET}/some/lake", create=True, database_prefix="care_")
        lake.claim({"source": "test"})
        yield lake


def test_a_lake_on_s3_is_tidied_and_replayed_like_any_other(cloud: Lake):
    replace(cloud, S2025, *[toys(2025, number) for number in range(9)])
    keep(cloud, request_of(GAMES, 2025), [record(GAMES.record, 1)])
    built(cloud, GAMES)
    before, raw = hash_lake(cloud), cloud.list_files("raw")
    (found,) = crowded(cloud, TOYS)
    assert compact(cloud, found)[0] == 1
    assert orphans(cloud, SOON) == []
    assert sum(expire(cloud, name, SOON) for name in cloud.tables()) > 0
    unnamed = orphans(cloud, SOON)
    assert len(unnamed) >= 9
    cloud.delete_table_files([file.path for file in unnamed])
    assert (orphans(cloud, SOON), cloud.list_files("raw")) == ([], raw)
    assert hash_lake(cloud) == before
    replay = Replay.of(cloud, [GAMES])
    with beside(cloud) as scratch:
        assert build_dataset(scratch, GAMES, 2025, lambda _: None).failed == []
        found_all = [item for table in (GAMES.table, *replay.tables) for item in replay.compare(scratch, table)]
    assert {item.status for item in found_all if "games" in item.table} == {"same"}
