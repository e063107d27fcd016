"""Values of another type or outside of their list: what each word for drift does to them, case H12 of the faults."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import orjson
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.columns import STRING, Field, ListOf, Record
from quality.contracts.games import FCT_GAMES
from quality.contracts.recruiting import FCT_RECRUITING_PORTAL
from quality.dataset import Endpoint
from quality.drift import DriftPolicy
from tasks.lake.lake import Lake
from tasks.parsing.drift import Drift
from tasks.parsing.parse import Parsed, parse
from tests.support.drifted import answer, contract, replay
from tests.support.toys import EVERY, full


def policy(**words: Any) -> Endpoint:
    return replace(EVERY, drift=DriftPolicy(**words))


def parsed(endpoint: Endpoint, *records: Any) -> Parsed:
    return parse(json.dumps(records).encode(), endpoint)


# -- values of another type --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "sent", "taken"),
    [
        ("id", "7", 7),
        ("id", "-9007199254740993", -9007199254740993),
        ("weight", "1.5", 1.5),
        ("weight", "12", 12.0),
        ("isNew", "true", True),
        ("label", 7, "7"),
    ],
)
def test_h12_evolve_takes_what_is_the_same_value(field: str, sent: Any, taken: Any):
    found = parsed(policy(type_change="evolve"), full(), full(**{field: sent}))
    name = {"id": "toy_id", "isNew": "is_new"}.get(field, field)
    assert found.frame[name].to_list()[1] == taken
    assert (found.rejects, found.drift) == ([], [Drift("type change", field, json.dumps(sent), 1, "evolve")])


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        *(("id", text) for text in ("07", "7.0", "1e1", " 7", "+7", "7 ", "", "null", "9223372036854775808", "\uff11")),
        *(("weight", text) for text in ("1.50", ".5", "1,5", "NaN", "9007199254740993")),
        *(("isNew", value) for value in ("True", "1", 1)),
        *(("label", value) for value in (1.5, True, {"a": 1}, ["a"])),
        ("madeAt", 1736965800),
    ],
)
def test_h12_evolve_never_guesses(field: str, sent: Any):
    found = parsed(policy(type_change="evolve"), full(), full(**{field: sent}))
    assert found.frame.height == len(found.rejects) == 1
    assert [(item.column, item.action) for item in found.drift] == [(field, "quarantine")]


@given(st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text("0123456789.-+eE ", max_size=8))
def test_h12_a_converted_number_reads_back_as_it_was_sent(sent: Any):
    """Round trip: nothing is taken from a text that another text would give too."""
    text = sent if isinstance(sent, str) else orjson.dumps(sent).decode() if abs(sent) < 2**63 else str(sent)
    found = parsed(policy(type_change="evolve"), full(weight=0.5), full(weight=text))
    for value in found.frame["weight"].to_list()[1:]:
        assert text in {orjson.dumps(value).decode(), str(int(value))}


@pytest.mark.parametrize(
    ("change", "column", "name"),
    [
        ({"weight": "heavy"}, "weight", "weight"),
        ({"maker": {"id": "x7", "city": "x"}}, "maker.id", "maker_id"),
        ({"maker": 7}, "maker", "maker_id"),
        ({"marks": [1, "two"]}, "marks[]", "marks"),
        ({"parts": [{"partId": 1, "label": [5]}]}, "parts[].label", None),
    ],
)
def test_h12_discard_drops_the_value_and_keeps_the_row(change: dict[str, Any], column: str, name: str | None):
    found = parsed(policy(type_change="discard"), full(), full(**change))
    assert (found.frame.height, found.rejects) == (2, [])
    assert [(item.column, item.count, item.action) for item in found.drift] == [(column, 1, "discard")]
    row = found.frame.row(1, named=True)
    assert (row[name] if name else row["parts"][0]["label"]) is None


def test_h12_discard_reads_what_is_the_same_value():
    found = parsed(policy(type_change="discard"), full(), full(weight="1.25"))
    assert (found.frame["weight"].to_list()[1], found.drift[0].action) == (1.25, "evolve")


@pytest.mark.parametrize(("change", "column"), [({"id": "x"}, "id"), ({"parts": [{"partId": "x"}]}, "parts[].partId")])
def test_h12_discard_puts_aside_what_must_not_be_null(change: dict[str, Any], column: str):
    """Also inside a list that may be null: one bad element is no reason to drop them all."""
    found = parsed(policy(type_change="discard"), full(), full(**change))
    assert [(item.column, item.action) for item in found.drift] == [(column, "quarantine")]
    assert (found.frame.height, [item.column for item in found.rejects]) == (1, [column])


@pytest.mark.parametrize(("word", "out"), [("quarantine", 0), ("evolve", 526)])
def test_h12_numeric_string_of_the_sandbox(lake: Lake, word: str, out: int):
    """Trap: ids that were text in some responses and numbers in others, so that joins lost rows."""
    assert FCT_GAMES.source is not None
    found = replay(lake, contract(FCT_GAMES, type_change=word), answer(FCT_GAMES.source, text=["id"]))
    assert (found.report.rows_out, found.silver.height) == (out, out)
    assert found.drift == [("type change", "id", word)]
    assert found.entry("id").count == 526


# -- unknown values ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "action", "published", "aside"),
    [
        ("evolve", "evolve", True, 0),
        ("quarantine", "quarantine", True, 27),
        ("freeze", "freeze", False, 27),
    ],
)
def test_h12_unknown_value_of_a_required_column(lake: Lake, word: str, action: str, published: bool, aside: int):
    assert FCT_GAMES.source is not None
    rows = answer(FCT_GAMES.source, every=20, set={"status": "suspended"})
    found = replay(lake, contract(FCT_GAMES, unknown_value=word), rows)
    assert found.drift == [("unknown value", "status", action)]
    assert (found.entry("status").value, found.entry("status").count) == ('"suspended"', 27)
    assert ((found.error is None), found.report.quarantined) == (published, aside)
    assert found.silver.height == (len(rows) - aside if published else 0)
    if word == "evolve":
        assert found.silver["status"].to_list().count("suspended") == 27


@pytest.mark.parametrize(
    ("word", "labels"), [("evolve", {"Medical"}), ("discard", {None}), ("quarantine", set()), ("freeze", set())]
)
def test_h12_unknown_value_of_a_nullable_column(lake: Lake, word: str, labels: set[str | None]):
    assert FCT_RECRUITING_PORTAL.source is not None
    rows = answer(FCT_RECRUITING_PORTAL.source, every=40, set={"eligibility": "Medical"})
    ids = [row["id"] for row in rows if row["eligibility"] == "Medical"]
    found = replay(lake, contract(FCT_RECRUITING_PORTAL, unknown_value=word), rows)
    assert found.drift == [("unknown value", "eligibility", word)]
    assert (found.error is None) == (word != "freeze")
    shown = found.silver.filter(pl.col("transfer_id").is_in(ids)) if word != "freeze" else pl.DataFrame()
    assert set(shown["eligibility"] if shown.height else []) == labels


IN_LISTS = Record(
    (
        Field("id", STRING, "row"),
        Field("parts", ListOf(Record((Field("state", STRING, "state", True, values=("new",)),))), "parts"),
    )
)


@pytest.mark.parametrize(
    ("word", "states"), [("discard", ["new", None, None]), ("evolve", ["new", None, "odd"]), ("freeze", None)]
)
def test_unknown_values_in_lists(word: str, states: list[str | None] | None):
    endpoint = Endpoint(
        name="t",
        path="/t",
        description="T.",
        record=IN_LISTS,
        drift=DriftPolicy(unknown_value=word),  # type: ignore[arg-type]
    )
    found = parsed(
        endpoint, {"id": "a", "parts": [{"state": "new"}, {"state": None}, {"state": "odd"}]}, {"id": "b", "parts": []}
    )
    assert found.drift == [Drift("unknown value", "parts[].state", '"odd"', 1, word)]  # type: ignore[arg-type]
    if states is not None:
        assert [part["state"] for part in found.frame["parts"].to_list()[0]] == states


def test_h12_null_key_is_put_aside_whatever_the_words(lake: Lake):
    assert FCT_GAMES.source is not None
    words = {"new_column": "discard", "type_change": "discard", "unknown_value": "evolve"}
    found = replay(lake, contract(FCT_GAMES, **words), answer(FCT_GAMES.source, every=20, set={"id": None}))
    assert (found.error, found.report.by_rule, found.drift) == (None, {"not_nullable": 27}, [])
