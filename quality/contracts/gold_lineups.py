"""Line-ups of a team over a season, and pairs and triples within them: results with them on the floor and without."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.clocks import FINAL
from quality.columns import FLOAT, INT, STRING, Bounds, Column, bounded, counted
from quality.contracts.floor import FCT_FLOOR_STINTS, OF_KNOWN_LINEUPS
from quality.contracts.gold_ratings import PER_100, flag
from quality.dataset import Derivation, Table
from quality.nulls import NullLimit

SIZES = (2, 3, 5)
# Possessions of the team's own rate that are added, by size; docs/players.md has their source.
ADDED = {2: 5500, 3: 3400, 5: 1600}
FEW_LINEUP_POSSESSIONS = 100
LINEUP_FLAGS = ("ok", "few_possessions")
WHAT = {
    "offence_possessions": "Possessions of the team",
    "defence_possessions": "Possessions of the opponents",
    "points": "Points of the team",
    "opponent_points": "Points of the opponents",
}


def _rate(name: str, description: str, why: str, low: float = 0) -> Column:
    return replace(bounded(name, description, PER_100, low, 1_000), nullable=True, can_be_null=why)


def _rates(side: str, words: str) -> tuple[Column, ...]:
    why = f"without a possession {words}"
    return (
        _rate(f"{side}_offence_per100", f"Points of the team per 100 possessions {words}", why),
        _rate(f"{side}_defence_per100", f"Points allowed per 100 possessions {words}", why),
        _rate(f"{side}_net_per100", f"Points scored minus points allowed, each per 100 possessions, {words}",
              f"{why} of both teams", -1_000),
    )  # fmt: skip


def _limits(side: str) -> tuple[NullLimit, ...]:
    both = {what: pl.col(f"{side}_{what}_possessions") > 0 for what in ("offence", "defence")}
    words = "the players together" if side == "lineup" else "other players"
    return (
        *(
            NullLimit(f"{side}_{what}", (f"{side}_{what}_per100",), f"with possessions on {what} with {words}", there)
            for what, there in both.items()
        ),
        NullLimit(
            f"{side}_net",
            (f"{side}_net_per100",),
            f"with possessions of both teams with {words}",
            both["offence"] & both["defence"],
        ),
    )


WITH, WITHOUT = "with these players on the floor together", "of the team's other stints"
LINEUP_RATINGS = Table(
    name="lineup_ratings",
    layer="gold",
    clock=FINAL,
    description=(
        "One row per season, team and line-up of five players, and per pair and triple of players who were on the "
        "floor together, in usable games: results with them and without them, as they are and shrunk. It is made from "
        "plays alone, from 2024 on."
    ),
    columns=(
        *(FCT_FLOOR_STINTS.by_name[name] for name in ("season", "team_id", "team")),
        Column(name="lineup_id", dtype=STRING, description="Ids of the athletes in ascending order, joined by -"),
        Column(name="lineup_size", dtype=INT, description="Number of players: 5, or 3 or 2 of those on the floor",
               bounds=Bounds(ge=2, le=5)),
        Column(name="lineup_names", dtype=STRING, description="Names of the athletes in the order of `lineup_id`, "
               "separated by commas"),
        counted("lineup_games", "Usable games in which the players were on the floor together"),
        Column(name="lineup_minutes", dtype=FLOAT, description="Time on the floor together in usable games",
               unit="minutes", bounds=Bounds(ge=0, le=3_000)),
        bounded("lineup_time_pct", "Share of the team's time with known line-ups in which the players were on the "
                "floor together", "fraction 0-1", 0, 1),
        *(counted(f"lineup_{name}", f"{what} {WITH}") for name, what in WHAT.items()),
        *_rates("lineup", WITH),
        bounded("shrunk_offence_per100", "Points per 100 possessions if the team's own rate is added for "
                f"{ADDED[5]:,} possessions (five players), {ADDED[3]:,} (three) or {ADDED[2]:,} (two)", PER_100, 0,
                1_000),
        bounded("shrunk_defence_per100", "Points allowed per 100 possessions, shrunk in the same way", PER_100, 0,
                1_000),
        bounded("shrunk_net_per100", "Shrunk offence minus shrunk defence", PER_100, -1_000, 1_000),
        *(counted(f"without_{name}", f"{what} in {WITHOUT.removeprefix('of ')}") for name, what in WHAT.items()),
        *_rates("without", WITHOUT),
        flag(LINEUP_FLAGS, f"few_possessions: under {FEW_LINEUP_POSSESSIONS} on offence or defence together"),
    ),
    key=("season", "team_id", "lineup_id"),
    sort=("season", "team_id", "lineup_size", "lineup_minutes", "lineup_id"),
    null_limits=(*_limits("lineup"), *_limits("without")),
    derivation=Derivation(of=OF_KNOWN_LINEUPS, make="tasks.gold.lineup_ratings:lineup_ratings"),
)  # fmt: skip
