"""Shots of teams and players by range: shares, percentages, and points against what range and opponent give."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.clocks import FINAL
from quality.columns import INT, STRING, Column, bounded, counted
from quality.contracts.games import FCT_GAMES
from quality.contracts.gold_ratings import flag
from quality.contracts.possessions import FCT_GAME_PBP
from quality.contracts.shots import FCT_SHOTS, RANGES, SHOT_RANGE
from quality.dataset import Derivation, Input, Table
from quality.nulls import NullLimit
from quality.vocabulary import TEAM, column_of

ALL_RANGES = "all"
PROFILES = ("team_offence", "team_defence", "player")
SHOT_FLAGS = ("ok", "few_shots")
FEW_SHOTS = 50


SHOT_PROFILE = Table(
    name="shot_profile",
    layer="gold",
    clock=FINAL,
    description=(
        "One row per season, team, subject and range with a shot in games with usable plays: the team's own shots, its "
        "opponents' shots, and each player's shots; `all` sums up the ranges."
    ),
    columns=(
        FCT_GAMES.by_name["season"],
        FCT_SHOTS.by_name["team_id"],
        column_of(TEAM, null=False),
        Column(name="profile", dtype=STRING, values=PROFILES, description="Whose shots: team_offence, of the team; "
               "team_defence, of its opponents; player, of one player of the team"),
        Column(name="subject_id", dtype=INT, description="Athlete id in a player's profile, otherwise the team's id"),
        Column(name="subject", dtype=STRING, description="Name of the player or team"),
        replace(SHOT_RANGE, values=(*RANGES, ALL_RANGES)),
        counted("shot_games", "Games with such a shot"),
        counted("shots_attempted", "Field goal attempts"),
        counted("shots_made", "Field goals made"),
        bounded("shot_pct", "Shots made per attempt", "fraction 0-1", 0, 1),
        bounded("shot_share_pct", "Share of the subject's attempts", "fraction 0-1", 0, 1),
        replace(bounded("assisted_share_pct", "Share of the made shots that were assisted", "fraction 0-1", 0, 1),
                nullable=True, can_be_null="without a made shot"),
        counted("shots_located", "Attempts whose location the source sends; two thirds to three quarters have none"),
        bounded("points_per_shot", "Points of the attempts, per attempt", "points", 0, 3),
        bounded("expected_points_per_shot", "Points per attempt that range and opponents lead to expect: for a team's "
                "or player's own shots the shrunk percentage that each opponent allows, for the opponents' shots that "
                "of each shooter", "points", 0, 3),
        bounded("points_above_expected", "Shot-making: points minus expected points, summed over attempts; in a "
                "team_defence row a negative value is good", "points", -5_000, 5_000),
        bounded("shrunk_points_per_shot", "Points per attempt with percentages shrunk to those of all shots of the "
                "range", "points", 0, 3),
        flag(SHOT_FLAGS, f"few_shots: under {FEW_SHOTS} attempts"),
    ),
    key=("season", "team_id", "profile", "subject_id", "shot_range"),
    sort=("season", "team_id", "profile", "subject_id", "shot_range"),
    null_limits=(
        NullLimit("assisted", ("assisted_share_pct",), "with a made shot", pl.col("shots_made") > 0),
    ),
    derivation=Derivation(
        of=(
            Input(
                FCT_SHOTS,
                (
                    *("season", "game_id", "team_id", "opponent_id", "shot_range", "is_shot_made", "is_shot_assisted"),
                    *("shot_value", "shot_info_shooter_id", "shot_info_shooter_name", "shot_info_location_x"),
                ),
            ),
            Input(FCT_GAMES, ("game_id", "has_result", "home_team_id", "home_team", "away_team_id", "away_team")),
            Input(FCT_GAME_PBP, ("game_id", "is_pbp_usable")),
        ),
        make="tasks.gold.shot_profile:shot_profile",
    ),
)  # fmt: skip
