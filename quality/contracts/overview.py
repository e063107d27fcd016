"""The stored overview of a team's season: one object with all data of a team page.

It takes one call per team and is fetched only on request. Silver has one table for the single values and one for each
list.
"""

from __future__ import annotations

from quality.boxscore import EFFECTIVE_FIELD_GOAL, SHOOTING, TRUE_SHOOTING, made_first, nested, rebounds
from quality.columns import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Bounds, Field, ListOf, Record
from quality.contracts._overview_lists import GAME, PLAYER, SHOT_BUCKET
from quality.dataset import Each, Endpoint, Param, Pattern, silver_table
from quality.drift import DriftPolicy
from quality.vocabulary import SEASON, SEASON_LABEL, SEASON_TYPES, TEAM_ID, count, percent

STATES = ("available", "partial", "unavailable")
REASONS = (
    "no_games",
    "no_source_rows",
    "incomplete_inputs",
    "zero_denominator",
    "unclassified_games",
    "unclassified_shots",
)

CONFERENCE = Record(
    (
        Field("id", INT, "conference id"),
        Field("name", STRING, "name of the conference"),
        Field("abbreviation", STRING, "abbreviation"),
    )
)
TEAM = Record(
    (
        Field("conference", CONFERENCE, "conference of the season"),
        Field("sourceId", STRING, "ESPN id of the team", True),
        Field("mascot", STRING, "mascot", True),
        Field("school", STRING, "school name"),
    )
)
WON_LOST = Record(
    (
        count("games", "games that count", null=False),
        count("wins", "games won", null=False),
        count("losses", "games lost", null=False),
        count("unresolved", "finished games without a known winner", null=False),
    )
)
RECORD = Record(
    (
        count("unknownConferenceGames", "games that may or may not be conference games", null=False),
        count("unknownEligibilityGames", "games that may or may not count", null=False),
        Field("complete", BOOL, "every game is accounted for"),
        Field("conference", WON_LOST, "conference games"),
        Field("overall", WON_LOST, "all games"),
    )
)
POLL = Record(
    (
        Field("state", STRING, "whether the team is ranked", values=("ranked", "unranked", "unavailable")),
        Field("date", DATE, "date of the poll", True),
        Field("week", INT, "week of the poll", True),
        Field("seasonType", STRING, "part of the season of the poll", True, values=SEASON_TYPES),
        Field("rank", INT, "rank in the poll", True),
    )
)
RATED = Record((Field("value", FLOAT, "points per 100 possessions"), Field("rank", INT, "rank; 1 is best")))
ADJUSTED = Record(
    (
        Field("offense", RATED, "points scored, adjusted for opponents"),
        Field("defense", RATED, "points allowed, adjusted for opponents"),
        Field("net", RATED, "points scored minus points allowed"),
        count("population", "number of ranked teams", null=False),
    )
)
RATINGS = Record(
    (
        Field("polls", Record((Field("coaches", POLL, "coaches poll"), Field("ap", POLL, "AP poll"))), "polls"),
        Field("srs", FLOAT, "simple rating system (SRS), in points", True),
        Field("elo", FLOAT, "Elo rating", True),
        Field("adjusted", ADJUSTED, "adjusted efficiency", True),
    )
)
COVERAGE = Record(
    (
        Field("state", STRING, "whether the numbers are reliable", values=STATES),
        Field("reason", STRING, "reason why the numbers are not reliable", True, values=REASONS),
        count("eligibleGames", "games that the numbers should include", null=False),
        count("coveredGames", "games that the numbers include", null=False),
    )
)
BOX_SCORE = Record(
    (
        *map(made_first, SHOOTING),
        rebounds(),
        count("assists", "assists"),
        count("steals", "steals"),
        count("blocks", "blocked shots"),
        count("turnovers", "turnovers", dtype=FLOAT),
        count("fouls", "fouls", dtype=FLOAT),
        count("minutes", "minutes", dtype=FLOAT),
        count("teamTurnovers", "turnovers charged to the team", dtype=FLOAT),
        count("technicalFouls", "technical fouls"),
        count("flagrantFouls", "flagrant fouls"),
        count("pointsInPaint", "points in the paint", dtype=FLOAT),
        count("pointsOffTurnovers", "points off turnovers", dtype=FLOAT),
        count("fastBreakPoints", "fast-break points", dtype=FLOAT),
        percent("trueShootingPct", nested(TRUE_SHOOTING)),
    )
)
UNIT = Record(
    (
        Field("boxScore", BOX_SCORE, "season totals; only from format version 2", True),
        count("points", "points", dtype=FLOAT),
        count("possessions", "possessions", dtype=FLOAT),
        Field("rawRating", FLOAT, "points per 100 possessions, unadjusted", True),
        percent("effectiveFieldGoalPct", nested(EFFECTIVE_FIELD_GOAL)),
        percent("turnoverPct", "turnovers per possession"),
        percent("offensiveReboundPct", "offensive rebound percentage, as the API defines it"),
        percent("freeThrowRate", "free throw rate, FTA / FGA"),
    )
)
EFFICIENCY = Record(
    (
        Field("defense", UNIT, "statistics of the opponents"),
        Field("offense", UNIT, "statistics of the team"),
        count("paceGames", "games behind the pace", null=False),
        Field("pace", FLOAT, "possessions per 40 minutes", True),
        Field("coverage", COVERAGE, "coverage of the numbers"),
    )
)
SHOT_KINDS = Record(
    (
        Field("buckets", ListOf(SHOT_BUCKET), "shots by kind"),
        count("trackedAttempts", "field goals attempted whose kind is known", null=False),
        Field("coverage", COVERAGE, "coverage of the numbers"),
    )
)
PLAYERS = Record(
    (Field("rows", ListOf(PLAYER), "the team's players"), Field("coverage", COVERAGE, "coverage of the numbers"))
)
SOURCES = Record(
    (
        Field("notes", ListOf(STRING), "explanations as text"),
        Field("latestFinalStartDate", TIMESTAMP, "tip-off of the last final game", True, name="latest_final_start_at"),
        Field("leaderboardUpdatedAt", TIMESTAMP, "time when the leaderboard was computed", True),
    )
)

