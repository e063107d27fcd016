"""Requests as moto's server gets them, and the actions on resources for which AWS would look into a policy."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from tests.support.s3 import Aws, Start
from tests.terraform.iam import Call

ACCOUNT = "123456789012"  # moto's
REGION = "us-east-1"
GLUE = f"arn:aws:glue:{REGION}:{ACCOUNT}"
ATHENA = f"arn:aws:athena:{REGION}:{ACCOUNT}:workgroup"
MARK = "/_now/"


@dataclass(frozen=True)
class Asked:
    """One request. `workgroup` is that of the query which was started last: later requests name the query only.

    Attributes:
        if_none_match: the header by which a put refuses to replace an object.
    """

    method: str
    path: str
    query: str
    target: str
    copied: bool
    body: bytes
    workgroup: str | None = None
    if_none_match: str | None = None

    def calls(self) -> Iterator[Call]:
        """The actions that it takes.

        Raises:
            ValueError: for a request that is not known here: nothing may go unjudged.
        """
        if self.target.startswith("AWSGlue."):
            yield from self._glue(self.target.partition(".")[2], json.loads(self.body or b"{}"))
        elif self.target.startswith("AmazonAthena."):
            yield Call(f"athena:{self.target.partition('.')[2]}", f"{ATHENA}/{self.workgroup}")
        elif self.target:
            raise ValueError(f"unknown service: {self.target}")
        else:
            yield from self._s3()

    def _glue(self, operation: str, asked: dict[str, Any]) -> Iterator[Call]:
        """Glue looks at the catalog, the database and the table, one after the other."""
        places = [f"{GLUE}:catalog"]
        table = asked.get("Name") or asked.get("TableInput", {}).get("Name") or "*"
        if database := asked.get("DatabaseName"):
            places += [f"{GLUE}:database/{database}", f"{GLUE}:table/{database}/{table}"]
        elif operation == "GetDatabases":
            places.append(f"{GLUE}:database/*")
        elif name := asked.get("Name") or asked.get("DatabaseInput", {}).get("Name"):
            places.append(f"{GLUE}:database/{name}")
        yield from (Call(f"glue:{operation}", place) for place in places)

    def _s3(self) -> Iterator[Call]:
        bucket, _, key = self.path.lstrip("/").partition("/")
        arn, query = f"arn:aws:s3:::{bucket}", parse_qs(self.query, keep_blank_values=True)
        match self.method, bool(key):
            case "GET", False if "list-type" in query:
                yield Call("s3:ListBucket", arn, {"s3:prefix": query.get("prefix", [""])[0]})
            case (("GET" | "HEAD"), True):
                yield Call("s3:GetObject", f"{arn}/{key}")
            case "PUT", True:
                assert not self.copied, "a copy reads its source, too"
                creates = {"s3:ObjectCreationOperation": str("partNumber" not in query).lower()}
                header = {"s3:if-none-match": self.if_none_match} if self.if_none_match else {}
                yield Call("s3:PutObject", f"{arn}/{key}", creates | header)
            case "POST", True if query.keys() & {"uploads", "uploadId"}:
                yield Call("s3:PutObject", f"{arn}/{key}")
            case "POST", False if "delete" in query:
                keys = re.findall("<Key>(.*?)</Key>", self.body.decode())
                yield from (Call("s3:DeleteObject", f"{arn}/{one}") for one in keys)
            case "DELETE", True:
                yield Call("s3:AbortMultipartUpload" if "uploadId" in query else "s3:DeleteObject", f"{arn}/{key}")
            case _:
                raise ValueError(f"unknown request to S3: {self.method} {self.path}?{self.query}")


class Recorder(Aws):
    """moto's server that remembers what each flow asked. `POST /_now/NAME` says which flow begins."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, list[Asked]] = {}
        self._now: str | None = None
        self._workgroup: str | None = None

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path.startswith(MARK):
            self._now = path.removeprefix(MARK) or None
            start("204 No Content", [])
            return []
        if self._now is not None:
            target, body = environ.get("HTTP_X_AMZ_TARGET", ""), b""
            if target or "delete" in parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True):
                # Only what names its resources in the body; uploads come in chunks without a length.
                body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
                environ["wsgi.input"] = io.BytesIO(body)
            if target.endswith(".StartQueryExecution"):
                self._workgroup = json.loads(body)["WorkGroup"]
            asked = Asked(
                environ["REQUEST_METHOD"],
                path,
                environ.get("QUERY_STRING", ""),
                target,
                "HTTP_X_AMZ_COPY_SOURCE" in environ,
                body,
                self._workgroup,
                environ.get("HTTP_IF_NONE_MATCH"),
            )
            self.asked.setdefault(self._now, []).append(asked)
        return super().__call__(environ, start)
