"""Teams by season: profiles, resumes and conference standings, from results so far and our ratings."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.clocks import FINAL
from quality.columns import STRING, Column
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import MOST_POINTS
from quality.contracts.gold_ratings import COUNTED, NEED_POSSESSIONS
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
    SITE_NAMES,
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
from quality.nulls import Given, NullLimit, with_values
from quality.vocabulary import TEAM, column_of


def _factor(side: str, name: str, formula: str) -> tuple[Column, Column]:
    whose = "of the team" if side == "offence" else "of its opponents"
    full = f"{side}_{name}"
    return (
        value(
            full,
            f"{formula[0].upper()}{formula[1:]}, {whose}, in Division I games of the season",
            "fraction 0-1",
            0,
            5,
            NO_BOX,
        ),
        rank_of(f"{full}_rank", f"Rank by {full} in Division I; 1 is best", NO_BOX),
    )


FACTOR_NAMES = tuple(f"{side}_{name}" for side in ("offence", "defence") for name in FOUR_FACTORS)
ANY_RESULT = games_of("total").sum() > 0
PLAYED = "for teams with a Division I result"
NO_BOX = "without a box score"
NO_CLASS = "without a recruiting class"
NO_CONFERENCE = "for a team without a conference"
_CLASSES = Given(FCT_RECRUITING_TEAMS.qualified, ("team_id",), seasons=(-1, -1))
_CLASS_VALUES = with_values(FCT_RECRUITING_TEAMS.qualified, "rating", "ranking", seasons=(-1, -1))
_BOXES = Given(FCT_GAME_TEAMS.qualified, ("game_id",))
_BOX_VALUES = with_values(FCT_GAME_TEAMS.qualified, *BOXES_READ.columns)
SUMMARY_LIMITS = (
    IN_CONFERENCE,
    NullLimit("morning", ("as_of_date",), "of a season with a result", ANY_RESULT),
    NullLimit("margin", ("average_margin",), PLAYED, games_of("division") > 0),
    rated("net", "rank"),
    NullLimit("possessions", NEED_POSSESSIONS, "for teams with a result", games_of("total") > 0, 0.5, given=(COUNTED,)),
    NullLimit("schedule", ("strength_of_schedule",), PLAYED, games_of("division") > 0),
    NullLimit("factors", ("possessions_per_40", *FACTOR_NAMES), "for teams with 5 or more Division I results",
              games_of("division") >= 5, 0.1, given=(_BOXES,), sent=(_BOX_VALUES,)),
    *(NullLimit(f"{name}_rank", (f"{name}_rank",), "with a value to rank", pl.col(name).is_not_null())
      for name in FACTOR_NAMES),
    NullLimit("class", ("recruiting_class_rating", "recruiting_class_rank"), at_most=0.6,
              given=(_CLASSES,), sent=(_CLASS_VALUES,)),
)  # fmt: skip

TEAM_SEASON_SUMMARY = Table(
    name="team_season_summary",
    layer="gold",
    clock=FINAL,
    description=(
        "One row per season and Division I team: the season so far, with records by site, in close games and by "
        "quadrant, ratings, four factors of the team and its opponents, roster and recruiting. Records by site, in "
        "close games and by quadrant count Division I opponents only. Quadrants follow our rank of the opponent: "
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
        *(column for site in SITES for column in record(site, f"against Division I teams in {SITE_NAMES[site]} games")),
        *record("close", "against Division I teams by 5 points or less, or after overtime"),
        *QUADRANT_RECORDS,
        value("average_margin", "Mean margin against Division I teams", "points", -MOST_POINTS, MOST_POINTS, NO_RESULT),
        *of_ratings("adjusted_offence", "adjusted_defence", "net", "rank", "tempo", "strength_of_schedule"),
        value(
            "possessions_per_40",
            "Possessions of the team per 40 minutes against Division I teams",
            "possessions per 40 minutes",
            20,
            150,
            NO_BOX,
        ),
        *(
            column
            for side in ("offence", "defence")
            for name, formula in FOUR_FACTORS.items()
            for column in _factor(side, name, formula)
        ),
        whole("roster_size", "Athletes on the roster; 0 if unknown"),
        value(
            "recruiting_class_rating",
            "Rating of the recruiting class of the year in which the season begins",
            "points",
            0,
            1000,
            NO_CLASS,
        ),
        rank_of(
            "recruiting_class_rank",
            "Rank of the recruiting class of the year in which the season begins; 1 is best",
            NO_CLASS,
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
    clock=FINAL,
    description=(
        "One row per season and Division I team: the value of its results against Division I teams by the current "
        "ratings. Wins above bubble (the NCAA's WAB): wins minus the wins that the team ranked 45 would expect from "
        "the same games. Strength of record (ESPN's SOR): the probability that a team with the mean net of the top 25 "
        "wins at least as many of the same games, computed exactly with the Poisson binomial distribution. Win "
        "probabilities follow from net and home advantage."
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
        value("wins_above_bubble", "Wins minus expected_bubble_wins", "wins", -100, 100, RANKED),
        rank_of("wins_above_bubble_rank", "Rank by wins above bubble; 1 is best, ties share the better rank", RANKED),
        value(
            "strength_of_record",
            "Probability that a top-25 team wins at least as many of the same games; lower is better",
            "fraction 0-1",
            0,
            1,
            NO_RESULT,
        ),
        rank_of(
            "strength_of_record_rank", "Rank by strength of record; 1 is best, ties share the better rank", NO_RESULT
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
    clock=FINAL,
    description=(
        "One row per season and Division I team: its place in the conference by regular-season conference games "
        "between members of the season. Games of conference tournaments are left out; the API marks them as regular "
        "season, but their game_type is not STD. Ties in winning percentage are broken by head-to-head record among "
        "the tied teams, then by the record against the other teams from the top of the standings down, then by net "
        "rating, then by team id. Official tie-breaks differ by conference."
    ),
    columns=(
        DIM_TEAM_SEASONS.by_name["season"],
        replace(DIM_TEAM_SEASONS.by_name["conference_id"], can_be_null=NO_CONFERENCE),
        OF_CONFERENCE,
        rank_of("conference_rank", "Place in the conference; 1 is best, every place is unique", NO_CONFERENCE),
        DIM_TEAM_SEASONS.by_name["team_id"],
        column_of(TEAM, null=False),
        *CONFERENCE_RECORD,
        value(
            "conference_win_pct",
            "Winning percentage in regular-season conference games",
            "fraction 0-1",
            0,
            1,
            "before the team's first such game",
        ),
        value(
            "games_behind",
            "Games behind the first team: ((its wins - own wins) + (own losses - its losses)) / 2",
            "games",
            -100,
            100,
            NO_CONFERENCE,
        ),
        value(
            "conference_average_margin",
            "Mean margin in regular-season conference games",
            "points",
            -MOST_POINTS,
            MOST_POINTS,
            "before the team's first such game",
        ),
        Column(
            name="tie_break",
            dtype=STRING,
            description="Rule that separates the team from teams with the same conference winning percentage",
            values=TIE_BREAKS,
        ),
        *TOTAL_RECORD,
        *of_ratings("net", "rank"),
        TEAM_FLAG,
    ),
    key=("season", "team_id"),
    sort=("season", "conference_id", "conference_rank", "team_id"),
    null_limits=(
        NullLimit("conference", ("conference_id", "conference"), at_most=0.05),
        NullLimit(
            "places",
            ("conference_rank", "games_behind"),
            "for teams in a conference",
            pl.col("conference_id").is_not_null(),
        ),
        NullLimit(
            "results",
            ("conference_win_pct", "conference_average_margin"),
            "for teams with a conference game",
            games_of("conference") > 0,
        ),
        rated("net", "rank"),
    ),
    derivation=Derivation(
        of=(MEMBERS_READ, RATINGS_READ, GAMES_READ), make="tasks.gold.conference_standings:conference_standings"
    ),
)
