"""Where a lake is kept: the object store and the catalog of a folder or of an S3 prefix, and what their failures mean.

On S3, endpoint, region and credentials come from the environment, by the names that every AWS tool reads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, S3Store
from polars.exceptions import PanicException
from pyiceberg.catalog import Catalog, load_catalog
from sqlalchemy.exc import OperationalError

from tasks.errors import BadInput, LakeUnavailable, PipelineError

CATALOG = "catalog.db"
DEFAULT_REGION = "us-east-1"
TIMEOUT_SECONDS = 60  # for one request to S3; each client tries several times
RETRIES = 10
# What storage and catalogs raise once their own retries are used up. Each client retries by itself what passes:
# 500, 503 SlowDown, time-outs and broken connections.
FAILURES = (BaseError, BotoCoreError, ClientError, OSError, OperationalError)

# How Polars begins what it says of a Parquet file with other bits than were written.
OF_DAMAGED_FILES = ("parquet", "out-of-spec", "unable to decode the encoded schema")
NO_BUCKET = re.compile(r"NoSuchBucket.*?<BucketName>([^<]+)", re.DOTALL)

P = ParamSpec("P")
T = TypeVar("T")
Owner = TypeVar("Owner")


def in_folder(folder: Path) -> tuple[ObjectStore, Catalog]:
    """Store and SQLite catalog of a lake in a folder."""
    uri, warehouse = f"sqlite:///{folder}/{CATALOG}", f"file://{folder}/warehouse"
    try:
        catalog = load_catalog("lake", type="sql", uri=uri, warehouse=warehouse)
    except OperationalError:
        # Another process makes the catalog's own tables at this moment; a second look finds them.
        catalog = load_catalog("lake", type="sql", uri=uri, warehouse=warehouse)
    return LocalStore(folder), catalog


def in_bucket(url: str) -> tuple[ObjectStore, Catalog]:
    """Store and AWS Glue catalog of a lake at `s3://bucket/prefix`.

    `AWS_ENDPOINT_URL` (or `AWS_ENDPOINT_URL_S3`) names another server than AWS; plain http only where it says so.
    """
    from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415  half a second, for lakes on S3 only

    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    plain = endpoint is not None and urlsplit(endpoint).scheme == "http"
    try:
        credentials = Boto3CredentialProvider()
    except (ValueError, BotoCoreError) as error:
        raise BadInput(
            f"{url} needs AWS credentials and there are none ({error}); set AWS_PROFILE or AWS_ACCESS_KEY_ID, or log in"
        ) from error
    store = S3Store(
        bucket,
        prefix=prefix or None,
        region=region,
        client_options={"allow_http": plain, "timeout": timedelta(seconds=TIMEOUT_SECONDS)},
        retry_config={"max_retries": RETRIES},
        credential_provider=credentials,
    )
    properties = {"s3.region": region, "glue.region": region, "s3.request-timeout": str(TIMEOUT_SECONDS)}
    if endpoint is not None:
        # Buckets are host names at AWS only; any other server is asked by path.
        properties |= {"s3.endpoint": endpoint, "s3.force-virtual-addressing": "false"}
    return store, load_catalog("lake", type="glue", warehouse=f"{url}/warehouse", **properties)


def explaining_storage_errors(method: Callable[Concatenate[Owner, P], T]) -> Callable[Concatenate[Owner, P], T]:
    """A method that reads or writes storage: its failures are told as what they mean, see `unavailable`."""

    @wraps(method)
    def asked(self: Owner, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except FAILURES as error:
            raise unavailable(error) from error

    return asked


def bucket_that_is_missing(error: BaseException) -> str | None:
    """Name of the bucket that S3 says does not exist; None for any other error, a missing object included."""
    found = NO_BUCKET.search(str(error))
    return found[1] if found else None


def is_damage(error: BaseException) -> bool:
    """Whether reading failed because a file is gone or damaged; not because storage fails, or a query is wrong."""
    # Of some bytes Polars expects the best, and panics.
    return isinstance(error, FileNotFoundError | PanicException) or str(error).startswith(OF_DAMAGED_FILES)


def unavailable(error: BaseException) -> PipelineError:
    """What a failure of the storage means for the one who runs the pipeline."""
    if bucket := bucket_that_is_missing(error):
        return BadInput(f"there is no bucket {bucket}: create it, or name another with --lake or CBBD_LAKE")
    said = " ".join(str(error).split())[:500]
    return LakeUnavailable(
        f"the lake's storage failed ({type(error).__name__}: {said}); nothing half-written is visible: check space, "
        "network and permissions, then run again, it resumes"
    )
