"""What a season must contain, by the rules of the game and the source's known coverage, never by yesterday's counts.

An expectation states what an endpoint must have for each final game, team or request. Whatever is expected and missing
is a gap; `tasks.completeness.gaps` finds the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

import polars as pl

from quality.contracts.game_players import FCT_GAME_PLAYERS
from quality.contracts.game_teams import FCT_GAME_TEAMS
from quality.contracts.games import FCT_GAMES
from quality.contracts.lines import FCT_LINES
from quality.contracts.lineups import FCT_LINEUPS, FCT_LINEUPS_TEAM_SEASON, LINEUPS
from quality.contracts.media import FCT_GAME_MEDIA
from quality.contracts.player_stats import FCT_STATS_PLAYER_SEASON
from quality.contracts.plays import FCT_PLAYS
from quality.contracts.ratings import FCT_RATINGS_ADJUSTED, FCT_RATINGS_ELO, FCT_RATINGS_SRS
from quality.contracts.rosters import FCT_ROSTERS
from quality.contracts.shooting import FCT_STATS_PLAYER_SHOOTING, FCT_STATS_TEAM_SHOOTING
from quality.contracts.substitutions import FCT_SUBSTITUTIONS
from quality.contracts.team_stats import FCT_STATS_TEAM_SEASON
from quality.dataset import Endpoint, Registry, Table
from quality.rules.base import HOLDS
from quality.rules.boxes import POINTS, box_is_the_score
from quality.rules.plays import LAST, RESULT, last_play_is_the_score

OVER = ("postponed", "cancelled")
GAME_COLUMNS = ("game_id", "has_result", "status", "home_team_id", "away_team_id", "home_points", "away_points")
Judge = Callable[[pl.LazyFrame, pl.LazyFrame], pl.LazyFrame]


class Subject(StrEnum):
    """The subject of an expectation."""

    SCHEDULED = "game"  # every game whose time has passed
    PLAYED = "final game"  # final, with points: placeholders with 0-0 have no details
    TEAM = "team"  # Division I teams with a final game in the season
    REQUEST = "request"  # requests of the plan


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What an endpoint must have for each subject of a season.

    Args:
        name: the endpoint, or an aspect of it; unique.
        statement: what is expected, in words.
        endpoint: endpoint whose responses contain it.
        table: silver table with the rows; None for requests, whose responses are checked instead.
        columns: columns of the table that `judge` reads.
        judge: function from the rows of the table and the season's games (`GAME_COLUMNS`) to one row per subject with
            rows: its key, the Boolean `holds` (complete; null counts as false) and the compared values.
        optional: the source has it for most subjects but not for all, so one response without it explains a gap.
        first_season: first season in which it exists; default: that of the endpoint.
    """

    name: str
    statement: str
    endpoint: Endpoint
    of: Subject
    table: Table | None = None
    columns: tuple[str, ...] = ()
    judge: Judge | None = field(default=None, compare=False)
    optional: bool = False
    first_season: int | None = None

    @property
    def since(self) -> int:
        """First season in which it is expected."""
        return self.first_season or self.endpoint.first_season

    @property
    def key(self) -> str:
        """Column that identifies the subject."""
        return _key(self.of)


def _key(of: Subject) -> str:
    return {Subject.TEAM: "team_id", Subject.REQUEST: "request"}.get(of, "game_id")


def result_is_known(rows: pl.LazyFrame, _: pl.LazyFrame) -> pl.LazyFrame:
    """A game whose time has passed is final with a winner, postponed or cancelled."""
    known = pl.col("has_result") | pl.col("status").is_in(OVER)
    return rows.select("game_id", "status", "home_points", "away_points", known.alias(HOLDS))


