"""The tables of a lake as Prefect's assets: a run that builds one emits what it made, and what that was made from.

The events are those of Prefect's own `@materialize`, which needs the assets of a task when the task is defined; which
tables a run builds is known at its end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from prefect.assets import Asset, AssetProperties
from prefect.context import AssetContext
from prefect.states import Completed

from flows.prefect_.server import has_server
from flows.terminal.summary_page import place
from quality.dataset import registry
from quality.lineage import lineage
from tasks.runs.summary import RunSummary

BUILDER = "cbbd-etl"
REFUSED = re.compile(r"[^\w./-]+")  # Prefect's keys of assets have no spaces, quotation marks, brackets and the like


def asset(lake: str, name: str) -> Asset:
    """A table or raw endpoint of a lake, `cbbd://<lake>/silver/fct_games`.

    Args:
        name: with its layer, as `quality.lineage` has it.
    """
    table = registry().tables.get(name)
    about = AssetProperties(name=name, description=table.description) if table else AssetProperties(name=name)
    where = REFUSED.sub("-", place(lake).removeprefix("s3://"))
    return Asset(key=f"cbbd://{where}/{name.replace('.', '/')}", properties=about)


def emit_assets(run: RunSummary) -> None:
    """Emit an event per raw endpoint and table that a run has made. Only a server that outlives the run keeps them."""
    if not has_server():
        return
    known = lineage()
    for name, facts in _made(run):
        made = asset(run.lake, name)
        context = AssetContext(
            downstream_assets={made},
            direct_asset_dependencies={asset(run.lake, other) for other in known.get(name, ())},
            materialized_by=BUILDER,
        )
        context.add_asset_metadata(made.key, {"run_id": run.run_id, **facts})
        context.emit_events(Completed())


def _made(run: RunSummary) -> Iterator[tuple[str, dict[str, Any]]]:
    """Names of what a run has made, each once, with counts."""
    counts: dict[str, dict[str, Any]] = {}
    for item in run.datasets:
        if item.kept:
            facts = counts.setdefault(f"raw.{item.dataset}", {"responses": 0, "records": 0})
            facts["responses"] += item.kept
            facts["records"] += item.records
        for layer in item.layers:
            if layer.published:
                facts = counts.setdefault(layer.table, {"partitions": 0, "rows": 0})
                facts["partitions"] += 1
                facts["rows"] += layer.rows_out
    yield from counts.items()
