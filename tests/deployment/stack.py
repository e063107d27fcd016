"""An AWS environment as Terraform's outputs describe one."""

from __future__ import annotations

import json
from typing import Any

ACCOUNT = "123456789012"
REGION = "us-east-1"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/cbbd-etl@sha256:{'0123456789abcdef' * 4}"
OUTPUTS = {
    "region": REGION,
    "environment": "test",
    "lake_location": "s3://lakes/lake",
    "database_prefix": "cbbd_test_",
    "cluster_arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/cbbd-test",
    "cpu_architecture": "X86_64",
    "task_role_arn": f"arn:aws:iam::{ACCOUNT}:role/cbbd-test-task",
    "execution_role_arn": f"arn:aws:iam::{ACCOUNT}:role/cbbd-test-execution",
    "vpc_id": "vpc-0",
    "subnet_ids": ["subnet-0", "subnet-1"],
    "security_group_id": "sg-0",
    "log_group_name": "/cbbd/test",
    "api_key_secret_arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:cbbd-test-api-key",
}


def printed(outputs: dict[str, Any]) -> str:
    """As `terraform output -json` prints them."""
    return json.dumps({name: {"value": value} for name, value in outputs.items()})
