"""What the infrastructure takes from the registry: `infra/terraform/catalog.json`. Terraform writes no such name.

Tables are left out on purpose: the pipeline makes and evolves them, and Terraform never touches their columns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from quality.dataset import Registry
from quality.metrics import ALARMS, BUDGET, FLOW, LAKE, METRICS, NAMESPACE, Alarm

LAYERS = {
    "bronze": "One row per API record, typed, with the response that it came from",
    "silver": "Star schema of facts and dimensions, keys proven, newest version of each row",
    "gold": "Analytics tables, point-in-time correct, and the views for analysts",
    "ops": "What the pipeline says about its own work: quarantine and corrections",
}


def catalog(registry: Registry, folders: Mapping[str, str]) -> str:
    """The whole file.

    Args:
        folders: parts of a lake by what they hold, as paths in it.

    Raises:
        KeyError: for a table in a layer that has no description here.
    """
    tables = [*(endpoint.table for endpoint in registry), *registry.tables.values()]
    layers = dict.fromkeys([*LAYERS, *(table.layer for table in tables)])
    found = {
        "databases": {layer: LAYERS[layer] for layer in layers},
        "folders": dict(folders),
        "namespace": NAMESPACE,
        "dimensions": {"lake": LAKE, "flow": FLOW},
        "metrics": {name: asdict(metric) for name, metric in METRICS.items()},
        "alarms": {name: _alarm(alarm) for name, alarm in ALARMS.items()},
        "budget": BUDGET,
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _alarm(alarm: Alarm) -> dict[str, object]:
    return asdict(alarm) | {"metric": alarm.metric.name}
