"""Players over a season: production per game, minute and possession, and the team with and without the player.

Both tables describe the season so far, including the latest results in the lake. They are not pre-game features.
"""

from __future__ import annotations

from dataclasses import replace

from quality.boxscore import USAGE
from quality.clocks import FINAL
from quality.columns import BOOL, DATE, FLOAT, STRING, Bounds, Column, counted
from quality.contracts._gold_player_limits import ON_OFF_LIMITS, impact_limits
from quality.contracts.floor import OF_KNOWN_LINEUPS
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.games import FCT_GAMES
from quality.contracts.player_stats import FCT_STATS_PLAYER_SEASON
from quality.contracts.possessions import FCT_GAME_PBP
from quality.contracts.recruiting import FCT_RECRUITING_PLAYERS, FCT_RECRUITING_PORTAL
from quality.contracts.rosters import FCT_ROSTERS
from quality.contracts.shooting import FCT_STATS_PLAYER_SHOOTING
from quality.contracts.substitutions import FCT_SUBSTITUTIONS
from quality.dataset import Derivation, Input, Table
from quality.vocabulary import TEAM, column_of

PER_40, PER_100 = "per 40 minutes", "per 100 possessions"
IMPACT_FLAGS = ("ok", "few_minutes", "no_season_stats")
ON_OFF_FLAGS = ("ok", "few_possessions", "always_on")
FEW_MINUTES = 100
FEW_POSSESSIONS = 100
POSSIBLE = 10_000  # bound of totals and of the API's ratings, which can be hundreds after one minute; excludes infinity

# Counting statistics, summed over the player's games.
TOTALS = (
    *("points", "rebounds_total", "rebounds_offensive", "rebounds_defensive", "assists", "steals", "blocks"),
    *("turnovers", "fouls", "field_goals_made", "field_goals_attempted"),
    *("three_point_field_goals_made", "three_point_field_goals_attempted", "free_throws_made", "free_throws_attempted"),
)
RATED = {
    **{"points": "points", "rebounds": "rebounds_total", "assists": "assists", "steals": "steals"},
    **{"blocks": "blocks", "turnovers": "turnovers"},
}
SHARES = (  # computed from the totals by the formulas in quality/boxscore.py
    *("field_goals_pct", "three_point_field_goals_pct", "free_throws_pct"),
    *("effective_field_goal_pct", "true_shooting_pct"),
)
OF_THE_API = (
    *("offensive_rating", "defensive_rating", "net_rating", "porpag"),
    *("win_shares_offensive", "win_shares_defensive", "win_shares_total", "win_shares_total_per40"),
)
SHOTS = {"rim": ("dunks", "layups", "tip_ins"), "jumper": ("two_point_jumpers",), "three": ("three_point_jumpers",)}
SHOT_NAMES = {"rim": "dunks, layups and tip-ins", "jumper": "two-point jumpers", "three": "three-point jumpers"}

NO_MINUTES = "if the player has no minutes"
NO_POSSESSIONS = "if none of the player's games has possessions for ratings"
NO_ATTEMPT = "without an attempt"
NO_TRACKING = "if the API has no shots by kind for the player: teams without a conference, seasons before 2006"
NO_API_ROW = "if the API's season statistics lack the player or divide by zero"
NO_RECRUIT = "if no recruit in the lake has the player's athlete id, as for about nine of ten players"
NO_PORTAL = "without a portal entry that certainly belongs to the player: see `portal_entries`"


def _share(name: str, description: str, why: str, high: float = 1) -> Column:
    return _value(name, description, "fraction 0-1", why, 0, high)


def _value(name: str, description: str, unit: str | None, why: str, low: float, high: float) -> Column:
    return Column(
        name=name, dtype=FLOAT, description=description, unit=unit, bounds=Bounds(ge=low, le=high),
        nullable=True, can_be_null=why,
    )  # fmt: skip


def _maybe(name: str, description: str, why: str) -> Column:
    return replace(counted(name, description), nullable=True, can_be_null=why)


def _stat(name: str) -> Column:
    column = FCT_STATS_PLAYER_SEASON.by_name[name]
    bounds = Bounds(ge=0, le=POSSIBLE) if column.dtype == FLOAT else column.bounds
    return replace(column, path=(), nullable=False, bounds=bounds)


def _of_api(name: str) -> Column:
    column = FCT_STATS_PLAYER_SEASON.by_name[name]
    bounds = column.bounds or Bounds(ge=-POSSIBLE, le=POSSIBLE)
    return replace(column, path=(), nullable=True, can_be_null=NO_API_ROW, bounds=bounds)


