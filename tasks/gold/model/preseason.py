"""Preseason quantities: what is known about teams before a season's first game, besides results of earlier seasons.

docs/decisions/0010 and 0015 explain the start values and how they are learned.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from tasks.errors import BadInput
from tasks.gold.model.arrays import Bools, Floats
from tasks.gold.model.parameters import PRESEASON_LIMIT, PRESEASON_START

KEY = ("season", "team_id")
# Columns that a frame may have, each with its minimum and maximum.
QUANTITIES = {
    "returning_minutes_pct": (0.0, 1.0),
    "returning_production_pct": (0.0, 1.0),
    "transfer_minutes": (0.0, float("inf")),
    "transfer_production": (0.0, float("inf")),
    "recruiting_class_rating": (0.0, float("inf")),
}


@dataclass(frozen=True)
class Preseason:
    """Quantities by season: one row per team code, one column per quantity, NaN for unknown values.

    A quantity without any known value has no column, so a frame without numbers has no effect.
    """

    columns: tuple[str, ...] = ()
    seasons: Mapping[int, Floats] = field(default_factory=dict)

    @property
    def start(self) -> Floats:
        """Start value of the weight of each quantity, in points at the reference pace per standard deviation."""
        return np.array([PRESEASON_START.get(name, 0.0) for name in self.columns])

    @property
    def size(self) -> int:
        """Number of quantities."""
        return len(self.columns)

    def of(self, name: str, values: Bools) -> Bools:
        """The column of one quantity in an array with one column per quantity; false without it."""
        if name not in self.columns:
            return np.zeros(len(values), dtype=bool)
        return values[:, self.columns.index(name)]

    def standard(self, season: int, members: Bools) -> tuple[Floats, Bools]:
        """Deviations from the mean of `members` in their standard deviations, and which of them are known.

        An unknown value becomes 0, the average. So the unit of a quantity does not matter, nor does a service that
        rates all classes higher than the year before.
        """
        values = self.seasons.get(season)
        if values is None:
            nothing = np.zeros((len(members), self.size))
            return nothing, nothing.astype(bool)
        known = np.isfinite(values)
        counted = np.where(known & members[:, None], 1.0, 0.0)
        number, filled = np.maximum(counted.sum(axis=0), 1.0), np.where(known, values, 0.0)
        centred = np.where(known, filled - (counted * filled).sum(axis=0) / number, 0.0)
        sd = np.sqrt((counted * centred**2).sum(axis=0) / number)
        scaled = np.divide(centred, sd, out=np.zeros_like(centred), where=sd > 0)
        return np.clip(scaled, -PRESEASON_LIMIT, PRESEASON_LIMIT), known


NOTHING = Preseason()


def read_preseason(frame: pl.DataFrame | None, teams: pl.Series) -> Preseason:
    """Arrays from a frame with season, team_id and any of `QUANTITIES`; NaN and infinity count as null.

    teams: ids in the order of their codes; rows of other teams are ignored.

    Raises:
        BadInput: a column is missing or unknown, a team has two rows in a season, or a value is out of range.
    """
    if frame is None:
        return NOTHING
    names = [name for name in QUANTITIES if name in frame.columns]
    _require_columns(frame, names)
    numbers = [pl.col(name).cast(pl.Float64) for name in names]
    frame = frame.drop_nulls(KEY).with_columns(pl.when(value.is_finite()).then(value) for value in numbers)
    _require_valid(frame, names)
    codes = pl.DataFrame({"team_id": teams, "code": np.arange(len(teams))})
    rows = frame.with_columns(pl.col("team_id").cast(teams.dtype, strict=False)).join(codes, on="team_id")
    known = [name for name in names if rows[name].count()]
    return Preseason(tuple(known), _by_season(rows, known, len(teams)))


def _by_season(rows: pl.DataFrame, names: list[str], teams: int) -> dict[int, Floats]:
    seasons: dict[int, Floats] = {}
    for (season,), found in rows.partition_by("season", as_dict=True).items() if names else ():
        values = seasons[int(season)] = np.full((teams, len(names)), np.nan)
        values[found["code"].to_numpy()] = found.select(names).cast(pl.Float64).fill_null(np.nan).to_numpy()
    return seasons


def _require_columns(frame: pl.DataFrame, names: list[str]) -> None:
    missing = [name for name in KEY if name not in frame.columns]
    if missing or not names:
        wanted = ", ".join(missing) if missing else f"one of {', '.join(QUANTITIES)}"
        raise BadInput(f"A preseason frame has one row per {' and '.join(KEY)}; missing: {wanted}.")
    if unknown := sorted(set(frame.columns) - {*KEY, *QUANTITIES}):
        raise BadInput(f"A preseason frame may have {', '.join(QUANTITIES)}, not {', '.join(unknown)}.")


def _require_valid(frame: pl.DataFrame, names: list[str]) -> None:
    twice = frame.filter(pl.struct(KEY).is_duplicated())
    if twice.height:
        season, team = twice.select(KEY).row(0)
        raise BadInput(f"A preseason frame has one row per season and team; team {team} has several in {season}.")
    for name in names:
        low, high = QUANTITIES[name]
        wrong = frame.filter(~pl.col(name).is_between(low, high))
        if wrong.height:
            season, team, value = wrong.select(*KEY, name).row(0)
            raise BadInput(f"{name} must be between {low:g} and {high:g}; team {team} has {value:g} in {season}.")
