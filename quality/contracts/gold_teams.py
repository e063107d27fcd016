"""Teams by date and by season: power rankings, season profiles, resumes, conference standings.

Quadrants use our rank of the opponent (gold.team_ratings_daily) instead of the NCAA's NET, which is not public by date.
A result is a game with `has_result`. In a season in progress, the games played so far count.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.clocks import MORNING
from quality.columns import DATE, FLOAT, INT, Bounds, Column
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES
from quality.contracts.gold_ratings import AS_OF_DATE, PER_100, RATING_FLAG, TEAM_RATINGS_DAILY
from quality.contracts.rankings import FCT_RANKINGS
from quality.contracts.ratings import FCT_RATINGS_ADJUSTED, FCT_RATINGS_ELO, FCT_RATINGS_SRS
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Derivation, Input, Table
from quality.nulls import NullLimit
from quality.vocabulary import CONFERENCE, TEAM, column_of

TIE_BREAKS = ("none", "head_to_head", "record_against_top", "net", "team_id")
SITES = ("home", "away", "neutral")
SITE_NAMES = {"home": "home", "away": "away", "neutral": "neutral-site"}
# Last opponent rank of quadrants 1, 2 and 3; lower ranks are in quadrant 4 (NCAA, since 2018).
QUADRANTS = {"home": (30, 75, 160), "neutral": (50, 100, 200), "away": (75, 135, 240)}
FOUR_FACTORS = {
    "effective_field_goal_pct": "effective field goal percentage, (FGM + 0.5 x 3PM) / FGA",
    "turnover_pct": "turnovers per possession",
    "offensive_rebound_pct": "offensive rebound percentage, ORB / (ORB + the other side's DRB)",
    "free_throw_rate": "free throw rate, FTA / FGA",
}
NO_RESULT = "before the team's first result"
RANKED = "before the first result of the season, or for a team without a rating"

MEMBERS_READ = Input(DIM_TEAM_SEASONS, ("season", "team_id", "school", "conference_id", "conference"))
RATINGS_READ = Input(
    TEAM_RATINGS_DAILY,
    (
        *("season", "team_id", "as_of_date", "variant", "adjusted_offence", "adjusted_defence", "net", "tempo"),
        *("rank", "strength_of_schedule", "home_advantage", "flag"),
    ),
)
GAMES_READ = Input(
    FCT_GAMES,
    (
        *("season", "game_id", "game_date", "season_type", "game_type", "neutral_site", "conference_game"),
        *("has_result", "home_team_id", "away_team_id", "home_points", "away_points", "home_period_points"),
    ),
)
_SHOTS = ("field_goals_made", "field_goals_attempted", "three_point_field_goals_made", "free_throws_attempted")
_BOX_PARTS = (*_SHOTS, "rebounds_offensive", "rebounds_defensive", "turnovers_total", "possessions")
BOXES_READ = Input(
    FCT_GAME_TEAMS,
    (
        *("season", "game_id", "team_id", "game_minutes"),
        *(f"{side}_stats_{part}" for side in ("team", "opponent") for part in _BOX_PARTS),
    ),
    optional=True,
)


def whole(name: str, description: str) -> Column:
    """A count that is never null."""
    return Column(name=name, dtype=INT, description=description, bounds=Bounds(ge=0))


def rank_of(name: str, description: str, why: str) -> Column:
    """A rank (1 is best), and when it is null."""
    return Column(name=name, dtype=INT, description=description, bounds=Bounds(ge=1), nullable=True, can_be_null=why)


def value(name: str, description: str, unit: str, low: float, high: float, why: str) -> Column:
    """A number with the bounds of possible values, and when it is null."""
    bounds = Bounds(ge=low, le=high)
    return Column(
        name=name, dtype=FLOAT, description=description, unit=unit, bounds=bounds, nullable=True, can_be_null=why
    )


def _day(name: str, description: str, why: str) -> Column:
    return Column(name=name, dtype=DATE, description=description, nullable=True, can_be_null=why)


def record(name: str, games: str) -> tuple[Column, Column]:
    """Wins and losses in some games."""
    return whole(f"{name}_wins", f"Wins {games}"), whole(f"{name}_losses", f"Losses {games}")


def of_ratings(*names: str) -> tuple[Column, ...]:
    """Columns of the ratings, null for a team without games in the season."""
    found = (TEAM_RATINGS_DAILY.by_name[name] for name in names)
    return tuple(replace(column, nullable=True, can_be_null=RANKED) for column in found)


def games_of(kind: str) -> pl.Expr:
    """Number of games in a record."""
    return pl.col(f"{kind}_wins") + pl.col(f"{kind}_losses")


def rated(*names: str) -> NullLimit:
    """Every team that has played has a rating."""
    return NullLimit("ratings", names, "for teams with a result", games_of("total") > 0)


IN_CONFERENCE = NullLimit("conference", ("conference",), at_most=0.05)  # a few teams are independent


OF_CONFERENCE = replace(column_of(CONFERENCE), can_be_null="for a team without a conference")
TEAM_COLUMNS = (
    DIM_TEAM_SEASONS.by_name["season"],
    DIM_TEAM_SEASONS.by_name["team_id"],
    column_of(TEAM, null=False),
    OF_CONFERENCE,
)
UNTIL = replace(AS_OF_DATE, nullable=True, can_be_null="in a season without any rating")
TEAM_FLAG = RATING_FLAG
TOTAL_RECORD = record("total", "in all games, including those against teams outside Division I")
DIVISION_RECORD = record("division", "against Division I teams")
OUTSIDE_RECORD = record("outside", "against teams outside Division I")
CONFERENCE_RECORD = record("conference", "in regular-season conference games (without the conference tournament)")
QUADRANT_RECORDS = tuple(
    column
    for number in (1, 2, 3, 4)
    for column in record(f"quadrant_{number}", f"in quadrant {number} (by site and our current rank of the opponent)")
)


def _system(name: str, what: str, unit: str, low: float, high: float) -> tuple[Column, ...]:
    why = "if no snapshot was taken in the seven days before, such as in a season that was fetched later"
    return (
        value(f"api_{name}", f"The API's {what}, from its latest snapshot before the morning", unit, low, high, why),
        rank_of(f"api_{name}_rank", f"Rank by the API's {what} among Division I teams; 1 is best", why),
        _day(f"api_{name}_date", f"Day of the snapshot of the API's {what}, US Eastern", why),
    )


def _poll(name: str, what: str) -> tuple[Column, ...]:
    none = "if no dated poll of the season was published before"
    return (
        rank_of(f"{name}_rank", f"Rank in the latest {what} published before the morning", "if unranked"),
        _day(f"{name}_date", f"Publication date of the latest {what}, US Eastern", none),
    )


def _system_limits(name: str) -> tuple[NullLimit, ...]:
    value, rank, day = f"api_{name}", f"api_{name}_rank", f"api_{name}_date"
    captured = pl.col(day).is_not_null().any().over("as_of_date")
    return (
        NullLimit(f"{value}_of_most", (value, day), "on mornings with a snapshot", captured, 0.1),
        NullLimit(value, (value, rank), "with a snapshot of the team", pl.col(day).is_not_null()),
    )


def _poll_limits(name: str) -> tuple[NullLimit, ...]:
    day = pl.col(f"{name}_date")
    published = day.is_not_null().any().over("as_of_date")
    return (
        NullLimit(f"{name}_poll", (f"{name}_date",), "on mornings with a poll", published),
        # A poll ranks 25 of about 360 Division I teams.
        NullLimit(f"{name}_places", (f"{name}_rank",), "on mornings with a poll", published, 0.95),
    )


TEAM_POWER_RANKINGS = Table(
    name="team_power_rankings",
    layer="gold",
    clock=MORNING,
    description=(
        "One row per season, Division I team and morning: our rating, the API's ratings and the polls as known that "
        "morning, and a composite. `power_score` is the mean standard score of net, api_adjusted, api_srs and api_elo, "
        "over the ratings that the team has. A standard score is (rating - mean) / standard deviation over the teams "
        "of the morning. Polls are not part of the score, because they rank too few teams."
    ),
    columns=(
        *TEAM_COLUMNS,
        AS_OF_DATE,
        Column(
            name="power_rank",
            dtype=INT,
            description="Rank by power_score; 1 is best, ties go to the higher net, then to the lower team id",
            bounds=Bounds(ge=1),
        ),
        Column(
            name="power_score",
            dtype=FLOAT,
            description="Mean standard score over the available rating systems",
            unit="standard deviations",
            bounds=Bounds(ge=-20, le=20),
        ),
        Column(
            name="rating_systems",
            dtype=INT,
            description="Number of rating systems in power_score, ours included",
            bounds=Bounds(ge=1, le=4),
        ),
        TEAM_RATINGS_DAILY.by_name["net"],
        TEAM_RATINGS_DAILY.by_name["rank"],
        *_system("adjusted", "adjusted net rating", PER_100, -150, 150),
        *_system("srs", "SRS rating", "points", -150, 150),
        *_system("elo", "Elo rating", "Elo points", 0, 4000),
        *_poll("ap", "AP poll"),
        *_poll("coaches", "coaches poll"),
        TEAM_FLAG,
    ),
    key=("season", "team_id", "as_of_date"),
    sort=("as_of_date", "power_rank"),
    point_in_time="as_of_date",
    null_limits=(
        IN_CONFERENCE,
        *(limit for name in ("adjusted", "srs", "elo") for limit in _system_limits(name)),
        *(limit for name in ("ap", "coaches") for limit in _poll_limits(name)),
    ),
    derivation=Derivation(
        of=(
            MEMBERS_READ,
            Input(TEAM_RATINGS_DAILY, ("season", "team_id", "as_of_date", "variant", "net", "rank", "flag")),
            Input(FCT_RATINGS_ADJUSTED, ("season", "team_id", "net_rating", "as_of"), optional=True),
            Input(FCT_RATINGS_SRS, ("season", "team_id", "rating", "as_of"), optional=True),
            Input(FCT_RATINGS_ELO, ("season", "team_id", "elo", "as_of"), optional=True),
            Input(FCT_RANKINGS, ("season", "team_id", "poll_type", "poll_date", "ranking"), optional=True),
        ),
        make="tasks.gold.team_power_rankings:team_power_rankings",
    ),
)