def _shooting(name: str) -> Column:
    """A percentage of the API, computed here; bounds are on the API's scale, 0-100 or a fraction."""
    column = _of_api(name)
    high = 150 if column.percent else 1.5
    return replace(column, can_be_null=NO_ATTEMPT, bounds=Bounds(ge=0, le=high))


def _shots(kind: str) -> tuple[Column, ...]:
    shots = SHOT_NAMES[kind]
    return (
        _maybe(f"{kind}_made", f"Tracked {shots} made", NO_TRACKING),
        _maybe(f"{kind}_attempted", f"Tracked {shots} attempted", NO_TRACKING),
        _share(f"{kind}_pct", f"Field goal percentage of tracked {shots}", f"{NO_ATTEMPT}, or {NO_TRACKING}"),
        _share(
            f"{kind}_share_pct",
            f"Share of the player's tracked shots that are {shots}",
            f"{NO_ATTEMPT}, or {NO_TRACKING}",
        ),
    )


KEY = ("season", "team_id", "athlete_id")
PLAYER_SEASON_IMPACT = Table(
    name="player_season_impact",
    layer="gold",
    clock=FINAL,
    description=(
        "One row per season, team and athlete with a box score in a game with a result: totals over those games, "
        "rates, shots by kind, ratings of the API, recruiting and transfers. A player on two teams has two rows."
    ),
    columns=(
        *(_stat(name) for name in KEY[:2]),
        column_of(TEAM, null=False),
        *(_stat(name) for name in ("athlete_id", "name")),
        replace(FCT_STATS_PLAYER_SEASON.by_name["position"], path=(), nullable=True,
                can_be_null="if neither box scores nor season statistics have a position"),
        _stat("games"),
        _stat("starts"),
        _stat("minutes"),
        *(_stat(name) for name in TOTALS),
        counted("team_games", "Games of the team with a result and a box score"),
        counted("teams_in_season", "Number of teams for which the athlete has box scores in the season"),
        counted("unidentified_box_rows", "Box-score rows of the team whose athlete has no id; this table omits them"),
        Column(name="minutes_per_game", dtype=FLOAT, description="Minutes per game", unit="minutes",
               bounds=Bounds(ge=0, le=100)),
        *(Column(name=f"{name}_per_game", dtype=FLOAT, description=f"{name.capitalize()} per game",
                 bounds=Bounds(ge=0, le=150)) for name in RATED),
        *(_value(f"{name}_per40", f"{name.capitalize()} per 40 minutes on the floor", PER_40, NO_MINUTES, 0, 4_000)
          for name in RATED),
        _value("possessions_on_floor", "Estimated possessions of the team while the player was on the floor: "
               "possessions of the game x share of its minutes played", "possessions", NO_POSSESSIONS, 0, 20_000),
        *(_value(f"{name}_per100", f"{name.capitalize()} per 100 estimated possessions of the team while the player "
                 "was on the floor, over games with possessions", PER_100, NO_POSSESSIONS, 0, 10_000)
          for name in RATED),
        _share("usage_pct", USAGE, NO_MINUTES, 20),
        *(_shooting(name) for name in SHARES),
        *(column for kind in SHOTS for column in _shots(kind)),
        *(_of_api(name) for name in OF_THE_API),
        Column(name="stats_as_of_date", dtype=DATE, description="Day of capture of the API's ratings",
               nullable=True, can_be_null="if the API's season statistics lack the player"),
        _maybe("recruit_year", "Year of the player's recruiting class", NO_RECRUIT),
        _maybe("recruit_stars", "Stars as a recruit, at most 5", NO_RECRUIT),
        _value("recruit_rating", "Rating as a recruit by the recruiting service", None, NO_RECRUIT, 0, 200),
        _maybe("recruit_ranking", "Rank in the recruiting class; 1 is best", f"{NO_RECRUIT}, or if unranked"),
        _maybe("previous_team_id", "Team on whose roster the player was in the latest earlier season of the lake",
               "if no earlier roster in the lake has the player: newcomers, and the first season of the lake"),
        Column(name="is_transfer", dtype=BOOL, description="The previous team is a different team", nullable=True,
               can_be_null="if the previous team is unknown"),
        counted("portal_entries", "Portal entries of the spring before the season from the previous team to this team. "
               "The portal has no athlete id, so an entry certainly belongs to the player only if the count is 1 and "
               "no other player made the same move"),
        _maybe("portal_stars", "Stars in the transfer portal, at most 5", NO_PORTAL),
        _value("portal_rating", "Rating in the transfer portal", None, NO_PORTAL, 0, 200),
        Column(name="flag", dtype=STRING, values=IMPACT_FLAGS, description="Quality of the row: ok, or the reason "
               "why it is limited. few_minutes: under 100 minutes; no_season_stats: no ratings of the API"),
    ),
    key=KEY,
    sort=("season", "team_id", "minutes", "athlete_id"),
    null_limits=impact_limits(tuple(RATED), tuple(SHOTS), OF_THE_API),
    derivation=Derivation(
        of=(
            Input(
                FCT_GAME_PLAYERS,
                (*("game_id", "season", "team_id", "team", "athlete_id", "name", "position", "starter", "minutes"),
                 "game_minutes", *TOTALS),
            ),
            Input(FCT_GAMES, ("game_id", "has_result", "game_date")),
            Input(FCT_GAME_PBP, ("game_id", "rating_possessions"), optional=True),
            Input(
                FCT_STATS_PLAYER_SEASON,
                ("season", "team_id", "athlete_id", "as_of", "position", *OF_THE_API),
                optional=True,
            ),
            Input(
                FCT_STATS_PLAYER_SHOOTING,
                ("season", "team_id", "athlete_id", "as_of",
                 *(f"{shots}_{what}" for kinds in SHOTS.values() for shots in kinds for what in ("made", "attempted"))),
                optional=True,
            ),
            Input(FCT_ROSTERS, ("season", "team_id", "athlete_id"), history=True, optional=True),
            Input(FCT_RECRUITING_PLAYERS, ("recruit_id", "athlete_id", "year", "stars", "rating", "ranking"),
                  history=True, optional=True),
            Input(FCT_RECRUITING_PORTAL, ("transfer_id", "year", "origin_id", "destination_id", "stars", "rating"),
                  history=True, optional=True),
        ),
        make="tasks.gold.player_season_impact:player_season_impact",
    ),
)  # fmt: skip


