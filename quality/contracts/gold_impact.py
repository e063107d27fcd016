"""Adjusted impact of players by morning: what each adds to a team, from stints, box scores and team ratings."""

from __future__ import annotations

from dataclasses import replace

from quality.clocks import MORNING
from quality.columns import FLOAT, INT, Bounds, Column, bounded
from quality.contracts.floor import FCT_FLOOR_STINTS, FCT_GAME_FLOOR
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.games import FCT_GAMES
from quality.contracts.gold_ratings import AS_OF_DATE, PER_100, TEAM_RATINGS_DAILY, flag
from quality.contracts.possessions import FCT_GAME_PBP
from quality.contracts.substitutions import FCT_SUBSTITUTIONS
from quality.dataset import Derivation, Input, Table
from quality.vocabulary import TEAM, column_of

IMPACT_FLAGS = ("ok", "few_possessions", "box_only", "no_team_rating")
FEW_POSSESSIONS = 200
WIDEST = 200.0  # points per 100 possessions; excludes what no estimate can be


def _impact(name: str, description: str) -> Column:
    return bounded(name, description, PER_100, -WIDEST, WIDEST)


PLAYER_IMPACT_ADJUSTED = Table(
    name="player_impact_adjusted",
    layer="gold",
    clock=MORNING,
    description=(
        "One row per season, team, athlete and morning after a date with a game of the team: what the player adds to "
        "the team's offence and defence, adjusted for team mates and opponents. A row is valid until the athlete's "
        "next one. Only games between Division I teams count. Before 2024 it is the part from box scores alone."
    ),
    columns=(
        FCT_GAMES.by_name["season"],
        *(
            replace(FCT_SUBSTITUTIONS.by_name[name], path=(), nullable=False)
            for name in ("team_id", "athlete_id", "athlete")
        ),
        column_of(TEAM, null=False),
        AS_OF_DATE,
        Column(name="box_minutes", dtype=FLOAT, unit="minutes", bounds=Bounds(ge=0, le=5_000),
               description="Minutes in the box scores of the season so far, games between Division I teams"),
        bounded("minutes_share_pct", "Share of the minutes of all players of the team so far", "fraction 0-1", 0, 1),
        Column(name="impact_possessions", dtype=INT, bounds=Bounds(ge=0), description="Possessions of the team with "
               "the player on the floor that the estimate uses: usable games, known line-ups, no garbage time"),
        _impact("offence_impact", "Points that the player adds to the offence, above an average Division I player"),
        _impact("defence_impact", "Points that the player takes from the opponents' offence, above an average "
                "Division I player"),
        _impact("net_impact", "Offence and defence impact together. By `minutes_share_pct`, five times the mean over "
                "a team's players is the team's net rating"),
        bounded("net_impact_sd", "Standard deviation of `net_impact`", PER_100, 0, WIDEST),
        _impact("net_impact_low_80", "Lower end of the central 80 % interval of `net_impact`"),
        _impact("net_impact_high_80", "Upper end of the central 80 % interval of `net_impact`"),
        _impact("box_offence_impact", "The part of the offence impact that box scores and the team's rating give"),
        _impact("box_defence_impact", "The part of the defence impact that box scores and the team's rating give"),
        _impact("team_net", "Net rating of the team on the morning, around the mean of all teams; 0 without a rating"),
        flag(IMPACT_FLAGS, f"few_possessions: under {FEW_POSSESSIONS}; box_only: no possession with known line-ups, "
             "as in seasons before 2024; no_team_rating: the team has no rating on the morning, so the values are "
             "against the mean of the team"),
    ),
    key=("season", "team_id", "athlete_id", "as_of_date"),
    sort=("as_of_date", "team_id", "athlete_id"),
    point_in_time="as_of_date",
    derivation=Derivation(
        of=(
            Input(
                FCT_GAMES,
                (
                    *("season", "game_id", "home_team_id", "home_team", "away_team_id", "away_team", "neutral_site"),
                    "has_result",
                ),
            ),
            Input(
                TEAM_RATINGS_DAILY,
                (
                    *("season", "team_id", "as_of_date", "variant", "adjusted_offence", "adjusted_defence"),
                    *("net", "uncertainty", "home_advantage"),
                ),
            ),
            Input(
                FCT_GAME_PLAYERS,
                (
                    *("season", "game_id", "game_date", "team_id", "athlete_id", "name", "minutes", "points"),
                    *("field_goals_attempted", "free_throws_attempted", "assists", "turnovers", "steals", "blocks"),
                    *("rebounds_offensive", "rebounds_defensive", "fouls"),
                ),
                history=True,
            ),
            Input(
                FCT_FLOOR_STINTS,
                (
                    *("game_id", "game_date", "team_id", "opponent_id", "athlete_ids", "athlete_names"),
                    *("opponent_athlete_ids", "stint_offence_possessions", "stint_points"),
                    *("stint_garbage_time_possessions", "stint_garbage_time_points"),
                ),
                optional=True,
            ),
            Input(FCT_GAME_FLOOR, ("game_id", "floor_flag"), optional=True),
            Input(FCT_GAME_PBP, ("game_id", "is_pbp_usable"), optional=True),
        ),
        make="tasks.gold.player_impact_adjusted:player_impact_adjusted",
    ),
)  # fmt: skip
