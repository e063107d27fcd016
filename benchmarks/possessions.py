"""Possessions, boxes and verdicts of a season's plays, against one group-by pass over the same plays.

usage: python benchmarks/possessions.py [--games 6000] [--runs 3] [--update]

The plays are those of a simulated Saturday of a full-size season, repeated under new game ids until there are enough
games. As in an ingest, they are worked on a few days (160 games) at a time. The baseline is what any use of plays costs
at least: plays, points and fouls per game and team in one pass. Seconds are of processor time, over all threads: on a
busy machine they are the ones that repeat.
"""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable
from datetime import date

import polars as pl
from common import parser, show

from quality.contracts.plays import PLAYS
from quality.contracts.possessions import FCT_GAME_PBP
from sandbox import Sandbox, SandboxConfig
from tasks.parsing.parse import parse
from tasks.pbp.box import team_boxes
from tasks.pbp.events import PLAY_COLUMNS
from tasks.pbp.game_pbp import game_pbp
from tasks.pbp.possessions import possessions

DAY = date(2025, 1, 11)
COPY = 10**10  # added to ids per repetition
SLICE = 160  # games: about four busy days


def season(games: int) -> pl.DataFrame:
    """Plays of so many games, in the columns of silver."""
    with Sandbox(SandboxConfig(size="full")).client() as client:
        body = client.get(PLAYS.path, params={"date": DAY.isoformat()}).content
    made = {"game_date": pl.lit(DAY), "fetched_at": pl.lit(None, pl.Datetime("us", "UTC")), "raw_object": pl.lit("")}
    day = parse(body, PLAYS).frame.with_columns(**made).select(PLAY_COLUMNS)
    times = -(-games // day["game_id"].n_unique())
    copies = (day.with_columns(pl.col("game_id", "play_id") + COPY * n) for n in range(times))
    plays = pl.concat(copies)
    kept = plays["game_id"].unique(maintain_order=True).head(games)
    return plays.filter(pl.col("game_id").is_in(kept.implode()))


def baseline(plays: pl.DataFrame) -> pl.DataFrame:
    """One pass over the plays."""
    return plays.group_by("game_id", "team_id").agg(
        pl.len(),
        pl.col("score_value").filter(pl.col("scoring_play")).sum(),
        (pl.col("play_type") == "PersonalFoul").sum().alias("fouls"),
    )


def schedule(plays: pl.DataFrame) -> pl.LazyFrame:
    """Games of the plays, as if each had ended as they say."""
    ids = {"home_team_id": pl.col("team_id").min(), "away_team_id": pl.col("team_id").max()}
    games = plays.group_by("game_id").agg(pl.col("season", "game_date").first(), **ids)
    halves = pl.lit(None, pl.List(pl.Int64)).alias("home_period_points")
    return games.with_columns(halves, status=pl.lit("final"), home_points=pl.lit(70), away_points=pl.lit(60)).lazy()


def cut(plays: pl.DataFrame) -> pl.DataFrame:
    """Possessions, slice by slice."""
    ids = plays["game_id"].unique(maintain_order=True)
    parts = (plays.filter(pl.col("game_id").is_in(ids[n : n + SLICE].implode())) for n in range(0, len(ids), SLICE))
    return pl.concat(possessions(part.lazy()).collect() for part in parts)


def everything(plays: pl.DataFrame, games: pl.LazyFrame) -> None:
    """The three tables, as `tasks.layers.derive` makes them."""
    rows = cut(plays)
    team_boxes(rows.lazy()).collect()
    assert FCT_GAME_PBP.derivation is not None
    boxes = pl.LazyFrame(schema=FCT_GAME_PBP.derivation.inputs[3].schema)
    chances = pl.LazyFrame(schema=FCT_GAME_PBP.derivation.inputs[4].schema)
    game_pbp(games, plays.lazy(), rows.lazy(), boxes, chances).collect()


def seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Processor time and wall time of a call."""
    begun, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - begun, time.perf_counter() - wall


def median(runs: int, work: Callable[[], object]) -> tuple[float, float]:
    """Medians of several calls."""
    used, passed = zip(*(seconds(work) for _ in range(runs)), strict=True)
    return statistics.median(used), statistics.median(passed)


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--games", type=int, default=6000)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    plays = season(given.games)
    games = schedule(plays)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    plain, plain_wall = median(given.runs, lambda: baseline(plays))
    told, told_wall = median(given.runs, lambda: cut(plays))
    whole, whole_wall = median(given.runs, lambda: everything(plays, games))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    steps = {"one group-by pass": (plain, plain_wall), "possessions": (told, told_wall)}
    steps["possessions, boxes, usability"] = (whole, whole_wall)
    rows = [("what", "CPU s", "wall s", "times the pass")]
    rows += [(name, f"{cpu:.2f}", f"{wall:.2f}", f"{cpu / plain:.1f}") for name, (cpu, wall) in steps.items()]
    note = (
        f"{plays.height:,} plays of {given.games:,} games, {given.runs} runs, medians; peak {peak / 1e6:.2f} GB, with "
    )
    note += f"the plays alone {before / 1e6:.2f} GB."
    show("possessions", rows, update=given.update, note=note)


if __name__ == "__main__":
    main()
