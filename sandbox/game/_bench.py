"""One team during a game: players on the floor, their minutes and their fouls."""

from sandbox.game.matchup import Rates, Rotation

FOUL_LIMIT = 5
# A substitution is made when the bench player is owed this many seconds more than the player on the floor.
PATIENCE = 70


class Side:
    """One team in a game: players on the floor and since when, fouls, timeouts."""

    __slots__ = (
        "assist", "block", "floor", "fouls", "index", "lineup", "lineups", "rates", "rebound", "rotation",
        "seconds", "shares", "since", "steal", "team_fouls", "timeouts", "use",
    )  # fmt: skip

    def __init__(self, index: int, rotation: Rotation, rates: Rates, shares: tuple[float, ...]) -> None:
        self.index, self.rotation, self.rates, self.shares = index, rotation, rates, shares
        self.floor: list[int] = sorted(sorted(range(len(shares)), key=lambda k: -shares[k])[:5])
        self.lineups: list[tuple[int, ...]] = [tuple(self.floor)]
        self.fouls = [0] * len(shares)
        self.seconds = [0.0] * len(shares)
        self.since = self.team_fouls = self.lineup = 0
        self.timeouts = 4
        self.settle()

    def settle(self) -> None:
        """Recompute the probabilities of each player's actions after substitutions."""
        turn = self.rotation
        self.use, self.assist = self._cumulate(turn.use), self._cumulate(turn.assist)
        self.rebound, self.steal = self._cumulate(turn.rebound), self._cumulate(turn.steal)
        self.block = self._cumulate(turn.block)

    def _cumulate(self, weights: tuple[float, ...]) -> list[float]:
        a, b, c, d, e = self.floor
        one = weights[a]
        two = one + weights[b]
        three = two + weights[c]
        four = three + weights[d]
        total = four + weights[e]
        return [one / total, two / total, three / total, four / total]

    def clock_in(self, now: int) -> None:
        """Credit the seconds since the last substitution to the players on the floor."""
        played = now - self.since
        for k in self.floor:
            self.seconds[k] += played
        self.since = now

    def changes(self, now: int, keep: int = -1) -> list[tuple[int, int]]:
        """Substitutions that are due at a stoppage, as (in, out); `keep` stays. A player with five fouls must leave."""
        self.clock_in(now)
        due = [share * now - seconds for share, seconds in zip(self.shares, self.seconds, strict=True)]
        bench, leaving = self._bench(due), self._leaving(due, keep)
        out = []
        for k in leaving[:4]:
            if not bench or (self.fouls[k] < FOUL_LIMIT and due[bench[-1]] - due[k] < PATIENCE):
                break
            out.append((bench.pop(), k))
        return out

    def _bench(self, due: list[float]) -> list[int]:
        """Players who may come in, the one with the most time due last."""
        bench = [k for k in range(len(due)) if k not in self.floor and self.fouls[k] < FOUL_LIMIT]
        bench.sort(key=due.__getitem__)
        return bench

    def _leaving(self, due: list[float], keep: int) -> list[int]:
        """Players who may leave, those with five fouls first."""
        leaving = [k for k in self.floor if k != keep]
        leaving.sort(key=lambda k: -1e6 if self.fouls[k] >= FOUL_LIMIT else due[k])
        return leaving

    def swap(self, come: int, out: int) -> None:
        """Replace one player by another; call `settle` after the last substitution."""
        self.floor = sorted([k for k in self.floor if k != out] + [come])
        self.lineup = len(self.lineups)
        self.lineups.append(tuple(self.floor))

    @property
    def disqualified(self) -> bool:
        """Whether a player on the floor must leave it."""
        return any(self.fouls[k] >= FOUL_LIMIT for k in self.floor)
