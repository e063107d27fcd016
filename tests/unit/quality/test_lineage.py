"""The assets of the lake: every table, and what it is made from.

`CBBD_UPDATE_LINEAGE=1 pytest tests/unit/quality/test_lineage.py` writes the snapshot, which is read when it changes.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from quality.dataset import registry
from quality.lineage import lineage
from quality.pages._lineage import lineage as diagrams

FILE = Path(__file__).with_name("lineage.json")
LAYERS = ("raw", "bronze", "silver", "gold")


def test_the_assets_are_those_of_the_snapshot() -> None:
    """An input that a table loses or gains by accident changes when it is rebuilt."""
    found = {name: list(inputs) for name, inputs in sorted(lineage().items())}
    if os.environ.get("CBBD_UPDATE_LINEAGE"):
        FILE.write_text(json.dumps(found, indent=1) + "\n")
    assert found == json.loads(FILE.read_text()), f"if this is meant, CBBD_UPDATE_LINEAGE=1 writes {FILE.name}"


def test_every_table_but_those_of_operations_is_there() -> None:
    assert {name for name in registry().tables if not name.startswith("ops.")} <= set(lineage())


@pytest.mark.parametrize("name", [name for name in lineage() if not name.startswith("raw.")])
def test_a_table_is_made_from_its_own_layer_or_the_one_before(name: str) -> None:
    layer, inputs = LAYERS.index(name.partition(".")[0]), lineage()[name]
    assert inputs
    assert set(inputs) <= set(lineage())
    assert {LAYERS.index(other.partition(".")[0]) for other in inputs} <= {layer - 1, layer}


def test_the_diagrams_of_the_docs_have_the_same_inputs() -> None:
    edges = re.findall(r"(\w+)(?:\[.*\])? (?:-->|-\. \w+ \.->) (\w+)", diagrams(registry()))
    drawn = {(start, end) for start, end in edges if not start.startswith("api_")}
    assert drawn == {
        (other.replace(".", "_"), name.replace(".", "_")) for name in lineage() for other in lineage()[name]
    }
