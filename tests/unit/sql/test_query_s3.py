"""SQL on a lake on S3 and Glue (moto's server): the same code, with nothing to download."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from tasks.errors import BadInput, LakeUnavailable
from tasks.lake.lake import Lake
from tasks.sql.query import query, run
from tests.support.s3 import BUCKET, Aws, AwsFault
from tests.support.tables import S2024, S2025, replace, toys


@pytest.fixture(scope="module")
def server() -> Iterator[Aws]:
    with Aws() as aws:
        yield aws


@pytest.fixture
def cloud(server: Aws, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A lake of two partitions under a prefix of a bucket."""
    server.script()
    server.environment(monkeypatch)
    boto3.client("glue", region_name="us-east-1")
    lake = Lake.open(f"s3://{BUCKET}/query/lake", create=True, database_prefix="query_")
    lake.claim({"source": "test"})
    replace(lake, S2024, toys(2024, *range(100)))
    replace(lake, S2025, toys(2025, *range(50)))
    return lake


def test_tables_on_s3_are_read_by_the_same_names(cloud: Lake):
    assert query(cloud, "select season, count(*) from silver.toys group by 1 order by 1").rows() == [
        (2024, 100),
        (2025, 50),
    ]
    same = "select a.id from silver.toys a join silver.toys b using (season, id) where id = 7 order by a.season"
    assert query(cloud, same).rows() == [(7,), (7,)]
    assert query(cloud, "show tables").rows() == [("silver.toys", 150, "")]
    assert query(cloud, "describe toys")["column"].to_list()[:2] == ["season", "id"]
    assert run(cloud, "from silver.toys where season = 1").note == "silver.toys has the seasons 2024-2025"


def test_no_more_of_the_bucket_is_read(cloud: Lake, server: Aws):
    server.log.clear()
    query(cloud, "select 1")
    assert server.log == []
    for path in (f"{BUCKET}/query/lake/lake.json", f"{BUCKET}/query/lake/**", "other/x.csv"):
        with pytest.raises(BadInput, match="reads the tables of the lake and nothing else"):
            query(cloud, f"from silver.toys, read_text('s3://{path}')")
    assert not [path for _, path in server.log if "lake.json" in path or "/other" in path]


def test_a_storage_that_fails_is_reported(cloud: Lake, server: Aws):
    server.script(AwsFault("error", "GET", ".parquet", times=1000))
    with pytest.raises(LakeUnavailable, match=r"could not be read \(.*INTERNAL_FAILURE") as caught:
        query(cloud, "select sum(id) from silver.toys")
    assert "Traceback" not in str(caught.value)
    server.script(AwsFault("error", "GET", ".avro", times=1000))
    with pytest.raises(LakeUnavailable, match="the lake's storage failed"):
        query(cloud, "select sum(id) from silver.toys")
