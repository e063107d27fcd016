"""Elements of the lists in a team's season overview: players, games, shots by kind."""

from __future__ import annotations

from quality.boxscore import (
    EFFECTIVE_FIELD_GOAL,
    PLAYER_ASSISTS,
    PLAYER_MINUTES,
    PLAYER_POINTS,
    SHOOTING,
    TRUE_SHOOTING,
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
        percent("fieldGoalPct", "Share of these shots made"),
    )
)

WIN_SHARES = Record(
    (
        Field("per40", FLOAT, "win shares per 40 minutes", True),
        Field("total", FLOAT, "win shares", True),
        Field("defensive", FLOAT, "win shares from defence", True),
        Field("offensive", FLOAT, "win shares from offence", True),
    )
)
ADVANCED = Record(
    (
        Field("winShares", WIN_SHARES, "win shares"),
        Field("porpag", FLOAT, "points over replacement per adjusted game", True),
        Field("netRating", FLOAT, "offensive minus defensive rating", True),
        Field("defensiveRating", FLOAT, "points allowed per 100 possessions", True),
        Field("offensiveRating", FLOAT, "points produced per 100 possessions", True),
        count("games", "games these numbers are from", null=False),
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
        count("starts", "games in the starting five"),
        Field("assistTurnoverRatio", FLOAT, "assists per turnover", True, bounds=COUNT),
        percent("freeThrowRate", "free throws attempted per field goal attempted"),
        percent("offensiveReboundPct", "share of offensive rebounds taken"),
        Field("advanced", ADVANCED, "advanced numbers"),
    )
)
PLAYER = Record(
    (
        Field("seasonStats", SEASON_STATS, "season totals; since format 2", True),
        ATHLETE_ID,
        NAME,
        POSITION.null(),
        Field("onRoster", BOOL, "On the season's roster"),
        Field("hasStats", BOOL, "Has played"),
        GAMES_PLAYED.null(),
        PLAYER_MINUTES,
        PLAYER_POINTS,
        count("rebounds", "Rebounds"),
        PLAYER_ASSISTS,
        Field("minutesPerGame", FLOAT, "Minutes per game", True, bounds=COUNT),
        Field("pointsPerGame", FLOAT, "Points per game", True, bounds=COUNT),
        percent("usagePct", "Share of the team's possessions used while on the floor"),
        percent("trueShootingPct", TRUE_SHOOTING),
        percent("effectiveFieldGoalPct", EFFECTIVE_FIELD_GOAL),
        count("usageGames", "Games that the usage is from", null=False),
        Field("complete", BOOL, "Every number that the rates need is known"),
    )
)

GAME = Record(
    (
        ident("game_id", "Game; stable, not monotone in time"),
        OPPONENT_ID,
        OPPONENT,
        Field("opponentHasProfile", BOOL, "The opponent is in Division I that season"),
        START_AT,
        Field("calendarDate", DATE, "UTC date of the game, for games without a time"),
        START_TIME_TBD,
        Field("location", STRING, "Where it is played, for the team", values=("home", "away", "neutral")),
        STATUS,
        SEASON_TYPE,
        GAME_TYPE,
        Field("eligibility", STRING, "Whether the game counts", values=("counted", "exhibition", "unknown")),
        CONFERENCE_GAME.null(),
        count("teamPoints", "Points of the team"),
        count("opponentPoints", "Points of the opponent"),
        Field("result", STRING, "W or L; null without a result", True, values=("W", "L")),
        VENUE,
    )
)
