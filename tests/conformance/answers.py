"""Recorded answers of the API's own server, beside the checkout, and their replay against the sandbox."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from sandbox import Account, Sandbox, SandboxConfig

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "server_answers"
# The keys of the recording. key-tier3 had been used before: its first answer says that 74,696 calls are left.
ACCOUNTS = {
    "key-tier3": Account(tier=3, calls=74_697),
    "key-tier1": Account(tier=1, calls=5_000),
    "key-tier0": Account(tier=0, calls=1_000),
    "key-spent": Account(tier=3, calls=0),
    "key-one": Account(tier=3, calls=1),
    "key-black": Account(tier=3, blacklisted=True),
    "key-edge": Account(tier=3),
}
EDGE_KEY = "key-edge"
URL = "https://api.sandbox.invalid"


@dataclass(frozen=True)
class Answer:
    """One answer. rows: length of the list; body: JSON, or its first `kept` rows; text: a body that is no JSON."""

    name: str
    method: str
    path: str
    params: tuple[tuple[str, str], ...]
    sent: dict[str, str]
    status: int
    headers: dict[str, str]
    rows: int | None
    kept: int | None
    body: Any
    text: str | None
    group: str

    @property
    def query(self) -> str:
        """The parameters as text."""
        return "&".join(f"{name}={value}" for name, value in self.params)


def recorded() -> list[Answer]:
    """Every answer of the manifest, in the order of the recording."""
    manifest = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
    return [_answer(row) for row in manifest["answers"]]


def _answer(row: dict[str, Any]) -> Answer:
    asked, file = row["request"], row["file"]
    params = asked["params"]
    pairs = params.items() if isinstance(params, dict) else params
    return Answer(
        name=row["name"],
        method=asked["method"],
        path=asked["path"],
        params=tuple((name, str(value)) for name, value in pairs),
        sent=asked["headers"],
        status=row["status"],
        headers=row["headers"],
        rows=row["rows"],
        kept=row.get("kept_rows"),
        body=json.loads((FOLDER / file).read_text(encoding="utf-8")) if file else None,
        text=row.get("text"),
        group="edge" if row["name"].startswith("edge_") else (file or "errors/").split("/")[0],
    )


def world() -> Sandbox:
    """A sandbox of the recorded world: its seed, size and time, the accounts, and only what the public server has.

    The database was filled with one season, in which every shot has value and text, and offensive fouls are Foul
    Turnovers.
    """
    return Sandbox(
        SandboxConfig(
            now=datetime(2025, 5, 1, tzinfo=UTC),
            accounts=ACCOUNTS,
            client_only=False,
            games_from=2025,
            blank_shots=False,
            foul_turnovers=True,
        )
    )


def replay(sandbox: Sandbox, answer: Answer) -> httpx.Response:
    """The sandbox's response to the same request."""
    headers = {"accept-encoding": "identity", **answer.sent}
    with httpx.Client(base_url=URL, transport=sandbox.transport()) as client:
        return client.request(answer.method, answer.path, params=list(answer.params), headers=headers)
