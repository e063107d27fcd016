"""ECS on moto: what Prefect's worker asks of it is written down, and a task's container is run as ECS would run it."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.deployment.stack import OUTPUTS, REGION
from tests.support.s3 import BUCKET, Aws, Start

KEY = "the-key-of-the-test"
ECS = "AmazonEC2ContainerServiceV20141113."


class RecordingAws(Aws):
    """Moto, and the bodies of the calls to ECS: it forgets some of what a RunTask asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if target.startswith(ECS):
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            self.calls.append((target.removeprefix(ECS), json.loads(body)))
        return super().__call__(environ, start)

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """Bodies of one operation's calls."""
        return [body for name, body in self.calls if name == operation]


@dataclass
class Environment:
    """One AWS environment: what Terraform would have made, and how a client reaches it."""

    aws: RecordingAws
    variables: dict[str, str]
    outputs: dict[str, Any]

    def raw_objects(self) -> int:
        """Answers kept so far."""
        found = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="lake/raw/")
        return int(found["KeyCount"])

    def summaries(self) -> list[dict[str, Any]]:
        """Summaries of the runs in the lake, the oldest first."""
        client = boto3.client("s3")
        keys = [item["Key"] for item in client.list_objects_v2(Bucket=BUCKET, Prefix="lake/ops/runs/")["Contents"]]
        return [json.load(client.get_object(Bucket=BUCKET, Key=key)["Body"]) for key in sorted(keys)]


@contextmanager
def environment() -> Iterator[Environment]:
    """A network, a cluster, a secret and a bucket in moto, reached by every AWS client of this process."""
    with RecordingAws() as aws, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        variables = aws.environment(patch)
        yield Environment(aws, variables, OUTPUTS | _made())


def _made() -> dict[str, Any]:
    ec2 = boto3.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in range(2)]
    group = ec2.create_security_group(GroupName="cbbd-test", Description="egress only", VpcId=vpc)["GroupId"]
    cluster = boto3.client("ecs").create_cluster(clusterName="cbbd-test")["cluster"]["clusterArn"]
    secret = boto3.client("secretsmanager").create_secret(
        Name="cbbd-test-api-key", SecretString=json.dumps({"CBBD_API_KEY": KEY})
    )["ARN"]
    return {
        "vpc_id": vpc,
        "subnet_ids": subnets,
        "security_group_id": group,
        "cluster_arn": cluster,
        "api_key_secret_arn": secret,
    }


@dataclass(frozen=True)
class Container:
    """What ECS would start: the command and the environment of one task, secrets filled in."""

    command: list[str]
    environment: dict[str, str]

    @classmethod
    def of(cls, request: dict[str, Any], definition: dict[str, Any], credentials: dict[str, str]) -> Container:
        """From a RunTask call and the task definition that it names.

        Args:
            credentials: what the task role gives a client inside of the container.
        """
        (override,) = request["overrides"]["containerOverrides"]
        (container,) = definition["containerDefinitions"]
        plain = {item["name"]: item["value"] for item in container.get("environment", []) + override["environment"]}
        secret = {item["name"]: _secret(item["valueFrom"]) for item in container["secrets"]}
        return cls(override["command"], credentials | plain | secret)

    def start(self, folder: Path) -> subprocess.Popen[bytes]:
        """The container's process in the image's environment: PATH and a home that can be written to."""
        image = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(folder), "DO_NOT_TRACK": "1"}
        program = str(Path(sys.executable).with_name(self.command[0]))
        with (folder / "container.log").open("ab") as out:
            return subprocess.Popen(
                [program, *self.command[1:]],
                cwd=folder,
                env=image | self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def _secret(address: str) -> str:
    """The value behind `<arn>:<JSON key>::`."""
    arn, key = address.removesuffix("::").rsplit(":", 1)
    text = boto3.client("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    value: str = json.loads(text)[key]
    return value
