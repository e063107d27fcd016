"""What the source records of a game: stints, types of plays, values of shots and their texts, with the gaps of each."""

from dataclasses import dataclass

from sandbox.atlas.fixtures import Fixture
from sandbox.atlas.rng import share
from sandbox.game import events as ev

# Real jump shots of 2022-26: 0.26 % have the value 0 or null. Here only misses do, so that points can be added.
VALUELESS = 0.0044
# Share of real jump shots without text by season.
SILENT = {2022: 0.0006, 2023: 0.0006, 2024: 0.0038, 2025: 0.0006, 2026: 0.0006}
JUMP_SHOTS = frozenset((ev.JUMPER, ev.THREE))
# From this season on, every turnover is a Lost Ball Turnover.
ONE_TURNOVER = 2022


@dataclass(frozen=True)
class Reading:
    """How the source records games.

    closed: stints include their last second; foul_turnovers: a type of their own in every season; blank: a few jump
    shots lack their value or their text.
    """

    closed: bool = False
    foul_turnovers: bool = False
    blank: bool = True

    def one_turnover(self, season: int) -> bool:
        """Whether offensive fouls are turnovers like all others."""
        return season >= ONE_TURNOVER and not self.foul_turnovers

    def value(self, game: Fixture, number: int, event: ev.Event) -> int | None:
        """scoreValue of an event: what a shot is worth, made or missed; 0 for everything else."""
        worth = ev.VALUE.get(event.kind, 0)
        if self.blank and event.kind in JUMP_SHOTS and not event.made:
            chance = share("value", game.id, number)
            if chance < VALUELESS:
                return None if chance < VALUELESS / 2 else 0
        return worth

    def is_silent(self, game: Fixture, number: int, event: ev.Event) -> bool:
        """Whether a jump shot has no text. Only unassisted ones: without text the assist would be lost."""
        limit = SILENT.get(game.season, 0.0) if self.blank else 0.0
        return event.kind in JUMP_SHOTS and event.two < 0 and share("silent", game.id, number) < limit

    def counts(self, game: Fixture, number: int, event: ev.Event) -> bool:
        """Whether the server counts an event in lineups and shots: by the name of its type, and a shot by its value."""
        if event.kind == ev.FOUL_TURNOVER:
            return self.one_turnover(game.season)
        return event.kind not in ev.VALUE or bool(self.value(game, number, event))
