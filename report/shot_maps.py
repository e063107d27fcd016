"""Shot maps: field goal attempts of a season by place on the court, in hexagonal bins.

A bin is a hexagon of 4 feet from side to side, with corners up and down. Both halves of the court are folded onto one:
a location does not say which basket the shot was for, so a shot from beyond the half line lies on the other half.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

LENGTH, WIDTH = 940, 500  # of the court, tenths of a foot, as the source sends locations
ACROSS = 40.0  # of a hexagon from side to side, tenths of a foot
ROW = ACROSS * 0.75**0.5  # distance of two rows
FEW = 2  # attempts of a bin that is drawn
ADDED = 20  # attempts with the points of all teams that are added to those of a bin
NEAR = 0.05  # points per shot around those of all teams that count as equal
BUSY = (0.01, 0.03)  # shares of the located shots from which a bin is darker
KINDS = ("worse", "even", "better")
STEPS = (0.3, 0.6, 1.0)  # opacity by share
# Of the court, feet: basket from the baseline, half the key, its length, half a basket's ring.
BASKET, KEY, FREE_THROW, RING = 5.25, 6, 19, 0.75
# Three-point line of the men's game, feet, and the distance of its straight part from the middle.
ARC, CORNER = 22.146, 21.656
OLD_ARC = 20.75  # until the season 2019, in the corners too
NEW_ARC_SINCE = 2020


@dataclass(frozen=True)
class ShotMap:
    """The bins of a subject.

    Attributes:
        attempts, located: field goal attempts, and those with a location on the court.
        bins: column, row, kind (place in KINDS) and step (place in STEPS) of each drawn bin.
    """

    attempts: int
    located: int
    bins: list[tuple[int, int, int, int]]

    @property
    def paths(self) -> list[tuple[str, float, str]]:
        """Kind, opacity and SVG path data of the bins that look the same. Units: see `hexagons`."""
        found = []
        for kind, name in enumerate(KINDS):
            for step, opacity in enumerate(STEPS):
                if same := [(column, row) for column, row, k, s in self.bins if (k, s) == (kind, step)]:
                    found.append((name, opacity, hexagons(same)))
        return found

    @property
    def code(self) -> str:
        """The bins as text for a script: kind and step as one digit, then column and row as letters; all in order."""
        looks: dict[int, str] = {}
        for column, row, kind, step in self.bins:
            look = kind * len(STEPS) + step
            looks[look] = looks.get(look, "") + chr(97 + column) + chr(97 + row)
        return "".join(f"{look}{places}" for look, places in sorted(looks.items()))


def hexagons(bins: list[tuple[int, int]]) -> str:
    """SVG path data of hexagons, in relative steps. A unit is half a hexagon across, and a third of a row down."""
    text, at = "", (0, 0)
    for column, row in bins:
        top = (2 * column + row % 2, 3 * row - 2)
        text += f"m{top[0] - at[0]} {top[1] - at[1]}l1 1v2l-1 1-1-1v-2z"
        at = top
    return text


def court(season: int) -> str:
    """SVG path data of half a court in feet, the baseline at the top: key, circle, basket and three-point line."""
    arc, side = (ARC, CORNER) if season >= NEW_ARC_SINCE else (OLD_ARC, OLD_ARC)
    middle = WIDTH / 20
    bend = round(BASKET + (arc**2 - side**2) ** 0.5, 1)
    left, right = round(middle - side, 1), round(middle + side, 1)
    return (
        f"M0 0h50v47H0zM{middle - KEY:g} 0v{FREE_THROW}h{2 * KEY}V0M{middle - KEY:g} {FREE_THROW}"
        f"a{KEY} {KEY} 0 0 0 {2 * KEY} 0M{middle - RING:g} {BASKET}a{RING} {RING} 0 1 0 {2 * RING:g} 0"
        f"a{RING} {RING} 0 1 0-{2 * RING:g} 0M{left} 0V{bend}A{arc:g} {arc:g} 0 0 0 {right} {bend}V0"
    )


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
