"""S: the lake on S3 and Glue (moto's server), with the code and the settings that run in production."""

from __future__ import annotations

from itertools import count

import boto3
import obstore
import pytest

from tasks.errors import BadInput, LakeConflict
from tasks.lake import storage
from tasks.lake.lake import Lake
from tests.faults.invariants import Hashes, hashes, no_duplicates, recovered
from tests.faults.scene import GAMES, TWO_DAYS, Scene
from tests.support.s3 import BUCKET, Aws, AwsFault

pytestmark = pytest.mark.slow

NUMBERS = count()


@pytest.fixture
def cloud(scene: Scene, aws: Aws) -> Scene:
    """A stage whose lake is a prefix of its own in a bucket, with databases of its own in Glue."""
    number = next(NUMBERS)
    aws.script()
    scene.place = f"s3://{BUCKET}/some/lake{number}"
    scene.extra = aws.environment(scene.patch) | {"CBBD_DATABASE_PREFIX": f"t{number}_"}
    return scene


def test_s1_s3_a_lake_on_s3_and_glue_holds_what_a_folder_holds(cloud: Scene, aws: Aws, two_days: tuple[Hashes, int]):
    recovered(cloud, two_days[0], **TWO_DAYS)
    assert len(cloud.api.calls) == two_days[1]
    again = cloud.ingest(**TWO_DAYS)
    assert (again.calls, again.datasets[0].layers) == (0, [])
    with pytest.raises(Exception, match=r"exists|Precondition"):
        obstore.put(cloud.lake._store, "lake.json", b"{}", mode="create")


@pytest.mark.parametrize("kind", ["slow_down", "error", "silent"])
def test_s1_storage_that_is_slow_or_fails_is_retried(cloud: Scene, aws: Aws, games: tuple[Hashes, int], kind: str):
    """For every client on the way: raw objects, data files, metadata, catalog."""
    if kind == "silent":
        cloud.patch.setattr(storage, "TIMEOUT_SECONDS", 1)
    parts = [("PUT", "/raw/"), ("GET", "/raw/"), ("PUT", "/data/"), ("PUT", "/metadata/"), ("GET", "/metadata/")]
    glue = [] if kind == "silent" else [("POST", "AWSGlue.UpdateTable"), ("POST", "AWSGlue.GetTable")]
    aws.script(*(AwsFault(kind, method, part) for method, part in [*parts, *glue]))  # type: ignore[arg-type]
    run = cloud.ingest(**GAMES)
    assert run.status == "completed", run.failed
    assert all(fault.seen for fault in aws.faults), "every fault was met"
    assert hashes(cloud.lake) == games[0]


def test_s1_storage_that_stays_down_ends_the_run_with_a_reason(cloud: Scene, aws: Aws, games: tuple[Hashes, int]):
    """An answer that cannot be kept is a call for nothing: after the first, no more are asked."""
    cloud.patch.setattr(storage, "RETRIES", 1)
    cloud.ingest(endpoints="conferences")
    aws.script(AwsFault("error", "PUT", "/raw/", times=1_000_000))
    cloud.api.script()
    run = cloud.ingest(**GAMES)
    assert run.status == "failed"
    assert "the lake's storage failed" in run.failed[0].error
    assert len(cloud.api.calls) <= 1
    assert run.not_asked >= 5
    aws.script()
    assert cloud.ingest(**GAMES).status == "completed"
    assert {name: value for name, value in hashes(cloud.lake).items() if name in games[0]} == games[0]


def test_s2_a_put_whose_reply_was_lost_is_recognised_as_ours(cloud: Scene, aws: Aws, games: tuple[Hashes, int]):
    """The client sends it again and hears that the object exists: same content, so it is no conflict."""
    aws.script(AwsFault("lost", "PUT", "/raw/games/", times=3))
    run = cloud.ingest(**GAMES)
    assert run.status == "completed", run.failed
    assert aws.faults[0].seen == 3
    prefix = cloud.place.removeprefix(f"s3://{BUCKET}/")
    raw = boto3.client("s3", region_name="us-east-1").list_objects_v2(Bucket=BUCKET, Prefix=f"{prefix}/raw/")
    assert raw["KeyCount"] == games[1], "no duplicate"
    assert hashes(cloud.lake) == games[0]


