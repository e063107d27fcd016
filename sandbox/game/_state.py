"""The state of a game in progress: clock, score, players on the floor, and the events of a stoppage."""

from bisect import bisect
from random import Random

from sandbox.game import events as ev
from sandbox.game._bench import Side
from sandbox.game.matchup import Matchup

# Seconds left in a half after which the next stoppage is a television timeout.
MEDIA = (960, 720, 480, 240, -1)


class State:
    """Everything that changes during a game, and the events so far."""

    def __init__(self, plan: Matchup, rng: Random) -> None:
        self.draw = rng.random
        self.lifts = plan.lifts
        self.sides = tuple(Side(k, plan.rotations[k], plan.rates[k], plan.shares[k]) for k in (0, 1))
        # 2.5 s, measured: the net effect of fast breaks, second chances and fouls.
        self.stretch = 1200 / plan.pace - 2.5
        self.events: list[tuple[int, ...]] = []
        self.home = self.away = self.off = self.flags = self.media = 0
        self.period, self.clock = 1, ev.HALF
        self.clutch = 0.0
        self.stolen = self.ran = self.putback = self.hack = False
        self.matched()

    def emit(self, kind: int, side: int, one: int = -1, two: int = -1, made: int = 0, flags: int = 0) -> None:
        """Append one event."""
        self.events.append(
            (kind, self.period, self.clock, side, one, two, made, flags, self.home, self.away,
             self.sides[0].lineup, self.sides[1].lineup)
        )  # fmt: skip

    def foul(self, side: Side, who: int) -> None:
        """Record a personal foul."""
        side.fouls[who] += 1
        self.emit(ev.FOUL, side.index, who)

    def shooter(self) -> int:
        """A shooter, drawn by usage."""
        side = self.sides[self.off]
        return side.floor[bisect(side.use, self.draw())]

    def lead(self) -> int:
        """Points by which the team with the ball leads."""
        return self.home - self.away if self.off == 0 else self.away - self.home

    def add(self, points: int) -> None:
        """Add points for the team with the ball."""
        if self.off == 0:
            self.home += points
        else:
            self.away += points

    def stoppage(self, keep: int = -1) -> None:
        """A stoppage with timeouts and substitutions. `keep` shoots free throws and stays on the floor."""
        draw = self.draw
        if self.clock < MEDIA[self.media]:
            while self.clock < MEDIA[self.media]:
                self.media += 1
            self.emit(ev.TV_TIMEOUT, -1)
        elif draw() < 0.085:
            self.time_out(self.sides[int(draw() * 2)])
        elif draw() < 0.006:
            self.technical()
        for side in self.sides:
            if draw() < 0.62 or side.disqualified:
                self.rotate(side, keep if side.index == self.off else -1)

    def time_out(self, side: Side) -> None:
        """A timeout of a team, if it has one left."""
        if side.timeouts:
            side.timeouts -= 1
            self.emit(ev.FULL_TIMEOUT if self.draw() < 0.15 else ev.SHORT_TIMEOUT, side.index)

    def technical(self) -> None:
        """A technical foul: two free throws for the team with the ball, which keeps the ball."""
        guard = self.sides[1 - self.off]
        self.emit(ev.TECHNICAL, guard.index, guard.floor[int(self.draw() * 5)])
        shooter = self.shooter()
        chance = self.sides[self.off].rotation.free_throw[shooter]
        for _ in range(2):
            made = int(self.draw() < chance)
            self.add(made)
            self.emit(ev.FREE_THROW, self.off, shooter, -1, made)

    def rotate(self, side: Side, keep: int = -1) -> None:
        """Make the substitutions that are due."""
        changes = side.changes(ev.elapsed(self.period, self.clock), keep)
        for come, out in changes:
            side.swap(come, out)
            self.emit(ev.SUB, side.index, come, out)
        if changes:
            side.settle()
            self.matched()

    def matched(self) -> None:
        """Set the rates that follow from the players on the floor."""
        if self.lifts is not None:
            floors = [side.floor for side in self.sides]
            for side in self.sides:
                side.rates = self.lifts.rates(side.index, floors[side.index], floors[1 - side.index])
