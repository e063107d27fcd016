"""Storage of a lake: object store and catalog of a folder or an S3 prefix, and messages for their failures.

On S3, endpoint, region and credentials come from the environment variables that all AWS tools read.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Mapping
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
from sqlalchemy.exc import DatabaseError, OperationalError

from tasks.errors import BadInput, LakeDamaged, LakeUnavailable, PipelineError, one_line

CATALOG = "catalog.db"
DEFAULT_REGION = "us-east-1"
TIMEOUT_SECONDS = 60  # for one request to S3; each client tries several times
RETRIES = 10
# Kinds of catalogs, as PyIceberg takes them. A rebuild fills a plain one: its tables are not yet those of the lake.
PLAIN_SQL = {"type": "sql"}
HINTING_SQL = {"py-catalog-impl": "tasks.lake._hints.HintingSqlCatalog"}
HINTING_GLUE = {"py-catalog-impl": "tasks.lake._glue.HintingGlueCatalog"}
# Raised by storage and catalogs after their own retries. Each client retries transient failures itself: 500,
# 503 SlowDown, time-outs and broken connections.
FAILURES = (BaseError, BotoCoreError, ClientError, OSError, OperationalError)
# Whatever one step may raise without an end to the others. A panic of Polars is no Exception, and some damaged files
# cause one.
ANY = (Exception, PanicException)

# Beginnings of Polars' messages about a damaged Parquet file.
OF_DAMAGED_FILES = ("parquet", "out-of-spec", "unable to decode the encoded schema")
# Words of SQLite's messages about a damaged database, where it does not say so by the kind of the error.
OF_DAMAGED_CATALOGS = ("malformed", "decode", "no such column", "no such table")
NO_BUCKET = re.compile(r"NoSuchBucket.*?<BucketName>([^<]+)", re.DOTALL)

P = ParamSpec("P")
T = TypeVar("T")
Owner = TypeVar("Owner")


def in_folder(folder: Path) -> tuple[ObjectStore, Catalog]:
    """Store and SQLite catalog of a lake in a folder. Commits through this catalog write version hints.

    Raises:
        LakeDamaged: when the file of the catalog is not a database.
    """
    try:
        catalog = sqlite_catalog(folder / CATALOG, f"file://{folder}/warehouse", HINTING_SQL)
    except (DatabaseError, UnicodeDecodeError) as error:
        raise catalog_error(str(folder), error) from error
    return LocalStore(folder), catalog


def sqlite_catalog(file: Path, warehouse: str, properties: Mapping[str, str] = PLAIN_SQL) -> Catalog:
    """A catalog in a SQLite file, which is created if it does not exist."""
    wanted = {"uri": f"sqlite:///{file}", "warehouse": warehouse, **properties}
    try:
        return load_catalog("lake", **wanted)
    except OperationalError:
        # Another process is creating the catalog's tables; the second attempt finds them.
        return load_catalog("lake", **wanted)


def in_bucket(url: str) -> tuple[ObjectStore, Catalog]:
    """Store and AWS Glue catalog of a lake at `s3://bucket/prefix`. Commits through it write version hints."""
    store, properties = bucket(url)
    return store, load_catalog("lake", **HINTING_GLUE, warehouse=f"{url}/warehouse", **properties)


def bucket(url: str) -> tuple[ObjectStore, dict[str, str]]:
    """Store of a lake at `s3://bucket/prefix`, and the properties by which PyIceberg reaches it.

    `AWS_ENDPOINT_URL` (or `AWS_ENDPOINT_URL_S3`) selects a server other than AWS. Plain http is used only if its URL
    says http.
    """
    from obstore.auth.boto3 import Boto3CredentialProvider  # noqa: PLC0415  half a second, for lakes on S3 only

    name, _, prefix = url.removeprefix("s3://").partition("/")
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
        name,
        prefix=prefix or None,
        region=region,
        client_options={"allow_http": plain, "timeout": timedelta(seconds=TIMEOUT_SECONDS)},
        retry_config={"max_retries": RETRIES},
        credential_provider=credentials,
    )
    properties = {"s3.region": region, "glue.region": region, "s3.request-timeout": str(TIMEOUT_SECONDS)}
    if endpoint is not None:
        # Only AWS has buckets as host names; other servers need path-style requests.
        properties |= {"s3.endpoint": endpoint, "s3.force-virtual-addressing": "false"}
    return store, properties


def explaining_storage_errors(method: Callable[Concatenate[Owner, P], T]) -> Callable[Concatenate[Owner, P], T]:
    """Decorator for methods that read or write storage: converts failures with `unavailable`."""

    @wraps(method)
    def explained(self: Owner, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return method(self, *args, **kwargs)
        except FAILURES as error:
            raise unavailable(error) from error

    return explained


def bucket_that_is_missing(error: BaseException) -> str | None:
    """Name of the bucket if S3 reports that it does not exist; None for any other error, including a missing object."""
    found = NO_BUCKET.search(str(error))
    return found[1] if found else None


def is_damage(error: BaseException) -> bool:
    """Whether a read failed because a file is missing or damaged, not because storage fails or a query is wrong."""
    return isinstance(error, FileNotFoundError | PanicException) or str(error).startswith(OF_DAMAGED_FILES)


def damaged(place: str, what: str) -> LakeDamaged:
    """The error of a damaged file, with the command that makes it whole.

    Args:
        what: the file, and what is wrong with it.
    """
    return LakeDamaged(f"{what}; `cbbd-etl rebuild --lake {shlex.quote(place)}` rebuilds it from raw")


def catalog_error(place: str, error: BaseException) -> PipelineError:
    """The error of a catalog that is not a whole SQLite database, or that cannot be reached now."""
    reason = one_line(getattr(error, "orig", None) or error, 200)
    if isinstance(error, OperationalError) and not any(word in reason for word in OF_DAMAGED_CATALOGS):
        return unavailable(error)
    return damaged(place, f"the catalog {place}/{CATALOG} cannot be read ({reason})")


def unavailable(error: BaseException) -> PipelineError:
    """The error to raise for a storage failure, with a message for the operator."""
    if name := bucket_that_is_missing(error):
        return BadInput(f"there is no bucket {name}: create it, or name another with --lake or CBBD_LAKE")
    text = one_line(error, 500)
    return LakeUnavailable(
        f"the lake's storage failed ({type(error).__name__}: {text}); partial writes are not visible. Check disk "
        "space, network and permissions, then run again to continue"
    )
