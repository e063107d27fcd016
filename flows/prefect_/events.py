"""Events that a run emits, for what is to happen next."""

from __future__ import annotations

from prefect.events import emit_event

from flows.prefect_.server import has_server
from tasks.runs.summary import RunSummary

INGEST_COMPLETED = "cbbd.ingest.completed"  # the lake has new silver
GOLD_COMPLETED = "cbbd.gold.completed"  # and gold that fits it
LAKE = "cbbd.lake."


def completed(event: str, run: RunSummary, seasons: list[int]) -> None:
    """Say that a run has completed: which seasons, as the parameter `season` of the next flow takes them.

    Only a server that outlives the run starts another flow on it.
    """
    if not has_server():
        return
    emit_event(
        event,
        resource={"prefect.resource.id": f"{LAKE}{run.lake}", "prefect.resource.name": run.lake},
        payload={"lake": run.lake, "season": ",".join(map(str, seasons)), "run_id": run.run_id},
    )
