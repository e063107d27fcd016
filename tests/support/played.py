"""A game that the simulated API has played in this process is not played again for the next world of the same seed.

The atlas is a function of the configuration, a log one of atlas and fixture, a box score one of the log, and none of
them is changed by who reads it. Dozens of tests of the pipeline make a world of their own and play the same season,
which takes longer than its ingest. Tests of the simulation play their games afresh: `tests/sandbox/conftest.py`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import TypeVar
from unittest.mock import patch

from sandbox.atlas.atlas import Atlas
from sandbox.atlas.fixtures import Fixture
from sandbox.game.box import TeamBox, boxes
from sandbox.game.events import GameLog
from sandbox.season import world

KEPT = 5_000  # games, of 10 kB and their box scores; a mini season has 525

play_log = world.play_log

K, V = TypeVar("K"), TypeVar("V")


class _Kept(OrderedDict[K, V]):
    """The values that were used last."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = Lock()

    def of(self, key: K, make: Callable[[], V]) -> V:
        """The value of a key; two threads may make it, and both get the one that is kept."""
        with self._lock:
            if key in self:
                self.move_to_end(key)
                return self[key]
        made = make()
        with self._lock:
            kept = self.setdefault(key, made)
            while len(self) > KEPT:
                self.popitem(last=False)
        return kept


_logs: _Kept[tuple[Atlas, Fixture], GameLog] = _Kept()
_boxes: _Kept[int, tuple[GameLog, tuple[TeamBox, TeamBox]]] = _Kept()  # by identity: a log is not hashable


def _played(atlas: Atlas, game: Fixture) -> GameLog:
    return _logs.of((atlas, game), lambda: play_log(atlas, game))


def _added_up(log: GameLog) -> tuple[TeamBox, TeamBox]:
    return _boxes.of(id(log), lambda: (log, boxes(log)))[1]  # the log is kept too, so that its identity stays its own


def install() -> None:
    """Keep what is played from now on."""
    world.Atlas = cache(Atlas)  # type: ignore[misc]
    world.play_log, world.boxes = _played, _added_up


@contextmanager
def afresh() -> Iterator[None]:
    """Inside, every world plays its games itself."""
    with patch.multiple(world, Atlas=Atlas, play_log=play_log, boxes=boxes):
        yield
