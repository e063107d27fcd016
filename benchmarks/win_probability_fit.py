"""Fit of the win probability, and its calibration by time left, beside the API's own numbers.

usage: python benchmarks/win_probability_fit.py [--days 11] [--games FILE ...]

Without files: plays of Saturdays of a full-size sandbox season. It fits `late_sd`, `ball` and `fade_seconds` of
`tasks.pbp.win_model` on a grid (mean over the stretches of the log loss, so that the many early plays do not decide),
with the sandbox's own deviation of margins, which is not that of real games. Then it prints Brier score, expected
calibration error (ten bins) and the difference between ours and the API's numbers, for the published constants and for
the sandbox's deviation. The API's null counts as 0, because the API sends 0 as null.

--games: Parquet files of real games, with season, game_date, home_team_id, away_team_id, neutral_site, home_points,
away_points and home_spread (negative: the home team is favoured). Prints what `tasks.pbp.win_model` and
`tasks.pbp.pregame` take from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from common import parser, show

from quality.calendar import eastern_date
from quality.contracts.games import GAMES, HAS_RESULT
from quality.contracts.lines import FCT_LINES, LINES
from quality.contracts.plays import PLAYS
from quality.dataset import Endpoint
from sandbox import Sandbox, SandboxConfig
from tasks.layers.silver import shape
from tasks.parsing.parse import parse
from tasks.pbp.pregame import pregame
from tasks.pbp.states import OK, states
from tasks.pbp.win_model import FITTED, MARGIN_SD, Floats, Moments, Parameters, home_win_probability

SATURDAY = date(2024, 11, 9)
WEEK = timedelta(days=7)
STRETCHES = ((1200, 2400), (600, 1200), (240, 600), (60, 240), (20, 60), (5, 20), (-1, 5))  # seconds left: above, up to
SANDBOX_SD = 12.3  # points; standard deviation of the sandbox's margins around its closing lines
GRID = ((1.5, 2.0, 2.5, 3.0, 3.5), (0.4, 0.5, 0.6, 0.7, 0.8, 1.0), (5.0, 10.0, 15.0, 25.0, 35.0, 50.0, 70.0))
EVERY = 8  # plays per play that the fit uses
BINS = 10
OLDER_NAMES = {"home": "home_team_id", "away": "away_team_id", "home_pts": "home_points", "away_pts": "away_points",
               "neutral": "neutral_site", "closing_home_spread": "home_spread"}  # fmt: skip


def season(days: int) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Plays of some Saturdays, and games and lines of the sandbox's season, as in silver."""
    made = {"fetched_at": pl.lit(None, pl.Datetime("us", "UTC")), "raw_object": pl.lit("")}
    dated = eastern_date(pl.col("start_at")).alias("game_date")
    with Sandbox(SandboxConfig(size="full", now=datetime(2025, 5, 1, tzinfo=UTC))).client() as client:

        def asked(endpoint: Endpoint, **params: Any) -> pl.DataFrame:
            return parse(client.get(endpoint.path, params=params).content, endpoint).frame

        plays = [asked(PLAYS, date=(SATURDAY + n * WEEK).isoformat()) for n in range(days)]
        weeks = [SATURDAY + (n - 1) * WEEK for n in range(days + 2)]
        spans = [{"startDateRange": f"{day}T00:00:00Z", "endDateRange": f"{day + WEEK}T00:00:00Z"} for day in weeks]
        games, lines = ([asked(endpoint, season=2025, **span) for span in spans] for endpoint in (GAMES, LINES))
    quotes = pl.concat(lines).unique("game_id").with_columns(**made, season=pl.lit(2025, pl.Int64))
    schedule = pl.concat(games).unique("game_id").with_columns(dated, HAS_RESULT.expr.alias("has_result"))
    played = pl.concat(plays).unique("play_id").with_columns(dated, **made)
    return played, schedule, shape(quotes, FCT_LINES)


