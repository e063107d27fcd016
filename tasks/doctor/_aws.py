"""Checks of an environment on AWS, in the order in which the guide makes it. They read, and write nothing."""

from __future__ import annotations

import json
from typing import Any

from tasks.doctor.environment import (
    APPLY,
    NEEDED,
    Environment,
    NotAnswered,
    missing,
    parsed,
    region_of_commands,
    step,
)
from tasks.doctor.finding import Finding, doubtful, fine, skipped, wrong
from tasks.lake.places import LAYERS

KEY = "CBBD_API_KEY"
SHORTEST = 8  # characters of a key; a placeholder such as `...` has fewer
PUSH = step(7, "build and push the image, and export CBBD_IMAGE")
STORE = step(6, "store the key")


def outputs(environment: Environment) -> Finding:
    """Whether the text is Terraform's outputs, and has what the other checks need."""
    values = parsed(environment.text)
    if values is None:
        return wrong("this is not what `terraform output -json` prints", APPLY)
    if lacking := missing(values):
        return wrong(f"Terraform's outputs lack {', '.join(lacking)}", APPLY)
    return fine(f"{len(values)} outputs, {len(NEEDED)} of them needed; environment {values.get('environment')}")


def region(environment: Environment) -> Finding:
    """Whether commands use the region of the environment."""
    wanted, used = environment.outputs()["region"], region_of_commands()
    cure = step(2, f"export AWS_REGION={wanted} AWS_DEFAULT_REGION={wanted}")
    if not used:
        return doubtful(f"{wanted}; commands here have none, unless a profile has one", cure)
    return fine(wanted) if used == wanted else wrong(f"{wanted}, but commands here use {used}", cure)


def account(environment: Environment) -> Finding:
    """Whether this machine is signed in to the account of the environment."""
    wanted = environment.account()
    found = environment.ask("sts", "get_caller_identity", step(2, "sign in to AWS"))
    if found["Account"] != wanted:
        return wrong(f"signed in to {found['Account']}, the outputs are of {wanted}", step(2, "sign in to AWS"))
    return fine(f"{found['Arn']}")


def bucket(environment: Environment) -> Finding:
    """Whether the bucket of the lake is there."""
    name = environment.outputs()["lake_location"].removeprefix("s3://").partition("/")[0]
    try:
        environment.ask("s3", "head_bucket", APPLY, Bucket=name)
    except NotAnswered as error:
        if error.code in {"404", "NoSuchBucket"}:
            return wrong(f"there is no bucket {name}", APPLY)
        if error.code == "403":
            return wrong(f"this account may not read {name}", step(2, "sign in with rights to it"))
        raise
    return fine(name)


def databases(environment: Environment) -> Finding:
    """Whether Glue has the databases of the layers."""
    prefix = environment.outputs()["database_prefix"]
    found = {item["Name"] for item in _all(environment, "glue", "get_databases", "DatabaseList")}
    wanted = [f"{prefix}{layer}" for layer in LAYERS]
    absent = [name for name in wanted if name not in found]
    return wrong(f"Glue has no database {', '.join(absent)}", APPLY) if absent else fine(", ".join(wanted))


def cluster(environment: Environment) -> Finding:
    """Whether the ECS cluster is active."""
    arn = environment.outputs()["cluster_arn"]
    found = environment.ask("ecs", "describe_clusters", APPLY, clusters=[arn])["clusters"]
    status = found[0]["status"] if found else "missing"
    name = arn.rpartition("/")[2]
    return fine(name) if status == "ACTIVE" else wrong(f"the ECS cluster {name} is {status.lower()}", APPLY)


def logs(environment: Environment) -> Finding:
    """Whether the log group of the tasks is there: ECS does not start a task without it."""
    name = environment.outputs()["log_group_name"]
    found = environment.ask("logs", "describe_log_groups", APPLY, logGroupNamePrefix=name)["logGroups"]
    is_there = any(group["logGroupName"] == name for group in found)
    return fine(name) if is_there else wrong(f"there is no log group {name}", APPLY)


def secret(environment: Environment) -> Finding:
    """Whether the secret has a key of the API. The value is read, and printed nowhere."""
    arn = environment.outputs()["api_key_secret_arn"]
    try:
        text = environment.ask("secretsmanager", "get_secret_value", STORE, SecretId=arn)["SecretString"]
    except NotAnswered as error:
        if error.code != "ResourceNotFoundException":
            raise
        return wrong("the secret is missing or has no value", STORE)
    try:
        key = json.loads(text)[KEY]
    except (ValueError, KeyError, TypeError):
        return wrong(f"the secret's value is not JSON with {KEY}", STORE)
    if not isinstance(key, str) or len(key.split()) != 1 or len(key) < SHORTEST:
        return wrong(f"the value of {KEY} in the secret is no key", STORE)
    return fine(f"it has {KEY}")


def image(environment: Environment) -> Finding:
    """Whether the image is named by its digest, and its registry has it."""
    name, _, digest = environment.image.partition("@")
    if not environment.image:
        return wrong("CBBD_IMAGE is not set", PUSH)
    if not digest.startswith("sha256:"):
        return wrong(f"CBBD_IMAGE={environment.image} is not named by a digest", PUSH)
    host, _, repository = name.partition("/")
    if ".dkr.ecr." not in host:
        return skipped(f"{host} is not a registry of AWS")
    given: dict[str, Any] = {"registryId": host.partition(".")[0], "repositoryName": repository}
    try:
        found = environment.ask("ecr", "describe_images", PUSH, imageIds=[{"imageDigest": digest}], **given)
    except NotAnswered as error:
        if error.code not in {"ImageNotFoundException", "RepositoryNotFoundException"}:
            raise
        return wrong(f"{repository} has no image {digest[:19]}…", PUSH)
    pushed = found["imageDetails"][0].get("imagePushedAt")
    return fine(f"{repository}@{digest[:19]}…" + (f", pushed {pushed:%Y-%m-%d %H:%M}" if pushed else ""))


def _all(environment: Environment, service: str, operation: str, name: str) -> list[dict[str, Any]]:
    """Every item of a response in pages."""
    found: list[dict[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = environment.ask(service, operation, APPLY, **more)
        found += page[name]
        if not page.get("NextToken"):
            return found
        more = {"NextToken": page["NextToken"]}
