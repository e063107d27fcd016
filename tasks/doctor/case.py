"""What the checks share: settings, the one call to the API, the lake. Each is made once, when it is first needed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, Queue
from threading import Thread
from typing import Any, TypeVar

from tasks.doctor.finding import NotChecked
from tasks.errors import PipelineError

T = TypeVar("T")
SECONDS = 20.0  # for anything that waits for a network


@dataclass
class Case:
    """The environment that is looked at.

    Args:
        place: the lake, as given; None: as the settings say.
    """

    place: str | None = None

    _made: dict[str, Any] = field(default_factory=dict)
    _failed: set[str] = field(default_factory=set)

    @property
    def settings(self) -> Any:
        """The settings.

        Raises:
            BadInput: when they are not valid.
        """
        return self._once("settings", self._load)

    @property
    def is_sandbox(self) -> bool:
        """Whether runs read the simulated API, in this process."""
        return bool(self.settings.chosen_source == "sandbox")

    @property
    def proxy(self) -> Any:
        """The proxy in use, or None.

        Raises:
            BadInput: when it cannot be used.
        """
        return self._once("proxy", self._find_proxy)

    @property
    def probe(self) -> Any:
        """The response to the one call.

        Raises:
            BadInput: when no call can be made.
        """
        return self._once("API", self._call)

    @property
    def lake(self) -> Any:
        """The lake, or None if there is none yet.

        Raises:
            PipelineError: when it cannot be opened.
        """
        return self._once("lake", lambda: within(self.settings.find_lake, "the lake"))

    def _once(self, name: str, make: Callable[[], T]) -> T:
        """What `make` makes. Its failure is the finding of the check of that name; later ones refer to it."""
        if name in self._failed:
            raise NotChecked(f"not checked: see {name}")
        if name not in self._made:
            self._failed.add(name)
            self._made[name] = make()
            self._failed.discard(name)
        result: T = self._made[name]
        return result

    def _load(self) -> Any:
        from tasks.settings import load_settings  # noqa: PLC0415  loads the lake, which may be what is broken

        return load_settings(lake=self.place)

    def _find_proxy(self) -> Any:
        from tasks.source.probe import proxy_of  # noqa: PLC0415  loads httpx

        return proxy_of(self.settings.base_url)

    def _call(self) -> Any:
        from tasks.source.probe import probe  # noqa: PLC0415  loads httpx

        _ = self.proxy
        return probe(self.settings.base_url, self.settings.api_key)


def within(work: Callable[[], T], what: str, seconds: float = SECONDS) -> T:
    """The result of work that may wait for a network, or an error after some seconds. The work is left alone then.

    Raises:
        PipelineError: when it takes longer.
    """
    done: Queue[tuple[T | None, BaseException | None]] = Queue()

    def run() -> None:
        try:
            done.put((work(), None))
        except BaseException as error:  # noqa: BLE001  raised in the caller's thread
            done.put((None, error))

    Thread(target=run, daemon=True).start()
    try:
        result, error = done.get(timeout=seconds)
    except Empty:
        raise PipelineError(f"{what} did not respond within {seconds:g} s: check the network") from None
    if error is not None:
        raise error
    return result  # type: ignore[return-value]  # it is T, or there was an error