def two_team_boxes(boxes: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """A game has two rows, each with the points that its team has in the game."""
    judged = box_is_the_score(boxes, games).group_by("game_id")
    both = judged.agg(rows=pl.len(), box=pl.col("box").sum(), score=pl.col("score").sum(), equal=pl.col(HOLDS).all())
    return both.select("game_id", "rows", "box", "score", ((pl.col("rows") == 2) & pl.col("equal")).alias(HOLDS))


def plays_reach_the_score(plays: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """The running score after the last play equals the final score."""
    return last_play_is_the_score(plays.group_by("game_id").agg(**LAST), games.select(RESULT))


def players_make_the_score(players: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """The points of a team's players sum to the team's points in the game."""
    played = games.filter("has_result")
    sides = pl.concat(
        played.select("game_id", team_id=f"{side}_team_id", score=f"{side}_points") for side in ("home", "away")
    )
    summed = players.group_by("game_id", "team_id").agg(pl.col("points").sum())
    compared = sides.join(summed, on=["game_id", "team_id"], how="left").join(summed, on="game_id", how="semi")
    equal = (pl.col("points") == pl.col("score")).fill_null(value=False)
    return compared.group_by("game_id").agg(
        teams=pl.col("points").count(), players=pl.col("points").sum(), score=pl.col("score").sum(), holds=equal.all()
    )


def any_row(key: str) -> Judge:
    """One row per subject is enough."""
    return lambda rows, _: rows.select(key).unique().with_columns(pl.lit(value=True).alias(HOLDS))


def both_teams(rows: pl.LazyFrame, _: pl.LazyFrame) -> pl.LazyFrame:
    """Both teams have rows."""
    counted = rows.group_by("game_id").agg(teams=pl.col("team_id").n_unique())
    return counted.with_columns((pl.col("teams") == 2).alias(HOLDS))


def someone_on_the_floor(plays: pl.LazyFrame, _: pl.LazyFrame) -> pl.LazyFrame:
    """At least one play lists the athletes on the floor."""
    most = plays.group_by("game_id").agg(on_floor=pl.col("on_floor").list.len().max())
    return most.with_columns((pl.col("on_floor") > 0).alias(HOLDS))


def _of(
    table: Table,
    statement: str,
    of: Subject = Subject.PLAYED,
    *,
    name: str | None = None,
    columns: tuple[str, ...] = (),
    judge: Judge | None = None,
    optional: bool = False,
    first_season: int | None = None,
) -> Expectation:
    assert table.source is not None
    key = _key(of)
    return Expectation(
        name=name or table.source.name,
        statement=statement,
        endpoint=table.source,
        of=of,
        table=table,
        columns=columns or (key,),
        judge=judge or any_row(key),
        optional=optional,
        first_season=first_season,
    )


def _teams(table: Table, what: str, *, optional: bool = False) -> Expectation:
    return _of(table, f"Every Division I team that has played has {what}.", Subject.TEAM, optional=optional)


EXPECTATIONS = (
    _of(
        FCT_GAMES,
        "A game whose time has passed is final with a winner, postponed or cancelled.",
        Subject.SCHEDULED,
        name="game_results",
        columns=("game_id", "has_result", "status", "home_points", "away_points"),
        judge=result_is_known,
    ),
    _of(
        FCT_GAME_TEAMS,
        "A final game has two team box scores whose points equal the final score.",
        columns=("game_id", "team_id", POINTS),
        judge=two_team_boxes,
    ),
    _of(
        FCT_GAME_PLAYERS,
        "A final game has player box scores for both teams whose points sum to the final score.",
        columns=("game_id", "team_id", "points"),
        judge=players_make_the_score,
    ),
    _of(
        FCT_PLAYS,
        "A final game has plays, and the running score after the last play equals the final score.",
        columns=("game_id", "period", "seconds_remaining", "home_score", "away_score"),
        judge=plays_reach_the_score,
    ),
    _of(
        FCT_PLAYS,
        "The plays of most final games list the athletes on the floor.",
        name="plays_on_floor",
        columns=("game_id", "on_floor"),
        judge=someone_on_the_floor,
        optional=True,
        first_season=LINEUPS.first_season,
    ),
    _of(FCT_LINES, "Most final games have a betting line.", optional=True),
    _of(FCT_GAME_MEDIA, "Most final games have a broadcast.", optional=True),
    _of(
        FCT_LINEUPS,
        "Most final games have line-ups for both teams.",
        columns=("game_id", "team_id"),
        judge=both_teams,
        optional=True,
    ),
    _of(
        FCT_SUBSTITUTIONS,
        "Most final games have stints; stints of teams outside Division I are only available by game.",
        optional=True,
    ),
    _teams(FCT_ROSTERS, "a roster"),
    _teams(FCT_STATS_TEAM_SEASON, "season statistics"),
    _teams(FCT_STATS_PLAYER_SEASON, "players with season statistics"),
    _teams(FCT_STATS_TEAM_SHOOTING, "shooting statistics"),
    _teams(FCT_STATS_PLAYER_SHOOTING, "players with shooting statistics"),
    _teams(FCT_RATINGS_ADJUSTED, "an adjusted rating"),
    _teams(FCT_RATINGS_SRS, "an SRS rating; the API lacks some seasons", optional=True),
    _teams(FCT_RATINGS_ELO, "an Elo rating"),
    _teams(FCT_LINEUPS_TEAM_SEASON, "line-ups for the season", optional=True),
)


def expectations(registry: Registry, among: Iterable[Expectation] = EXPECTATIONS) -> Iterator[Expectation]:
    """Every expectation in the order of the registry: those above, and for other endpoints that requests return rows.

    More expensive routes have no expectation, because they return rows of another endpoint. Nor have polls of the
    scoreboard, which describe a moment.
    """
    known = tuple(among)
    for endpoint in registry:
        if endpoint.route_of is not None or not endpoint.metered:
            continue
        own = [item for item in known if item.endpoint is endpoint]
        if endpoint is FCT_GAMES.source or not own:
            text = f"Every request for `{endpoint.name}` has a response with rows."
            yield Expectation(name=endpoint.name, statement=text, endpoint=endpoint, of=Subject.REQUEST, optional=True)
        yield from own
