"""AWS without AWS: moto's S3 and Glue on a port of their own, with a script of faults in front of them."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from threading import Event, Thread
from typing import Any, Literal, Self

import boto3
import pytest
from botocore.loaders import JSONFileLoader
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

BUCKET = "lakes"
ERROR = "<?xml version='1.0'?><Error><Code>{}</Code><Message>Please try again.</Message></Error>"
SLOW_DOWN, INTERNAL = (ERROR.format(code).encode() for code in ("SlowDown", "InternalError"))

Start = Callable[..., Any]

# Each client reads megabytes of JSON that describe AWS. A run makes a few clients, a file of tests makes hundreds.
_read = JSONFileLoader().load_file
_read_once = cache(_read)
JSONFileLoader.load_file = lambda _, path: _read_once(path)  # type: ignore[method-assign]


@dataclass
class AwsFault:
    """What becomes of the first `times` requests that match.

    kind: "slow_down" (503), "error" (500), "silent" (no reply until the client gives up; nothing is done),
    "lost" (it is done, and the connection breaks before the reply).
    part: of the path of S3 requests, or of the `X-Amz-Target` of Glue's.
    """

    kind: Literal["slow_down", "error", "silent", "lost"]
    method: str
    part: str
    times: int = 1
    seen: int = 0


class Aws:
    """A server for S3 and Glue, running inside a `with`. `script` says what fails, `log` what was asked."""

    def __init__(self) -> None:
        logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._over = Event()
        self.faults: list[AwsFault] = []
        self.log: list[tuple[str, str]] = []
        self._http = make_server("127.0.0.1", 0, self, threaded=True)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def __enter__(self) -> Self:
        """Serve in a thread."""
        self._thread = Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End; requests that were left without a reply end as well."""
        self._over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def script(self, *faults: AwsFault) -> None:
        """Faults from now on."""
        self.faults = list(faults)
        self.log.clear()

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        """One request, as WSGI hands it over."""
        what = environ["PATH_INFO"] + environ.get("HTTP_X_AMZ_TARGET", "")
        method = environ["REQUEST_METHOD"]
        self.log.append((method, what))
        fault = next((f for f in self.faults if f.method == method and f.part in what and f.seen < f.times), None)
        if fault is None:
            return self._moto(environ, start)
        fault.seen += 1
        if fault.kind in {"slow_down", "error"}:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            status = "503 Slow Down" if fault.kind == "slow_down" else "500 Internal Server Error"
            start(status, [("Content-Type", "application/xml")])
            return [SLOW_DOWN if fault.kind == "slow_down" else INTERNAL]
        if fault.kind == "lost":
            list(self._moto(environ, lambda *_: lambda _: None))
        else:
            self._over.wait(5)
        environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
        start("500 Internal Server Error", [])
        return []

    def environment(self, patch: pytest.MonkeyPatch) -> dict[str, str]:
        """Set what every AWS client reads, and make the bucket."""
        variables = {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_REGION": "us-east-1",
        }
        for name, value in variables.items():
            patch.setenv(name, value)
        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket=BUCKET)
        return variables
