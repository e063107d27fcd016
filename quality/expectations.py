"""What a season must have: by the rules of the game and the source's known coverage, never by yesterday's counts.

An expectation says of each final game, team or request what a dataset has to hold. What is expected and not there is
a gap; `tasks.completeness.gaps` finds out why.
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
from quality.rules.plays import RESULT, last_play_is_the_score

OVER = ("postponed", "cancelled")
GAME_COLUMNS = ("game_id", "has_result", "status", "home_team_id", "away_team_id", "home_points", "away_points")
Judge = Callable[[pl.LazyFrame, pl.LazyFrame], pl.LazyFrame]


class Subject(StrEnum):
    """Whom an expectation is about."""

    SCHEDULED = "game"  # every game whose time has passed
    PLAYED = "final game"  # final, with points: 0-0 leftovers have no details
    TEAM = "team"  # Division I teams of the season with a final game
    REQUEST = "request"  # what the plan asks for


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """What each subject of a season has in a dataset.

    Args:
        name: the dataset, or an aspect of it; unique.
        statement: what has to be there, in words.
        endpoint: the dataset that brings it.
        table: silver table that holds it; None for requests, whose answers are looked at.
        columns: of the table, all that `judge` reads.
        judge: rows of the table and the season's games (`GAME_COLUMNS`) to one row per subject that has rows: its key,
            the Boolean `holds` (it is whole; null counts as false) and the values that are compared.
        optional: the source has it for most subjects, not for all, so that one answer without it explains a gap.
        first_season: first season with it; default: the endpoint's.
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
        """Column that names the subject."""
        return _key(self.of)


def _key(of: Subject) -> str:
    return {Subject.TEAM: "team_id", Subject.REQUEST: "request"}.get(of, "game_id")


def result_is_known(rows: pl.LazyFrame, _: pl.LazyFrame) -> pl.LazyFrame:
    """A game whose time has passed is final with points, or was called off."""
    known = pl.col("has_result") | pl.col("status").is_in(OVER)
    return rows.select("game_id", "status", "home_points", "away_points", known.alias(HOLDS))


def two_team_boxes(boxes: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """Two rows, each with the points that its side has in the game."""
    judged = box_is_the_score(boxes, games).group_by("game_id")
    both = judged.agg(rows=pl.len(), box=pl.col("box").sum(), score=pl.col("score").sum(), equal=pl.col(HOLDS).all())
    return both.select("game_id", "rows", "box", "score", ((pl.col("rows") == 2) & pl.col("equal")).alias(HOLDS))


def plays_reach_the_score(plays: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """The running score after the last play is the final score."""
    return last_play_is_the_score(plays, games.select(RESULT))


def players_make_the_score(players: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """Points of each side's players sum to its points in the game."""
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
    """One row of a subject is enough."""
    return lambda rows, _: rows.select(key).unique().with_columns(pl.lit(value=True).alias(HOLDS))


def both_teams(rows: pl.LazyFrame, _: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of both teams."""
    counted = rows.group_by("game_id").agg(teams=pl.col("team_id").n_unique())
    return counted.with_columns((pl.col("teams") == 2).alias(HOLDS))


def someone_on_the_floor(plays: pl.LazyFrame, _: pl.LazyFrame) -> pl.LazyFrame:
    """Some play knows who was on the floor."""
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
    return _of(table, f"Each Division I team that has played has {what}.", Subject.TEAM, optional=optional)


EXPECTATIONS = (
    _of(
        FCT_GAMES,
        "A game whose time has passed is final with points, postponed or cancelled.",
        Subject.SCHEDULED,
        name="game_results",
        columns=("game_id", "has_result", "status", "home_points", "away_points"),
        judge=result_is_known,
    ),
    _of(
        FCT_GAME_TEAMS,
        "A final game has two team boxes, and their points are its score.",
        columns=("game_id", "team_id", POINTS),
        judge=two_team_boxes,
    ),
    _of(
        FCT_GAME_PLAYERS,
        "A final game has player boxes of both teams, and the players' points sum to the score.",
        columns=("game_id", "team_id", "points"),
        judge=players_make_the_score,
    ),
    _of(
        FCT_PLAYS,
        "A final game has plays, and the running score after the last one is the final score.",
        columns=("game_id", "period", "seconds_remaining", "home_score", "away_score"),
        judge=plays_reach_the_score,
    ),
    _of(
        FCT_PLAYS,
        "The plays of most final games say who was on the floor.",
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
        "Most final games have line-ups of both teams.",
        columns=("game_id", "team_id"),
        judge=both_teams,
        optional=True,
    ),
    _of(
        FCT_SUBSTITUTIONS,
        "Most final games have stints; those of a team outside Division I come by game only.",
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
    _teams(FCT_LINEUPS_TEAM_SEASON, "line-ups of its season", optional=True),
)


def expectations(registry: Registry, among: Iterable[Expectation] = EXPECTATIONS) -> Iterator[Expectation]:
    """Every expectation, in the registry's order: those above, and of each other dataset that its requests have rows.

    Dearer routes have none of their own: they bring rows of another dataset. Nor have polls, which are of the moment.
    """
    known = tuple(among)
    for endpoint in registry:
        if endpoint.route_of is not None or not endpoint.metered:
            continue
        own = [item for item in known if item.endpoint is endpoint]
        if endpoint is FCT_GAMES.source or not own:
            text = f"Every request for `{endpoint.name}` is answered, and the answer has rows."
            yield Expectation(name=endpoint.name, statement=text, endpoint=endpoint, of=Subject.REQUEST, optional=True)
        yield from own
