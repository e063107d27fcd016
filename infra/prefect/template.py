"""The base job template of the ECS work pool, from prefect-aws's own: `python infra/prefect/template.py` writes it.

What is added: secrets from Secrets Manager, the container's memory, the processor, and a task-definition family per
deployment and environment. The file knows nothing of an environment; infra/prefect/pool.py puts one's defaults in.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from prefect_aws.workers import ECSWorker
from rich.console import Console

FILE = Path(__file__).with_name("base_job_template.json")
SECRETS = {
    "type": "array",
    "title": "Secrets",
    "description": "Environment variables from AWS Secrets Manager; the container has the value, the task definition "
    "only its ARN.",
    "default": [],
    "items": {
        "type": "object",
        "properties": {"name": {"type": "string"}, "valueFrom": {"type": "string"}},
        "required": ["name", "valueFrom"],
        "additionalProperties": False,
    },
}
FAMILY_PREFIX = {
    "type": "string",
    "title": "Family Prefix",
    "description": "Put before a deployment's family, so that environments in one account do not share revisions.",
    "default": "cbbd",
}

CPU_ARCHITECTURE = {
    "type": "string",
    "title": "CPU Architecture",
    "description": "Processor of the task; the image is built for the same one.",
    "default": "X86_64",
    "enum": ["X86_64", "ARM64"],
}


def derived() -> dict[str, Any]:
    """The template as this version of prefect-aws gives it, with what is ours."""
    template: dict[str, Any] = ECSWorker.get_default_base_job_template()
    definition = template["job_configuration"]["task_definition"]
    definition["containerDefinitions"][0] |= {"memory": "{{ memory }}", "secrets": "{{ secrets }}"}
    definition["family"] = "{{ family_prefix }}-{{ family }}"
    definition["runtimePlatform"] = {"cpuArchitecture": "{{ cpu_architecture }}", "operatingSystemFamily": "LINUX"}
    variables = template["variables"]["properties"]
    variables |= {"secrets": SECRETS, "family_prefix": FAMILY_PREFIX, "cpu_architecture": CPU_ARCHITECTURE}
    # A run finds the revision that the run before it has registered, as long as nothing in it has changed.
    variables["match_latest_revision_in_family"]["default"] = True
    return template


def text() -> str:
    """The committed file, as it should be."""
    return json.dumps(derived(), indent=2) + "\n"


def main() -> int:
    """Write the file, or say that it is out of date."""
    parser = argparse.ArgumentParser(description="Derive the base job template of the ECS work pool.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 if the file is out of date")
    check, console = parser.parse_args().check, Console(soft_wrap=True, highlight=False)
    stale = not FILE.exists() or FILE.read_text() != text()
    if stale and check:
        console.print(f"{FILE.name} is out of date; `python infra/prefect/template.py` writes it")
        return 1
    if stale:
        FILE.write_text(text())
    console.print(f"{FILE.name} {'written' if stale else 'is up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
