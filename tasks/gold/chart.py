"""A team's rating over a season as an SVG: `python -m tasks.gold.chart --season 2025 --team 18 > team.svg`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import date, timedelta
from html import escape

import polars as pl

from quality.contracts.gold_ratings import PREDICTIVE, TEAM_RATINGS_DAILY
from tasks.errors import BadInput
from tasks.gold.model.outcome import QUANTILE_80
from tasks.lake.lake import Lake

WIDTH, HEIGHT = 760, 340
LEFT, RIGHT, TOP, BOTTOM = 52, 20, 64, 36
STEP = 10  # points per 100 possessions between two grid lines
STYLE = """
.page { fill: #ffffff } .ink { fill: #1b1f24 } .faint { fill: #5b6570 } .grid { stroke: #dfe4ea }
.zero { stroke: #5b6570; stroke-dasharray: 4 3 } .band { fill: #6baed6; fill-opacity: 0.35 }
.line { fill: none; stroke: #08519c; stroke-width: 2 }
text { font: 12px system-ui, sans-serif } .title { font-size: 18px; font-weight: 600 }
@media (prefers-color-scheme: dark) {
  .page { fill: #14181d } .ink { fill: #e8ecf1 } .faint { fill: #9aa5b1 } .grid { stroke: #2a323b }
  .line { stroke: #8cc4f0 }
}
"""


def rating_chart(ratings: pl.DataFrame, title: str) -> str:
    """The SVG: net rating by date with its 80 % interval.

    Args:
        ratings: as_of_date, net, uncertainty (sd of net), both in points per 100 possessions; one row per date.

    Raises:
        BadInput: when there is no row.
    """
    rows = ratings.sort("as_of_date").select("as_of_date", "net", "uncertainty").rows()
    if not rows:
        raise BadInput(f"{title}: there are no ratings; `python flows/gold.py` builds them, for teams of Division I")
    days = [row[0] for row in rows]
    low = [net - QUANTILE_80 * sd for _, net, sd in rows]
    high = [net + QUANTILE_80 * sd for _, net, sd in rows]
    scale = _Scale(days, min(*low, 0), max(*high, 0))
    band = [*zip(days, high, strict=True), *zip(days[::-1], low[::-1], strict=True)]
    last = f"{rows[-1][1]:+.1f} on {days[-1]}, 80 % between {low[-1]:+.1f} and {high[-1]:+.1f}"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
            f'role="img" aria-labelledby="title about"><title id="title">{escape(title)}</title>',
            f'<desc id="about">Net rating: {last}.</desc><style>{STYLE}</style>',
            f'<rect class="page" width="{WIDTH}" height="{HEIGHT}"/>',
            f'<text class="ink title" x="{LEFT}" y="28">{escape(title)}</text>',
            f'<text class="faint" x="{LEFT}" y="48">Net rating, points per 100 possessions: {last}</text>',
            *scale.grid(),
            f'<polygon class="band" points="{scale.points(band)}"/>',
            f'<polyline class="line" points="{scale.points([(day, net) for day, net, _ in rows])}"/>',
            "</svg>\n",
        ]
    )


class _Scale:
    """Converts dates and ratings to coordinates."""

    def __init__(self, days: Sequence[date], low: float, high: float) -> None:
        self._first, self._span = days[0], max((days[-1] - days[0]).days, 1)
        self._low, self._high = STEP * (low // STEP), STEP * -(-high // STEP)
        self._days = days

    def _x(self, day: date) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (day - self._first).days / self._span

    def _y(self, value: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (self._high - value) / (self._high - self._low)

    def points(self, values: Sequence[tuple[date, float]]) -> str:
        return " ".join(f"{self._x(day):.1f},{self._y(value):.1f}" for day, value in values)

    def grid(self) -> list[str]:
        """Horizontal lines with their rating, and a label at the first day of each month."""
        drawn = []
        for value in range(int(self._low), int(self._high) + 1, STEP):
            y, kind, label = self._y(value), "grid" if value else "zero", f"{value:+d}" if value else "0"
            drawn.append(f'<line class="{kind}" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
            drawn.append(f'<text class="faint" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
        day = self._first
        while day <= self._days[-1]:
            if day.day == 1:
                x, y = self._x(day), HEIGHT - BOTTOM + 18
                drawn.append(f'<text class="faint" x="{x:.1f}" y="{y}" text-anchor="middle">{day:%b}</text>')
            day += timedelta(days=1)
        return drawn


def main(argv: Sequence[str] | None = None) -> int:
    """Write the chart of a team to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lake", default="lake")
    parser.add_argument("--season", type=int, required=True)
    parser.add_argument("--team", type=int, required=True, help="team_id")
    given = parser.parse_args(argv)
    lake = Lake.open(given.lake)
    wanted = (pl.col("season") == given.season) & (pl.col("team_id") == given.team) & (pl.col("variant") == PREDICTIVE)
    ratings = lake.scan(TEAM_RATINGS_DAILY.qualified).filter(wanted).collect()
    names = lake.scan("silver.dim_teams").filter(pl.col("team_id") == given.team).select("school").collect()
    name = names.item() if names.height else f"team {given.team}"
    sys.stdout.write(rating_chart(ratings, f"{name}, season {given.season}"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
