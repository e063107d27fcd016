"""A season of two games in which every rule across tables holds, as rows per table, to break one thing at a time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl

from quality.rules import Rule
from quality.rules.boxes import MIRRORED

SEASON = 2025
HOME, AWAY = 1, 2
PLAYED, COMING = 10, 11
START = datetime(2024, 11, 5, tzinfo=UTC)
OF_A_GAME = {"game_id": PLAYED, "season": SEASON, "start_at": START}

Rows = dict[str, list[dict[str, Any]]]


def whole_season() -> Rows:
    """Rows by table name; tables that only have to know their games have nothing else."""
    return {
        "fct_games": [_game(), _game_to_come()],
        "fct_game_teams": [_box(HOME, AWAY), _box(AWAY, HOME)],
        "fct_game_players": [_player(HOME, "h1", 10, 10, 15), _player(HOME, "h2", 5), _player(AWAY, "a1", 10, 10, 10)],
        "fct_plays": [
            _play(1, 600, 40, 20, 60.0),
            _play(2, 0, 75, 60, 75.0),
            _play(2, 0, 73, 60, None),
        ],
        "fct_play_win_probability": [_chance(1, 0.4), _chance(2, 0.9), _chance(3, 1.0), _chance(4, None)],
        "fct_game_pbp": [_verdict(), _verdict(COMING, recorded_plays=0, is_pbp_usable=False, pbp_flag="not_final")],
        "fct_lines": [OF_A_GAME | {"provider": "Anybook", "is_spread_sign_suspect": False}],
        "fct_game_media": [dict(OF_A_GAME)],
        "fct_substitutions": [dict(OF_A_GAME)],
        "fct_team_overview_games": [dict(OF_A_GAME)],
        "dim_teams": [{"team_id": HOME}, {"team_id": AWAY}],
        "dim_lines_providers": [{"name": "Anybook"}],
        "dim_athletes": [{"athlete_source_id": name} for name in ("h1", "h2", "a1")],
    }


def frames(rows: Rows, rule: Rule) -> list[pl.LazyFrame]:
    """What a rule reads of a season, in the types of the contract."""
    made = []
    for item in rule.reads:
        schema = {name: item.table.by_name[name].dtype for name in item.columns}
        part = [{name: row.get(name) for name in schema} for row in rows[item.table.name]]
        made.append(pl.LazyFrame(part, schema=schema))
    return made


def _game() -> dict[str, Any]:
    sides = {"home_points": 75, "away_points": 60, "home_period_points": [40, 35], "away_period_points": [20, 40]}
    result = {"home_winner": True, "away_winner": False, "status": "final", "has_result": True}
    return OF_A_GAME | {"season_label": "20242025", "home_team_id": HOME, "away_team_id": AWAY} | sides | result


def _game_to_come() -> dict[str, Any]:
    """As the API sends it: 0-0 instead of no points."""
    sides = {"home_points": 0, "away_points": 0, "home_period_points": None, "away_period_points": None}
    result = {"home_winner": None, "away_winner": None, "status": "scheduled", "has_result": False}
    return (
        _game() | {"game_id": COMING, "home_team_id": -1, "start_at": datetime(2025, 3, 1, tzinfo=UTC)} | sides | result
    )


def _box(team: int, opponent: int) -> dict[str, Any]:
    def stats(side: int) -> dict[str, float]:
        numbers = {name: side * 100 + place for place, name in enumerate(MIRRORED)}
        shots = _shots(15, 10, 15) if side == HOME else _shots(10, 10, 10)
        return numbers | shots | {"points_total": _points(shots)}

    own = {f"team_stats_{name}": value for name, value in stats(team).items()}
    other = {f"opponent_stats_{name}": value for name, value in stats(opponent).items()}
    return OF_A_GAME | {"team_id": team, "opponent_id": opponent, "is_home": team == HOME} | own | other


def _player(team: int, athlete: str, twos: int, threes: int = 0, free: int = 0) -> dict[str, Any]:
    shots = _shots(twos, threes, free)
    return OF_A_GAME | {"team_id": team, "athlete_source_id": athlete, "points": _points(shots)} | shots


def _verdict(game: int = PLAYED, **values: Any) -> dict[str, Any]:
    usable = {"recorded_plays": 3, "is_pbp_usable": True, "pbp_flag": "ok", "pbp_reasons": ""}
    usable |= {"pregame_source": "elo", "win_probability_difference": 0.03 if game == PLAYED else None}
    return OF_A_GAME | {"game_id": game} | usable | values


def _chance(number: int, chance: float | None) -> dict[str, Any]:
    return OF_A_GAME | {"play_number": number, "model_home_win_probability": chance}


def _shots(twos: int, threes: int, free: int) -> dict[str, int]:
    return {"two_point_field_goals_made": twos, "three_point_field_goals_made": threes, "free_throws_made": free}


def _points(shots: dict[str, int]) -> int:
    return sum(made * value for made, value in zip(shots.values(), (2, 3, 1), strict=True))


def _play(period: int, seconds: int, home: int, away: int, value: float | None) -> dict[str, Any]:
    moment = {"period": period, "seconds_remaining": seconds, "home_score": home, "away_score": away}
    return OF_A_GAME | moment | {"scoring_play": value is not None, "score_value": value}
