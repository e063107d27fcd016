"""The walk through all seasons that forecasts of a season stand on."""

from __future__ import annotations

import polars as pl

from tasks.gold.model.games import read_games
from tasks.gold.model.preseason import read_preseason
from tasks.gold.model.walk import Walk
from tasks.gold.preseason import preseason_of


def walk_to(games: pl.DataFrame, members: pl.LazyFrame, before: tuple[pl.LazyFrame, ...], season: int) -> Walk:
    """A walk that has not begun, over the games up to a season and with all members of that season.

    games: from `model_games`. members: season, team_id. before: as for `preseason_of`.
    """
    own = members.filter(pl.col("season") == season).select("team_id").collect()["team_id"]
    read = read_games(games, own)
    return Walk(read, read_preseason(preseason_of(games, before, season), read.teams))
