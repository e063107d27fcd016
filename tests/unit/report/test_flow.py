"""The flow `report`: its summary in the lake, places, addresses, and what leaves no run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import boto3
import pytest

from flows import report as module
from flows.jobs.report import ReportJob
from report.output import MANIFEST
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.runs.summary import RUNS, RunSummary
from tests.faults.drive import plain_tasks
from tests.support.lakes import copy_lake
from tests.support.s3 import BUCKET, Aws

pytestmark = pytest.mark.slow


@pytest.fixture
def own(lake: Lake, tmp_path: Path) -> Lake:
    """A copy of the lake, because a run writes its summary into it."""
    copy_lake(lake.location, tmp_path / "lake")
    return Lake.open(tmp_path / "lake")


def run(lake: Lake, **given: Any) -> RunSummary:
    with plain_tasks(module):
        return module.run_report(ReportJob.of(lake=lake.location, **given))


def test_a_run_writes_to_the_lake_and_counts_in_its_summary(own: Lake):
    done = run(own)
    assert (done.status, done.flow) == ("completed", "report")
    assert "season 2025: " in done.notes[0]
    assert " 0 removed" in done.notes[0]
    assert Path(own.location, "report/2025/index.html").is_file()
    assert "; 0 files written" in run(own, season="2025").notes[0]


def test_bad_places_leave_no_run_and_no_file(own: Lake, tmp_path: Path):
    """Trap: pages among the raw objects."""
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis/thesis.txt").write_text("keep")
    before = own.list_files(RUNS)
    for out, said in (
        (f"{own.location}/raw/site", "is in the lake"),
        (str(tmp_path / "thesis"), "other files than a report"),
        ("https://example.test", "--out"),
    ):
        with pytest.raises(BadInput, match=said):
            run(own, out=out)
    assert own.list_files(RUNS) == before
    assert not Path(own.location, "raw/site").exists()


def test_a_link_leads_to_an_address_never_to_the_disk(lake: Lake, monkeypatch: pytest.MonkeyPatch):
    def address(**given: Any) -> str | None:
        return ReportJob.of(lake=lake.location, **given).address(2025)

    assert address() is None
    assert address(out="s3://bucket/site") == "s3://bucket/site/index.html"
    assert address(out="s3://bucket/site", url="https://stats.example/2025/") == "https://stats.example/2025/index.html"
    monkeypatch.setenv("CBBD_REPORT_URL", "https://published.example")
    assert address() == "https://published.example/2025/index.html"
    assert address(out="s3://bucket/site") == "s3://bucket/site/index.html", "another place is not the published one"
    with pytest.raises(BadInput, match="--url"):
        ReportJob.of(lake=lake.location, url="ftp://example.test")


def test_a_report_on_s3_has_the_same_files_and_only_changes_are_uploaded(
    own: Lake, site: Path, monkeypatch: pytest.MonkeyPatch
):
    with Aws() as server:
        server.environment(monkeypatch)
        assert run(own, out=f"s3://{BUCKET}/site").status == "completed"
        client = boto3.client("s3")
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix="site/")
        found = {item["Key"].removeprefix("site/"): item["Size"] for page in pages for item in page["Contents"]}
        files = {path.relative_to(site).as_posix(): path.stat().st_size for path in site.rglob("*") if path.is_file()}
        assert found == files
        kinds = {
            name: client.head_object(Bucket=BUCKET, Key=f"site/{name}")["ContentType"]
            for name in ("index.html", "site.css", "site.js")
        }
        assert [kind.partition(";")[0] for kind in kinds.values()] == ["text/html", "text/css", "text/javascript"]
        client.delete_object(Bucket=BUCKET, Key="site/rankings.html")
        before = len(server.log)
        assert "; 1 files written" in run(own, out=f"s3://{BUCKET}/site").notes[0]
        puts = {what.partition("/site/")[2] for method, what in server.log[before:] if method == "PUT"}
        assert puts == {"rankings.html", MANIFEST}
        with pytest.raises(BadInput, match="there is no bucket nowhere"):
            run(own, out="s3://nowhere/site")


def test_an_interrupted_build_can_be_continued(lake: Lake, site: Path, tmp_path: Path):
    """Trap: a folder with pages and no manifest is refused as somebody else's."""
    out = tmp_path / "out"
    shutil.copytree(site, out)
    (out / MANIFEST).write_text("{}\n")  # what a first build leaves until its end
    (out / "rankings.html").unlink()
    ReportJob.of(lake=lake.location, out=str(out)).run_alone()
    assert (out / "rankings.html").read_bytes() == (site / "rankings.html").read_bytes()
    assert (out / MANIFEST).read_bytes() == (site / MANIFEST).read_bytes()