def test_s2_a_commit_whose_reply_was_lost_is_not_done_twice(cloud: Scene, aws: Aws, games: tuple[Hashes, int]):
    aws.script(AwsFault("lost", "POST", "AWSGlue.UpdateTable", times=2))
    run = cloud.ingest(**GAMES)
    assert run.status == "completed", run.failed
    assert aws.faults[0].seen == 2
    assert hashes(cloud.lake) == games[0]
    no_duplicates(cloud.lake)


def test_g1_a_catalog_that_fails_at_the_commit_leaves_the_previous_version(cloud: Scene, aws: Aws):
    cloud.patch.setattr("pyiceberg.catalog.glue.MAX_RETRIES", 1)
    cloud.ingest(**GAMES)
    served = cloud.lake.scan("silver.fct_games").collect()
    aws.script(AwsFault("error", "POST", "AWSGlue.UpdateTable", times=1_000_000))
    run = cloud.ingest(**GAMES, refresh=True)
    assert run.status == "failed"
    assert aws.faults[0].seen > 0
    assert cloud.lake.scan("silver.fct_games").collect().equals(served)
    aws.script()
    again = cloud.ingest(**GAMES)
    assert (again.status, again.calls) == ("completed", 0), "what was asked is kept"
    assert set(cloud.lake.scan("silver.fct_games").collect()["raw_object"]).isdisjoint(served["raw_object"])
    no_duplicates(cloud.lake)


def test_s3_writers_of_one_lake_at_once_all_succeed(cloud: Scene, games: tuple[Hashes, int]):
    """Both commit the same partitions: the one that loses reads again, and nothing is written twice."""
    with cloud.process(**GAMES) as one, cloud.process(**GAMES) as two:
        assert (one.wait(120), two.wait(120)) == (0, 0), cloud.printed
    assert hashes(cloud.lake) == games[0]
    no_duplicates(cloud.lake)


def test_s4_a_listing_of_more_than_a_thousand_keys_is_complete(cloud: Scene):
    cloud.job(**GAMES).open_lake()
    lake = cloud.lake
    for number in range(1_001):
        obstore.put(lake._store, f"raw/toys/season=2025/k{number}/20250601T000000000000Z-0123abcd.json.zst", b"")
    assert len(lake.raw.latest("toys", 2025)) == 1_001


def test_s_two_lakes_do_not_share_databases_unnoticed(cloud: Scene, games: tuple[Hashes, int]):
    """Trap: a second lake with the same database prefix would write into the tables of the first."""
    cloud.ingest(**GAMES)
    first, cloud.place = cloud.place, f"{cloud.place}-other"
    cloud.api.script()
    with pytest.raises(LakeConflict, match="databases of its own with CBBD_DATABASE_PREFIX"):
        cloud.ingest(**GAMES)
    assert cloud.api.calls == []
    cloud.place = first
    assert hashes(cloud.lake) == games[0]


def test_s_a_bucket_that_is_not_there_is_one_clear_message(cloud: Scene):
    with pytest.raises(BadInput, match="there is no bucket no-such-bucket: create it"):
        Lake.open("s3://no-such-bucket/lake", create=True).claim({"source": "test"})


def test_s_plain_http_needs_an_endpoint_that_says_so(cloud: Scene, monkeypatch: pytest.MonkeyPatch):
    store, _ = storage.in_bucket(f"s3://{BUCKET}/x")
    assert str(store.client_options["allow_http"]).lower() == "true"
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://s3.example.test")
    store, _ = storage.in_bucket(f"s3://{BUCKET}/x")
    assert str(store.client_options["allow_http"]).lower() == "false"
