"""Elements of the lists in the season overview of a team: players, games, shots by kind."""

from __future__ import annotations

from quality.boxscore import (
    EFFECTIVE_FIELD_GOAL,
    PLAYER_ASSISTS,
    PLAYER_MINUTES,
    PLAYER_POINTS,
    SHOOTING,
    TRUE_SHOOTING,
    USAGE,
    made_first,
    rebounds,
)
from quality.columns import BOOL, DATE, FLOAT, STRING, Field, Record
from quality.vocabulary import (
    ATHLETE_ID,
    CONFERENCE_GAME,
    COUNT,
    GAME_TYPE,
    GAMES_PLAYED,
    NAME,
    OPPONENT,
    OPPONENT_ID,
    POSITION,
    SEASON_TYPE,
    START_AT,
    START_TIME_TBD,
    STATUS,
    VENUE,
    count,
    ident,
    percent,
)

SHOT_BUCKET = Record(
    (
        Field(
            "key",
            STRING,
            "Kind of shot",
            name="bucket",
            values=("at_rim", "two_point_jumper", "three_point_jumper", "unknown"),
        ),
        count("attempts", "Shots attempted", null=False),
        count("made", "Shots made", null=False),
        percent("attemptPct", "Share of the team's tracked shots that are of this kind"),
        percent("fieldGoalPct", "Field goal percentage of these shots"),
    )
)

WIN_SHARES = Record(
    (
        Field("per40", FLOAT, "total per 40 minutes", True),
        Field("total", FLOAT, "total", True),
        Field("defensive", FLOAT, "defensive", True),
        Field("offensive", FLOAT, "offensive", True),
    )
)
ADVANCED = Record(
    (
        Field("winShares", WIN_SHARES, "win shares"),
        Field("porpag", FLOAT, "PORPAG: points over replacement per adjusted game", True),
        Field("netRating", FLOAT, "offensive minus defensive rating", True),
        Field("defensiveRating", FLOAT, "points allowed per 100 possessions", True),
        Field("offensiveRating", FLOAT, "points produced per 100 possessions", True),
        count("games", "games behind these numbers", null=False),
    )
)
SEASON_STATS = Record(
    (
        *map(made_first, SHOOTING),
        rebounds(),
        count("assists", "assists"),
        count("steals", "steals"),
        count("blocks", "blocked shots"),
        count("turnovers", "turnovers"),
        count("fouls", "fouls", dtype=FLOAT),
        count("starts", "games started"),
        Field("assistTurnoverRatio", FLOAT, "assists per turnover", True, bounds=COUNT),
        percent("freeThrowRate", "free throw rate, FTA / FGA"),
        percent("offensiveReboundPct", "offensive rebound percentage, as the API defines it"),
        Field("advanced", ADVANCED, "advanced statistics"),
    )
)
PLAYER = Record(
    (
        Field("seasonStats", SEASON_STATS, "season totals; only from format version 2", True),
        ATHLETE_ID,
        NAME,
        POSITION.null(),
        Field("onRoster", BOOL, "The player is on the roster of the season"),
        Field("hasStats", BOOL, "The player has statistics"),
        GAMES_PLAYED.null(),
        PLAYER_MINUTES,
        PLAYER_POINTS,
        count("rebounds", "Rebounds"),
        PLAYER_ASSISTS,
        Field("minutesPerGame", FLOAT, "Minutes per game", True, bounds=COUNT),
        Field("pointsPerGame", FLOAT, "Points per game", True, bounds=COUNT),
        percent("usagePct", USAGE),
        percent("trueShootingPct", TRUE_SHOOTING),
        percent("effectiveFieldGoalPct", EFFECTIVE_FIELD_GOAL),
        count("usageGames", "Games behind the usage rate", null=False),
        Field("complete", BOOL, "All inputs of the rates are known"),
    )
)

GAME = Record(
    (
        ident("game_id", "Game id; stable, but not in chronological order"),
        OPPONENT_ID,
        OPPONENT,
        Field("opponentHasProfile", BOOL, "The opponent is in Division I in the season"),
        START_AT,
        Field("calendarDate", DATE, "UTC date of the game, also for a game without a tip-off time"),
        START_TIME_TBD,
        Field("location", STRING, "Site of the game for the team", values=("home", "away", "neutral")),
        STATUS,
        SEASON_TYPE,
        GAME_TYPE,
        Field("eligibility", STRING, "Whether the game counts", values=("counted", "exhibition", "unknown")),
        CONFERENCE_GAME.null(),
        count("teamPoints", "Points of the team"),
        count("opponentPoints", "Points of the opponent"),
        Field("result", STRING, "Result of the team: W or L; null without a result", True, values=("W", "L")),
        VENUE,
    )
)
