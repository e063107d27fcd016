"""A league whose players have true impacts, played by the sandbox's engine, as the frames that gold reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

import polars as pl

from quality.contracts.gold_impact import PLAYER_IMPACT_ADJUSTED
from sandbox.atlas.atlas import Atlas
from sandbox.atlas.impact import Impact, true_impacts
from sandbox.atlas.people import ROTATION, roster
from sandbox.atlas.rng import stream
from sandbox.game import events as ev
from sandbox.game.box import boxes
from sandbox.game.engine import simulate
from sandbox.game.matchup import plan

SEASON, FIRST, LEVEL = 2025, date(2024, 11, 4), 104.0
DERIVATION = PLAYER_IMPACT_ADJUSTED.derivation
assert DERIVATION is not None
SCHEMAS = {item.table.name: item.schema for item in DERIVATION.inputs}
Rows = list[dict[str, object]]


@dataclass(frozen=True)
class League:
    """Frames by table name, and the truth by team and athlete."""

    frames: dict[str, pl.LazyFrame]
    truth: dict[tuple[int, int], Impact]

    def without(self, *names: str) -> League:
        """The same league in a lake that lacks some tables."""
        return self.but(**{name: pl.LazyFrame(schema=SCHEMAS[name]) for name in names})

    def but(self, **frames: pl.LazyFrame) -> League:
        """The same league with other frames."""
        return League(self.frames | frames, self.truth)


def league(teams: int, *, rounds: int = 1, impact: float = 2.0, seed: int = 2003) -> League:
    """Every pair of the first teams plays `rounds` times; a date has as many games as teams allow, roughly."""
    atlas, rows = Atlas(seed, "mini", (), impact), {name: Rows() for name in SCHEMAS}
    members = list(atlas.division(SEASON)[:teams])
    pairs = [(home, away) if n % 2 else (away, home) for n in range(rounds) for home, away in combinations(members, 2)]
    stream(seed, "order").shuffle(pairs)
    for number, (home, away) in enumerate(pairs, start=1):
        _played(atlas, number, home, away, FIRST + timedelta(days=number * 2 // teams), rows)
    mornings = [FIRST + timedelta(days=day) for day in range(len(pairs) * 2 // teams + 2)]
    rows["team_ratings_daily"] = [_rating(atlas, team, morning) for team in members for morning in mornings]
    frames = {name: pl.LazyFrame(rows[name], schema) for name, schema in SCHEMAS.items()}
    truth = {(team, who): one for team in members for who, one in true_impacts(atlas, team, SEASON).items()}
    return League(frames, truth)


def _rating(atlas: Atlas, team: int, morning: date) -> dict[str, object]:
    true = atlas.rating(team, SEASON)
    strength = {"adjusted_offence": LEVEL + true.offence, "adjusted_defence": LEVEL + true.defence, "net": true.net}
    fixed = {"variant": "predictive", "uncertainty": 2.0, "home_advantage": 5.4}
    return {"season": SEASON, "team_id": team, "as_of_date": morning} | strength | fixed


def _played(atlas: Atlas, number: int, home: int, away: int, day: date, rows: dict[str, Rows]) -> None:
    log = simulate(plan(atlas, SEASON, home, away, neutral=False, key=number), stream(atlas.seed, "game", number))
    game: dict[str, object] = {"game_id": number, "season": SEASON, "game_date": day}
    sides = {"home_team_id": home, "home_team": f"T{home}", "away_team_id": away, "away_team": f"T{away}"}
    rows["fct_games"].append(game | sides | {"neutral_site": False, "has_result": True})
    rows["fct_game_floor"].append(game | {"floor_flag": "ok"})
    rows["fct_game_pbp"].append(game | {"is_pbp_usable": True})
    for team, box in zip((home, away), boxes(log), strict=True):
        for person, one in zip(roster(atlas, team, SEASON)[:ROTATION], box.players, strict=True):
            counts = {"points": one.points, "assists": one.assists, "turnovers": one.turnovers, "steals": one.steals}
            counts |= {"blocks": one.blocks, "fouls": one.fouls, "rebounds_offensive": one.off_rebounds}
            counts |= {"rebounds_defensive": one.def_rebounds, "field_goals_attempted": one.field_goals[1]}
            counts |= {"free_throws_attempted": one.tried["free"]}
            who = {"team_id": team, "athlete_id": person.id, "name": person.name, "minutes": one.seconds / 60}
            rows["fct_game_players"].append(game | who | counts)
    rows["fct_floor_stints"] += [game | stint for stint in _stints(atlas, log, home, away)]


def _stints(atlas: Atlas, log: ev.GameLog, home: int, away: int) -> Rows:
    """Two rows per pair of line-ups of a game: possessions and points of the team with the ball."""
    ends, found = (ev.ENDS_HOME, ev.ENDS_AWAY), dict[tuple[int, int], list[int]]()
    score = [0, 0]
    for event in log:
        counts = found.setdefault((event.lineup_home, event.lineup_away), [0, 0, 0, 0])
        for side, points in enumerate((event.home, event.away)):
            counts[side] += bool(event.flags & ends[side])
            counts[2 + side] += points - score[side]
            score[side] = points
    people = [[person.id for person in roster(atlas, team, SEASON)[:ROTATION]] for team in (home, away)]
    rows = Rows()
    for pair, counts in found.items():
        fives = [sorted(people[side][place] for place in log.lineups[side][pair[side]]) for side in (0, 1)]
        for side, (team, other) in enumerate(((home, away), (away, home))):
            ids = {"team_id": team, "opponent_id": other, "athlete_ids": fives[side]}
            ids |= {"opponent_athlete_ids": fives[1 - side], "athlete_names": [f"A{who}" for who in fives[side]]}
            made = {"stint_offence_possessions": counts[side], "stint_points": counts[2 + side]}
            rows.append(ids | made | {"stint_garbage_time_possessions": 0, "stint_garbage_time_points": 0})
    return rows
