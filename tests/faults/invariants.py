"""The invariants of the fault matrix, checked from outside: on the lake, its files and the API's own log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import polars as pl
import zstandard

from flows.jobs.ingest import IngestJob
from quality.dataset import registry
from tasks.lake.content import hash_lake
from tasks.lake.lake import Lake
from tasks.runs.summary import RUNS, RunSummary
from tests.faults.scene import IN_FLIGHT, KEY, Api, Scene

LAYERS = ("bronze", "silver")
Hashes = dict[str, str]


def hashes(lake: Lake, layers: Iterable[str] = LAYERS) -> Hashes:
    """Logical hash of each table."""
    return {name: str(value) for name, value in hash_lake(lake, layers).items()}


def no_loss(job: IngestJob) -> None:
    """I1: every expected key has an answer, be it an empty one."""
    lake = job.existing_lake()
    assert lake is not None
    for todo in job.plan():
        present = {key for _, key in lake.raw.latest(todo.endpoint.name, todo.season)}
        assert {request.key for request in todo.expected} <= present, f"{todo.endpoint.name}: keys without an answer"


def no_duplicates(lake: Lake) -> None:
    """I2: keys are unique in every silver table."""
    tables = {table.qualified: table for table in registry().tables.values()}
    for name in lake.tables():
        if name.startswith("silver."):
            rows = lake.scan(name).select(tables[name].key).collect()
            assert rows.is_unique().all(), f"{name}: rows with the same key"


def converged(lake: Lake, truth: Hashes) -> None:
    """I4: the lake holds what a clean run brings, row for row."""
    assert hashes(lake) == truth


def honest_ledger(folder: Path) -> None:
    """I5: a raw object that is listed is whole, and its body has the hash that its name and envelope give."""
    for path in (folder / "raw").rglob("*.zst"):
        data = path.read_bytes()
        first = zstandard.ZstdDecompressor().decompressobj()
        first.decompress(data)
        body = zstandard.ZstdDecompressor().decompress(first.unused_data)
        assert f"-{hashlib.sha256(body).hexdigest()[:8]}." in path.name, path


def conserved(run: RunSummary) -> None:
    """I6: no row appears or goes away without being counted."""
    layers = [layer for dataset in run.datasets for layer in dataset.layers]
    for layer in layers:
        assert layer.rows_in == layer.rows_out + layer.quarantined + layer.deduplicated, layer


def bounded_waste(api: Api, before: int, clean: int) -> None:
    """I7: a fault costs no more calls than were in flight. `before`: calls up to the fault; `clean`: of a clean run."""
    assert before + len(api.calls) <= clean + IN_FLIGHT


def reported(lake: Lake) -> list[RunSummary]:
    """I10: every run has a summary with an end; oldest first."""
    runs = [RunSummary.model_validate(lake.read_json(path)) for path in lake.list_files(RUNS)]
    assert all(run.status != "running" for run in runs), "a run that is over is still shown as running"
    return sorted(runs, key=lambda run: run.started_at)


def no_secret(folder: Path) -> None:
    """I11: no file holds the key, the compressed ones opened."""
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            if data.startswith(zstandard.FRAME_HEADER):
                data = zstandard.ZstdDecompressor().stream_reader(data, read_across_frames=True).read()
            assert KEY.encode() not in data, f"{path} holds the key"


def recovered(scene: Scene, truth: Hashes, **options: object) -> RunSummary:
    """Run again after a fault: I1, I2, I4, I5, I6 and I10 hold."""
    run = scene.ingest(**options)
    assert run.status == "completed", run.failed
    no_loss(scene.job(**options))
    no_duplicates(scene.lake)
    converged(scene.lake, truth)
    if not scene.place.startswith("s3://"):
        honest_ledger(Path(scene.place))
    conserved(run)
    reported(scene.lake)
    return run


def column(scene: Scene, table: str, name: str) -> pl.Series:
    """One column of a table."""
    return scene.lake.scan(table).select(name).collect().to_series()
