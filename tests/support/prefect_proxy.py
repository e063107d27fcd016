"""A proxy in front of a Prefect server that answers chosen requests slowly, badly or not at all."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, cast
from urllib.parse import urlsplit

HOLD, CUT, FORWARD = "hold", "cut", "forward"
LARGEST = 65_536


@dataclass
class Fault:
    """What happens to requests that match.

    Args:
        path: pattern of `METHOD /path`, searched for.
        action: HOLD (no answer for as long as the client waits), CUT (the connection ends), or a status.
        skip: how many matching requests are forwarded first.
        times: to how many it happens; None: to all.
        after: the request reaches the server, and only its answer is lost.
    """

    path: str
    action: str | int
    skip: int = 0
    times: int | None = None
    after: bool = False

    def takes(self, line: str) -> bool:
        """Whether a request is one of those that it happens to."""
        if not re.search(self.path, line):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return self.times is None or self.times >= 0


@dataclass
class Proxy:
    """The proxy, under way.

    Attributes:
        seen: every request as `METHOD /path`, in the order in which they came.
        hit: those of them to which a fault happened.
    """

    target: str
    url: str = ""
    faults: list[Fault] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    hit: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def fault_of(self, line: str) -> Fault | None:
        """What happens to a request."""
        with self._lock:
            self.seen.append(line)
            found = next((fault for fault in self.faults if fault.takes(line)), None)
            if found is not None:
                self.hit.append(line)
            return found


class _Server(ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    proxy: Proxy


class _Handler(StreamRequestHandler):
    """One request: a connection is closed after its answer, so that each request is seen by itself."""

    def handle(self) -> None:
        with suppress(OSError):
            self._handle(cast("_Server", self.server).proxy)

    def _handle(self, proxy: Proxy) -> None:
        head = self._head()
        if not head:
            return
        method, path, _ = head[0].decode().split(" ", 2)
        fault = proxy.fault_of(f"{method} {path}")
        body = self.rfile.read(_length(head))
        if fault is None or fault.after:
            with socket.create_connection(_host(proxy.target)) as upstream:
                upstream.sendall(b"".join(_closing(head)) + b"\r\n" + body)
                if fault is None:
                    self._relay(upstream)
                    return
                while upstream.recv(LARGEST):  # until the server has answered
                    pass
        if fault is not None:
            self._fail(fault.action)

    def _head(self) -> list[bytes]:
        lines = []
        while (line := self.rfile.readline(LARGEST)).strip():
            lines.append(line)
        return lines

    def _relay(self, upstream: socket.socket) -> None:
        back = threading.Thread(target=_pump, args=(upstream, self.connection), daemon=True)
        back.start()
        _pump_reader(self.rfile, upstream)  # what a websocket says; nothing after a plain request
        back.join()

    def _fail(self, action: str | int) -> None:
        if action == HOLD:
            self.rfile.read(1)  # the client has given up when this ends
        elif isinstance(action, int):
            phrase = HTTPStatus(action).phrase
            answer = f"HTTP/1.1 {action} {phrase}\r\nContent-Length: 2\r\nContent-Type: application/json\r\n"
            # A client that repeats its request does so at once.
            self.connection.sendall(f"{answer}Retry-After: 0\r\nConnection: close\r\n\r\n{{}}".encode())


def _host(url: str) -> tuple[str, int]:
    found = urlsplit(url)
    return str(found.hostname), int(found.port or 80)


def _length(head: list[bytes]) -> int:
    found = [line for line in head if line.lower().startswith(b"content-length:")]
    return int(found[0].partition(b":")[2]) if found else 0


def _closing(head: list[bytes]) -> list[bytes]:
    """The head with a connection that ends with the answer, unless it becomes a websocket."""
    if any(line.lower().startswith(b"upgrade:") for line in head):
        return head
    return [line for line in head if not line.lower().startswith(b"connection:")] + [b"Connection: close\r\n"]


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(LARGEST):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_RDWR)


def _pump_reader(source: Any, sink: socket.socket) -> None:
    with suppress(OSError, ValueError):
        while data := source.read1(LARGEST):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)


@contextmanager
def prefect_proxy(target: str, *faults: Fault) -> Iterator[Proxy]:
    """A proxy for the server at `target`, `http://host:port/api`, which does what the faults say."""
    proxy = Proxy(target, faults=list(faults))
    with _Server(("127.0.0.1", 0), _Handler) as server:
        server.proxy = proxy
        proxy.url = f"http://127.0.0.1:{server.server_address[1]}{urlsplit(target).path}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()
