"""gold.bracket_forecast: how far each team of the NCAA tournament gets, from the field as drawn or as projected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from quality.contracts.gold_forecasts import BRACKET_FORECAST, ROUNDS
from tasks.gold._games import model_games
from tasks.gold._tournament import PROJECTED_SIZE, Field, drawn, known_from, projected, tournament_games
from tasks.gold.model.bracket import reach
from tasks.gold.model.games import read_games
from tasks.gold.model.mornings import visits
from tasks.gold.model.outlook import Outlook, outlook
from tasks.gold.model.preseason import read_preseason
from tasks.gold.model.single import one_thread
from tasks.gold.model.table import EPOCH, day_of
from tasks.gold.model.walk import Walk
from tasks.gold.preseason import preseason_of

RUNS, SEED = 10_000, 20_031


@one_thread
def bracket_forecast(
    forecasts: pl.LazyFrame,
    games: pl.LazyFrame,
    boxes: pl.LazyFrame,
    members: pl.LazyFrame,
    possessions: pl.LazyFrame,
    *before: pl.LazyFrame,
    season: int,
) -> pl.LazyFrame:
    """One row per morning and team of the field: the mornings of `forecasts`, and each game day of the tournament.

    forecasts: gold.season_forecast, from which a field is projected. before: rosters, player boxes, recruiting classes.
    """
    frame = model_games(games, boxes, members, possessions)
    every = tournament_games(games)
    own = every.filter(season=season)
    seen = forecasts.collect()
    days = sorted({*seen["as_of_date"].unique().to_list(), *_tournament_days(own)})
    read = read_games(frame, members.filter(pl.col("season") == season).select("team_id").collect()["team_id"])
    walk = Walk(read, read_preseason(preseason_of(frame, before, season), read.teams))
    season_games = _Season(own, seen, _size(every, season), {team: code for code, team in enumerate(read.teams)})
    parts = []
    for day, there in visits(walk, season, [day_of(day) for day in days]):
        known = outlook(there, season, day, np.arange(len(read.teams)))
        part = season_games.rows(EPOCH + timedelta(days=day), known)
        parts += [] if part is None else [part.with_columns(season=pl.lit(season, pl.Int64))]
    nothing = pl.DataFrame(schema={column.name: column.dtype for column in BRACKET_FORECAST.columns})
    return pl.concat(parts).lazy() if parts else nothing.lazy()


@dataclass(frozen=True)
class _Season:
    """What is known of a season's tournament: its games, the season's forecasts, and the size of a projected field."""

    games: pl.DataFrame
    forecasts: pl.DataFrame
    size: int
    codes: dict[int, int]

    def rows(self, day: date, known: Outlook) -> pl.DataFrame | None:
        """The rows of a morning, or None without a field."""
        field, results = self._field(day, known)
        if field is None:
            return None
        brackets = field.brackets(self.codes, results)
        runs = RUNS // len(brackets)
        ids = {code: team for team, code in self.codes.items()}
        tables = []
        for bracket in brackets:
            shares = reach(known, bracket, runs, SEED)
            names = ROUNDS[: shares.shape[1]]  # from the title backwards
            chances = {name: shares[:, -1 - number] for number, name in enumerate(names)}
            tables.append(pl.DataFrame({"team_id": [ids[code] for code in bracket.teams], **chances}))
        frame = pl.concat(tables).group_by("team_id").agg(pl.all().mean())
        later = [pl.lit(None, pl.Float64).alias(name) for name in ROUNDS[len(frame.columns) - 1 :]]
        return (
            frame.join(field.places, on="team_id")
            .join(self._names(), on="team_id", how="left")
            .with_columns(
                *later,
                as_of_date=pl.lit(day),
                is_field_drawn=pl.lit(field.is_drawn),
                simulations=pl.lit(runs * len(brackets), pl.Int64),
            )
        )

    def _names(self) -> pl.DataFrame:
        """Name of every team that has a forecast or a game in the tournament."""
        sides = [self.games.select(team_id=f"{side}_team_id", team=f"{side}_team") for side in ("home", "away")]
        named = [self.forecasts.select("team_id", "team"), *sides]
        return pl.concat(named).drop_nulls().unique("team_id", keep="first", maintain_order=True)

    def _field(self, day: date, known: Outlook) -> tuple[Field | None, tuple[tuple[int, int], ...]]:
        """The field that is known on a morning, and the results of the tournament before it."""
        first = known_from(self.games)
        if first is not None and day >= first and (field := drawn(self.games, day)) is not None:
            over = self.games.filter("has_result", pl.col("game_date") < day)
            won = pl.col("home_points") > pl.col("away_points")
            order = [
                pl.when(won).then("home_team_id").otherwise("away_team_id").alias("winner"),
                pl.when(won).then("away_team_id").otherwise("home_team_id").alias("loser"),
            ]
            return field, tuple(over.select(order).iter_rows())
        morning = self.forecasts.filter(pl.col("as_of_date") <= day)
        newest = morning.filter(pl.col("as_of_date") == pl.col("as_of_date").max())
        codes = [self.codes[team] for team in newest["team_id"]]
        strength = pl.Series(known.mean[known.seats(np.array(codes, dtype=np.int64))], dtype=pl.Float64)
        return projected(newest.with_columns(strength=strength), self.size), ()


def _tournament_days(games: pl.DataFrame) -> list[date]:
    """The mornings of the tournament's game days, and the one after the last result."""
    played = games.filter("has_result")["game_date"].unique().to_list()
    return sorted({*played, *(day + timedelta(days=1) for day in played)})


def _size(games: pl.DataFrame, season: int) -> int:
    """Lines of the newest field of an earlier season."""
    for year in sorted({year for year in games["season"].to_list() if year < season}, reverse=True):
        if (field := drawn(games.filter(season=year))) is not None:
            return field.places.select("region", "seed").unique().height
    return PROJECTED_SIZE
