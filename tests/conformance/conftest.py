"""The sandbox of the recorded world and its replies to every recorded request, once for all tests of this folder."""

import httpx
import pytest

from sandbox import Sandbox

from . import summary
from .answers import replay, world

Replies = dict[str, httpx.Response]


@pytest.fixture(scope="session")
def recorded_world() -> Sandbox:
    return world()


@pytest.fixture(scope="session")
def replies(recorded_world: Sandbox) -> Replies:
    return {facts["name"]: replay(recorded_world, summary.request(facts)) for facts in summary.read()}
