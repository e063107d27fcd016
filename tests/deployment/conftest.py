"""One Prefect server for all tests of what is deployed."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.deployment.orchestration import Prefect, processes_of
from tests.support.prefect_server import prefect_server

# No run that nobody asked for: a test may run at half past six in New York, too.
SETTINGS = "[server.services.scheduler]\nenabled = false\n"


def said(text: str) -> None:
    """A line for whoever runs this with `-s`, as `make deploy-local` does."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prefect]:
    """A server with all its services but the scheduler. It ends, and so does what any of its runs has left."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # `make deploy-local` may be ended by it
    home = tmp_path_factory.mktemp("orchestration")
    (home / "prefect.toml").write_text(SETTINGS)
    said("$ prefect server start")
    url = ""
    try:
        with prefect_server(home) as url:
            yield Prefect(url, home, said)
    finally:
        for number in processes_of(url) if url else ():
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        signal.signal(signal.SIGTERM, before)
        said("ended the server; nothing is left running")
