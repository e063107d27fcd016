"""Rows of /plays/*, rendered from the log of a game when they are requested."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.atlas.atlas import Atlas
from sandbox.atlas.days import EASTERN
from sandbox.atlas.fixtures import Fixture
from sandbox.atlas.jsnum import rounded
from sandbox.atlas.people import roster
from sandbox.atlas.rng import seed_of
from sandbox.atlas.times import as_utc, iso
from sandbox.game import events as ev
from sandbox.game.playtext import TYPES, text
from sandbox.game.reading import Reading
from sandbox.game.stints import on_floor
from sandbox.game.winprob import expected_margin, wall_clock, win_chance

FIRST_SEASON, FIRST_ON_FLOOR, FIRST_SUBSTITUTIONS = 2006, 2024, 2025
# Share of games with stints and lineups by season; plays of other games have an empty onFloor.
STINT_SHARE = {2024: 0.9, 2025: 0.98}
IDS_PER_GAME = 2000
RANGES = {ev.THREE: "three_pointer", ev.JUMPER: "jumper", ev.FREE_THROW: "free_throw"}
NOBODY = {"id": None, "name": None}
NOWHERE = {"x": None, "y": None}
Row = dict[str, Any]
People = tuple[list[Row], list[Row]]


@dataclass(frozen=True)
class Sides:
    """Data of the two teams for plays, home first; the last entry is for rows without a team."""

    head: Row
    team: tuple[Row, Row, Row]
    people: People
    names: tuple[str, str]


class Recorded(NamedTuple):
    """What the source records of a play: name of its type, value of a shot, text."""

    kind: str
    value: int | None
    words: str | None


def sides(atlas: Atlas, game: Fixture, start: datetime) -> Sides:
    """The parts of a play row that are constant for a game or team; `start` is the served start."""
    head = {
        "gameId": game.id,
        "gameSourceId": game.source_id,
        "gameStartDate": iso(start),
        "season": game.season,
        "seasonType": game.season_type,
        "gameType": game.game_type,
        "tournament": game.tournament,
    }
    teams = (_side(atlas, game, home=True), _side(atlas, game, home=False))
    nobody: Row = dict.fromkeys(teams[0])
    people = tuple(
        [{"id": one.id, "name": one.name} for one in roster(atlas, team, game.season)]
        for team in (game.home, game.away)
    )
    names = (atlas.teams[game.home].school, atlas.teams[game.away].school)
    return Sides(head, (*teams, nobody), (people[0], people[1]), names)


def _side(atlas: Atlas, game: Fixture, *, home: bool) -> Row:
    mine, other = (game.home, game.away) if home else (game.away, game.home)
    seeds = (game.home_seed, game.away_seed) if home else (game.away_seed, game.home_seed)
    return {
        "isHomeTeam": home,
        "teamId": mine,
        "team": atlas.teams[mine].school,
        "conference": _conference(atlas, mine, game.season),
        "teamSeed": seeds[0],
        "opponentId": other,
        "opponent": atlas.teams[other].school,
        "opponentConference": _conference(atlas, other, game.season),
        "opponentSeed": seeds[1],
    }


def _conference(atlas: Atlas, team: int, season: int) -> str | None:
    number = atlas.conference_id(team, season)
    return atlas.conferences[number - 1].abbreviation if number else None


def play_rows(
    atlas: Atlas, game: Fixture, log: ev.GameLog, start: datetime, reading: Reading, *, shots_only: bool = False
) -> list[Row]:
    """All rows of a game in the order of the API: period, secondsRemaining descending, ties in arbitrary order."""
    if game.season < FIRST_SEASON:
        return []
    shared = sides(atlas, game, start)
    home, away = atlas.rating(game.home, game.season), atlas.rating(game.away, game.season)
    expected = expected_margin(home, away, neutral=game.neutral)
    located = atlas.draw("located", game.id) < (0.5 if game.season >= FIRST_ON_FLOOR else 0.35)
    rows = []
    known = has_stints(atlas, game)
    floors = _with_floor if reading.closed else _half_open
    for number, event, floor in floors(log, shared) if known else _unknown(log):
        if _hidden(event, game.season, shots_only=shots_only):
            continue
        chance = win_chance(event.home - event.away, expected, ev.elapsed(event.period, event.seconds))
        recorded = _recorded(game, shared, number, event, reading)
        row = _row(game, shared, number, event, chance, recorded)
        row["onFloor"] = floor
        row["shotInfo"] = _shot_info(game, shared, number, event, located=located)
        if row["shotInfo"] and row["playText"] is None:
            # The server reads the range from the words: a three without text is a jumper.
            row["shotInfo"]["range"] = "jumper"
        rows.append(((event.period, -event.seconds, number * 619 % 997), row))
    rows.sort(key=lambda pair: pair[0])
    return [row for _, row in rows]


def _hidden(event: ev.Event, season: int, *, shots_only: bool) -> bool:
    if event.kind == ev.SUB and season < FIRST_SUBSTITUTIONS:
        return True
    return shots_only and event.kind not in ev.VALUE


def _row(game: Fixture, shared: Sides, number: int, event: ev.Event, chance: float, recorded: Recorded) -> Row:
    minutes, seconds = divmod(event.seconds, 60)
    shooting = event.kind in ev.FIELD_GOALS
    wall = wall_clock(game.start, event.period, event.seconds).astimezone(EASTERN)
    play_id = game.id * IDS_PER_GAME + number
    return {
        "id": play_id,
        "sourceId": f"{game.source_id}{100000 + number}",
        **shared.head,
        "playType": recorded.kind,
        **shared.team[event.side],
        "period": event.period,
        "clock": f"{minutes}:{seconds:02d}",
        "secondsRemaining": event.seconds,
        "homeScore": event.home,
        "awayScore": event.away,
        # A probability of 0 is null, because the server tests for truth.
        "homeWinProbability": rounded(chance, 3) or None,
        "scoringPlay": bool(event.made),
        "shootingPlay": shooting or event.kind == ev.FREE_THROW,
        "scoreValue": recorded.value,
        "wallclock": as_utc(wall),
        "playText": recorded.words,
        "participants": _participants(shared, event),
    }


def _recorded(game: Fixture, shared: Sides, number: int, event: ev.Event, reading: Reading) -> Recorded:
    """Type, value and text of a play; some plays have no text."""
    blank = (game.id * IDS_PER_GAME + number) % 307 == 0 and event.kind not in ev.VALUE
    silent = blank or reading.is_silent(game, number, event)
    merged = event.kind == ev.FOUL_TURNOVER and reading.one_turnover(game.season)
    return Recorded(
        kind=TYPES[ev.TURNOVER if merged else event.kind],
        value=reading.value(game, number, event),
        words=None if silent else text(event, shared.people, shared.names, game.season),
    )


def _participants(shared: Sides, event: ev.Event) -> list[Row]:
    if event.side < 0 or event.one < 0:
        return []
    people = shared.people[event.side]
    if event.two < 0:
        return [people[event.one]]
    pair = [people[event.one], people[event.two]]
    return pair if event.seconds % 2 else pair[::-1]


def _shot_info(game: Fixture, shared: Sides, number: int, event: ev.Event, *, located: bool) -> Row | None:
    if event.kind not in ev.VALUE:
        return None
    people = shared.people[event.side]
    helper = event.two >= 0
    return {
        "shooter": people[event.one],
        "made": bool(event.made),
        "range": RANGES.get(event.kind, "rim"),
        "assisted": helper,
        "assistedBy": people[event.two] if helper else NOBODY,
        "location": _place(game, number, event) if located and event.kind != ev.FREE_THROW else NOWHERE,
    }


def _place(game: Fixture, number: int, event: ev.Event) -> Row:
    """Location of a shot in tenths of feet on a court of 940 by 500; the home team first shoots to the right."""
    noise = seed_of("place", game.id, number)
    deep = {ev.THREE: 225, ev.JUMPER: 90}.get(event.kind, 8)
    x, y = 52 + deep * (noise % 89) // 100, 250 + (noise // 97 % 201 - 100) * deep // 110
    if event.kind == ev.THREE:
        x = max(x, 60 + (225**2 - min(225, abs(y - 250)) ** 2) ** 0.5 // 1)
    right = (event.side == 0) == (event.period % 2 == 1)
    return {"x": int(940 - x if right else x), "y": int(y)}


def has_stints(atlas: Atlas, game: Fixture) -> bool:
    """Whether the API has the stints of a game: from 2024, for nearly every game."""
    return game.season >= FIRST_ON_FLOOR and atlas.draw("stints", game.id) < STINT_SHARE.get(game.season, 0.97)


def _unknown(log: ev.GameLog) -> Iterator[tuple[int, ev.Event, list[Row]]]:
    return ((number, event, []) for number, event in enumerate(log))


def _half_open(log: ev.GameLog, shared: Sides) -> Iterator[tuple[int, ev.Event, list[Row]]]:
    """Number, event and onFloor: the players whose stint covers the second."""
    floor = on_floor(log)
    cache: dict[tuple[int, int] | None, list[Row]] = {None: []}
    for number, event in enumerate(log):
        pair = floor.get(ev.elapsed(event.period, event.seconds))
        if pair not in cache and pair is not None:
            cache[pair] = [*_union(log, shared, 0, pair, pair), *_union(log, shared, 1, pair, pair)]
        yield number, event, cache[pair]


def _with_floor(log: ev.GameLog, shared: Sides) -> Iterator[tuple[int, ev.Event, list[Row]]]:
    """Number, event and onFloor with every player whose stint touches the second, the one who leaves included."""
    cache: dict[tuple[int, int, int, int], list[Row]] = {}
    before, number = (0, 0), 0
    for group in _by_second(log):
        after = (group[-1].lineup_home, group[-1].lineup_away)
        key = (*before, *after)
        if key not in cache:
            cache[key] = [*_union(log, shared, 0, before, after), *_union(log, shared, 1, before, after)]
        for event in group:
            yield number, event, cache[key]
            number += 1
        before = after


def _by_second(log: Iterable[ev.Event]) -> Iterator[list[ev.Event]]:
    group: list[ev.Event] = []
    for event in log:
        if group and (event.period, event.seconds) != (group[0].period, group[0].seconds):
            yield group
            group = []
        group.append(event)
    if group:
        yield group


def _union(log: ev.GameLog, shared: Sides, side: int, before: tuple[int, int], after: tuple[int, int]) -> list[Row]:
    places = {place for lineup in log.lineups[side][before[side] : after[side] + 1] for place in lineup}
    team = shared.names[side]
    return [{**shared.people[side][place], "team": team} for place in sorted(places)]
