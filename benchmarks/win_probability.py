"""Win probability of a season's plays, against the possessions of the same plays.

usage: python benchmarks/win_probability.py [--games 6000] [--runs 3] [--update]

The plays are those of `benchmarks/possessions.py`, a few days (160 games) at a time, as in an ingest. Seconds are of
processor time, over all threads. Target: a season of 2.3 million plays in at most 10 s.
"""

from __future__ import annotations

import polars as pl
from common import parser, show
from possessions import SLICE, cut, median, season

from quality.contracts.win_probability import FCT_PLAY_WIN_PROBABILITY
from tasks.pbp.win_probability import win_probability

assert FCT_PLAY_WIN_PROBABILITY.derivation is not None
PLAYS, GAMES, LINES = (item.schema for item in FCT_PLAY_WIN_PROBABILITY.derivation.inputs)


def schedule(plays: pl.DataFrame) -> pl.DataFrame:
    """Games of the plays, each ended as its plays say."""
    given = {
        "home_team_id": pl.col("team_id").min(),
        "away_team_id": pl.col("team_id").max(),
        "home_points": pl.col("home_score").max(),
        "away_points": pl.col("away_score").max(),
    }
    games = plays.group_by("game_id").agg(pl.col("game_date").first(), **given)
    more = {"status": pl.lit("final"), "has_result": pl.lit(value=True), "neutral_site": pl.lit(value=False)}
    elo = {f"{side}_team_elo_start": pl.lit(value, pl.Int64) for side, value in (("home", 1600), ("away", 1500))}
    return games.with_columns(**more, **elo).select(list(GAMES))


def estimate(plays: pl.DataFrame, games: pl.DataFrame) -> pl.DataFrame:
    """Win probabilities, slice by slice."""
    ids = plays["game_id"].unique(maintain_order=True)
    parts = (plays.filter(pl.col("game_id").is_in(ids[n : n + SLICE].implode())) for n in range(0, len(ids), SLICE))
    lines = pl.LazyFrame(schema=LINES)
    return pl.concat(win_probability(part.lazy(), games.lazy(), lines).collect() for part in parts)


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--games", type=int, default=6000)
    options.add_argument("--runs", type=int, default=3)
    given = options.parse_args()
    plays = season(given.games).with_columns(pl.lit(None, pl.Float64).alias("home_win_probability"))
    games = schedule(plays)
    known = estimate(plays, games)["model_home_win_probability"].count()
    first, first_wall = median(given.runs, lambda: cut(plays))
    cpu, wall = median(given.runs, lambda: estimate(plays, games))
    rows = [
        ("what", "CPU s", "wall s", "times the possessions"),
        ("possessions", f"{first:.2f}", f"{first_wall:.2f}", "1.0"),
        ("win probability", f"{cpu:.2f}", f"{wall:.2f}", f"{cpu / first:.1f}"),
    ]
    note = f"{plays.height:,} plays of {given.games:,} games, {given.runs} runs, medians; "
    note += f"{known / plays.height:.1%} of the plays have a probability."
    show("win-probability", rows, update=given.update, note=note)


if __name__ == "__main__":
    main()
