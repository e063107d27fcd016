"""A basketball game, possession by possession."""

from array import array
from bisect import bisect
from itertools import accumulate, chain
from random import Random

from tasks.sandbox import events as ev
from tasks.sandbox.matchup import Plan, Rates, Rotation

MEDIA = (960, 720, 480, 240, -1)
ASSISTED = {ev.LAYUP: 0.60, ev.DUNK: 0.80, ev.TIP: 0.0, ev.JUMPER: 0.36, ev.THREE: 0.98}
BLOCKED = {ev.LAYUP: 0.27, ev.DUNK: 0.15, ev.TIP: 0.12, ev.JUMPER: 0.09, ev.THREE: 0.012}
RUBBER = 0.0017
ENDS = (ev.ENDS_HOME, ev.ENDS_AWAY)


class Side:
    """One team on the night: who is on the floor, since when, fouls, time-outs."""

    __slots__ = (
        "assist", "block", "floor", "fouls", "index", "lineup", "lineups", "rates", "rebound", "rotation",
        "seconds", "shares", "since", "steal", "team_fouls", "timeouts", "use",
    )  # fmt: skip

    def __init__(self, index: int, rotation: Rotation, rates: Rates, shares: tuple[float, ...]) -> None:
        self.index, self.rotation, self.rates, self.shares = index, rotation, rates, shares
        self.floor: list[int] = sorted(sorted(range(len(shares)), key=lambda k: -shares[k])[:5])
        self.lineups: list[tuple[int, ...]] = []
        self.fouls = [0] * len(shares)
        self.seconds = [0.0] * len(shares)
        self.since = self.team_fouls = self.lineup = 0
        self.timeouts = 4
        self.settle()

    def settle(self) -> None:
        """Recompute who is likely to do what, after a change on the floor."""
        self.lineup = len(self.lineups)
        self.lineups.append(tuple(self.floor))
        turn = self.rotation
        self.use, self.assist = self._cumulate(turn.use), self._cumulate(turn.assist)
        self.rebound, self.steal = self._cumulate(turn.rebound), self._cumulate(turn.steal)
        self.block = self._cumulate(turn.block)

    def _cumulate(self, weights: tuple[float, ...]) -> list[float]:
        sums = list(accumulate([weights[k] for k in self.floor]))
        return [part / sums[4] for part in sums[:4]]

    def clock_in(self, now: int) -> None:
        """Book the seconds since the last change to those on the floor."""
        played = now - self.since
        for k in self.floor:
            self.seconds[k] += played
        self.since = now


