"""Who is on the floor, from plays alone: stints of both line-ups, and how far they can be used. See docs/players.md."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.columns import FLOAT, INT, STRING, Bounds, Column, counted
from quality.contracts.games import FCT_GAMES
from quality.contracts.plays import FCT_PLAYS
from quality.contracts.possessions import FCT_GAME_PBP, FCT_POSSESSIONS
from quality.contracts.substitutions import FCT_SUBSTITUTIONS
from quality.dataset import PROVENANCE, Derivation, Input, Partition, Table

# In order of precedence: the first reason that applies is the flag.
FLOOR_FLAGS = ("no_floor", "incomplete", "contradicts_substitutions", "ok")
KNOWN_ENOUGH = 0.9  # least share of the seconds of a game with a known line-up of both teams
AGREEMENT_ENOUGH = 0.9  # least share of the players' seconds on which plays and substitutions agree
FIVE = 5  # players of a line-up
COUNTS = ("offence_possessions", "defence_possessions", "points", "opponent_points")
STINT_COUNTS = tuple(f"stint_{name}" for name in COUNTS)


def _people(name: str, kind: pl.DataType, description: str) -> Column:
    return Column(name=name, dtype=pl.List(kind), description=f"{description}; empty if they are not known")


OF_THE_GAME = tuple(FCT_PLAYS.by_name[name] for name in ("game_id", "season", "game_date"))
OF_THE_TEAM = tuple(
    replace(FCT_PLAYS.by_name[name], nullable=False, path=()) for name in ("team_id", "team", "opponent_id")
)

CARE = (  # counted per team; a row about a game has both teams
    counted("repaired_seconds", "Seconds whose plays do not name five players of a team, but the line-ups before and "
           "after are the same five", "seconds"),
    counted("recorded_moments", "Seconds with a play, counted per team, the last second of the game left out"),
    counted("odd_moments", "Recorded moments at which the plays do not name five players of a team"),
    counted("strangers", "Entries of the lists of players that are left out: without an athlete id, or of an athlete "
           "whom the game lists more often for the other team"),
)  # fmt: skip

FCT_FLOOR_STINTS = Table(
    name="fct_floor_stints",
    layer="silver",
    description=(
        "One row per game with plays, stint and team: a stint is a stretch of a game in which neither team changes its "
        "five players, with the possessions and points of both teams in it. Stints with an unknown line-up have rows "
        "too, so possessions and seconds add up to those of the game."
    ),
    columns=(
        *OF_THE_GAME,
        counted("stint_number", "Number of the stint in the game, from 1, the same for both teams"),
        *OF_THE_TEAM,
        _people("athlete_ids", INT, "The team's five players on the floor, by athlete id in ascending order"),
        _people("athlete_names", STRING, "Names of the team's five players, in the order of `athlete_ids`"),
        _people("opponent_athlete_ids", INT, "The opponent's five players on the floor, by athlete id"),
        counted("begin_elapsed_seconds", "Seconds of play from the tip to the start of the stint", "seconds"),
        counted("end_elapsed_seconds", "Seconds of play from the tip to the end of the stint", "seconds"),
        counted("stint_seconds", "Length of the stint on the game clock", "seconds"),
        *CARE,
        counted("stint_offence_possessions", "Possessions of the team in the stint that contains their middle"),
        counted("stint_defence_possessions", "Possessions of the opponent in the stint that contains their middle"),
        counted("stint_points", "Points of the team in these possessions"),
        counted("stint_opponent_points", "Points of the opponent in these possessions"),
        counted("stint_garbage_time_possessions", "Possessions of the team in garbage time, included in "
               "`stint_offence_possessions`"),
        counted("stint_garbage_time_points", "Points of the team in garbage time, included in `stint_points`"),
        *PROVENANCE,
    ),
    key=("game_id", "stint_number", "team_id"),
    partition=Partition.MONTH,
    month_column="game_date",
    sort=("game_date", "game_id", "stint_number", "team_id"),
    derivation=Derivation(
        of=(
            Input(
                FCT_PLAYS,
                (
                    *("play_id", "game_id", "season", "game_date", "period", "seconds_remaining", "team_id", "team"),
                    *("opponent_id", "opponent", "on_floor", "fetched_at", "raw_object"),
                ),
            ),
            Input(
                FCT_POSSESSIONS,
                (
                    *("game_id", "game_date", "period", "offence_team_id", "start_seconds_remaining"),
                    *("end_seconds_remaining", "points", "is_garbage_time"),
                ),
            ),
        ),
        make="tasks.pbp.floor:floor_stints",
    ),
)  # fmt: skip

FCT_GAME_FLOOR = Table(
    name="fct_game_floor",
    layer="silver",
    description=(
        "One row per game with stints: how much of it has known line-ups, what was repaired or left out, and how far "
        "plays and substitutions agree, where substitutions are kept."
    ),
    columns=(
        *OF_THE_GAME,
        Column(name="floor_flag", dtype=STRING, values=FLOOR_FLAGS, description="ok, or the first reason why line-ups "
               "of the game are left out. no_floor: no play names a player on the floor, as before 2024; incomplete: "
               "under 90 % of the seconds have a known line-up of both teams; contradicts_substitutions: plays and "
               "substitutions agree on under 90 % of the players' seconds"),
        counted("floor_seconds", "Seconds of the game between its first and its last play", "seconds"),
        counted("known_floor_seconds", "Of these, seconds with a known line-up of both teams", "seconds"),
        *CARE,
        counted("floor_possessions", "Possessions of both teams in the stints"),
        counted("unknown_floor_possessions", "Of these, possessions in stints with an unknown line-up of a team"),
        Column(name="substitution_agreement_pct", dtype=FLOAT, unit="fraction 0-1", bounds=Bounds(ge=0, le=1),
               nullable=True, can_be_null="if the lake has no substitutions of the game, or its plays no players",
               description="Seconds that a player is on the floor by plays and by substitutions, over the mean of the "
               "seconds by either, summed over players"),
        *PROVENANCE,
    ),
    key=("game_id",),
    partition=Partition.MONTH,
    month_column="game_date",
    sort=("game_date", "game_id"),
    derivation=Derivation(
        of=(
            FCT_FLOOR_STINTS,
            Input(
                FCT_SUBSTITUTIONS,
                (
                    *("game_id", "game_date", "team_id", "athlete_id"),
                    *(f"sub_{way}_{what}" for way in ("in", "out") for what in ("period", "seconds_remaining")),
                ),
                optional=True,
                same_days="game_date",
            ),
        ),
        make="tasks.pbp.game_floor:game_floor",
        version=2,
    ),
)  # fmt: skip

# What tables of line-ups read: stints, and which games count.
OF_KNOWN_LINEUPS = (
    Input(
        FCT_FLOOR_STINTS,
        ("game_id", "season", "team_id", "team", "athlete_ids", "athlete_names", "stint_seconds", *STINT_COUNTS),
    ),
    Input(FCT_GAME_FLOOR, ("game_id", "floor_flag")),
    Input(FCT_GAME_PBP, ("game_id", "is_pbp_usable")),
    Input(FCT_GAMES, ("game_id", "home_team_id", "away_team_id", "has_result")),
)
