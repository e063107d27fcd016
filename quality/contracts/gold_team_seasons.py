"""Teams by season: profiles, resumes, conference standings. Results so far, and what they are worth by our ratings."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.columns import STRING, Column
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.gold_teams import (
    BOXES_READ,
    CONFERENCE_RECORD,
    DIVISION_RECORD,
    FOUR_FACTORS,
    GAMES_READ,
    IN_CONFERENCE,
    MEMBERS_READ,
    NO_RESULT,
    OF_CONFERENCE,
    OUTSIDE_RECORD,
    QUADRANT_RECORDS,
    RANKED,
    RATINGS_READ,
    SITES,
    TEAM_COLUMNS,
    TEAM_FLAG,
    TIE_BREAKS,
    TOTAL_RECORD,
    UNTIL,
    games_of,
    of_ratings,
    rank_of,
    rated,
    record,
    value,
    whole,
)
from quality.contracts.recruiting import FCT_RECRUITING_TEAMS
from quality.contracts.rosters import FCT_ROSTERS
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Derivation, Input, Table
from quality.nulls import Given, NullLimit
from quality.vocabulary import TEAM, column_of


def _factor(side: str, name: str, formula: str) -> tuple[Column, Column]:
    whose = "of the team" if side == "offence" else "allowed to opponents"
    full = f"{side}_{name}"
    return (
        value(
            full,
            f"Over the season {whose}, Division I games: {formula}",
            "fraction 0-1",
            0,
            5,
            "where no box score is known",
        ),
        rank_of(f"{full}_rank", f"Rank by {full} in the division, 1 is best", "where no box score is known"),
    )


FACTOR_NAMES = tuple(f"{side}_{name}" for side in ("offence", "defence") for name in FOUR_FACTORS)
ANY_RESULT = games_of("total").sum() > 0
PLAYED = "of a team with a result against the division"
_CLASSES = Given(FCT_RECRUITING_TEAMS.qualified, ("team_id",), seasons=(-1, -1))
_BOXES = Given(FCT_GAME_TEAMS.qualified, ("game_id",))
SUMMARY_LIMITS = (
    IN_CONFERENCE,
    NullLimit("morning", ("as_of_date",), "of a season with a result", ANY_RESULT),
    NullLimit("margin", ("average_margin",), PLAYED, games_of("division") > 0),
    rated("adjusted_offence", "adjusted_defence", "net", "rank", "tempo"),
    NullLimit("schedule", ("strength_of_schedule",), PLAYED, games_of("division") > 0),
    NullLimit("factors", ("possessions_per_40", *FACTOR_NAMES), "of a team with 5 results or more against the division",
              games_of("division") >= 5, 0.1, given=(_BOXES,)),
    *(NullLimit(f"{name}_rank", (f"{name}_rank",), "with the value", pl.col(name).is_not_null())
      for name in FACTOR_NAMES),
    NullLimit("class", ("recruiting_class_rating", "recruiting_class_rank"), "of every team", at_most=0.6,
              given=(_CLASSES,)),
)  # fmt: skip

TEAM_SEASON_SUMMARY = Table(
    name="team_season_summary",
    layer="gold",
    description=(
        "One row per season and Division I team: the season so far, by site, closeness and quadrant, with ratings, "
        "four factors of both sides, roster and recruiting. Records by site, closeness and quadrant are against "
        "Division I teams. Quadrants by our rank of the opponent: "
        "home 1-30/31-75/76-160/161+, neutral 1-50/51-100/101-200/201+, "
        "away 1-75/76-135/136-240/241+."
    ),
    columns=(
        *TEAM_COLUMNS,
        UNTIL,
        *TOTAL_RECORD,
        *DIVISION_RECORD,
        *OUTSIDE_RECORD,
        *CONFERENCE_RECORD,
        *(column for site in SITES for column in record(site, f"against Division I teams, {site} games")),
        *record("close", "against Division I teams by 5 points or less, or after overtime"),
        *QUADRANT_RECORDS,
        value("average_margin", "Mean margin against Division I teams", "points", -150, 150, NO_RESULT),
        *of_ratings("adjusted_offence", "adjusted_defence", "net", "rank", "tempo", "strength_of_schedule"),
        value(
            "possessions_per_40",
            "Possessions of the team per 40 minutes against Division I teams",
            "possessions per 40 minutes",
            20,
            150,
            "where no box score is known",
        ),
        *(
            column
            for side in ("offence", "defence")
            for name, formula in FOUR_FACTORS.items()
            for column in _factor(side, name, formula)
        ),
        whole("roster_size", "Athletes on the roster; 0 where it is not known"),
        value(
            "recruiting_class_rating",
            "Rating of the recruiting class of the year in which the season begins",
            "points",
            0,
            1000,
            "where no class is known",
        ),
        rank_of(
            "recruiting_class_rank",
            "Rank of the class of the year in which the season begins",
            "where no class is known",
        ),
        TEAM_FLAG,
    ),
    key=("season", "team_id"),
    sort=("season", "rank", "team_id"),
    null_limits=SUMMARY_LIMITS,
    derivation=Derivation(
        of=(
            *(MEMBERS_READ, RATINGS_READ, GAMES_READ, BOXES_READ),
            Input(FCT_ROSTERS, ("season", "team_id", "athlete_id"), optional=True),
            Input(FCT_RECRUITING_TEAMS, ("year", "team_id", "rating", "ranking"), history=True, optional=True),
        ),
        make="tasks.gold.team_season_summary:team_season_summary",
    ),
)

RESUME = (
    *("net", "rank", "strength_of_schedule", "expected_bubble_wins", "wins_above_bubble", "wins_above_bubble_rank"),
    *("strength_of_record", "strength_of_record_rank"),
)
TEAM_RESUME = Table(
    name="team_resume",
    layer="gold",
    description=(
        "One row per season and Division I team: what its results against Division I teams are worth by the ratings of "
        "now. Wins above bubble: wins less those that the team ranked 45 would expect from the same games (the NCAA's "
        "WAB). Strength of record: the chance that a team with the mean net of the 25 best has at least as many wins "
        "from the same games (ESPN's SOR), exactly, by the Poisson binomial distribution. Chances come from net "
        "and home advantage."
    ),
    columns=(
        *TEAM_COLUMNS,
        UNTIL,
        *of_ratings("net", "rank", "strength_of_schedule"),
        *DIVISION_RECORD,
        *QUADRANT_RECORDS,
        value(
            "expected_bubble_wins",
            "Wins that the team ranked 45 would expect from the same games",
            "wins",
            0,
            100,
            RANKED,
        ),
        value("wins_above_bubble", "Wins less expected_bubble_wins", "wins", -100, 100, RANKED),
        rank_of("wins_above_bubble_rank", "Rank by wins above bubble, 1 is best; ties share the better rank", RANKED),
        value(
            "strength_of_record",
            "Chance of a team of the top 25 to win at least as often; low is good",
            "fraction 0-1",
            0,
            1,
            NO_RESULT,
        ),
        rank_of(
            "strength_of_record_rank", "Rank by strength of record, 1 is best; ties share the better rank", NO_RESULT
        ),
        TEAM_FLAG,
    ),
    key=("season", "team_id"),
    sort=("season", "wins_above_bubble_rank", "team_id"),
    null_limits=(
        IN_CONFERENCE,
        NullLimit("morning", ("as_of_date",), "of a season with a result", games_of("division").sum() > 0),
        NullLimit("worth", RESUME, PLAYED, games_of("division") > 0),
    ),
    derivation=Derivation(of=(MEMBERS_READ, RATINGS_READ, GAMES_READ), make="tasks.gold.team_resume:team_resume"),
)

CONFERENCE_STANDINGS = Table(
    name="conference_standings",
    layer="gold",
    description=(
        "One row per season and Division I team: its place in the conference by regular-season conference games "
        "between members of the season. Conference tournaments are regular in the API too; their games have another "
        "game_type than STD and are left out. Equal shares of wins are parted by head-to-head record among the tied "
        "teams, then "
        "by the record against the top of the standings downwards, then by net rating, then by id. Official tie-breaks "
        "differ by conference."
    ),
    columns=(
        DIM_TEAM_SEASONS.by_name["season"],
        replace(DIM_TEAM_SEASONS.by_name["conference_id"], can_be_null="for a team without a conference"),
        OF_CONFERENCE,
        rank_of(
            "conference_rank", "Place in the conference, 1 is best, no place twice", "for a team without a conference"
        ),
        DIM_TEAM_SEASONS.by_name["team_id"],
        column_of(TEAM, null=False),
        *CONFERENCE_RECORD,
        value(
            "conference_win_pct",
            "Wins per regular-season conference game",
            "fraction 0-1",
            0,
            1,
            "before the first of these games",
        ),
        value(
            "games_behind",
            "Half of the differences to the first in wins and in losses",
            "games",
            -100,
            100,
            "for a team without a conference",
        ),
        value(
            "conference_average_margin",
            "Mean margin in regular-season conference games",
            "points",
            -150,
            150,
            "before the first of these games",
        ),
        Column(
            name="tie_break",
            dtype=STRING,
            description="What parts the team from those with an equal share of conference wins",
            values=TIE_BREAKS,
        ),
        *TOTAL_RECORD,
        *of_ratings("net", "rank"),
        TEAM_FLAG,
    ),
    key=("season", "team_id"),
    sort=("season", "conference_id", "conference_rank", "team_id"),
    null_limits=(
        NullLimit("conference", ("conference_id", "conference"), "of every team", at_most=0.05),
        NullLimit(
            "places",
            ("conference_rank", "games_behind"),
            "of a team with a conference",
            pl.col("conference_id").is_not_null(),
        ),
        NullLimit(
            "results",
            ("conference_win_pct", "conference_average_margin"),
            "of a team with a conference game",
            games_of("conference") > 0,
        ),
        rated("net", "rank"),
    ),
    derivation=Derivation(
        of=(MEMBERS_READ, RATINGS_READ, GAMES_READ), make="tasks.gold.conference_standings:conference_standings"
    ),
)