def usable(plays: pl.DataFrame, games: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    """States of finished games without their last play, whose probability is the result by definition."""
    rows = states(plays, games).join(pregame(games, lines), on="game_id", how="left", maintain_order="left")
    won = (pl.col("home_points") > pl.col("away_points")).alias("won")
    return rows.filter(pl.col("win_probability_flag") == OK, "is_final", ~pl.col("is_end")).with_columns(won)


def moments(rows: pl.DataFrame) -> Moments:
    """The model's input."""
    names = ("home_lead", "seconds_left", "seconds_played", "ball", "pregame_home_margin", "margin_sd")
    return Moments(*(rows[name].cast(pl.Float64).to_numpy() for name in names))


def stretches(rows: pl.DataFrame) -> list[np.ndarray[Any, np.dtype[np.bool_]]]:
    """Which rows are in each stretch of time."""
    left = rows["seconds_left"].to_numpy()
    return [(left > low) & (left <= high) for low, high in STRETCHES]


def fit(rows: pl.DataFrame) -> tuple[Parameters, float]:
    """The best parameters of the grid, and their loss."""
    some = rows.gather_every(EVERY)
    at, won, parts = moments(some), some["won"].to_numpy(), stretches(some)

    def loss(by: Parameters) -> float:
        found = np.clip(home_win_probability(at, by), 1e-6, 1 - 1e-6)
        each = -np.log(np.where(won, found, 1 - found))
        return float(np.mean([each[part].mean() for part in parts]))

    tried = [Parameters(sqrt(SANDBOX_SD**2 - late**2), late, ball, fade) for late, ball, fade in product(*GRID)]
    losses = [loss(by) for by in tried]
    best = int(np.argmin(losses))
    return tried[best], losses[best]


def calibration_error(found: Floats, won: Floats) -> float:
    """Expected calibration error: mean |probability - share won| over ten bins of probability, by their rows."""
    bins = np.minimum((found * BINS).astype(int), BINS - 1)
    return float(sum((bins == n).mean() * abs((found - won)[bins == n].mean()) for n in np.unique(bins)))


def calibration(rows: pl.DataFrame, by: Parameters) -> list[tuple[str, ...]]:
    """Table by stretch: plays, Brier score and calibration error of both, and their mean absolute difference."""
    ours, won = home_win_probability(moments(rows), by), rows["won"].cast(pl.Float64).to_numpy()
    theirs = rows["home_win_probability"].fill_null(0.0).to_numpy()
    table: list[tuple[str, ...]] = [("seconds left", "plays", "Brier", "Brier, API", "ECE", "ECE, API", "difference")]
    for (low, high), part in zip(STRETCHES, stretches(rows), strict=True):
        p, q, y = ours[part], theirs[part], won[part]
        numbers = (np.mean((p - y) ** 2), np.mean((q - y) ** 2), calibration_error(p, y), calibration_error(q, y))
        cells = [f"{value:.4f}" for value in (*numbers, np.mean(abs(p - q)))]
        table.append((f"{low + 1} to {high}", f"{int(part.sum()):,}", *cells))
    return table


def real(files: Sequence[Path]) -> list[tuple[str, ...]]:
    """What margins around closing lines, around Elo and around the home edge say."""
    table: list[tuple[str, ...]] = [("games", "with a line", "within 68 %", "sd", "home margin", "points per Elo",
                                     "home edge with Elo", "lines around Elo", "lines around the edge")]  # fmt: skip
    for path in files:
        games = pl.read_parquet(path).rename(OLDER_NAMES, strict=False).filter(pl.col("home_points") > 0)
        margin = pl.col("home_points").cast(pl.Float64) - pl.col("away_points").cast(pl.Float64)
        rows = with_elo(games.with_columns(margin.alias("margin")).sort("game_date"))
        rows = rows.filter(~pl.col("neutral_site"))
        lined = rows.drop_nulls("home_spread")
        error = (lined["margin"] + lined["home_spread"]).to_numpy()
        later = rows.filter(pl.col("season") > pl.col("season").min())
        slope, edge = np.polyfit(later["elo"].to_numpy(), later["margin"].to_numpy(), 1)
        quoted = later.drop_nulls("home_spread")
        around = -quoted["home_spread"].to_numpy() - slope * quoted["elo"].to_numpy() - edge
        spread = float(np.std(quoted["home_spread"].to_numpy()))
        numbers = (float(np.quantile(abs(error), 0.6827)), error.std(), rows["margin"].to_numpy().mean())
        cells = [f"{value:.2f}" for value in numbers] + [f"{slope:.3f}"]
        table.append((path.stem, f"{lined.height:,}", *cells, f"{edge:.2f}", f"{around.std():.2f}", f"{spread:.2f}"))
    return table


def with_elo(games: pl.DataFrame) -> pl.DataFrame:
    """Adds elo: difference before the game by the usual formula (K 20 with margins, home edge 80, 3/4 kept)."""
    ratings: dict[Any, float] = {}
    last, found = None, []
    columns = ("season", "home_team_id", "away_team_id", "neutral_site", "margin")
    for year, home, away, neutral, margin in games.select(columns).iter_rows():
        if year != last:
            ratings, last = {team: 1500 + 0.75 * (value - 1500) for team, value in ratings.items()}, year
        before = ratings.get(home, 1500.0) - ratings.get(away, 1500.0)
        found.append(before)
        edge = before + (0 if neutral else 80)
        favoured = edge if margin > 0 else -edge
        step = 20 * (abs(margin) + 3) ** 0.8 / (7.5 + 0.006 * favoured)
        gain = step * ((1.0 if margin > 0 else 0.0) - 1 / (1 + 10 ** (-edge / 400)))
        ratings[home], ratings[away] = ratings.get(home, 1500.0) + gain, ratings.get(away, 1500.0) - gain
    return games.with_columns(pl.Series("elo", found))


def main() -> None:
    """Print the tables."""
    options = parser(__doc__ or "")
    options.add_argument("--days", type=int, default=11)
    options.add_argument("--games", type=Path, nargs="*", default=[])
    given = options.parse_args()
    if given.games:
        show("win-probability-real", real(given.games), update=False)
    rows = usable(*season(given.days))
    best, loss = fit(rows)
    show("win-probability-fit", [("best of the grid", "loss"), (str(best), f"{loss:.5f}")], update=False)
    own = replace(FITTED, sd=sqrt(SANDBOX_SD**2 - FITTED.late_sd**2))
    for name, by in ((f"margins of real games: sd {MARGIN_SD}", FITTED), (f"of the sandbox: sd {SANDBOX_SD}", own)):
        show(name, calibration(rows, by), update=False, note=f"{name}; {rows['game_id'].n_unique():,} games")


if __name__ == "__main__":
    main()
