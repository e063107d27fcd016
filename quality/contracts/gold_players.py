"""Players over a season: what each did per game, minute and possession, and what his team was with and without him.

Both tables tell the season so far: the last results in the lake count. They are not pre-game features.
"""

from __future__ import annotations

from dataclasses import replace

from quality.columns import BOOL, DATE, FLOAT, INT, STRING, Bounds, Column
from quality.contracts._gold_player_limits import ON_OFF_LIMITS, impact_limits
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.games import FCT_GAMES
from quality.contracts.player_stats import FCT_STATS_PLAYER_SEASON
from quality.contracts.possessions import FCT_GAME_PBP, FCT_POSSESSIONS
from quality.contracts.recruiting import FCT_RECRUITING_PLAYERS, FCT_RECRUITING_PORTAL
from quality.contracts.rosters import FCT_ROSTERS
from quality.contracts.shooting import FCT_STATS_PLAYER_SHOOTING
from quality.contracts.substitutions import FCT_SUBSTITUTIONS
from quality.dataset import Derivation, Input, Table

PER_40, PER_100 = "per 40 minutes", "per 100 possessions"
IMPACT_FLAGS = ("ok", "few_minutes", "no_season_stats")
ON_OFF_FLAGS = ("ok", "few_possessions", "always_on")
FEW_MINUTES = 100
FEW_POSSESSIONS = 100
POSSIBLE = 10_000  # of totals, and of the API's ratings, which a minute can make hundreds; keeps infinity out

# What is counted of a player, summed over his games.
TOTALS = (
    *("points", "rebounds_total", "rebounds_offensive", "rebounds_defensive", "assists", "steals", "blocks"),
    *("turnovers", "fouls", "field_goals_made", "field_goals_attempted"),
    *("three_point_field_goals_made", "three_point_field_goals_attempted", "free_throws_made", "free_throws_attempted"),
)
RATED = {
    **{"points": "points", "rebounds": "rebounds_total", "assists": "assists", "steals": "steals"},
    **{"blocks": "blocks", "turnovers": "turnovers"},
}
SHARES = (  # computed from the totals here, by the formulas of quality/boxscore.py
    *("field_goals_pct", "three_point_field_goals_pct", "free_throws_pct"),
    *("effective_field_goal_pct", "true_shooting_pct"),
)
OF_THE_API = (
    *("offensive_rating", "defensive_rating", "net_rating", "porpag"),
    *("win_shares_offensive", "win_shares_defensive", "win_shares_total", "win_shares_total_per40"),
)
SHOTS = {"rim": ("dunks", "layups", "tip_ins"), "jumper": ("two_point_jumpers",), "three": ("three_point_jumpers",)}
SHOT_NAMES = {"rim": "dunks, lay-ups and tip-ins", "jumper": "two-point jumpers", "three": "three-point jumpers"}

NO_MINUTES = "where he has no minutes"
NO_POSSESSIONS = "where no game of his has possessions to rate by"
NO_ATTEMPT = "without an attempt"
NO_TRACKING = "where the API has no shots by kind of him: teams without a conference, seasons before 2006"
NO_API_ROW = "where the API's season statistics do not have him, or divide by zero"
NO_RECRUIT = "where no recruit of the lake's classes carries his athlete id: about nine of ten players"
NO_PORTAL = "without a portal entry that is certainly his: see `portal_entries`"


def _share(name: str, description: str, why: str, high: float = 1) -> Column:
    return _value(name, description, "fraction 0-1", why, 0, high)


def _value(name: str, description: str, unit: str | None, why: str, low: float, high: float) -> Column:
    return Column(
        name=name, dtype=FLOAT, description=description, unit=unit, bounds=Bounds(ge=low, le=high),
        nullable=True, can_be_null=why,
    )  # fmt: skip


def _count(name: str, description: str, unit: str | None = None) -> Column:
    return Column(name=name, dtype=INT, description=description, unit=unit, bounds=Bounds(ge=0))


def _maybe(name: str, description: str, why: str) -> Column:
    return replace(_count(name, description), nullable=True, can_be_null=why)


def _stat(name: str) -> Column:
    column = FCT_STATS_PLAYER_SEASON.by_name[name]
    bounds = Bounds(ge=0, le=POSSIBLE) if column.dtype == FLOAT else column.bounds
    return replace(column, path=(), nullable=False, bounds=bounds)


