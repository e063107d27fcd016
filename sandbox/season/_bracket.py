"""Single-elimination tournaments: the next round is drawn when the current one is over."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sandbox.atlas import days
from sandbox.atlas.fixtures import Fixture, Result

Entry = tuple[int, int | None] | None
ROUND_NAMES = ("Final", "Semifinal", "Quarterfinal")
REGIONS = ("East", "West", "South", "Midwest")
NCAA_STAGES = {0: "National Championship", 1: "Final Four", 2: "Elite 8", 3: "Sweet 16", 6: "First Four"}
# Days after selection Sunday, by number of remaining rounds.
NIT_DAYS = (18, 16, 9, 6, 2)
# Days after selection Sunday; rounds of two days have both.
NCAA_DAYS = ((22, 22), (20, 20), (13, 14), (11, 12), (6, 7), (4, 5), (2, 3))


def seeded(entries: list[Entry]) -> list[Entry]:
    """Entries, best first, in bracket order: 1 plays the last, and the best get byes (None)."""
    size = 1
    while size < len(entries):
        size *= 2
    order = [0]
    while len(order) < size:
        order = [place for one in order for place in (one, 2 * len(order) - 1 - one)]
    return [entries[place] if place < len(entries) else None for place in order]


@dataclass
class Bracket:
    """One tournament. `blank`: fixture that its games are copied from; day_of, note_of(round from the end, place)."""

    name: str
    blank: Fixture
    slots: list[Entry]
    day_of: Callable[[int, int], date]
    note_of: Callable[[int, int], str]
    next_id: int
    open: dict[int, int] = field(default_factory=dict)

    def draw(self, known_at: datetime) -> list[Fixture]:
        """The fixtures of the next round with games; [] if the champion is known."""
        while len(self.slots) > 1:
            games = self._round(known_at)
            if games:
                return games
            self.slots = [one or two for one, two in zip(self.slots[::2], self.slots[1::2], strict=True)]
        return []

    def _round(self, known_at: datetime) -> list[Fixture]:
        left = len(self.slots).bit_length() - 2
        games = []
        for place in range(len(self.slots) // 2):
            one, two = self.slots[2 * place], self.slots[2 * place + 1]
            if one and two:
                games.append(self._game(left, place, (one, two), known_at))
                self.open[games[-1].id] = place
        return games

    def _game(
        self, left: int, place: int, pair: tuple[tuple[int, int | None], tuple[int, int | None]], known_at: datetime
    ) -> Fixture:
        (home, home_seed), (away, away_seed) = sorted(pair, key=lambda entry: (entry[1] or 0, entry[0]))
        day = self.day_of(left, place)
        hour, minute = ((12, 0), (14, 30), (19, 0), (21, 30))[place % 4] if left else (19, 0)
        number, self.next_id = self.next_id, self.next_id + 1
        seeds = (home_seed, away_seed) if self.blank.tournament else (None, None)
        return replace(
            self.blank,
            id=number,
            home=home,
            away=away,
            start=days.eastern(day, hour, minute),
            known_at=known_at,
            notes=self.note_of(left, place),
            home_seed=seeds[0],
            away_seed=seeds[1],
        )

    def settle(self, fixture: Fixture, result: Result) -> bool:
        """Record a result. True if the round is over."""
        place = self.open.pop(fixture.id)
        won = result.home_points > result.away_points
        entries = self.slots[2 * place : 2 * place + 2]
        winner = fixture.home if won else fixture.away
        self.slots[2 * place : 2 * place + 2] = [e if e and e[0] == winner else None for e in entries]
        return not self.open


def conference_bracket(name: str, ranked: list[int], first_day: date, blank: Fixture, next_id: int) -> Bracket:
    """A conference tournament, one round per day."""
    slots = seeded([(team, seed) for seed, team in enumerate(ranked, start=1)])
    rounds = len(slots).bit_length() - 1

    def note_of(left: int, _place: int) -> str:
        stage = ROUND_NAMES[left] if left < len(ROUND_NAMES) else f"Round {rounds - left}"
        return f"{name} Tournament - {stage}"

    def day_of(left: int, _place: int) -> date:
        return first_day + timedelta(days=rounds - 1 - left)

    return Bracket(name, blank, slots, day_of, note_of, next_id)


def ncaa_bracket(field_of: list[int], sunday: date, blank: Fixture, next_id: int) -> Bracket:
    """The NCAA tournament with four regions; in a 68-team field, the last teams play in the First Four."""
    size = 2 ** (len(field_of).bit_length() - 1)
    top, extra = field_of[:size], field_of[size:]
    regions: list[list[Entry]] = [[(team, k // 4 + 1) for k, team in enumerate(top) if k % 4 == r] for r in range(4)]
    slots = [entry for region in regions for entry in seeded(region)]
    if extra:
        slots = _with_play_in(slots, [(team, 16) for team in extra[:4]])
    day_of = _ncaa_day(sunday)

    def note_of(left: int, place: int) -> str:
        stage = NCAA_STAGES.get(left, f"Round of {2 ** (left + 1)}")
        region = f"{REGIONS[place * 4 // 2**left]} Region - " if left >= 2 else ""
        return f"Men's Basketball Championship - {region}{stage}"

    return Bracket("NCAA", blank, slots, day_of, note_of, next_id)


def nit_bracket(field_of: list[int], sunday: date, blank: Fixture, next_id: int) -> Bracket:
    """The NIT: the best teams outside the NCAA tournament."""
    slots = seeded([(team, k // 4 + 1) for k, team in enumerate(field_of)])

    def note_of(left: int, _place: int) -> str:
        stage = ROUND_NAMES[left] if left < len(ROUND_NAMES) else f"Round of {2 ** (left + 1)}"
        return f"National Invitation Tournament - {stage}"

    def day_of(left: int, _place: int) -> date:
        return sunday + timedelta(days=NIT_DAYS[left])

    return Bracket("NIT", blank, slots, day_of, note_of, next_id)


def _with_play_in(slots: list[Entry], extra: list[Entry]) -> list[Entry]:
    waiting, out = list(extra), []
    for entry in slots:
        guest = waiting.pop() if waiting and entry and entry[1] == 16 else None
        out += [entry, guest]
    return out


def _ncaa_day(sunday: date) -> Callable[[int, int], date]:
    def day_of(left: int, place: int) -> date:
        # Winners of one day meet on the same day two days later.
        turn = place // 2 % 2 if left % 2 else place % 2
        return sunday + timedelta(days=NCAA_DAYS[left][turn])

    return day_of