class Simulation:
    """The state of a game that is being played. `play` returns its log."""

    def __init__(self, plan: Plan, rng: Random) -> None:
        self.draw = rng.random
        self.sides = tuple(Side(k, plan.rotations[k], plan.rates[k], plan.shares[k]) for k in (0, 1))
        # 2.5 s: fast breaks against second chances and fouls, measured.
        self.stretch = 1200 / plan.pace - 2.5
        self.events: list[tuple[int, ...]] = []
        self.home = self.away = self.off = self.flags = self.media = 0
        self.period, self.clock = 1, ev.HALF
        self.stolen = self.ran = self.putback = self.hack = False

    def play(self) -> ev.GameLog:
        """Play to the end; never a tie."""
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
        """Who gets the ball. The row itself stands at the very start of the period."""
        self.clock = ev.HALF if self.period == 1 else ev.OVERTIME
        winner = int(self.draw() < 0.5)
        side = self.sides[winner]
        self.emit(ev.JUMP_BALL, winner, side.floor[int(self.draw() * 5)])
        return winner

    def half(self, seconds: int, first: int) -> None:
        """One period, from its first possession to the row that ends it."""
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

    def emit(self, kind: int, side: int, one: int = -1, two: int = -1, made: int = 0, flags: int = 0) -> None:
        """Write one event."""
        self.events.append(
            (kind, self.period, self.clock, side, one, two, made, flags, self.home, self.away,
             self.sides[0].lineup, self.sides[1].lineup)
        )  # fmt: skip

    def possession(self) -> None:
        """One team has the ball until it has not."""
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
        """Seconds until something happens: hurried or slowed down at the end of a close game."""
        draw = self.draw
        self.hack = False
        if self.period >= 2 and self.clock < 60:
            lead = (self.home - self.away) if self.off == 0 else (self.away - self.home)
            if 0 < lead <= 8 and self.clock < 50:
                self.hack = True
                return 2 + int(4 * draw())
            if -10 <= lead < 0:
                return 4 + int(7 * draw())
            if lead == 0 and self.clock < 32:
                return max(1, self.clock - int(3 * draw()))
        seconds = 4 + int((draw() + draw()) * self.stretch)
        if self.ran and draw() < 0.36:
            return 3 + int(5 * draw())
        return seconds

    def run(self, seconds: int) -> bool:
        """Let the clock run; False when the period is over before anything happens."""
        if seconds < self.clock:
            self.clock -= seconds
            return True
        if self.clock <= 2 or self.draw() < 0.3:
            self.clock = 0
            return False
        self.clock = int(2 * self.draw())
        return True

    def attempt(self) -> bool:
        """Turnover, foul or shot. True when the same team still has the ball."""
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
        """Lose the ball: to a thief, by an offensive foul, or out of bounds."""
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

    def foul(self, side: Side, who: int) -> None:
        """Book a personal foul."""
        side.fouls[who] += 1
        self.emit(ev.FOUL, side.index, who)

    def common_foul(self) -> bool:
        """A foul away from a shot; free throws when the team is in the bonus."""
        guard = self.sides[1 - self.off]
        guard.team_fouls += 1
        self.foul(guard, guard.floor[int(self.draw() * 5)])
        shooter = self.shooter() if guard.team_fouls >= 7 else -1
        self.stoppage(shooter)
        if shooter < 0:
            return True
        return self.trip(shooter, 2, one_and_one=guard.team_fouls < 10)

    def shooter(self) -> int:
        """Who shoots, by use."""
        side = self.sides[self.off]
        return side.floor[bisect(side.use, self.draw())]

    def kind_of_shot(self, rates: Rates) -> int:
        """What kind of shot is taken."""
        chance = self.draw()
        if self.putback and chance < 0.5:
            return ev.TIP if chance < 0.10 else ev.LAYUP
        if chance < rates.three:
            return ev.THREE
        if chance < rates.jumper and not self.flags & ev.FAST_BREAK:
            return ev.JUMPER
        return ev.DUNK if self.draw() < rates.dunk else ev.LAYUP

    def shot(self, rates: Rates) -> bool:
        """A shot, with all that can follow. True when the same team still has the ball."""
        kind, shooter = self.kind_of_shot(rates), self.shooter()
        self.putback = False
        chance = rates.make[kind] + self.sides[self.off].rotation.touch[shooter]
        if self.flags & ev.FAST_BREAK and kind != ev.THREE:
            chance += 0.05
        # Leaders ease off and trailers press: without it margins spread a fifth wider than real ones.
        chance -= RUBBER * (self.home - self.away if self.off == 0 else self.away - self.home)
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
        """A made field goal, perhaps assisted."""
        side = self.sides[self.off]
        helper = -1
        if self.draw() < ASSISTED[kind]:
            helper = side.floor[bisect(side.assist, self.draw())]
            helper = -1 if helper == shooter else helper
        self.add(ev.VALUE[kind])
        self.emit(kind, self.off, shooter, helper, 1, self.flags | (ENDS[self.off] if ends else 0))

    def add(self, points: int) -> None:
        """Points for the team with the ball."""
        if self.off == 0:
            self.home += points
        else:
            self.away += points

    def shooting_foul(self, shooter: int, shots: int) -> bool:
        """A foul on a shot and its free throws."""
        guard = self.sides[1 - self.off]
        guard.team_fouls += 1
        self.foul(guard, guard.floor[int(self.draw() * 5)])
        self.stoppage(shooter)
        return self.trip(shooter, shots)

    def trip(self, shooter: int, shots: int, *, one_and_one: bool = False) -> bool:
        """Free throws. True when the shooting team gets the last miss."""
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
        """Who gets a miss. True for the offence."""
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

    def stoppage(self, keep: int = -1) -> None:
        """The clock stands: time-outs and changes. `keep` has free throws to shoot and stays."""
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
            if draw() < 0.62 or 5 in [side.fouls[k] for k in side.floor]:
                self.rotate(side, keep if side.index == self.off else -1)

    def time_out(self, side: Side) -> None:
        """A team's time-out, while it has some left."""
        if side.timeouts:
            side.timeouts -= 1
            self.emit(ev.FULL_TIMEOUT if self.draw() < 0.15 else ev.SHORT_TIMEOUT, side.index)

    def technical(self) -> None:
        """A technical foul: two free throws for the team with the ball, which keeps it."""
        guard = self.sides[1 - self.off]
        self.emit(ev.TECHNICAL, guard.index, guard.floor[int(self.draw() * 5)])
        shooter = self.shooter()
        chance = self.sides[self.off].rotation.free_throw[shooter]
        for _ in range(2):
            made = int(self.draw() < chance)
            self.add(made)
            self.emit(ev.FREE_THROW, self.off, shooter, -1, made)

    def rotate(self, side: Side, keep: int = -1) -> None:
        """Bring on those who have played least of their share; whoever has five fouls goes."""
        now = ev.elapsed(self.period, self.clock)
        side.clock_in(now)
        due = [share * now - seconds for share, seconds in zip(side.shares, side.seconds, strict=True)]
        bench = [k for k in range(len(due)) if k not in side.floor and side.fouls[k] < 5]
        bench.sort(key=due.__getitem__)
        leaving = [k for k in side.floor if k != keep]
        leaving.sort(key=lambda k: -1e6 if side.fouls[k] >= 5 else due[k])
        for out in leaving[:4]:
            forced = side.fouls[out] >= 5
            if not bench or (not forced and due[bench[-1]] - due[out] < 70):
                break
            self.change(side, bench.pop(), out)

    def change(self, side: Side, come: int, out: int) -> None:
        """One player for another."""
        side.floor = sorted([k for k in side.floor if k != out] + [come])
        side.settle()
        self.emit(ev.SUB, side.index, come, out)


def simulate(plan: Plan, rng: Random) -> ev.GameLog:
    """The log of one game."""
    return Simulation(plan, rng).play()
