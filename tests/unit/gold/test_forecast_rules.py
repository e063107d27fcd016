"""What a forecast of a season or a tournament may never publish: each rule, and the row that breaks it."""

from __future__ import annotations

import polars as pl
import pytest

from quality.contracts.gold_forecasts import ROUNDS
from quality.rules import GOLD_RULES, evaluate

SEASON = pl.DataFrame(
    {
        "team_id": [1, 2, 3],
        "as_of_date": ["2025-01-01"] * 3,
        "conference_id": [7, 7, None],
        "conference_rank_probabilities": [[0.7, 0.3], [0.3, 0.7], None],
        "title_probability": [0.8, 0.4, None],
        "outright_title_probability": [0.6, 0.2, None],
        **{f"{name}{result}": [3, 4, 5] for name in ("conference_", "total_") for result in ("wins", "losses")},
        **{f"expected_{name}{result}": [3.0, 9.5, 5] for name in ("conference_", "") for result in ("wins", "losses")},
    }
)
NOTHING: dict[str, list[float | None]] = {name: [None] * 4 for name in ROUNDS[3:]}
BRACKET = pl.DataFrame(
    {
        "season": [2025] * 4,
        "team_id": [1, 2, 3, 4],
        "as_of_date": ["2025-03-20"] * 4,
        "champion": [0.5, 0.1, 0.3, 0.1],
        "final": [0.7, 0.3, 0.6, 0.4],
        "final_four": [1.0] * 4,
        **NOTHING,
    },
    schema_overrides=dict.fromkeys(ROUNDS, pl.Float64),
)
BROKEN: dict[str, list[pl.DataFrame]] = {
    "ranks_are_whole": [
        SEASON.with_columns(conference_rank_probabilities=pl.Series([[0.7, 0.2], [0.3, 0.7], None])),
        SEASON.with_columns(conference_rank_probabilities=pl.Series([[1.0], [0.3, 0.7], None])),
        SEASON.with_columns(conference_rank_probabilities=pl.Series([None, [0.3, 0.7], None])),
    ],
    "every_conference_has_a_title": [
        SEASON.with_columns(title_probability=pl.Series([0.5, 0.4, None])),
        SEASON.with_columns(outright_title_probability=pl.Series([0.7, 0.4, None])),
    ],
    "records_only_grow": [SEASON.with_columns(expected_wins=pl.lit(2.9))],
    "every_round_is_full": [
        BRACKET.with_columns(champion=pl.Series([0.5, 0.1, 0.3, 0.2])),
        BRACKET.with_columns(champion=pl.Series([0.5, 0.35, 0.05, 0.1])),
    ],
}


def passes(name: str, frame: pl.DataFrame) -> bool:
    rule = next(rule for rule in GOLD_RULES if rule.name == name)
    return evaluate(rule, 2025, [frame.lazy()]).passed


@pytest.mark.parametrize("name", BROKEN)
def test_a_rule_accepts_what_is_right_and_finds_what_is_wrong(name: str):
    assert passes(name, BRACKET if name == "every_round_is_full" else SEASON)
    assert [passes(name, frame) for frame in BROKEN[name]] == [False] * len(BROKEN[name])
