"""The automations of automations.yaml, written to Prefect by name: `python infra/prefect/automations.py --help`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

import yaml
from prefect.client.orchestration import get_client
from prefect.events.schemas.automations import AutomationCore
from prefect.exceptions import ObjectNotFound
from rich.console import Console

from flows.prefect_.trouble import PrefectDown, asking
from tasks.errors import BadInput

FILE = Path(__file__).with_name("automations.yaml")
NOTIFY = "{{ notify }}"


class Refused(BadInput):
    """The automations cannot be written as asked."""


def automations(block_id: str) -> list[AutomationCore]:
    """The automations, told through a notification block."""
    found = yaml.safe_load(FILE.read_text())["automations"]
    return [AutomationCore.model_validate(_told_through(item, block_id)) for item in found]


def _told_through(item: dict[str, Any], block_id: str) -> dict[str, Any]:
    def told(action: dict[str, Any]) -> dict[str, Any]:
        return action | {"block_document_id": block_id} if action.get("block_document_id") == NOTIFY else action

    return item | {"actions": [told(action) for action in item["actions"]]}


def block_id(address: str) -> str:
    """Id of a block `type/name`.

    Raises:
        Refused: when there is none.
        PrefectDown: when the server does not answer, as in `write`.
    """
    kind, _, name = address.partition("/")
    with asking(f"for the block {address}"), get_client(sync_client=True) as client:
        try:
            return str(client.read_block_document_by_name(name, kind).id)
        except ObjectNotFound:
            raise Refused(f"no block {address}: `prefect block ls` shows those that there are, as type/name") from None


async def write(wanted: list[AutomationCore]) -> list[str]:
    """Make each automation, or bring the one of its name up to date; what was done."""
    done = []
    async with get_client() as client:
        with asking("for the automations"):
            known = {item.name: item for item in await client.read_automations()}
        for item in wanted:
            with asking(f"to write the automation {item.name!r}"):
                if item.name in known:
                    await client.update_automation(known[item.name].id, item)
                else:
                    await client.create_automation(item)
            done.append(f"{item.name}: {'brought up to date' if item.name in known else 'made'}")
    return done


def main() -> int:
    """A line that says why, when they cannot be written, and exit code 2; 1 when the server is why."""
    parser = argparse.ArgumentParser(description="Write the automations to Prefect.")
    parser.add_argument("--notify", required=True, metavar="TYPE/NAME", help="notification block: slack-webhook/cbbd")
    console = Console(soft_wrap=True, highlight=False)
    try:
        done = asyncio.run(write(automations(block_id(parser.parse_args().notify))))
    except (Refused, PrefectDown) as error:
        Console(stderr=True, soft_wrap=True).print(f"error: {error}", markup=False, highlight=False)
        return 1 if isinstance(error, PrefectDown) else 2
    console.print("\n".join(done), markup=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