def _of_api(name: str) -> Column:
    column = FCT_STATS_PLAYER_SEASON.by_name[name]
    bounds = column.bounds or Bounds(ge=-POSSIBLE, le=POSSIBLE)
    return replace(column, path=(), nullable=True, can_be_null=NO_API_ROW, bounds=bounds)


def _shooting(name: str) -> Column:
    """A share of the API's, computed here; bounds are those of what is sent, 0-100 or a fraction."""
    column = _of_api(name)
    high = 150 if column.percent else 1.5
    return replace(column, can_be_null=NO_ATTEMPT, bounds=Bounds(ge=0, le=high))


def _shots(kind: str) -> tuple[Column, ...]:
    shots = SHOT_NAMES[kind]
    return (
        _maybe(f"{kind}_made", f"Tracked {shots} made", NO_TRACKING),
        _maybe(f"{kind}_attempted", f"Tracked {shots} attempted", NO_TRACKING),
        _share(f"{kind}_pct", f"Share of tracked {shots} made", f"{NO_ATTEMPT}, or {NO_TRACKING}"),
        _share(f"{kind}_share_pct", f"Share of his tracked shots that are {shots}", f"{NO_ATTEMPT}, or {NO_TRACKING}"),
    )


KEY = ("season", "team_id", "athlete_id")
PLAYER_SEASON_IMPACT = Table(
    name="player_season_impact",
    layer="gold",
    description=(
        "One row per season, team and athlete with a box score in a game with a result: totals of those games, rates, "
        "shots by kind, the API's ratings, recruiting and transfer. A player on two teams has two rows."
    ),
    columns=(
        *(_stat(name) for name in (*KEY, "name")),
        replace(FCT_STATS_PLAYER_SEASON.by_name["position"], path=(), nullable=True,
                can_be_null="where neither the box nor the API has one"),
        _stat("games"),
        _stat("starts"),
        _stat("minutes"),
        *(_stat(name) for name in TOTALS),
        _count("team_games", "Games with a result that the team has box scores of"),
        _count("teams_in_season", "Teams that the athlete has box scores with in the season"),
        _count("unidentified_box_rows", "Box-score rows of the team whose athlete has no id; in no row of this table"),
        Column(name="minutes_per_game", dtype=FLOAT, description="Minutes per game", unit="minutes",
               bounds=Bounds(ge=0, le=100)),
        *(Column(name=f"{name}_per_game", dtype=FLOAT, description=f"{name.capitalize()} per game",
                 bounds=Bounds(ge=0, le=150)) for name in RATED),
        *(_value(f"{name}_per40", f"{name.capitalize()} per 40 minutes on the floor", PER_40, NO_MINUTES, 0, 4_000)
          for name in RATED),
        _value("possessions_on_floor", "Estimated possessions of his team while he played: those of the game times his "
               "minutes over the game's", "possessions", NO_POSSESSIONS, 0, 20_000),
        *(_value(f"{name}_per100", f"{name.capitalize()} per 100 estimated possessions of his team while he played, "
                 "over games with possessions", PER_100, NO_POSSESSIONS, 0, 10_000) for name in RATED),
        _share("usage_pct", "Share of the team's possessions used while on the floor", NO_MINUTES, 20),
        *(_shooting(name) for name in SHARES),
        *(column for kind in SHOTS for column in _shots(kind)),
        *(_of_api(name) for name in OF_THE_API),
        Column(name="stats_as_of_date", dtype=DATE, description="Day of the capture that the API's ratings are from",
               nullable=True, can_be_null="where the API's season statistics do not have him"),
        _maybe("recruit_year", "Year of his recruiting class", NO_RECRUIT),
        _maybe("recruit_stars", "Stars as a recruit, up to 5", NO_RECRUIT),
        _value("recruit_rating", "Rating as a recruit, by the recruiting service", None, NO_RECRUIT, 0, 200),
        _maybe("recruit_ranking", "Rank in his recruiting class, 1 is best", f"{NO_RECRUIT}, and not ranked"),
        _maybe("previous_team_id", "Team whose roster he was on in the last earlier season in the lake",
               "where no earlier roster in the lake has him: newcomers, and the lake's first season"),
        Column(name="is_transfer", dtype=BOOL, description="His previous team is another one", nullable=True,
               can_be_null="where the previous team is not known"),
        _count("portal_entries", "Portal entries of the spring before the season, from his previous team to this one; "
               "the portal has no athlete id, so 1 is his for certain only if nobody else moved the same way"),
        _maybe("portal_stars", "Stars in the transfer portal, up to 5", NO_PORTAL),
        _value("portal_rating", "Rating in the transfer portal", None, NO_PORTAL, 0, 200),
        Column(name="flag", dtype=STRING, values=IMPACT_FLAGS, description="What to mind: ok, or why the row is "
               "weak. few_minutes: under 100; no_season_stats: the API's ratings of him are missing"),
    ),
    key=KEY,
    sort=("season", "team_id", "minutes", "athlete_id"),
    null_limits=impact_limits(tuple(RATED), tuple(SHOTS), OF_THE_API),
    derivation=Derivation(
        of=(
            Input(
                FCT_GAME_PLAYERS,
                (*("game_id", "season", "team_id", "athlete_id", "name", "position", "starter", "minutes"),
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
        _count(f"{side}_offence_possessions", f"Possessions of his team {words}"),
        _count(f"{side}_defence_possessions", f"Possessions of its opponents {words}"),
        _count(f"{side}_points", f"Points of his team {words}"),
        _count(f"{side}_opponent_points", f"Points of its opponents {words}"),
        _value(f"{side}_offence_per100", f"Points of his team per 100 possessions {words}", PER_100, why, 0, 1_000),
        _value(f"{side}_defence_per100", f"Points allowed per 100 possessions {words}", PER_100, why, 0, 1_000),
        _value(f"{side}_net_per100", f"Points scored less points allowed, each per 100 possessions, {words}",
               PER_100, why, -1_000, 1_000),
    )  # fmt: skip


PLAYER_ON_OFF = Table(
    name="player_on_off",
    layer="gold",
    description=(
        "One row per season, team and athlete with stints in a usable game: his team while he was on the floor, and "
        "off it in the same games. Needs silver.fct_substitutions, which is asked for on request, 2024 on."
    ),
    columns=(
        *(replace(FCT_SUBSTITUTIONS.by_name[name], path=(), nullable=False) for name in (*KEY, "athlete")),
        _count("stint_games", "Usable games with stints of his: the plays pass every check, the stints fill the floor"),
        _count("team_stint_games", "Games of the team that are usable for on and off"),
        _count("team_games_left_out", "Games of the team with a result that are not: no stints, stints that do not "
               "fill the floor, or plays that do not pass"),
        Column(name="on_minutes", dtype=FLOAT, description="Time on the floor by his stints, overlaps counted once",
               unit="minutes", bounds=Bounds(ge=0, le=3_000)),
        *_side("on", "while he was on the floor"),
        *_side("off", "while he was off the floor, in games he played in"),
        _value("on_off_net_per100", "Net per 100 possessions on less off the floor", PER_100,
               "without possessions of both teams both on and off the floor", -2_000, 2_000),
        Column(name="flag", dtype=STRING, values=ON_OFF_FLAGS, description="What to mind: ok, or why the row is "
               "weak. always_on: he never sat; few_possessions: under 100 on or off the floor"),
    ),
    key=KEY,
    sort=("season", "team_id", "on_minutes", "athlete_id"),
    null_limits=ON_OFF_LIMITS,
    derivation=Derivation(
        of=(
            Input(
                FCT_SUBSTITUTIONS,
                ("season", "game_id", "team_id", "athlete_id", "athlete",
                 *(f"sub_{way}_{what}" for way in ("in", "out") for what in ("period", "seconds_remaining"))),
            ),
            Input(
                FCT_POSSESSIONS,
                ("game_id", "period", "offence_team_id", "defence_team_id", "start_seconds_remaining",
                 "end_seconds_remaining", "points"),
            ),
            Input(FCT_GAME_PBP, ("game_id", "is_pbp_usable")),
            Input(FCT_GAMES, ("game_id", "home_team_id", "away_team_id", "has_result", "home_period_points")),
        ),
        make="tasks.gold.player_on_off:player_on_off",
    ),
)  # fmt: skip
