"""L on S3 and Glue: the same commands, where the catalog is not copied with the files."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from flows.commands.cli import main
from flows.commands.query import run_query
from tasks.errors import LakeConflict, LakeDamaged
from tasks.lake.maintenance import upkeep
from tests.faults.invariants import Hashes, hashes
from tests.faults.scene import GAMES, Scene
from tests.support.s3 import BUCKET, Aws

pytestmark = [pytest.mark.xdist_group("a lake on S3"), pytest.mark.slow]

PLACE, PREFIX = f"s3://{BUCKET}/l/lake", "l_"


@dataclass
class Kept:
    """What a lake with games is on AWS: the bytes of its objects, and its databases with their tables."""

    objects: dict[str, bytes]
    databases: dict[str, list[dict[str, Any]]]

    @classmethod
    def of_now(cls) -> Kept:
        """All that is there."""
        s3, glue = clients()
        objects = {key: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in _all_keys()}
        names = [item["Name"] for item in glue.get_databases()["DatabaseList"]]
        return cls(objects, {name: glue.get_tables(DatabaseName=name)["TableList"] for name in names})

    def restore(self) -> None:
        """Put it back, and remove all else."""
        s3, glue = clients()
        for key in _all_keys():
            s3.delete_object(Bucket=BUCKET, Key=key)
        for database in glue.get_databases()["DatabaseList"]:
            glue.delete_database(Name=database["Name"])
        for key, body in self.objects.items():
            s3.put_object(Bucket=BUCKET, Key=key, Body=body)
        for name, tables in self.databases.items():
            glue.create_database(DatabaseInput={"Name": name})
            for table in tables:
                given = {field: table[field] for field in TABLE_INPUT if field in table}
                glue.create_table(DatabaseName=name, TableInput=given)


TABLE_INPUT = ("Name", "Description", "TableType", "Parameters", "StorageDescriptor", "PartitionKeys", "Owner")


def clients() -> tuple[Any, Any]:
    """S3 and Glue."""
    return boto3.client("s3", region_name="us-east-1"), boto3.client("glue", region_name="us-east-1")


def _all_keys() -> list[str]:
    pages = clients()[0].get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return [item["Key"] for page in pages for item in page.get("Contents", ())]


KEPT: dict[str, Kept] = {}  # by the address of the server: a file of tests has one


@pytest.fixture
def cloud(scene: Scene, aws: Aws) -> Scene:
    """A lake with games on S3. The first test makes it; each of the others finds it as it was then, alone."""
    scene.place = PLACE
    scene.extra = aws.environment(scene.patch) | {"CBBD_DATABASE_PREFIX": PREFIX}
    scene.job()  # sets the environment
    if aws.url in KEPT:
        KEPT[aws.url].restore()
        return scene
    assert scene.ingest(**GAMES).status == "completed"
    KEPT[aws.url] = Kept.of_now()
    return scene


def keys(place: str) -> dict[str, str]:
    """ETag of each object of a lake, by its path there."""
    prefix = place.removeprefix(f"s3://{BUCKET}/") + "/"
    pages = boto3.client("s3", region_name="us-east-1").get_paginator("list_objects_v2")
    found = (item for page in pages.paginate(Bucket=BUCKET, Prefix=prefix) for item in page.get("Contents", ()))
    return {item["Key"].removeprefix(prefix): item["ETag"] for item in found}


def use_databases(cloud: Scene, prefix: str) -> None:
    """Let the runs of a scene name their databases so."""
    cloud.extra["CBBD_DATABASE_PREFIX"] = prefix
    cloud.patch.setenv("CBBD_DATABASE_PREFIX", prefix)


def copy(cloud: Scene, *parts: str, prefix: str = PREFIX.replace("_", "c_")) -> str:
    """Copy objects of the lake to another prefix, which gets databases of its own; the original's place."""
    original, s3 = cloud.place, boto3.client("s3", region_name="us-east-1")
    cloud.place = f"{original}-copy"
    use_databases(cloud, prefix)
    for key in keys(original):
        if key.startswith(parts):
            source = {"Bucket": BUCKET, "Key": f"{original}/{key}".removeprefix(f"s3://{BUCKET}/")}
            target = f"{cloud.place}/{key}".removeprefix(f"s3://{BUCKET}/")
            s3.copy_object(Bucket=BUCKET, Key=target, CopySource=source)
    return original


