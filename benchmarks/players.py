"""Line-ups of a season's plays: time and memory.

usage: python benchmarks/players.py [--games 6000] [--update]

The plays are those of a simulated Saturday of a full-size season, repeated under new game ids until there are enough
games, and are worked on a few days (160 games) at a time, as in an ingest. Seconds are of processor time.
"""

from __future__ import annotations

import resource
import time
from datetime import date

import polars as pl
from common import parser, show

from quality.contracts.floor import FCT_FLOOR_STINTS, FCT_GAME_FLOOR
from quality.contracts.plays import PLAYS
from quality.dataset import Table
from sandbox import Sandbox, SandboxConfig
from tasks.parsing.parse import parse
from tasks.pbp.events import PLAY_COLUMNS
from tasks.pbp.floor import floor_stints
from tasks.pbp.game_floor import game_floor
from tasks.pbp.possessions import possessions

DAY = date(2025, 1, 11)
SLICE = 160  # games: about four busy days


def reads(table: Table, place: int) -> dict[str, pl.DataType]:
    """Columns of an input of a table."""
    assert table.derivation is not None
    return table.derivation.inputs[place].schema


def saturday() -> pl.DataFrame:
    """Plays of a busy day, with what possessions and line-ups read."""
    with Sandbox(SandboxConfig(size="full")).client() as client:
        body = client.get(PLAYS.path, params={"date": DAY.isoformat()}).content
    made = {"game_date": pl.lit(DAY), "fetched_at": pl.lit(None, pl.Datetime("us", "UTC")), "raw_object": pl.lit("")}
    wanted = dict.fromkeys([*PLAY_COLUMNS, *reads(FCT_FLOOR_STINTS, 0)])
    return parse(body, PLAYS).frame.with_columns(**made).select(list(wanted))


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--games", type=int, default=6000)
    given = options.parse_args()
    day = saturday()
    ids, spent, counts = day["game_id"].unique(maintain_order=True), [0.0, 0.0], [0, 0, 0]
    none = pl.LazyFrame(schema=reads(FCT_GAME_FLOOR, 1))
    while counts[0] < given.games:
        plays = day.filter(pl.col("game_id").is_in(ids[: min(SLICE, given.games - counts[0])].implode()))
        owned = possessions(plays.lazy()).select(list(reads(FCT_FLOOR_STINTS, 1))).collect().lazy()
        begun = time.process_time()
        stints = floor_stints(plays.lazy(), owned).collect()
        middle = time.process_time()
        game_floor(stints.lazy(), none).collect()
        spent = [spent[0] + middle - begun, spent[1] + time.process_time() - middle]
        counts = [counts[0] + plays["game_id"].n_unique(), counts[1] + plays.height, counts[2] + stints.height]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    rows = [("table", "CPU seconds"), ("stints of line-ups", f"{spent[0]:.2f}"), ("games", f"{spent[1]:.2f}")]
    note = f"{counts[1]:,} plays of {counts[0]:,} games, {counts[2]:,} stints and teams; peak {peak:.2f} GB."
    show("players", rows, update=given.update, note=note)


if __name__ == "__main__":
    main()
