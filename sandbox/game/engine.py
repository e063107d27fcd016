"""A basketball game, possession by possession."""

from array import array
from bisect import bisect
from itertools import chain
from random import Random

from sandbox.game import events as ev
from sandbox.game._state import MEDIA, State
from sandbox.game.matchup import Matchup, Rates

ASSISTED = {ev.LAYUP: 0.60, ev.DUNK: 0.80, ev.TIP: 0.0, ev.JUMPER: 0.36, ev.THREE: 0.98}
BLOCKED = {ev.LAYUP: 0.27, ev.DUNK: 0.15, ev.TIP: 0.12, ev.JUMPER: 0.09, ev.THREE: 0.012}
RUBBER = 0.0017
ENDS = (ev.ENDS_HOME, ev.ENDS_AWAY)


class Simulation(State):
    """Plays a game. `play` returns its log."""

    def play(self) -> ev.GameLog:
        """Play the whole game; it never ends in a tie."""
        first = self.tip_off()
        self.half(ev.HALF, first)
        self.half(ev.HALF, 1 - first)
        while self.home == self.away:
            self.half(ev.OVERTIME, self.tip_off())
        self.period -= 1
        self.emit(ev.END_GAME, -1)
        lineups = (tuple(self.sides[0].lineups), tuple(self.sides[1].lineups))
        return ev.GameLog(array("h", chain.from_iterable(self.events)), lineups)

    def tip_off(self) -> int:
        """Decide which side gets the ball. The event is at the very start of the period."""
        self.clock = ev.HALF if self.period == 1 else ev.OVERTIME
        winner = int(self.draw() < 0.5)
        side = self.sides[winner]
        self.emit(ev.JUMP_BALL, winner, side.floor[int(self.draw() * 5)])
        return winner

    def half(self, seconds: int, first: int) -> None:
        """Play one period, from its first possession to the event that ends it."""
        self.clock, self.off = seconds, first
        self.media = 0 if seconds == ev.HALF else len(MEDIA) - 1
        if self.period == 2:
            for side in self.sides:
                side.team_fouls = 0
                self.rotate(side)
        self.stolen = self.ran = False
        while self.clock > 0:
            self.possession()
            self.off = 1 - self.off
        self.emit(ev.END_PERIOD, -1)
        self.period += 1

    def possession(self) -> None:
        """Play one possession, from gaining the ball to losing it."""
        self.flags = ev.OFF_TURNOVER if self.stolen else 0
        seconds = self.length()
        if self.ran and seconds < 9:
            self.flags |= ev.FAST_BREAK
        self.stolen = self.ran = self.putback = False
        if not self.run(seconds):
            return
        while self.attempt():
            if not self.run(2 + int(9 * self.draw())):
                return

    def length(self) -> int:
        """Seconds until the next event; shorter or longer than usual at the end of a close game."""
        draw = self.draw
        self.hack, self.clutch = False, 0.0
        if self.period >= 2 and self.clock < 60:
            late = self.late_length(self.lead())
            if late:
                return late
        seconds = 4 + int((draw() + draw()) * self.stretch)
        if self.ran and draw() < 0.36:
            return 3 + int(5 * draw())
        return seconds

    def late_length(self, lead: int) -> int:
        """Seconds of a possession in the last minute of a close game; 0 if it is like any other."""
        draw = self.draw
        if 0 < lead <= 8 and self.clock < 50:
            self.hack = True
            return 2 + int(4 * draw())
        if -10 <= lead < 0:
            self.clutch = 0.05 if self.clock < 40 and lead >= -3 else 0.0
            return 4 + int(7 * draw())
        if lead == 0 and self.clock < 32:
            # The last shot is well guarded: half of all overtimes follow from this.
            self.clutch = -0.14
            return max(1, self.clock - int(3 * draw()))
        return 0

    def run(self, seconds: int) -> bool:
        """Let the clock run; False if the period ends before the next event."""
        if seconds < self.clock:
            self.clock -= seconds
            return True
        if self.clock <= 2 or self.draw() < 0.3:
            self.clock = 0
            return False
        self.clock = int(2 * self.draw())
        return True

    def attempt(self) -> bool:
        """A turnover, foul or shot. True if the same team still has the ball."""
        rates = self.sides[self.off].rates
        if self.hack and self.draw() < 0.65:
            return self.common_foul()
        chance = self.draw()
        if chance < rates.turnover:
            self.turnover()
            return False
        if chance < rates.turnover + rates.common_foul:
            return self.common_foul()
        return self.shot(rates)

    def turnover(self) -> None:
        """Lose the ball: by a steal, by an offensive foul, or out of bounds."""
        draw, off = self.draw, self.off
        side, other = self.sides[off], self.sides[1 - off]
        loser = side.floor[bisect(side.use, draw())]
        chance = draw()
        self.stolen = True
        if chance < 0.545:
            self.emit(ev.TURNOVER, off, loser, flags=ENDS[off])
            self.emit(ev.STEAL, 1 - off, other.floor[bisect(other.steal, draw())])
            self.ran = True
        elif chance < 0.69:
            self.foul(side, loser)
            self.emit(ev.FOUL_TURNOVER, off, loser, flags=ENDS[off])
            self.stoppage()
        else:
            self.emit(ev.TURNOVER, off, -1 if chance > 0.953 else loser, flags=ENDS[off])
            self.stoppage()

    def common_foul(self) -> bool:
        """A foul without a shot, with free throws if the team is in the bonus."""
        guard = self.sides[1 - self.off]
        guard.team_fouls += 1
        self.foul(guard, guard.floor[int(self.draw() * 5)])
        shooter = self.shooter() if guard.team_fouls >= 7 else -1
        self.stoppage(shooter)
        if shooter < 0:
            return True
        return self.trip(shooter, 2, one_and_one=guard.team_fouls < 10)

    def kind_of_shot(self, rates: Rates) -> int:
        """Decide on the kind of shot."""
        chance = self.draw()
        if self.putback and chance < 0.5:
            return _putback(chance)
        if chance < rates.three or (self.clutch > 0 and self.lead() == -3):
            return ev.THREE
        if chance < rates.jumper and not self.flags & ev.FAST_BREAK:
            return ev.JUMPER
        return ev.DUNK if self.draw() < rates.dunk else ev.LAYUP

    def shot(self, rates: Rates) -> bool:
        """A shot and everything that follows it. True if the same team still has the ball."""
        kind, shooter = self.kind_of_shot(rates), self.shooter()
        self.putback = False
        chance = rates.make[kind] + self.sides[self.off].rotation.touch[shooter]
        if self.flags & ev.FAST_BREAK and kind != ev.THREE:
            chance += 0.05
        # A leading team eases off and a trailing team presses; without this, margins vary a fifth more than real ones.
        chance += self.clutch - RUBBER * self.lead()
        fouled = self.draw() < rates.drawn[kind]
        if self.draw() < (chance * 0.42 if fouled else chance):
            self.basket(kind, shooter, ends=not fouled)
            return self.shooting_foul(shooter, 1) if fouled else False
        if fouled:
            return self.shooting_foul(shooter, ev.VALUE[kind])
        self.emit(kind, self.off, shooter)
        if self.draw() < BLOCKED[kind]:
            guard = self.sides[1 - self.off]
            self.emit(ev.BLOCK, 1 - self.off, guard.floor[bisect(guard.block, self.draw())])
        return self.rebound(rates.off_rebound)

    def basket(self, kind: int, shooter: int, *, ends: bool) -> None:
        """A made field goal, possibly assisted."""
        side = self.sides[self.off]
        helper = -1
        if self.draw() < ASSISTED[kind]:
            helper = side.floor[bisect(side.assist, self.draw())]
            helper = -1 if helper == shooter else helper
        self.add(ev.VALUE[kind])
        self.emit(kind, self.off, shooter, helper, 1, self.flags | (ENDS[self.off] if ends else 0))

    def shooting_foul(self, shooter: int, shots: int) -> bool:
        """A foul on a shot, and the free throws."""
        guard = self.sides[1 - self.off]
        guard.team_fouls += 1
        self.foul(guard, guard.floor[int(self.draw() * 5)])
        self.stoppage(shooter)
        return self.trip(shooter, shots)

    def trip(self, shooter: int, shots: int, *, one_and_one: bool = False) -> bool:
        """Free throws. True if the shooting team rebounds the last one."""
        off, chance = self.off, self.sides[self.off].rotation.free_throw[shooter]
        for number in range(1, shots + 1):
            made = self.draw() < chance
            last = number == shots or (one_and_one and not made)
            flags = self.flags & ~ev.FAST_BREAK
            if made:
                self.add(1)
                self.emit(ev.FREE_THROW, off, shooter, -1, 1, flags | (ENDS[off] if last else 0))
                continue
            self.emit(ev.FREE_THROW, off, shooter)
            if last:
                return self.rebound(0.12)
            self.emit(ev.DEAD_REBOUND, off)
        return False

    def rebound(self, chance: float) -> bool:
        """The rebound of a missed shot. True if the offence gets it."""
        draw = self.draw
        mine = draw() < chance
        winner = self.off if mine else 1 - self.off
        side = self.sides[winner]
        who = side.floor[bisect(side.rebound, draw())] if draw() > 0.06 else -1
        if mine:
            self.emit(ev.OFF_REBOUND, winner, who)
            self.putback = who >= 0
        else:
            self.emit(ev.DEF_REBOUND, winner, who, flags=ENDS[self.off])
            self.ran = who >= 0
        return mine


def _putback(chance: float) -> int:
    return ev.TIP if chance < 0.10 else ev.LAYUP


def simulate(plan: Matchup, rng: Random) -> ev.GameLog:
    """The log of one game."""
    return Simulation(plan, rng).play()
