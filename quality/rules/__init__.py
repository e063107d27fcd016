"""Rules across tables: checks on a season that go beyond the contract of a single table."""

from __future__ import annotations

from quality.rules.base import HOLDS, KnownSeason, Reads, Rule, RuleResult, Severity, evaluate, judged_by
from quality.rules.boxes import BOX_RULES
from quality.rules.conflicts import CONFLICT_RULES, OWN_RULES
from quality.rules.forecasts import FORECAST_RULES
from quality.rules.games import GAME_RULES
from quality.rules.gold_games import GOLD_GAME_RULES
from quality.rules.lines import LINE_RULES
from quality.rules.nulls import NULL_RULES
from quality.rules.players import PLAYER_RULES
from quality.rules.plays import PLAY_RULES
from quality.rules.possessions import POSSESSION_RULES
from quality.rules.ratings import RATING_RULES
from quality.rules.references import REFERENCE_RULES
from quality.rules.teams import TEAM_RULES
from quality.rules.win_probability import WIN_PROBABILITY_RULES

__all__ = [
    "CONFLICT_RULES",
    "GOLD_RULES",
    "HOLDS",
    "KNOWN_SEASONS",
    "NULL_RULES",
    "RULES",
    "KnownSeason",
    "Reads",
    "Rule",
    "RuleResult",
    "Severity",
    "evaluate",
    "judged_by",
]

RULES: tuple[Rule, ...] = (
    *GAME_RULES, *BOX_RULES, *PLAY_RULES, *POSSESSION_RULES, *WIN_PROBABILITY_RULES, *LINE_RULES,
    *REFERENCE_RULES, *OWN_RULES
)  # fmt: skip
# Checked before a gold table is published, not on the lake.
GOLD_RULES: tuple[Rule, ...] = (
    *RATING_RULES, *FORECAST_RULES, *GOLD_GAME_RULES, *TEAM_RULES, *PLAYER_RULES, *NULL_RULES
)  # fmt: skip

_ROWS_MISSING = "The source's plays lack scoring rows (in 19.5 % of the games of 2022); the running scores are correct"
_PLACEHOLDERS = "Games cancelled in the pandemic remain in the source as final with 0-0"

# Permanent errors of the source. The running score needs no exception: it is correct in these seasons too.
KNOWN_SEASONS: tuple[KnownSeason, ...] = (
    KnownSeason(rule="scoring_plays_add_up_to_score", season=2022, allowed=0.25, reason=_ROWS_MISSING),
    KnownSeason(rule="scoring_plays_add_up_to_score", season=2023, allowed=0.25, reason=_ROWS_MISSING),
    KnownSeason(rule="plays_make_possessions", season=2022, allowed=0.35, reason=_ROWS_MISSING),
    KnownSeason(rule="plays_make_possessions", season=2023, allowed=0.35, reason=_ROWS_MISSING),
    KnownSeason(rule="final_game_has_points", season=2020, allowed=0.02, reason=_PLACEHOLDERS),
    KnownSeason(rule="final_game_has_points", season=2022, allowed=0.08, reason=_PLACEHOLDERS),
)
