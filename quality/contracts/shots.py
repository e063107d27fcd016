"""Field goal attempts, one row each, from plays. See docs/players.md."""

from __future__ import annotations

from dataclasses import replace

from quality.columns import BOOL, INT, STRING, Column
from quality.contracts.plays import FCT_PLAYS, PLAYS_READ
from quality.dataset import PROVENANCE, Derivation, Input, Partition, Table

RANGES = ("rim", "jumper", "three")
SENT = ("shot_info_shooter_id", "shot_info_shooter_name", "shot_info_location_x", "shot_info_location_y")
SHOT_RANGE = Column(
    name="shot_range",
    dtype=STRING,
    values=RANGES,
    description="rim: dunks, layups and tip-ins; jumper: other two-pointers; three; in sums also all. The "
    "source's range decides, then type and value of the play",
)

FCT_SHOTS = Table(
    name="fct_shots",
    layer="silver",
    description=(
        "One row per field goal attempt in the plays, free throws left out: range, shooter, result, and the location "
        "where the source sends it."
    ),
    columns=(
        *(FCT_PLAYS.by_name[name] for name in ("play_id", "game_id", "season", "game_date", "period")),
        FCT_PLAYS.by_name["seconds_remaining"],
        *(replace(FCT_PLAYS.by_name[name], nullable=False, path=()) for name in ("team_id", "opponent_id")),
        SHOT_RANGE,
        Column(name="is_shot_made", dtype=BOOL, description="The shot was made"),
        Column(name="is_shot_assisted", dtype=BOOL, description="The shot was made and assisted"),
        Column(name="shot_value", dtype=INT, description="Points that the shot is worth, made or missed"),
        *(replace(FCT_PLAYS.by_name[name], path=(), nullable=True) for name in SENT),
        *PROVENANCE,
    ),
    key=("play_id",),
    partition=Partition.MONTH,
    month_column="game_date",
    sort=("game_date", "game_id", "period", "seconds_remaining", "play_id"),
    derivation=Derivation(
        of=(Input(FCT_PLAYS, (*PLAYS_READ.columns, *SENT)),), make="tasks.pbp.shots:shots"
    ),
)  # fmt: skip
