"""What is deployed, as a value: what Prefect has of every deployment, without ids and times."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from tests.deployment.orchestration import Prefect

FILE = Path(__file__).with_name("surface.json")
KEPT = ("entrypoint", "parameters", "tags", "enforce_parameter_schema", "concurrency_options", "pull_steps")


def surface(prefect: Prefect) -> dict[str, Any]:
    """Every deployment of the server by flow and name."""
    flows = {item["id"]: item["name"] for item in prefect.ask("/flows/filter")}
    triggers = _triggers(prefect)
    found = {}
    for item in prefect.ask("/deployments/filter"):
        found[f"{flows[item['flow_id']]}/{item['name']}"] = {name: item[name] for name in KEPT} | {
            "concurrency_limit": (item["global_concurrency_limit"] or {}).get("limit"),
            "form": _form(item["parameter_openapi_schema"]),
            "job_variables": item["job_variables"] | {"image": "by digest"},
            "schedules": sorted(_schedule(one) for one in item["schedules"]),
            "triggers": triggers.get(item["id"], []),
        }
    return dict(sorted(found.items()))


def _form(schema: dict[str, Any]) -> dict[str, Any]:
    """Parameters as the UI's form has them: their defaults, or that they have to be given."""
    properties, required = schema["properties"], schema.get("required", ())
    return {name: "required" if name in required else item.get("default") for name, item in properties.items()}


def _schedule(item: dict[str, Any]) -> str:
    cron = item["schedule"]
    return f"{item['slug']}: {cron['cron']} {cron['timezone']}{'' if item['active'] else ' (paused)'}"


def _triggers(prefect: Prefect) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for item in prefect.ask("/automations/filter"):
        kept = ("expect", "match", "match_related", "posture", "threshold")
        trigger = {name: item["trigger"][name] for name in kept} | {"enabled": item["enabled"]}
        for action in item["actions"]:
            if action["type"] == "run-deployment":
                told = trigger | {"parameters": action["parameters"]}
                found.setdefault(action["deployment_id"], []).append(told)
    return found


def committed() -> dict[str, Any]:
    """The snapshot of the repository."""
    known: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}
    return known


def write_if_asked(found: dict[str, Any]) -> None:
    """Replace the snapshot where that was asked for."""
    if os.environ.get("CBBD_UPDATE_SURFACE"):
        FILE.write_text(json.dumps(found, indent=1) + "\n")