@pytest.mark.parametrize("command", [["lake", "relocate"], ["rebuild"]])
def test_l1_a_copied_prefix_is_adopted_and_the_original_untouched(
    cloud: Scene, games: tuple[Hashes, int], command: list[str]
):
    """Trap: its databases are empty, so an ingest would build half a lake beside the copied tables."""
    original = copy(cloud, "raw/", "warehouse/", "lake.json")
    before = keys(original)
    with pytest.raises(LakeDamaged, match=r"has no table, but warehouse/ has some .*lake relocate.*cbbd-etl rebuild"):
        cloud.ingest(**GAMES, refresh=True)
    assert main([*command, "--lake", cloud.place]) == 0
    assert hashes(cloud.lake) == games[0]
    assert cloud.ingest(**GAMES, refresh=True).status == "completed"
    assert hashes(cloud.lake) == games[0]
    assert keys(original) == before


def test_l1_databases_of_another_lake_are_not_taken(cloud: Scene):
    """Trap: relocate would point the original's tables to the copy."""
    original = copy(cloud, "raw/", "warehouse/", "lake.json")
    use_databases(cloud, PREFIX)
    assert main(["lake", "relocate", "--lake", cloud.place]) == 2
    assert main(["rebuild", "--lake", cloud.place]) == 2
    with pytest.raises(LakeConflict, match="databases of its own with CBBD_DATABASE_PREFIX"):
        cloud.ingest(**GAMES)
    cloud.place = original
    assert cloud.lake.home.elsewhere is None


def test_l1_databases_whose_names_begin_alike_are_those_of_another_lake(cloud: Scene, games: tuple[Hashes, int]):
    """Trap: `cbbd_` is the beginning of `cbbd_dev_silver`, so the maintenance of one lake met the tables of both."""
    tables, original = cloud.lake.tables(), copy(cloud, "raw/", "lake.json", prefix=f"{PREFIX}dev_")
    assert main(["rebuild", "--lake", cloud.place]) == 0
    before, other = keys(cloud.place), cloud.place
    cloud.place = original
    use_databases(cloud, PREFIX)
    assert cloud.lake.tables() == tables
    far = datetime.now(UTC) + timedelta(days=400)
    for step in upkeep(cloud.lake, far, far, print, dry_run=False).values():
        step()
    assert hashes(cloud.lake) == games[0]
    assert keys(other) == before


def test_l1_raw_and_marker_alone_are_a_back_up(cloud: Scene, games: tuple[Hashes, int]):
    copy(cloud, "raw/", "lake.json")
    assert main(["rebuild", "--lake", cloud.place]) == 0
    assert hashes(cloud.lake) == games[0]


def test_l2_damage_is_named_and_one_command_makes_it_whole(cloud: Scene, games: tuple[Hashes, int]):
    """A lost manifest and empty metadata; the second run of the killed rebuild finishes it."""
    s3 = boto3.client("s3", region_name="us-east-1")
    found = [key for key in keys(cloud.place) if "/fct_games/metadata/" in key]
    lost = next(key for key in found if key.endswith("-m0.avro"))
    s3.delete_object(Bucket=BUCKET, Key=f"{cloud.place}/{lost}".removeprefix(f"s3://{BUCKET}/"))
    with pytest.raises(LakeDamaged, match=rf"{lost}, a file of silver.fct_games, is missing; `cbbd-etl rebuild"):
        run_query("select count(*) from silver.fct_games", None, None, cloud.lake)
    pointer = cloud.lake.home.pointers()["bronze.games"].removeprefix(f"s3://{BUCKET}/")
    s3.put_object(Bucket=BUCKET, Key=pointer, Body=b"")
    with cloud.command("rebuild", CBBD_CRASH_AT="catalog.written") as process:
        assert process.wait(120) == -signal.SIGKILL, cloud.printed
    raw = {key: tag for key, tag in keys(cloud.place).items() if key.startswith("raw/")}
    assert main(["rebuild", "--lake", cloud.place]) == 0
    assert hashes(cloud.lake) == games[0]
    assert {key: tag for key, tag in keys(cloud.place).items() if key.startswith("raw/")} == raw
