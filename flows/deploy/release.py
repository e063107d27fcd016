"""The step before `prefect deploy`: what the deployments are pinned to, or why they cannot be deployed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from prefect.client.orchestration import get_client

from flows.prefect_.call_limit import ensure
from flows.prefect_.trouble import PrefectDown, asking
from flows.terminal.shell import BAD_INPUT, FAILED, complain
from tasks.errors import BadInput
from tasks.settings import load_settings

ROOT = Path(__file__).parents[2]
BY_DIGEST = re.compile(r"[^\s@]+@sha256:[0-9a-f]{64}")
NO_CONTAINER = "process"  # type of the work pool that runs flows on the worker's own machine


def release(pool: str = "", image: str = "", version: str = "", limit: str = "") -> dict[str, str | None]:
    """The image and the version of every deployment. Called by `prefect deploy`, see prefect.yaml.

    Args:
        pool: work pool to deploy to, CBBD_POOL.
        image: CBBD_IMAGE. A pool of type process needs none.
        version: CBBD_VERSION; empty: the commit of this checkout.
        limit: the limit of calls that all runs share; it is made if the server has none of this name.

    Raises:
        SystemExit: after a line that names what is not set, does not pin the image, or why Prefect's server is no help.
    """
    try:
        found = {"image": pinned(image, pool), "version": version or commit(), "limit": limit or None}
        if limit:
            ensure(limit, load_settings().requests_per_second)
    except (BadInput, PrefectDown) as error:
        complain(str(error))
        raise SystemExit(FAILED if isinstance(error, PrefectDown) else BAD_INPUT) from None
    return found


def pinned(image: str, pool: str) -> str | None:
    """The image where the pool needs one: by digest, since a tag can be moved under a deployment.

    Raises:
        BadInput: for any other name of an image, and for none.
    """
    if _pool_type(pool) == NO_CONTAINER:
        return None
    if not BY_DIGEST.fullmatch(image):
        given = f"is {image}" if image else "is not set"
        raise BadInput(
            f"CBBD_IMAGE {given}: work pool {pool} runs containers, so name the image by its digest, "
            "<registry>/cbbd-etl@sha256:<64 hex digits>; `docker push` prints it"
        )
    return image


def _pool_type(pool: str) -> str:
    with asking(f"for the work pool {pool}"), get_client(sync_client=True) as client:
        return client.read_work_pool(pool).type


def commit() -> str:
    """SHA of the checkout's commit, with `-dirty` when files differ from it.

    Raises:
        BadInput: where there is no checkout.
    """
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603  fixed words
    except (OSError, subprocess.CalledProcessError):
        raise BadInput("CBBD_VERSION is not set and this is no git checkout: set it to the version to deploy") from None
    return done.stdout.strip()
