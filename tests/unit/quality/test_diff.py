"""Difference of two versions of the same rows: what is added, gone and changed, whatever the types and the order."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from quality.diff import cells, count, diff, digest, key_text

NESTED = pl.List(pl.Struct({"part_id": pl.Int64(), "marks": pl.List(pl.Float64())}))
VALUES: dict[str, tuple[pl.DataType, st.SearchStrategy[Any]]] = {
    "number": (pl.Int64(), st.integers(-3, 3)),
    "share": (pl.Float64(), st.sampled_from([0.0, 0.1, 0.1 + 2**-54, 1 / 3, 0.30000000000000004, 0.3])),
    "text": (pl.String(), st.sampled_from(["", "null", "a", "é"])),
    "is_new": (pl.Boolean(), st.booleans()),
    "marks": (pl.List(pl.Int64()), st.lists(st.none() | st.integers(0, 1), max_size=2)),
    "parts": (
        NESTED,
        st.lists(
            st.none()
            | st.fixed_dictionaries(
                {
                    "part_id": st.none() | st.integers(0, 1),
                    "marks": st.none() | st.lists(st.none() | st.sampled_from([0.5, 1.0]), max_size=1),
                }
            ),
            max_size=2,
        ),
    ),
}
KEY, COLUMNS = ["game_id", "side"], list(VALUES)
SCHEMA = {"game_id": pl.Int64(), "side": pl.String()} | {name: dtype for name, (dtype, _) in VALUES.items()}
ROW = st.fixed_dictionaries({name: st.none() | values for name, (_, values) in VALUES.items()})
ROWS = st.dictionaries(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b"])), ROW, max_size=8)

Rows = dict[tuple[int, str], dict[str, Any]]


def frame(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame([{"game_id": game, "side": side} | row for (game, side), row in rows.items()], schema=SCHEMA)


@given(old=ROWS, new=ROWS, kept=st.sets(st.tuples(st.integers(0, 4), st.sampled_from(["a", "b"]))))
def test_what_differs_is_found_and_nothing_else(old: Rows, new: Rows, kept: set[tuple[int, str]]):
    """Against a plain comparison of dicts: nulls, empty lists, lists with nulls and close floats are told apart."""
    new = new | {key: old[key] for key in kept & old.keys()}
    found = diff(frame(old), frame(new), KEY, COLUMNS)
    common = old.keys() & new.keys()
    wanted = {(*key, name) for key in common for name in COLUMNS if old[key][name] != new[key][name]}
    assert set(found.added.rows()) == new.keys() - old.keys()
    assert set(found.removed.rows()) == old.keys() - new.keys()
    assert set(found.cells.select(*KEY, "column_name").rows()) == wanted
    assert (found.counts.before, found.counts.changed) == (len(old), len({cell[:2] for cell in wanted}))


@given(rows=ROWS, seed=st.randoms(use_true_random=False))
def test_order_does_not_matter(rows: Rows, seed: Any):
    items = list(rows.items())
    seed.shuffle(items)
    counts, gone = count(*(digest(frame(dict(part)).lazy(), KEY, COLUMNS) for part in (items, rows.items())), KEY)
    assert (counts.added, counts.removed, counts.changed, gone.height) == (0, 0, 0, 0)


@given(old=ROW, new=ROW)
def test_values_as_text_say_the_values(old: dict[str, Any], new: dict[str, Any]):
    """Floats exactly, so that an override can be written from what is read here."""
    rows = cells(frame({(1, "a"): old}), frame({(1, "a"): new}), KEY, COLUMNS).to_dicts()
    for row in rows:
        for text, value in ((row["old"], old[row["column_name"]]), (row["new"], new[row["column_name"]])):
            kind = VALUES[row["column_name"]][0]
            assert value == (text if text is None or isinstance(kind, pl.String) else json.loads(text))


def test_times_and_keys_are_written_as_people_write_them():
    moment = pl.Datetime("us", "UTC")
    at = [datetime(2025, 1, 15, 18, 30, tzinfo=UTC), datetime(2025, 1, 15, 18, 30, 0, 250_000, tzinfo=UTC)]
    old, new = (
        pl.DataFrame({"game_id": [12], "team": ["St. X"], "at": [t]}, schema_overrides={"at": moment}) for t in at
    )
    found = cells(old, new, ["game_id", "team"], ["at"])
    assert found.select("old", "new").row(0) == ("2025-01-15T18:30:00Z", "2025-01-15T18:30:00.250Z")
    assert found.select(key_text(["game_id", "team"], dict(found.schema))).item() == "game_id=12 team=St. X"


def test_rows_with_no_column_to_compare_have_no_cells():
    """Trap: a table that is only a key has no column in which a value could differ."""
    rows = pl.DataFrame({"game_id": [1, 2]})
    assert cells(rows, rows, ["game_id"], []).is_empty()
