"""Null limits of the two gold tables about players."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from quality.contracts.player_stats import FCT_STATS_PLAYER_SEASON
from quality.contracts.possessions import FCT_GAME_PBP
from quality.contracts.recruiting import FCT_RECRUITING_PLAYERS
from quality.contracts.rosters import FCT_ROSTERS
from quality.contracts.shooting import FCT_STATS_PLAYER_SHOOTING
from quality.nulls import Given, NullLimit, with_values

REGULAR = "with at least 100 minutes"
ON_FLOOR, IS_REGULAR, HAS_STATS = pl.col("minutes") > 0, pl.col("flag") != "few_minutes", pl.col("flag") == "ok"
RECRUITED, MOVED_FROM = pl.col("recruit_year").is_not_null(), pl.col("previous_team_id").is_not_null()
# Half of the teams with box scores are outside Division I and have no shots by kind.
UNTRACKED, NEWCOMERS = 0.6, 0.8
# A class has about 320 recruits and a season 10,000 players: one class in the lake covers 3 % of the players.
NO_RECRUIT, MANY = 0.99, 300
UNRANKED, A_FEW = 0.9, 20

SHOTS = Given(FCT_STATS_PLAYER_SHOOTING.qualified, ("athlete_id",))
SHOTS_SENT = with_values(
    FCT_STATS_PLAYER_SHOOTING.qualified,
    *(
        f"{shot}_{what}"
        for shot in ("dunks", "two_point_jumpers", "three_point_jumpers")
        for what in ("made", "attempted")
    ),
)
STATS = Given(FCT_STATS_PLAYER_SEASON.qualified, ("athlete_id",))
POSSESSIONS = Given(FCT_GAME_PBP.qualified, ("rating_possessions",), pl.col("rating_possessions").is_not_null())
# Recruits of the class of 2024 first play in the season 2025.
RECRUITS = Given(
    FCT_RECRUITING_PLAYERS.qualified, ("athlete_id",), pl.col("athlete_id").is_not_null(), seasons=(-5, -1)
)
LAST_ROSTERS = Given(FCT_ROSTERS.qualified, ("athlete_id",), seasons=(-1, -1))


def impact_limits(counted: tuple[str, ...], kinds: tuple[str, ...], ratings: tuple[str, ...]) -> tuple[NullLimit, ...]:
    """Limits of gold.player_season_impact; the arguments are the parts of its column names."""
    per40, per100 = (tuple(f"{name}_{unit}" for name in counted) for unit in ("per40", "per100"))
    return (
        NullLimit("position", ("position",), at_most=0.1),
        NullLimit("per_40", per40, "with minutes", ON_FLOOR),
        NullLimit("usage", ("usage_pct",), "with minutes", ON_FLOOR, 0.01),
        NullLimit(
            "per_100",
            ("possessions_on_floor", *per100),
            "with minutes",
            ON_FLOOR,
            0.1,
            given=(POSSESSIONS,),
            sent=(POSSESSIONS,),
        ),
        *_shooting(),
        *_tracked(kinds),
        NullLimit("season_stats", ("stats_as_of_date",), REGULAR, IS_REGULAR, 0.1, given=(STATS,), sent=(STATS,)),
        NullLimit("api_ratings", ratings, f"{REGULAR} and season statistics of the API", HAS_STATS, 0.05),
        *_origin(),
    )


def _shooting() -> Iterator[NullLimit]:
    made = ("field_goals_pct", "effective_field_goal_pct", "true_shooting_pct")
    yield NullLimit("shooting", made, "with a field goal attempt", pl.col("field_goals_attempted") > 0)
    for kind, shot in (("three_point_field_goals", "three-point"), ("free_throws", "free throw")):
        yield NullLimit(kind, (f"{kind}_pct",), f"with a {shot} attempt", pl.col(f"{kind}_attempted") > 0)


def _tracked(kinds: tuple[str, ...]) -> Iterator[NullLimit]:
    attempted = [f"{kind}_attempted" for kind in kinds]
    counts = (*attempted, *(f"{kind}_made" for kind in kinds))
    yield NullLimit("tracked_shots", counts, REGULAR, HAS_STATS, UNTRACKED, given=(SHOTS,), sent=(SHOTS_SENT,))
    for kind in kinds:
        yield NullLimit(kind, (f"{kind}_pct",), "with an attempt of this kind", pl.col(f"{kind}_attempted") > 0)
    shares = tuple(f"{kind}_share_pct" for kind in kinds)
    yield NullLimit("shot_shares", shares, "with a tracked shot", pl.sum_horizontal(attempted) > 0)


def _origin() -> Iterator[NullLimit]:
    facts = ("recruit_stars", "recruit_rating")
    classes, rosters = (RECRUITS,), (LAST_ROSTERS,)
    yield NullLimit("recruits", ("recruit_year",), at_most=NO_RECRUIT, given=classes, sent=classes, enough=MANY)
    yield NullLimit("recruit_facts", facts, "for recruits", RECRUITED, 0.1, enough=A_FEW)
    yield NullLimit("recruit_ranks", ("recruit_ranking",), "for recruits", RECRUITED, UNRANKED, enough=A_FEW)
    yield NullLimit("previous_teams", ("previous_team_id",), at_most=NEWCOMERS, given=rosters, sent=rosters)
    yield NullLimit("transfers", ("is_transfer",), "with a previous team", MOVED_FROM)
    portal = ("portal_stars", "portal_rating")
    yield NullLimit("portal", portal, "with one portal entry", pl.col("portal_entries") == 1, UNRANKED)


def _both(side: str) -> pl.Expr:
    return (pl.col(f"{side}_offence_possessions") > 0) & (pl.col(f"{side}_defence_possessions") > 0)


ON_OFF_LIMITS = (
    *(
        NullLimit(
            f"{side}_{what}",
            (f"{side}_{what}_per100",),
            f"with possessions on {what} while {side} the floor",
            pl.col(f"{side}_{what}_possessions") > 0,
        )
        for side in ("on", "off")
        for what in ("offence", "defence")
    ),
    *(
        NullLimit(
            f"{side}_net",
            (f"{side}_net_per100",),
            f"with possessions of both teams while {side} the floor",
            _both(side),
        )
        for side in ("on", "off")
    ),
    NullLimit(
        "on_off",
        ("on_off_net_per100",),
        "with possessions of both teams, both on and off the floor",
        _both("on") & _both("off"),
    ),
)
