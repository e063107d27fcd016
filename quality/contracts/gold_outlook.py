"""The roster of the next season as it is known: who returns, who leaves, who arrives, and what each was worth.

See docs/players.md.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from quality.clocks import MORNING
from quality.columns import BOOL, FLOAT, INT, STRING, Bounds, Column, bounded, counted
from quality.contracts.drafts import FCT_DRAFT_PICKS
from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.gold_impact import PLAYER_IMPACT_ADJUSTED, WIDEST
from quality.contracts.gold_players import PLAYER_SEASON_IMPACT
from quality.contracts.gold_ratings import AS_OF_DATE, PER_100, flag
from quality.contracts.recruiting import FCT_RECRUITING_PLAYERS, FCT_RECRUITING_PORTAL, FCT_RECRUITING_TEAMS
from quality.contracts.rosters import FCT_ROSTERS, FCT_ROSTERS_AT_OPENING
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Derivation, Input, Table
from quality.nulls import Given, NullLimit, with_values
from quality.vocabulary import NAME, POSITION, TEAM, column_of

OUTLOOKS = ("returns", "leaves", "arrives", "missing")
RETURNS, LEAVES, ARRIVES, MISSING = OUTLOOKS
REASONS = {
    "on_next_roster": "on the team's roster of the next season",
    "expected": "no roster of the next season yet, and nothing says that the player leaves",
    "withdrawn": "no roster yet; entered the portal and withdrew",
    "drafted": "picked in the NBA draft",
    "portal": "entered the transfer portal; of an arriving player: chose the team there",
    "out_of_eligibility": "has played four seasons, or five of which one was 2021",
    "other_team": "on another team's roster of the next season; of an arriving player: was elsewhere",
    "moved_on": "played for another team later in the season",
    "not_on_next_roster": "the team's roster of the next season lacks the player",
    "recruit": "recruit who committed to the team",
    "newcomer": "new on the roster of the next season",
}
SUBJECTS = ("athlete", "portal_entry", "recruit")
OUTLOOK_FLAGS = ("ok", "no_impact", "undecided", "two_rosters", "no_athlete")
TEAM_OUTLOOK_FLAGS = ("ok", "expected", "no_impact", "no_minutes")


def _maybe(column: Column, why: str) -> Column:
    return replace(column, nullable=True, can_be_null=why, path=())


def _points(name: str, description: str, low: float = -5 * WIDEST) -> Column:
    return bounded(name, description, PER_100, low, 5 * WIDEST)


def _contribution(name: str, description: str, why: str, low: float = -5 * WIDEST) -> Column:
    return _maybe(_points(name, description, low), why)


NO_ELSEWHERE = "if no other team is known"
NO_IMPACT = "without minutes, or without an estimate"
CONTRIBUTION = (
    "5 x `net_impact` x the player's share of the team's minutes in games between Division I teams; over the players "
    "of a team it sums to the team's net rating"
)
LATE_ROSTERS = Given(FCT_ROSTERS.qualified, ("athlete_id",))
ROSTER_READ = ("season", "team_id", "athlete_id", "name", "position", "start_season", "fetched_at")

ROSTER_OUTLOOK_PLAYERS = Table(
    name="roster_outlook_players",
    layer="gold",
    clock=MORNING,
    description=(
        "One row per season, Division I team and player: every player of the team in the season, and everybody who is "
        "announced for the next one, as known on the newest morning. `season` is the season that ends before the "
        "summer. A roster of the next season decides; until then eligibility, draft and portal do."
    ),
    columns=(
        DIM_TEAM_SEASONS.by_name["season"],
        DIM_TEAM_SEASONS.by_name["team_id"],
        column_of(TEAM, null=False),
        AS_OF_DATE,
        Column(name="outlook_subject", dtype=STRING, values=SUBJECTS, description="What identifies the row: an "
               "athlete; a portal entry or a recruit for whom no athlete is known"),
        Column(name="outlook_subject_id", dtype=INT, description="Athlete id, `transfer_id` or `recruit_id`, by "
               "`outlook_subject`"),
        column_of(NAME),
        replace(column_of(POSITION), nullable=True, can_be_null="if no source has it"),
        Column(name="outlook", dtype=STRING, values=OUTLOOKS, description="returns, leaves or arrives; missing: "
               "announced for the team, but its roster of the next season lacks the player"),
        Column(name="outlook_reason", dtype=STRING, values=tuple(REASONS),
               description="; ".join(f"{name}: {text}" for name, text in REASONS.items())),
        Column(name="elsewhere_team_id", dtype=INT, description="Team that the player leaves for or comes from",
               nullable=True, can_be_null=NO_ELSEWHERE),
        Column(name="elsewhere_team", dtype=STRING, description="Name of that team", nullable=True,
               can_be_null=NO_ELSEWHERE),
        Column(name="seasons_played", dtype=INT, bounds=Bounds(ge=0, le=40), description="Seasons of the career so "
               "far, this one included, 2021 left out because it did not count", nullable=True,
               can_be_null="if no roster of the season has the player"),
        Column(name="season_minutes", dtype=FLOAT, unit="minutes", bounds=Bounds(ge=0, le=5_000),
               description="Minutes in box scores of the season: at the team; of a player who arrives, elsewhere"),
        _maybe(PLAYER_IMPACT_ADJUSTED.by_name["net_impact"], NO_IMPACT),
        _contribution("net_contribution", CONTRIBUTION, NO_IMPACT),
        _contribution("value_above_reserves", "The same with the impact above that of reserves, at least 0. Reserves "
                      "are the players who are not among the eight of their team with the most minutes", NO_IMPACT, 0),
        *(PLAYER_SEASON_IMPACT.by_name[name]
          for name in ("recruit_stars", "recruit_rating")),
        flag(OUTLOOK_FLAGS, "no_impact: has minutes, but no estimate of the impact; undecided: in the portal without "
             "a new team; two_rosters: on two rosters of the next season; no_athlete: a portal entry or recruit for "
             "whom no athlete is known, so past minutes are not known either"),
    ),
    key=("season", "team_id", "outlook_subject", "outlook_subject_id"),
    sort=("season", "team_id", "outlook", "season_minutes", "outlook_subject", "outlook_subject_id"),
    point_in_time="as_of_date",
    null_limits=(
        NullLimit("position", ("position",), at_most=0.5),
        NullLimit("elsewhere", ("elsewhere_team_id", "elsewhere_team"), "of players who move between teams",
                  pl.col("outlook_reason").is_in(["other_team", "moved_on"])),
        NullLimit("career", ("seasons_played",), "of athletes with minutes who do not arrive",
                  (pl.col("outlook_subject") == "athlete") & (pl.col("season_minutes") > 0)
                  & pl.col("outlook").is_in([RETURNS, LEAVES]), at_most=0.5, given=(LATE_ROSTERS,)),
        NullLimit("impact", ("net_impact", "net_contribution", "value_above_reserves"), "with minutes and flag ok",
                  (pl.col("season_minutes") > 0) & (pl.col("flag") == "ok")),
        NullLimit("recruit", ("recruit_stars", "recruit_rating"), "of recruits",
                  pl.col("outlook_subject") == "recruit"),
    ),
    derivation=Derivation(
        of=(
            Input(DIM_TEAM_SEASONS, ("season", "team_id", "school")),
            Input(FCT_GAME_PLAYERS, ("game_date", "team_id", "team", "athlete_id", "name", "position", "minutes")),
            Input(PLAYER_IMPACT_ADJUSTED, ("team_id", "athlete_id", "as_of_date", "minutes_share_pct", "net_impact"),
                  optional=True),
            *(Input(table, ROSTER_READ, ahead=True, optional=True) for table in (FCT_ROSTERS_AT_OPENING, FCT_ROSTERS)),
            Input(FCT_DRAFT_PICKS, ("athlete_id", "fetched_at"), optional=True),
            Input(
                FCT_RECRUITING_PORTAL,
                (
                    *("transfer_id", "first_name", "last_name", "position", "origin_id", "origin_name"),
                    *("destination_id", "destination_name", "eligibility", "fetched_at"),
                ),
                optional=True,
            ),
            Input(
                FCT_RECRUITING_PLAYERS,
                (
                    *("recruit_id", "athlete_id", "name", "position", "committed_to_id", "stars", "rating"),
                    "fetched_at",
                ),
                optional=True,
            ),
        ),
        make="tasks.gold.roster_outlook_players:roster_outlook_players",
    ),
)  # fmt: skip

CLASSES = with_values(FCT_RECRUITING_TEAMS.qualified, "rating")
WITHOUT_IMPACT = "if no player of the team has an estimate of the impact"
ROSTER_OUTLOOK = Table(
    name="roster_outlook",
    layer="gold",
    clock=MORNING,
    description=(
        "One row per season and Division I team: how much of the team of a season returns for the next one, and what "
        "arrives, as known on the newest morning. Sums of gold.roster_outlook_players."
    ),
    columns=(
        *ROSTER_OUTLOOK_PLAYERS.columns[:4],
        Column(name="is_next_roster_known", dtype=BOOL, description="The roster of the next season is known; without "
               "it, who returns is expected from eligibility, draft and portal"),
        *(counted(f"{name}_players", f"Players with `outlook` {value}")
          for name, value in zip(("returning", "leaving", "arriving", "missing"), OUTLOOKS, strict=True)),
        *(counted(f"{name}_leaving_players", f"Players who leave, with `outlook_reason` {name}")
          for name in ("drafted", "portal", "out_of_eligibility")),
        *(counted(f"{name}_arriving_players", f"Players who arrive, with `outlook_reason` {name}")
          for name in ("portal", "recruit")),
        *(Column(name=f"{name}_minutes", dtype=FLOAT, unit="minutes", bounds=Bounds(ge=0, le=20_000),
                 description=text) for name, text in (
            ("known_player", "Minutes of the season of all players of the team with an athlete id"),
            ("returning", "Minutes of those who return"),
            ("arriving", "Minutes of the season that those who arrive have played elsewhere"),
        )),
        _maybe(bounded("outlook_returning_minutes_pct", "Returning minutes as a share of `known_player_minutes`",
                       "fraction 0-1", 0, 1), "if no player has minutes"),
        *(_contribution(f"{name}_contribution", f"Sum of `net_contribution` of those who {verb}", WITHOUT_IMPACT)
          for name, verb in (("returning", "return"), ("leaving", "leave"))),
        _contribution("outlook_team_net", "Net rating of the team around the mean of all teams, of the newest morning "
                      "that the estimates are from", "without a rating"),
        _points("arriving_contribution", "Sum of `net_contribution` of those who arrive, at the teams where they were"),
        _maybe(bounded("outlook_returning_impact_pct", "Share of `value_above_reserves` that returns: returning "
                       "production, weighted by impact", "fraction 0-1", 0, 1),
               "if no player of the team has an impact above that of reserves"),
        _points("arriving_value_above_reserves", "Sum of `value_above_reserves` of those who arrive", 0),
        _maybe(bounded("next_class_rating", "Rating of the recruiting class that enters in the next season", "points",
                       0, 1000), "without a class in the lake"),
        counted("players_without_impact", "Players who have minutes, but no estimate of the impact; they count as 0 in "
                "sums of contributions"),
        counted("outlook_entries_without_athlete", "Portal entries and recruits for whom no athlete is known; their "
                "minutes and impact count as 0"),
        flag(TEAM_OUTLOOK_FLAGS, "expected: no roster of the next season is known; no_impact: no player has an "
             "estimate of the impact, or the team has no rating; no_minutes: no player has minutes"),
    ),
    key=("season", "team_id"),
    sort=("season", "team_id"),
    point_in_time="as_of_date",
    null_limits=(
        NullLimit("minutes", ("outlook_returning_minutes_pct",), "with minutes", pl.col("known_player_minutes") > 0),
        NullLimit("contributions", ("returning_contribution", "leaving_contribution", "outlook_team_net"),
                  "with flag ok", pl.col("flag") == "ok"),
        NullLimit("value", ("outlook_returning_impact_pct",), "with flag ok", pl.col("flag") == "ok", at_most=0.1),
        NullLimit("class", ("next_class_rating",), at_most=0.9, given=(CLASSES,), sent=(CLASSES,)),
    ),
    derivation=Derivation(
        of=(
            Input(
                ROSTER_OUTLOOK_PLAYERS,
                (
                    *("season", "team_id", "team", "as_of_date", "outlook_subject", "outlook", "outlook_reason"),
                    *("season_minutes", "net_contribution", "value_above_reserves", "flag"),
                ),
            ),
            Input(PLAYER_IMPACT_ADJUSTED, ("team_id", "as_of_date", "team_net", "flag"), optional=True),
            *(Input(table, ("season", "team_id", "athlete_id"), ahead=True, optional=True)
              for table in (FCT_ROSTERS_AT_OPENING, FCT_ROSTERS)),
            Input(FCT_RECRUITING_TEAMS, ("team_id", "rating", "fetched_at"), optional=True),
        ),
        make="tasks.gold.roster_outlook:roster_outlook",
    ),
)  # fmt: skip
