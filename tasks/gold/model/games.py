"""Games as arrays, with a flag for each problem row and marks for the rows to learn from. No row is dropped."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tasks.errors import BadInput
from tasks.gold.model.arrays import Bools, Floats, Ints
from tasks.gold.model.parameters import MINUTES, USUAL_PER_BOX

REQUIRED = (
    "season",
    "game_id",
    "game_date",
    "home_team_id",
    "away_team_id",
    "neutral_site",
    "home_points",
    "away_points",
)
BOX = ("fga", "orb", "tov", "fta", "fg3m", "fg3a", "ast", "blk")
PACE_RANGE = (35.0, 120.0)  # plausible possessions of a team per 40 minutes
POINTS_RANGE = (10, 250)
MINUTES_RANGE = (40.0, 80.0)
MEMBER = "is_division_i"  # optional columns home_* and away_*; without them members are inferred from the games
OK = "ok"


@dataclass(frozen=True)
class Games:
    """All rows in order of date, one array per quantity; NaN where a quantity is not known.

    rows: position in the caller's frame. Team codes index `teams`; -1 means none. possessions are per game as played,
    pace is per 40 minutes. learn: the result may be used. place: the row can be predicted. declared: members by season,
    for seasons whose games have the membership columns.
    """

    rows: Ints
    season: Ints
    day: Ints
    home: Ints
    away: Ints
    neutral: Bools
    home_points: Floats
    away_points: Floats
    possessions: Floats
    minutes: Floats
    box: dict[str, Floats]
    flag: NDArray[np.object_]
    learn: Bools
    place: Bools
    teams: pl.Series
    declared: dict[int, Bools]

    @property
    def margin(self) -> Floats:
        """Home minus away points."""
        return self.home_points - self.away_points

    @property
    def total(self) -> Floats:
        """Points of both teams, per 40 minutes."""
        return (self.home_points + self.away_points) * MINUTES / self.minutes

    @property
    def pace(self) -> Floats:
        """Possessions of a team per 40 minutes."""
        return self.possessions * MINUTES / self.minutes

    def where(self, keep: Bools) -> Games:
        """Some of the games, in the same order."""
        picked = {name: getattr(self, name)[keep] for name in _ARRAYS}
        box = {name: values[keep] for name, values in self.box.items()}
        return Games(**picked, box=box, teams=self.teams, declared=self.declared)


_ARRAYS = tuple(name for name in Games.__dataclass_fields__ if name not in ("box", "teams", "declared"))


def read_games(frame: pl.DataFrame, also: pl.Series | None = None) -> Games:
    """Arrays from a frame of games (see `tasks.gold.ratings` for the columns).

    also: ids of teams that get a code even without a game.

    Raises:
        BadInput: a required column is missing.
    """
    missing = [name for name in REQUIRED if name not in frame.columns]
    if missing:
        raise BadInput(f"Ratings need one row per game with {', '.join(REQUIRED)}; missing: {', '.join(missing)}.")
    frame = _flagged(_numbers(frame.with_row_index("row"))).sort("game_date", "game_id", "row", nulls_last=True)
    kind = frame["home_team_id"].dtype
    named = [frame["home_team_id"], frame["away_team_id"], *([] if also is None else [also])]
    teams = pl.concat([ids.cast(kind).alias("team_id") for ids in named]).unique().drop_nulls().sort()
    code = pl.DataFrame({"team": teams, "code": np.arange(len(teams))})
    sides = {side: _codes(frame[f"{side}_team_id"], code) for side in ("home", "away")}
    return Games(
        rows=frame["row"].to_numpy().astype(np.int64),
        season=frame["season"].cast(pl.Int64).fill_null(-1).to_numpy(),
        day=frame["game_date"].cast(pl.Date).cast(pl.Int32).cast(pl.Int64).fill_null(-1).to_numpy(),
        home=sides["home"],
        away=sides["away"],
        neutral=frame["neutral_site"].fill_null(False).to_numpy().astype(bool),
        home_points=_floats(frame["home_points"]),
        away_points=_floats(frame["away_points"]),
        possessions=_floats(frame["possessions"]),
        minutes=_floats(frame["minutes"]),
        box={name: _floats(frame[name]) for name in _box_columns()},
        flag=frame["flag"].to_numpy(),
        learn=frame["flag"].is_in(LEARNED).to_numpy(),
        place=(~frame["flag"].is_in(UNPLACED)).to_numpy(),
        teams=teams,
        declared=_declared(frame, sides),
    )


UNPLACED = ("no_team", "same_team", "no_date", "no_season", "season_out_of_range")
LEARNED = (OK, "possessions_out_of_range", "minutes_out_of_range")


def _flagged(frame: pl.DataFrame) -> pl.DataFrame:
    """The first problem of each row as `flag`. Unusable possessions and minutes become null."""
    home, away = pl.col("home_points"), pl.col("away_points")
    points = (home.is_between(*POINTS_RANGE)) & (away.is_between(*POINTS_RANGE))
    minutes = pl.col("minutes").is_between(*MINUTES_RANGE) | pl.col("minutes").is_null()
    pace = pl.col("possessions") * MINUTES / pl.col("minutes").fill_null(MINUTES)
    possible = pace.is_between(*PACE_RANGE) | pl.col("possessions").is_null()
    reasons = [
        (pl.col("home_team_id").is_null() | pl.col("away_team_id").is_null(), "no_team"),
        (pl.col("home_team_id") == pl.col("away_team_id"), "same_team"),
        (pl.col("game_date").is_null(), "no_date"),
        (pl.col("season").is_null(), "no_season"),
        (~_season_fits(), "season_out_of_range"),
        (~pl.col("game_id").is_first_distinct(), "duplicate"),
        (home.is_null() | away.is_null(), "no_result"),
        ((home == 0) & (away == 0), "zero_zero"),
        (home == away, "tie"),
        (~points, "points_out_of_range"),
        (~minutes, "minutes_out_of_range"),
        (~possible, "possessions_out_of_range"),
    ]
    flag = pl.coalesce(*[pl.when(wrong).then(pl.lit(name)) for wrong, name in reasons], pl.lit(OK))
    return frame.with_columns(flag.alias("flag")).with_columns(
        pl.when(minutes).then("minutes").fill_null(MINUTES), pl.when(minutes & possible).then("possessions")
    )


def _season_fits() -> pl.Expr:
    """Whether season and date match. A season is named by the year it ends in; the check allows one year more."""
    return (pl.col("season") - pl.col("game_date").dt.year()).is_between(-1, 2)


def _numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """All numbers as floats; NaN, infinity and missing columns as null."""
    names = ["home_points", "away_points", "possessions", "minutes", *_box_columns()]
    frame = frame.with_columns(pl.lit(None, pl.Float64).alias(name) for name in names if name not in frame.columns)
    cast = [pl.col(name).cast(pl.Float64) for name in names]
    frame = frame.with_columns(pl.when(value.is_finite()).then(value) for value in cast)
    return frame.with_columns(pl.col("possessions").fill_null(_estimated()))


def _estimated() -> pl.Expr:
    """Possessions of a team on the usual scale, from FGA - ORB + TO + 0.475 FTA, mean of both teams."""
    sides = [
        pl.col(f"{side}_fga") - pl.col(f"{side}_orb") + pl.col(f"{side}_tov") + 0.475 * pl.col(f"{side}_fta")
        for side in ("home", "away")
    ]
    return USUAL_PER_BOX * (sides[0] + sides[1]) / 2


def _box_columns() -> list[str]:
    return [f"{side}_{name}" for side in ("home", "away") for name in BOX]


def _floats(series: pl.Series) -> Floats:
    return series.cast(pl.Float64).fill_null(float("nan")).to_numpy().astype(np.float64)


def _declared(frame: pl.DataFrame, sides: dict[str, Ints]) -> dict[int, Bools]:
    """Members by season: a team is a member if any game of the season says so."""
    size = 1 + max((int(codes.max()) for codes in sides.values() if len(codes)), default=-1)
    declared: dict[int, Bools] = {}
    season = frame["season"].cast(pl.Int64).fill_null(-1).to_numpy()
    for side, codes in sides.items():
        name = f"{side}_{MEMBER}"
        inside = frame[name].fill_null(value=False).to_numpy().astype(bool) if name in frame.columns else codes < -1
        for year in np.unique(season[inside]):
            members = declared.setdefault(int(year), np.zeros(size, dtype=bool))
            members[codes[inside & (season == year) & (codes >= 0)]] = True
    return declared


def _codes(series: pl.Series, code: pl.DataFrame) -> Ints:
    joined = pl.DataFrame({"team": series}).join(code, on="team", how="left", maintain_order="left")
    result: Ints = joined["code"].fill_null(-1).to_numpy().astype(np.int64)
    return result
