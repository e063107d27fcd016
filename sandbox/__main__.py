"""Serve the simulated API over HTTP: python -m sandbox --port 8000 --season 2025 --size mini."""

import argparse
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn

from sandbox import Sandbox, SandboxConfig

HOST = "127.0.0.1"


class Announcing(uvicorn.Server):
    """A server that prints one line with its address when it can be asked."""

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Start, then say where."""
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            print(f"Sandbox API ready at http://{HOST}:{port}", flush=True)  # noqa: T201


def parser() -> argparse.ArgumentParser:
    """The command line."""
    out = argparse.ArgumentParser(prog="python -m sandbox", description="A simulated CollegeBasketballData API.")
    out.add_argument("--port", type=int, default=8000, help="port on 127.0.0.1; 0 picks a free one")
    out.add_argument("--season", type=int, help="play this season before the first request")
    out.add_argument("--size", choices=("mini", "full"), help="about 500 or 6,000 games a season")
    out.add_argument("--seed", type=int, help="another world")
    out.add_argument("--now", help="the simulated moment, ISO 8601 UTC; default: the wall clock")
    out.add_argument("--quota", type=int, help="calls per month")
    out.add_argument("--config", type=Path, help="a SandboxConfig as JSON; the other options override it")
    return out


def configure(args: argparse.Namespace) -> SandboxConfig:
    """The configuration that the options ask for."""
    base = SandboxConfig.from_json(args.config.read_text()) if args.config else SandboxConfig()
    moment = datetime.fromisoformat(args.now) if args.now else None
    if moment and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    given = {"size": args.size, "seed": args.seed, "now": moment, "monthly_quota": args.quota}
    return replace(base, **{name: value for name, value in given.items() if value is not None})


def main(argv: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    args = parser().parse_args(argv)
    sandbox = Sandbox(configure(args))
    if args.season:
        sandbox.world.simulated(args.season)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn closes its connections first and then passes the signal on.
        signal.signal(number, _leave)
    # Scripted faults break connections on purpose: uvicorn would print a traceback for each.
    Announcing(uvicorn.Config(sandbox.app, host=HOST, port=args.port, log_level="critical")).run()
    return 0


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    raise SystemExit(main())