TEAM_OVERVIEWS = Endpoint(
    name="team_overviews",
    path="/teams/{teamId}/season/{season}/overview",
    description="Stored overview of a team's season.",
    record=Record(
        (
            Field("formatVersion", INT, "Format version of the overview", bounds=Bounds(ge=1, le=2)),
            TEAM_ID,
            SEASON,
            SEASON_LABEL,
            Field("generatedAt", TIMESTAMP, "Time when the overview was computed, UTC"),
            Field("team", TEAM, "team"),
            Field("record", RECORD, "record"),
            Field("ratings", RATINGS, "ratings"),
            Field("efficiency", EFFICIENCY, "efficiency"),
            Field("shooting", SHOT_KINDS, "shooting"),
            Field("players", PLAYERS, "players"),
            Field("schedule", Record((Field("games", ListOf(GAME), "games of the season"),)), "schedule"),
            Field("sources", SOURCES, "sources"),
        )
    ),
    params=(
        Param("teamId", "integer", required=True, in_path=True),
        Param("season", "integer", required=True, in_path=True),
    ),
    pattern=Pattern.EACH,
    each=Each("teamId", "dim_team_seasons", "team_id", about=365),
    refresh_days=7,
    opt_in=True,
    client_only=True,
    drift=DriftPolicy(
        unknown_value="evolve",
        reason="states and reasons are only labels; a new one must not quarantine the whole overview of a team",
    ),
)

KEY = ("season", "team_id")
LISTS = ("shooting_buckets", "players_rows", "schedule_games")

FCT_TEAM_OVERVIEWS = silver_table(
    "fct_team_overviews",
    TEAM_OVERVIEWS,
    "One row per season and team: the single values of the stored overview.",
    key=KEY,
    drop=LISTS,
)

FCT_TEAM_OVERVIEW_PLAYERS = silver_table(
    "fct_team_overview_players",
    TEAM_OVERVIEWS,
    "One row per season, team and player of the stored overview.",
    key=(*KEY, "athlete_id"),
    version=KEY,
    explode="players_rows",
    keep=KEY,
)

FCT_TEAM_OVERVIEW_GAMES = silver_table(
    "fct_team_overview_games",
    TEAM_OVERVIEWS,
    "One row per season, team and game of the stored overview.",
    key=(*KEY, "game_id"),
    version=KEY,
    explode="schedule_games",
    keep=KEY,
)

FCT_TEAM_OVERVIEW_SHOTS = silver_table(
    "fct_team_overview_shots",
    TEAM_OVERVIEWS,
    "One row per season, team and kind of shot of the stored overview.",
    key=(*KEY, "bucket"),
    version=KEY,
    explode="shooting_buckets",
    keep=KEY,
)
