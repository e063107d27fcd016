"""Serve the simulated API over HTTP: python -m sandbox --port 8000 --season 2025 --size mini."""

import argparse
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import NoReturn, get_args

import uvicorn

from sandbox import Sandbox, SandboxConfig
from sandbox.atlas.config import Size

HOST = "127.0.0.1"
LONGEST_QUOTED = 20  # characters


class Announcing(uvicorn.Server):
    """A server that prints one line with its address when it is ready."""

    async def startup(self, sockets: list[object] | None = None) -> None:  # type: ignore[override]
        """Start, then print the address."""
        await super().startup(sockets)  # type: ignore[arg-type]
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            print(f"Sandbox API ready at http://{HOST}:{port}", flush=True)  # noqa: T201


class _Parser(argparse.ArgumentParser):
    """A parser that refuses options in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}; --help lists what is valid\n")


def parser(prog: str = "python -m sandbox") -> argparse.ArgumentParser:
    """The command line."""
    out = _Parser(prog=prog, description="A simulated CollegeBasketballData API on 127.0.0.1.")
    out.add_argument("--port", type=_port, default=8000, metavar="N", help="1 to 65535; 0 picks a free one")
    out.add_argument("--season", type=_number, metavar="YYYY", help="simulate this season before the first request")
    out.add_argument("--size", choices=get_args(Size), help="about 100, 500, 1,200 or 6,000 games per season")
    out.add_argument("--seed", type=_number, metavar="N", help="seed of the simulated world")
    out.add_argument("--now", type=_moment, metavar="TIME", help="the simulated time, ISO 8601 UTC; default: now")
    out.add_argument("--quota", type=_number, metavar="N", help="calls per month")
    out.add_argument(
        "--config", type=_config, metavar="FILE", help="a SandboxConfig as JSON; other options override it"
    )
    return out


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{_quoted(text)} is not a whole number") from None


def _quoted(text: str) -> str:
    """A value that is refused; a long one may be a key in the wrong place, and is not repeated."""
    return repr(text) if len(text) <= LONGEST_QUOTED else "this value"


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"no port {_quoted(text)}: ports are 1 to 65535, 0 picks a free one")
    return int(text)


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"no time {_quoted(text)}: valid is ISO 8601, such as 2025-01-15T12:00:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _config(text: str) -> SandboxConfig:
    try:
        return SandboxConfig.from_json(Path(text).read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError) as error:
        name = text if Path(text).suffix else "this value"  # a key in the wrong place has none
        why = error.strerror if isinstance(error, OSError) else error
        raise argparse.ArgumentTypeError(f"{name} is no SandboxConfig as JSON: {why}") from None


def configure(args: argparse.Namespace) -> SandboxConfig:
    """The configuration from the options."""
    base = args.config or SandboxConfig()
    given = {"size": args.size, "seed": args.seed, "now": args.now, "monthly_quota": args.quota}
    return replace(base, **{name: value for name, value in given.items() if value is not None})


def main(argv: Sequence[str] | None = None, prog: str = "python -m sandbox") -> int:
    """Serve until SIGTERM or SIGINT."""
    args = parser(prog).parse_args(argv)
    sandbox = Sandbox(configure(args))
    if args.season:
        sandbox.world.simulated(args.season)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn closes its connections first and then raises the signal again.
        signal.signal(number, _leave)
    # Scripted faults break connections on purpose, and uvicorn would print a traceback for each.
    Announcing(uvicorn.Config(sandbox.app, host=HOST, port=args.port, log_level="critical")).run()
    return 0


def _leave(_number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(0)


if __name__ == "__main__":
    raise SystemExit(main())
