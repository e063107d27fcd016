"""Shot maps: field goal attempts of a season by place on the court, in hexagonal bins. `shot_maps.js` draws them.

A bin is a hexagon of 4 feet from side to side, with corners up and down. Both halves of the court are folded onto one:
a location does not say which basket the shot was for, so a shot from beyond the half line lies on the other half.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import polars as pl

LENGTH, WIDTH = 940, 500  # of the court, tenths of a foot, as the source sends locations
ACROSS = 40.0  # of a hexagon from side to side, tenths of a foot
ROW = ACROSS * 0.75**0.5  # distance of two rows
FEW = 2  # attempts of a bin that is drawn
ADDED = 20  # attempts with the points of all teams that are added to those of a bin
NEAR = 0.05  # points per shot around those of all teams that count as equal
BUSY = (0.01, 0.03)  # shares of the located shots from which a bin is darker
KINDS = ("worse", "even", "better")
STEPS = len(BUSY) + 1
LEAST_LOCATED = 40  # shots of a player with a map
# Three-point line of the men's game, feet: radius, and distance of its straight part from the middle of the court.
LINE, OLD_LINE = (22.146, 21.656), (20.75, 20.75)
LINE_SINCE = 2020


def line_of(season: int) -> str:
    """The three-point line of a season: radius and distance of the straight part from the middle, in feet."""
    return "{:g} {:g}".format(*(LINE if season >= LINE_SINCE else OLD_LINE))


@dataclass(frozen=True)
class ShotMap:
    """The bins of a subject.

    Attributes:
        attempts, located: field goal attempts, and those with a location on the court.
        bins: column, row, place in KINDS, and step of darkness from 0 of each drawn bin.
    """

    attempts: int
    located: int
    bins: list[tuple[int, int, int, int]]

    @property
    def code(self) -> str:
        """The bins as text: a digit for kind and step (kind x STEPS + step), then column and row of each as letters."""
        looks: dict[int, str] = {}
        for column, row, kind, step in self.bins:
            look = kind * STEPS + step
            looks[look] = looks.get(look, "") + chr(97 + column) + chr(97 + row)
        return "".join(f"{look}{places}" for look, places in sorted(looks.items()))


def binned(shots: pl.DataFrame) -> pl.DataFrame:
    """Attempts by team, opponent, shooter and bin: attempts, points; column and row are null without a location.

    shots: rows of `silver.fct_shots`. The bin of a shot is the nearest centre of a hexagonal lattice (Carr and others,
    Scatterplot matrix techniques for large N, 1987): the nearer of two centres, one of each rectangular lattice.
    """
    x, y = pl.col("shot_info_location_x"), pl.col("shot_info_location_y")
    is_far = x > LENGTH / 2
    across, down = pl.when(is_far).then(WIDTH - y).otherwise(y), pl.when(is_far).then(LENGTH - x).otherwise(x)
    is_on_court = x.is_between(0, LENGTH) & y.is_between(0, WIDTH)
    placed = shots.with_columns(
        across=pl.when(is_on_court).then(across / ACROSS), down=pl.when(is_on_court).then(down / ROW)
    )
    placed = placed.with_columns(even=2 * (pl.col("down") / 2).round(), odd=2 * ((pl.col("down") - 1) / 2).round() + 1)
    placed = placed.with_columns(even_column=pl.col("across").round(), odd_column=(pl.col("across") - 0.5).round())
    stretch = (ROW / ACROSS) ** 2
    distances = {
        name: (pl.col("across") - pl.col(f"{name}_column") - shift) ** 2
        + stretch * (pl.col("down") - pl.col(name)) ** 2
        for name, shift in (("even", 0.0), ("odd", 0.5))
    }
    nearer = pl.when(distances["odd"] < distances["even"])
    placed = placed.with_columns(
        column=nearer.then("odd_column").otherwise("even_column").cast(pl.Int64),
        row=nearer.then("odd").otherwise("even").cast(pl.Int64),
        points=pl.col("is_shot_made") * pl.col("shot_value"),
    )
    keys = ["team_id", "opponent_id", pl.col("shot_info_shooter_id").alias("shooter_id"), "column", "row"]
    return placed.group_by(keys).agg(attempts=pl.len().cast(pl.Int64), points=pl.col("points").sum().cast(pl.Float64))


def maps(bins: pl.DataFrame, *by: str) -> dict[tuple[int, ...], ShotMap]:
    """A map per subject, from `binned`: a team's own shots by `team_id`, its opponents' by `opponent_id`."""
    place = ["column", "row"]
    usual = bins.drop_nulls(place).group_by(place).agg(usual=pl.col("points").sum() / pl.col("attempts").sum())
    sums = bins.drop_nulls(list(by)).group_by(*by, *place).agg(pl.col("attempts", "points").sum())
    totals = sums.group_by(by).agg(
        whole=pl.col("attempts").sum(), located=pl.col("attempts").filter(pl.col("row").is_not_null()).sum()
    )
    found = {tuple(row[:-2]): ShotMap(row[-2], row[-1], []) for row in totals.iter_rows()}
    drawn = sums.filter(pl.col("attempts") >= FEW).join(usual, on=place).join(totals, on=by)
    known = pl.col("usual")
    gap = (pl.col("points") + ADDED * known) / (pl.col("attempts") + ADDED) - known
    share = pl.col("attempts") / pl.col("located")
    looks = drawn.select(
        *by,
        *place,
        kind=(gap > -NEAR).cast(pl.Int64) + (gap >= NEAR).cast(pl.Int64),
        step=pl.sum_horizontal((share >= limit).cast(pl.Int64) for limit in BUSY),
    )
    for row in looks.sort(*by, "row", "column").iter_rows():
        found[tuple(row[: len(by)])].bins.append(row[len(by) :])
    return found


SIDES = {"team_id": "Own shots", "opponent_id": "Opponents' shots"}
OF_PLAYERS = {"map_code": pl.String(), "map_located": pl.Int64(), "map_attempts": pl.Int64()}


def of_teams(bins: pl.DataFrame | None, season: int) -> dict[int, dict[str, Any]]:
    """What the page of a team shows, by team_id: its own shots, then those of its opponents."""
    found: dict[int, dict[str, Any]] = {}
    if bins is None:
        return found
    for side, whose in SIDES.items():
        for (number,), drawn in maps(bins, side).items():
            shown = found.setdefault(number, {"line": line_of(season), "maps": []})
            shown["maps"] += _shown(whose, drawn.code, drawn.located, drawn.attempts)
    return found


def of_players(bins: pl.DataFrame | None) -> pl.DataFrame:
    """Maps of players with enough located shots: team_id, athlete_id and the columns of OF_PLAYERS."""
    schema = {"team_id": pl.Int64(), "athlete_id": pl.Int64(), **OF_PLAYERS}
    known = {} if bins is None else maps(bins, "team_id", "shooter_id")
    enough = {key: drawn for key, drawn in known.items() if drawn.located >= LEAST_LOCATED}
    rows = [(*key, drawn.code, drawn.located, drawn.attempts) for key, drawn in enough.items()]
    return pl.DataFrame(rows, schema=schema, orient="row")


def of_player(seasons: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the page of a player shows, from rows with the columns of `of_players` and the team."""
    whole = list(seasons)
    rows = [(row["team"] if len(whole) > 1 else "Shots", *(row[name] for name in OF_PLAYERS)) for row in whole]
    return [shown for row in rows if row[1] is not None for shown in _shown(*row)]


def _shown(whose: str, code: str, located: int, attempts: int) -> list[dict[str, Any]]:
    return [{"whose": whose, "code": code, "located": located, "attempts": attempts}] if code else []
