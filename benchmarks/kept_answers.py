"""The ingest with the simulated API's answers kept in a folder: the second time, answering costs next to nothing.

usage: python benchmarks/kept_answers.py FOLDER [options of flows/ingest.py]

The simulated API computes its answers in the process that asks. What the pipeline takes is therefore measured by a run
whose answers are there already: the first run computes and keeps them, a second one on a copy of the lake is served.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import httpx

from flows.command_line.command import run_script
from sandbox import Sandbox
from sandbox.server.transport import SandboxTransport


class KeptAnswers(httpx.AsyncBaseTransport):
    """Asks once, and answers from the folder ever after. Only answers with status 200 are kept."""

    def __init__(self, transport: SandboxTransport, folder: Path) -> None:
        self.transport = transport
        self.folder = folder

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The kept answer to a request, else the simulated one."""
        path = self.folder / hashlib.sha256(str(request.url).encode()).hexdigest()
        if path.exists():
            head, _, body = path.read_bytes().partition(b"\n")
            return httpx.Response(200, headers=json.loads(head), stream=httpx.ByteStream(body))
        response = await self.transport.handle_async_request(request)
        assert isinstance(response.stream, httpx.AsyncByteStream)
        body = b"".join([part async for part in response.stream])
        if response.status_code == httpx.codes.OK:
            path.write_bytes(json.dumps(list(response.headers.items())).encode() + b"\n" + body)
        return httpx.Response(response.status_code, headers=response.headers, stream=httpx.ByteStream(body))


def keep_answers(folder: Path) -> None:
    """From now on every simulated API of this process answers from the folder where it can."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Sandbox.transport
    Sandbox.transport = lambda self: KeptAnswers(made(self), folder)  # type: ignore[method-assign, assignment, return-value]


if __name__ == "__main__":
    keep_answers(Path(sys.argv.pop(1)))
    sys.exit(run_script("ingest"))
