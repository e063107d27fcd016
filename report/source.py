"""What the pages of a season show, read once from the lake through the reader package."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property

import polars as pl

import cbbd_etl as cbb
from quality.contracts.gold_ratings import PREDICTIVE
from report.shot_maps import binned
from report.timelines import CHANCES, PLAYS, by_minute
from tasks.lake.lake import Lake

WEEK = timedelta(days=7)  # the period of the change in the rankings
BOXES = (
    *("game_id", "team_id", "team", "athlete_id", "athlete_source_id", "name", "position", "is_home", "start_at"),
    *("starter", "minutes", "points", "field_goals_made", "field_goals_attempted", "three_point_field_goals_made"),
    *("three_point_field_goals_attempted", "free_throws_made", "free_throws_attempted", "rebounds_total", "assists"),
    *("steals", "blocks", "turnovers", "fouls"),
)
SHOTS = (
    *("game_id", "team_id", "opponent_id", "shot_info_shooter_id", "is_shot_made", "shot_value"),
    *("shot_info_location_x", "shot_info_location_y"),
)


@dataclass(frozen=True)
class Source:
    """One season of a lake. A table that the lake lacks, or lacks in the season, is None.

    Attributes:
        season: by the year it ends in.
        lake: an open lake.
    """

    season: int
    lake: Lake

    @classmethod
    def of(cls, lake: Lake, season: int | None = None) -> Source:
        """A season of a lake; default: the newest.

        Raises:
            BadInput: when the lake has no games of the season.
        """
        games = cbb.schedule(season, lake=lake)
        found = cls(games["season"][0], lake)
        found.__dict__["games"] = games  # fills the cached property
        return found

    @cached_property
    def games(self) -> pl.DataFrame:
        """All games with result, forecast and line, in the order of their tip-off: the columns of `cbb.schedule`."""
        return cbb.schedule(self.season, lake=self.lake)

    @cached_property
    def teams(self) -> pl.DataFrame:
        """Members of Division I in the season, by name: team_id, school, mascot, conference_id, conference.

        Raises:
            BadInput: when the lake does not have the membership of the season.
        """
        wanted = ("team_id", "school", "mascot", "conference_id", "conference")
        found = cbb.load("silver.dim_team_seasons", seasons=self.season, columns=wanted, lake=self.lake)
        return found.sort("school", "team_id")

    @cached_property
    def conferences(self) -> pl.DataFrame:
        """Conferences with teams in the season, by name: conference_id, name."""
        members = self.teams.select("conference_id", "conference").drop_nulls().unique("conference_id")
        known = self.optional("silver.dim_conferences", ("conference_id", "name"))
        if known is None:
            known = members.select("conference_id", name="conference")
        named = members.join(known, "conference_id", "left").with_columns(pl.coalesce("name", "conference"))
        return named.select("conference_id", "name").sort("name", "conference_id")

    @cached_property
    def rankings(self) -> pl.DataFrame | None:
        """Teams by rating on the newest morning: the columns of `cbb.rankings`, and rank and net of a week before.

        rank_before and net_before are null where there was no rating yet.
        """
        try:
            found = cbb.rankings(self.season, lake=self.lake)
        except cbb.BadInput:
            return None
        before = self.ratings_of(found["as_of_date"][0] - WEEK)
        return found.join(before, "team_id", "left", maintain_order="left")

    def ratings_of(self, morning: date) -> pl.DataFrame:
        """rank_before and net_before of each team_id on a morning; no rows when there are no ratings of it."""
        rows = self.ratings.filter(pl.col("as_of_date") == morning)
        return rows.select("team_id", rank_before="rank", net_before="net")

    @cached_property
    def ratings(self) -> pl.DataFrame:
        """The shown rating of each team and morning: team_id, as_of_date, rank, net and its standard deviation."""
        wanted = ("team_id", "as_of_date", "variant", "rank", "net", "uncertainty")
        found = cbb.load("gold.team_ratings_daily", seasons=self.season, columns=wanted, lake=self.lake)
        return found.filter(pl.col("variant") == PREDICTIVE).drop("variant").sort("team_id", "as_of_date")

    @cached_property
    def summaries(self) -> pl.DataFrame | None:
        """`gold.team_season_summary`: records, quadrants, four factors."""
        return self.optional("gold.team_season_summary")

    @cached_property
    def resumes(self) -> pl.DataFrame | None:
        """`gold.team_resume`: wins above bubble, strength of record."""
        return self.optional("gold.team_resume")

    @cached_property
    def standings(self) -> pl.DataFrame | None:
        """`gold.conference_standings`."""
        return self.optional("gold.conference_standings")

    @cached_property
    def races(self) -> pl.DataFrame | None:
        """The newest morning of `gold.season_forecast`."""
        found = self.optional("gold.season_forecast")
        return None if found is None else found.filter(pl.col("as_of_date") == pl.col("as_of_date").max())

    @cached_property
    def bracket(self) -> pl.DataFrame | None:
        """The newest morning of `gold.bracket_forecast`, the favourite first."""
        try:
            return cbb.bracket(self.season, lake=self.lake)
        except cbb.BadInput:
            return None

    @cached_property
    def players(self) -> pl.DataFrame | None:
        """`gold.player_season_impact`: one row per team and athlete with a box score."""
        return self.optional("gold.player_season_impact")

    @cached_property
    def rosters(self) -> pl.DataFrame | None:
        """`silver.fct_rosters`."""
        return self.optional("silver.fct_rosters")

    @cached_property
    def on_off(self) -> pl.DataFrame | None:
        """`gold.player_on_off`: a team with and without a player on the floor."""
        return self.optional("gold.player_on_off")

    @cached_property
    def impacts(self) -> pl.DataFrame | None:
        """The newest morning of each athlete and team in `gold.player_impact_adjusted`."""
        found = self.optional("gold.player_impact_adjusted")
        keys = ["team_id", "athlete_id"]
        return None if found is None else found.sort("as_of_date").unique(keys, keep="last", maintain_order=True)

    @cached_property
    def lineups(self) -> pl.DataFrame | None:
        """`gold.lineup_ratings`: line-ups, pairs and triples, those with most minutes first."""
        found = self.optional("gold.lineup_ratings")
        return None if found is None else found.sort("lineup_minutes", "lineup_id", descending=[True, False])

    @cached_property
    def similar(self) -> pl.DataFrame | None:
        """`gold.similar_player_seasons`, the most similar first."""
        found = self.optional("gold.similar_player_seasons")
        return None if found is None else found.sort("athlete_id", "team_id", "similar_rank")

    @cached_property
    def shots(self) -> pl.DataFrame | None:
        """`gold.shot_profile` by range, all ranges first."""
        found = self.optional("gold.shot_profile")
        return None if found is None else found.sort("shots_attempted", "shot_range", descending=[True, False])

    @cached_property
    def shot_bins(self) -> pl.DataFrame | None:
        """Attempts of games with usable plays by team, opponent, shooter and bin: `report.shot_maps.binned`."""
        shots, usable = self._lazy("silver.fct_shots", SHOTS), self._lazy("silver.fct_game_pbp")
        if shots is None or usable is None:
            return None
        found = shots.join(usable.filter("is_pbp_usable").select("game_id"), "game_id", "semi").collect()
        return binned(found) if found["shot_info_location_x"].count() else None

    @cached_property
    def boxes(self) -> pl.DataFrame | None:
        """Box scores of players, `silver.fct_game_players`: the columns of BOXES."""
        return self.optional("silver.fct_game_players", BOXES)

    @cached_property
    def periods(self) -> pl.DataFrame:
        """Points of each game by period: game_id, home_period_points, away_period_points (null without a result)."""
        wanted = ("game_id", "has_result", "home_period_points", "away_period_points")
        found = cbb.load("silver.fct_games", seasons=self.season, columns=wanted, lake=self.lake)
        return found.filter("has_result").drop("has_result")

    @cached_property
    def minutes(self) -> pl.DataFrame | None:
        """Score and win probability by minute: `report.timelines.by_minute` of the games whose plays are usable."""
        usable, plays = self._lazy("silver.fct_game_pbp"), self._lazy("silver.fct_plays", PLAYS)
        if usable is None or plays is None:
            return None
        plays = plays.join(usable.filter("is_pbp_usable").select("game_id"), "game_id", "semi")
        return by_minute(plays, self._lazy("silver.fct_play_win_probability", CHANCES))

    @cached_property
    def market(self) -> pl.DataFrame | None:
        """Accuracy of the closing lines by provider, and ours on the same games: the columns of `cbb.market`."""
        try:
            return cbb.market(self.season, lake=self.lake)
        except cbb.BadInput:
            return None

    @cached_property
    def tables(self) -> pl.DataFrame:
        """Tables of silver and gold with rows: the columns of `cbb.tables`."""
        found = cbb.tables(lake=self.lake).filter(pl.col("rows") > 0)
        return found.filter(pl.col("table").str.contains(r"^(silver|gold)\."))

    @cached_property
    def newest_response(self) -> datetime | None:
        """Time of the newest response behind the tables, UTC."""
        found: datetime | None = self.tables.select(pl.col("fetched_at").max()).item()
        return found

    @cached_property
    def results_through(self) -> date | None:
        """Day of the last game with a result, US Eastern; None before the first."""
        found: date | None = self.games.filter("has_result").select(pl.col("game_date").max()).item()
        return found

    def optional(self, table: str, columns: Iterable[str] | None = None) -> pl.DataFrame | None:
        """Rows of a table in the season; None if the lake has none."""
        lazy = self._lazy(table, columns)
        found = None if lazy is None else lazy.collect()
        return None if found is None or found.is_empty() else found

    def _lazy(self, table: str, columns: Iterable[str] | None = None) -> pl.LazyFrame | None:
        try:
            return cbb.load(table, seasons=self.season, columns=columns, lazy=True, lake=self.lake)
        except cbb.BadInput:
            return None
