"""`infra/terraform/catalog.json`: names that Terraform takes from the registry instead of repeating them.

Tables are left out on purpose: the pipeline creates and evolves them, and Terraform never touches their columns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from quality.dataset import Registry
from quality.metrics import ALARMS, BUDGET, FLOW, LAKE, METRICS, NAMESPACE, QUEUE_ALARMS, Alarm

LAYERS = {
    "bronze": "One row per API record, typed, with a reference to its response",
    "silver": "Star schema of facts and dimensions: unique keys, newest version of each row",
    "gold": "Analytics tables, point-in-time correct, and the views for analysts",
    "ops": "Records of the pipeline's own work: quarantine and corrections",
}


def catalog(registry: Registry, folders: Mapping[str, str]) -> str:
    """The whole file.

    Args:
        folders: paths inside a lake, by what they hold.

    Raises:
        KeyError: when a table is in a layer that has no description here.
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
        "queue_alarms": {name: asdict(alarm) for name, alarm in QUEUE_ALARMS.items()},
        "budget": BUDGET,
    }
    return json.dumps(found, indent=2, ensure_ascii=False) + "\n"


def _alarm(alarm: Alarm) -> dict[str, object]:
    return asdict(alarm) | {"metric": alarm.metric.name}
