"""An environment on AWS as Terraform's outputs describe it, and what its checks share."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any

from tasks.doctor.finding import NotChecked
from tasks.errors import PipelineError

SECONDS = 10  # for each request to AWS
GUIDE = "docs/deployment.md"
NEEDED = ("region", "lake_location", "database_prefix", "cluster_arn", "log_group_name", "api_key_secret_arn")


def step(number: int, doing: str) -> str:
    """A cure that is a step of the guide."""
    return f"{doing}: step {number} of {GUIDE}"


APPLY = step(5, "apply infra/terraform")


@dataclass
class Environment:
    """The environment that is looked at.

    Args:
        text: what `terraform output -json` prints.
        pool: work pool of the deployments; empty: none is named.
        image: image that the deployments are pinned to; empty: none is named.
    """

    text: str
    pool: str = ""
    image: str = ""

    _clients: dict[str, Any] = field(default_factory=dict)

    def outputs(self) -> dict[str, Any]:
        """Values by the name of the output.

        Raises:
            NotChecked: when the text has no outputs, or lacks some; the check `outputs` says which.
        """
        values = parsed(self.text)
        if values is None or missing(values):
            raise NotChecked("not checked: see outputs")
        return values

    def account(self) -> str:
        """The account that the outputs are of."""
        return str(self.outputs()["cluster_arn"]).split(":")[4]

    def ask(self, service: str, operation: str, cure: str, **parameters: Any) -> Any:
        """The response of AWS to a request.

        Raises:
            NotAnswered: when AWS refuses it, with the cure; or cannot be asked.
        """
        import boto3  # noqa: PLC0415  half a second
        from botocore.config import Config  # noqa: PLC0415
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            if service not in self._clients:
                quick = Config(connect_timeout=SECONDS, read_timeout=SECONDS, retries={"total_max_attempts": 2})
                self._clients[service] = boto3.client(service, region_name=self.outputs()["region"], config=quick)
            return getattr(self._clients[service], operation)(**parameters)
        except ClientError as error:
            said = error.response["Error"]
            raise NotAnswered(
                said.get("Code", ""), f"{service}: {said.get('Message') or said.get('Code')}", cure
            ) from None
        except BotoCoreError as error:
            raise NotAnswered("", str(error), step(2, "sign in to AWS")) from None


class NotAnswered(PipelineError):
    """AWS refused a request. Its message ends with the cure, as the doctor expects it."""

    def __init__(self, code: str, said: str, cure: str) -> None:
        super().__init__(f"{said.rstrip('.')}; {cure}")
        self.code = code


def parsed(text: str) -> dict[str, Any] | None:
    """Values of `terraform output -json`; None for any other text."""
    try:
        return {name: item["value"] for name, item in json.loads(text).items()}
    except (ValueError, AttributeError, KeyError, TypeError):
        return None


def missing(values: dict[str, Any]) -> list[str]:
    """Outputs that the checks need and that are absent or empty."""
    return [name for name in NEEDED if not values.get(name)]


def region_of_commands() -> str:
    """The region that the AWS CLI and boto3 use, from the environment; empty where none is set."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""