def _side(side: str, words: str) -> tuple[Column, ...]:
    why = f"without a possession {words}"
    return (
        counted(f"{side}_offence_possessions", f"Possessions of the team {words}"),
        counted(f"{side}_defence_possessions", f"Possessions of the opponents {words}"),
        counted(f"{side}_points", f"Points of the team {words}"),
        counted(f"{side}_opponent_points", f"Points of the opponents {words}"),
        _value(f"{side}_offence_per100", f"Points of the team per 100 possessions {words}", PER_100, why, 0, 1_000),
        _value(f"{side}_defence_per100", f"Points allowed per 100 possessions {words}", PER_100, why, 0, 1_000),
        _value(f"{side}_net_per100", f"Points scored minus points allowed, each per 100 possessions, {words}",
               PER_100, why, -1_000, 1_000),
    )  # fmt: skip


PLAYER_ON_OFF = Table(
    name="player_on_off",
    layer="gold",
    clock=FINAL,
    description=(
        "One row per season, team and athlete on the floor in a usable game: the team with the player on the floor, "
        "and off the floor in the same games. It is made from plays alone, which list the players on the floor from "
        "2024; seasons before have no rows."
    ),
    columns=(
        *(
            replace(FCT_SUBSTITUTIONS.by_name[name], path=(), nullable=False)
            for name in (*KEY[:2], "team", "athlete_id", "athlete")
        ),
        counted("stint_games", "Usable games with the player on the floor: the plays pass every check, and "
               "silver.fct_game_floor has no objection to their line-ups"),
        counted("team_stint_games", "Games of the team that are usable for on/off"),
        counted("team_games_left_out", "Games of the team with a result that are not usable for on/off: plays that "
                "fail a check, or line-ups that are not known or contradict substitutions"),
        Column(name="on_minutes", dtype=FLOAT, description="Time on the floor in usable games, by the stints of "
               "silver.fct_floor_stints", unit="minutes", bounds=Bounds(ge=0, le=3_000)),
        *_side("on", "with the player on the floor"),
        *_side("off", "with the player off the floor, in games that the player played in"),
        _value("on_off_net_per100", "Net per 100 possessions on the floor minus off the floor", PER_100,
               "without possessions of both teams, both on and off the floor", -2_000, 2_000),
        Column(name="flag", dtype=STRING, values=ON_OFF_FLAGS, description="Quality of the row: ok, or the reason "
               "why it is limited. always_on: never off the floor; few_possessions: under 100 on or off the floor"),
    ),
    key=KEY,
    sort=("season", "team_id", "on_minutes", "athlete_id"),
    null_limits=ON_OFF_LIMITS,
    derivation=Derivation(of=OF_KNOWN_LINEUPS, make="tasks.gold.player_on_off:player_on_off"),
)  # fmt: skip
