"""`kit operations`: the dated summary of the API, against the endpoints and against a newer description."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kit.operations import FILE, Summary, described, differences, load
from tests.kit.checkouts import ROOT
from tests.kit.played import run

pytestmark = pytest.mark.xdist_group("kit")
ARRAY = {"type": "array", "items": {"$ref": "#/components/schemas/Venue"}}
SENT = {"200": {"content": {"application/json": {"schema": ARRAY}}}}
VENUES: dict[str, Any] = {"get": {"parameters": [{"name": "season", "in": "query"}], "responses": SENT}}
VENUE = {"properties": {"id": {"type": "integer"}, "place": {"$ref": "#/components/schemas/Place"}}}
PLACE = {"properties": {"city": {"type": "string"}}}


def openapi(folder: Path, paths: dict[str, Any]) -> Path:
    value = {"info": {"version": "2.0"}, "paths": paths, "components": {"schemas": {"Venue": VENUE, "Place": PLACE}}}
    file = folder / "openapi.json"
    file.write_text(json.dumps(value))
    return file


def test_every_operation_of_the_summary_has_an_endpoint():
    done = run("kit", "operations", "--root", str(ROOT))
    assert (done.code, done.text.count("\n")) == (0, 1), done.text
    assert len(load(ROOT / FILE).operations) == 40


def test_a_description_is_read_with_its_inner_fields(tmp_path: Path):
    made = described(openapi(tmp_path, {"/venues": VENUES}), "2026-11-29")
    assert made.operations == {"/venues": {"params": ["season"], "fields": ["id", "place", "place.city"]}}
    file = tmp_path / "summary.json"
    file.write_text(made.text())
    assert load(file) == made


def test_what_is_new_and_what_is_gone_is_named_one_by_one():
    old = Summary(
        "1", "2026-01-01", {"/a": {"params": ["x"], "fields": ["id", "old"]}, "/b": {"params": [], "fields": []}}
    )
    new = Summary("2", "2026-02-01", {"/a": {"params": ["y"], "fields": ["id"]}, "/c": {"params": [], "fields": []}})
    assert list(differences(old, new)) == [
        "/a: new parameter y", "/a: parameter x is gone", "/a: field old is gone",
        "operation /b is gone", "new operation /c",
    ]  # fmt: skip


def test_a_newer_description_is_compared_and_taken_over(tmp_path: Path):
    (tmp_path / "docs").mkdir()
    (tmp_path / FILE).write_text(Summary("1", "2026-01-01", {}).text())
    fresh = openapi(tmp_path, {"/venues": VENUES, "/women/games": VENUES})
    compared = run("kit", "operations", "--root", str(tmp_path), "--fresh", str(fresh))
    assert compared.code == 1
    assert "new operation /women/games" in compared.text
    taken = run("kit", "operations", "--root", str(tmp_path), "--fresh", str(fresh), "--write")
    assert "no endpoint fetches /women/games" in taken.text
    assert load(tmp_path / FILE).version == "2.0"


@pytest.mark.parametrize("text", ["{}", "[]", "no", '{"paths": {}}'])
def test_another_file_is_refused_and_nothing_is_written(tmp_path: Path, text: str):
    (tmp_path / "docs").mkdir()
    kept = Summary("1", "2026-01-01", {}).text()
    (tmp_path / FILE).write_text(kept)
    (tmp_path / "x.json").write_text(text)
    done = run("kit", "operations", "--root", str(tmp_path), "--fresh", str(tmp_path / "x.json"), "--write")
    assert done.code == 2, done.text
    assert (tmp_path / FILE).read_text() == kept


def test_the_summary_is_the_apis(contract: dict[str, Any]):
    """Names alone, against the contract beside the checkout."""
    theirs = {item["path"]: sorted(parameter["name"] for parameter in item["params"]) for item in contract["endpoints"]}
    assert {path: found["params"] for path, found in load(ROOT / FILE).operations.items()} == theirs
