"""A simulated CollegeBasketballData API with the real contract and its traps, without a key or a network.

>>> sandbox = Sandbox(SandboxConfig(seed=7, now=datetime(2025, 5, 1, tzinfo=UTC)))
>>> with sandbox.client() as client:
...     games = client.get("/games", params={"season": 2025}).json()
>>> sandbox.world.row_counts(2025)["games"] == len(games)
True
"""

from datetime import datetime

import httpx

from sandbox.atlas.config import Account, Correction, FaultRule, Omission, SandboxConfig
from sandbox.season.world import World
from sandbox.server.api import Api, Entry
from sandbox.server.transport import App, SandboxTransport

__all__ = ["Account", "Correction", "FaultRule", "Omission", "Sandbox", "SandboxConfig"]

BASE_URL = "https://api.sandbox.invalid"


class Sandbox:
    """One simulated API: `app` for a server, `transport()` for httpx, `world` with the true data, `log` of requests."""

    def __init__(self, config: SandboxConfig | None = None) -> None:
        self.config = config or SandboxConfig()
        self.world = World(self.config)
        self.api = Api(self.world)
        self.app = App(self.api)

    @property
    def log(self) -> list[Entry]:
        """All requests so far, in order."""
        return self.api.log

    @property
    def now(self) -> datetime:
        """The simulated time (UTC); assign a later time to let time pass."""
        return self.world.now

    @now.setter
    def now(self, moment: datetime) -> None:
        self.world.now = moment

    def transport(self) -> SandboxTransport:
        """A transport for httpx.Client and httpx.AsyncClient."""
        return SandboxTransport(self.api)

    def client(self, key: str = "sandbox") -> httpx.Client:
        """A client that is ready to send requests."""
        headers = {"Authorization": f"Bearer {key}"}
        return httpx.Client(base_url=BASE_URL, headers=headers, transport=self.transport())
