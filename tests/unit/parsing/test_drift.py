"""Words for drift: what may be said, what each does to a value, and how it is told."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, get_args

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.contracts.games import FCT_GAMES
from quality.contracts.plays import PLAYS
from quality.dataset import Endpoint, registry
from quality.drift import EFFECTS, Case, DriftPolicy, Word
from tasks.lake.lake import Lake
from tasks.layers.report import LayerReport, fingerprint
from tasks.parsing._unknown import MAX_TOLD, OTHERS
from tasks.parsing.drift import Drift, may_be_null, merge
from tasks.parsing.parse import Parsed, parse
from tasks.runs.summary import DatasetSummary, RunSummary
from tests.support.drifted import answer, contract, replay
from tests.support.toys import BOXES, EVERY, full


def policy(**words: Any) -> Endpoint:
    return replace(EVERY, drift=DriftPolicy(**words))


def parsed(endpoint: Endpoint, *records: Any) -> Parsed:
    return parse(json.dumps(records).encode(), endpoint)


# -- what may be said --------------------------------------------------------------------------------------------------


def test_what_is_missing_cannot_be_dropped():
    with pytest.raises(ValueError, match=r"missing_column='discard' has no meaning.*valid: evolve, freeze, quarantine"):
        DriftPolicy(missing_column="discard")


def test_a_word_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match=r"new_column='ignore' has no meaning; valid: evolve, freeze, discard, quar"):
        DriftPolicy(new_column="ignore")  # type: ignore[arg-type]


def test_every_other_word_has_a_documented_effect():
    pairs = {(case, word) for case in get_args(Case) for word in get_args(Word)}
    assert pairs - EFFECTS.keys() == {("missing column", "discard")}


def test_nothing_can_be_dropped_where_nothing_may_be_null():
    """`state` of the toy boxes must not be null: all that discard could do is what quarantine does."""
    with pytest.raises(
        ValueError, match=r"boxes: unknown_value='discard' can never take effect.*\(state\); use 'quarant"
    ):
        replace(BOXES, drift=DriftPolicy(unknown_value="discard"))


def test_a_route_keeps_the_values_that_its_dataset_keeps():
    """Both feed one silver table, whose check knows one list."""
    route = next(item for item in registry() if item.route_of is PLAYS)
    with pytest.raises(ValueError, match=f"{route.name}: unknown_value differs from plays, which fills"):
        replace(route, drift=DriftPolicy(unknown_value="freeze"))


def test_other_words_make_a_partition_stale():
    changed = policy(new_column="discard")
    assert fingerprint(changed.table, []) != fingerprint(EVERY.table, [])
    assert fingerprint(policy(new_column="evolve", reason="as ever").table, []) == fingerprint(EVERY.table, [])


# -- new columns -------------------------------------------------------------------------------------------------------


def test_unknown_fields_are_kept_where_they_stood():
    sent = [
        full(),
        full(mood="high", tags={"a": [1, None]}),
        full(maker={"id": 1, "city": "x", "zip": "01"}, parts=[{"partId": 1, "label": "x"}, {"partId": 2, "size": 3}]),
    ]
    kept = [text and orjson.loads(text) for text in parsed(EVERY, *sent).unknown_fields]
    assert kept == [
        None,
        {"mood": "high", "tags": {"a": [1, None]}},
        {"maker.zip": "01", "parts[].size": [None, 3]},
    ]


def test_unknown_fields_stay_with_their_rows():
    """Trap: records that are put aside shift what is kept beside the frame."""
    found = parsed(EVERY, full(id=1, q=1), full(id="x", q=2), full(id=3, q=[3]), full(id=4))
    assert found.frame["toy_id"].to_list() == [1, 3, 4]
    assert found.unknown_fields.to_list() == ['{"q":1}', '{"q":[3]}', None]


NAMES = st.text(st.characters(exclude_categories=("Cs",)), max_size=4).filter(lambda name: name not in full())
JSON = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(exclude_categories=("Cs",)))
RECORDS = st.lists(st.dictionaries(NAMES, JSON | st.lists(JSON) | st.dictionaries(NAMES, JSON)))


@given(RECORDS)
def test_no_value_of_a_new_column_is_lost(extras: list[dict[str, Any]]):
    found = parsed(EVERY, *(full(id=number) | extra for number, extra in enumerate(extras)))
    assert found.rejects == []
    kept = [orjson.loads(text) if text else {} for text in found.unknown_fields]
    assert kept == [{name: value for name, value in extra.items() if value is not None} for extra in extras]
    counted = {item.column: item.count for item in found.drift}
    sent = {name: sum(name in fields for fields in kept) for extra in extras for name in extra}
    others = counted.pop(OTHERS, 0)
    assert counted == {name: sent[name] for name in counted}, "each of the first names with its number of values"
    assert sum(counted.values()) + others == sum(sent.values())
    assert len(counted) == min(len(sent), MAX_TOLD)


# -- how it is told ----------------------------------------------------------------------------------------------------


def test_a_drift_reads_as_a_sentence():
    told = str(Drift("type change", "maker.id", '"7"', 1_200, "discard", "toys/season=2025/x.json.zst"))
    assert told == 'type change maker.id: 1,200 dropped, the first "7" in raw/toys/season=2025/x.json.zst'


def test_one_column_is_reported_once_per_action():
    found = [Drift("type change", "id", '"x"', 1, "quarantine"), Drift("type change", "id", '"7"', 2, "evolve")]
    assert merge([*found, *found]) == [replace(item, count=2 * item.count) for item in found]


def test_what_was_not_published_is_in_the_summary_too(lake: Lake):
    assert FCT_GAMES.source is not None
    found = replay(lake, contract(FCT_GAMES, new_column="freeze"), answer(FCT_GAMES.source, set={"mood": "high"}))
    done = DatasetSummary(dataset="games", season=2025)
    done.take([found.report], [("bronze.games season=2025", str(found.error))])
    run = RunSummary.model_validate(
        {"run_id": "r", "flow": "f", "started_at": "2025-06-01T12:00:00Z", "lake": "l", "source": {}, "parameters": {}}
    )
    run.datasets.append(done)
    assert run.drift == [
        f'bronze.games: new column mood: 526 not published, the first "high" in raw/{found.raw_object}'
    ]
    (layer,) = done.model_dump(mode="json")["layers"]
    assert (layer["published"], layer["drift"][0]["raw_object"]) == (False, found.raw_object)


@pytest.mark.parametrize(
    ("path", "null"),
    [
        (("id",), False),
        (("weight",), True),
        (("maker",), True),
        (("parts[]", "label"), True),
        (("parts[]", "partId"), False),
    ],
)
def test_what_may_be_null(path: tuple[str, ...], null: bool):
    assert may_be_null(EVERY.record, path) is null


def test_reports_of_one_build_add_up():
    report = LayerReport("bronze.toys", "all")
    report.add_drift([Drift("unknown value", "state", '"odd"', 2, "evolve", "a")])
    report.add_drift([Drift("unknown value", "state", '"even"', 3, "evolve", "b")])
    assert report.drift == [Drift("unknown value", "state", '"odd"', 5, "evolve", "a")]
