"""`cbbd-etl new endpoint`: bad input is refused before anything is written; what is written is all or nothing."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from flows.commands.cli import main
from kit.scaffold.endpoint import write
from tasks.errors import BadInput
from tests.kit.checkouts import ROOT
from tests.kit.scaffold_examples import TOYS

FILES = ("quality/contracts/toys.py", "sandbox/operations/toys.py", "tests/contracts/examples/toys.json")
DEEP: dict[str, Any] = {"x": 1}
for _ in range(300):
    DEEP = {"x": DEEP}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folders of a checkout that the command looks at."""
    folder = tmp_path / "checkout"
    for name in ("quality/contracts", "sandbox/operations", "tests/contracts"):
        (folder / name).mkdir(parents=True)
    for name in ("quality/contracts/venues.py", "sandbox/operations/params.py"):
        (folder / name).write_text('"""There."""\n')
    (folder / "quality/contracts/teams.py").write_text('X = Endpoint(name="in_a_file_only", path="/in/a/file/{a}")\n')
    return folder


def new(root: Path, rows: object = TOYS, *options: str, name: str = "toys", path: str = "/toys") -> int:
    """Run the command for an example with these rows; text is written as it is."""
    example = root.parent / "example.json"
    example.write_text(rows if isinstance(rows, str) else json.dumps(rows))
    return main(["new", "endpoint", name, "--path", path, "--example", str(example), "--root", str(root), *options])


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def refused(capsys: pytest.CaptureFixture[str], root: Path, before: set[str], code: int) -> str:
    """The message of a refusal: one line, exit code 2, and nothing written."""
    said = capsys.readouterr().err
    assert code == 2, said
    assert said.startswith("error: ")
    assert said.count("\n") == 1
    assert listing(root) == before
    return said


@pytest.mark.parametrize(
    "name", ["Toys", "toy-s", "_toys", "2toys", "toys_", "to__ys", "class", "", "x" * 41, "../toys"]
)
def test_a_name_that_is_not_snake_case_is_refused(name: str, root: Path, capsys: pytest.CaptureFixture[str]):
    before = listing(root)
    assert "is not a valid name" in refused(capsys, root, before, new(root, name=name))


@pytest.mark.parametrize("name", ["games", "fct_games", "team_ratings_daily", "params", "venues", "in_a_file_only"])
def test_a_name_that_is_taken_is_refused(name: str, root: Path, capsys: pytest.CaptureFixture[str]):
    """Trap: two datasets of one name; a module that replaces another; a name that only the checkout's files have."""
    before = listing(root)
    assert f"the name {name} is taken" in refused(capsys, root, before, new(root, name=name))


@pytest.mark.parametrize("path", ["toys", "/", "/toys/", "/toys?season=1", "http://x/toys", "/to ys", "/{}", "//a", ""])
def test_a_path_that_is_not_valid_is_refused(path: str, root: Path, capsys: pytest.CaptureFixture[str]):
    before = listing(root)
    assert "is not valid; it has a leading /" in refused(capsys, root, before, new(root, path=path))


@pytest.mark.parametrize("path", ["/games", "/plays/game/{gameId}", "/plays/game/{id}", "/in/a/file/{b}"])
def test_a_path_that_is_taken_is_refused(path: str, root: Path, capsys: pytest.CaptureFixture[str]):
    before = listing(root)
    assert "is taken" in refused(capsys, root, before, new(root, path=path))


TWO_TYPES = [{"a": {"b": 1}}, {"a": {"b": "x"}}]
EXAMPLES = [
    ("", "is not JSON"),
    ("{broken", "is not JSON"),
    ('[{"a": NaN}]', "is not JSON"),
    ([], "is an empty list"),
    ({"a": 1}, "is an object, not a list of objects"),
    ("3", "is an integer, not a list"),
    ([{"a": 1}, 3], "row 2 is an integer, not an object"),
    ([[{"a": 1}]], "row 1 is a list, not an object"),
    ([{}], "no set of 3 columns is unique"),
    ([{"": 1}], "has a field ''"),
    ([{'a"b': 1}], "has a field"),
    ([{"x" * 51: 1}], "has a field"),
    ([{"a": 1}, {"a": "x"}], "a is an integer in row 1 of the example and text in row 2"),
    ([{"a": True}, {"a": None}, {"a": 0}], "a is true or false in row 1 of the example and an integer in row 3"),
    (TWO_TYPES, "a.b is an integer in row 1 of the example and text in row 2"),
    ([{"a": [1, "x"]}], "an element of a is an integer in row 1"),
    ([{"a": [[1]]}], "a is a list of lists"),
    ([{"a": [{"b": 1}, None]}], "a has null between its objects"),
    (
        [{"id": 1, "a": [{"b": 1}], "c": None}, {"id": 2, "a": None, "c": [{"d": 1}]}],
        "in every row of the example a list of objects is null",
    ),
    ([{"a": {}}], "a is an empty object in all rows"),
    ([{"a": 2**63}], "more than an integer of 64 bits holds"),
    ([DEEP], "is nested more than 8 levels deep"),
    ([{"a": 1, "b": 1.5}, {"a": 1, "b": 2.5}], "no set of 3 columns is unique in the 2 rows"),
]


@pytest.mark.parametrize(("rows", "said"), EXAMPLES, ids=[said for _, said in EXAMPLES])
def test_an_example_without_a_contract_is_refused(
    rows: object, said: str, root: Path, capsys: pytest.CaptureFixture[str]
):
    before = listing(root)
    assert said in refused(capsys, root, before, new(root, rows))


@pytest.mark.parametrize("example", ["nothing.json", "."])
def test_an_example_that_cannot_be_read_is_refused(example: str, root: Path, capsys: pytest.CaptureFixture[str]):
    before = listing(root)
    options = ["--path", "/toys", "--example", str(root / example), "--root", str(root)]
    assert "could not be read" in refused(capsys, root, before, main(["new", "endpoint", "toys", *options]))


OPTIONS = [
    (("--key", "toy_idd"), "did you mean toy_id?"),
    (("--key", "label"), "label is not a column, or it is a list, or null"),
    (("--key", ","), "--key is empty"),
    (("--key", "season"), "--key season is the same in rows 1 and 2"),
    (("--pattern", "seson"), "'seson' is not one of"),
    (("--pattern", "once", "--season-param", "season"), "sends no season"),
    (("--pattern", "windows", "--season-param", "year"), "sends season, startDateRange and endDateRange"),
    (("--pattern", "once", "--param", "week!"), "the API requires week, but --pattern once sends only no parameters"),
    (("--param", "week!"), "--pattern season sends only season"),
    (("--param", "week:int"), "--param week:int is not valid"),
    (("--pattern", "dates"), "--pattern dates needs startDate"),
    (("--pattern", "each"), "name one of conference, gameId, playerId, team, teamId, tournament"),
    (("--pattern", "each", "--param", "week!"), "name one of conference, gameId"),
]


@pytest.mark.parametrize(("options", "said"), OPTIONS, ids=[" ".join(options) for options, _ in OPTIONS])
def test_options_that_do_not_fit_are_refused(
    options: tuple[str, ...], said: str, root: Path, capsys: pytest.CaptureFixture[str]
):
    before = listing(root)
    assert said in refused(capsys, root, before, new(root, TOYS, *options))


def test_a_parameter_twice_in_the_path_is_refused(root: Path, capsys: pytest.CaptureFixture[str]):
    before = listing(root)
    assert "the same parameter twice" in refused(capsys, root, before, new(root, path="/a/{b}/{b}"))


def test_rows_without_a_season_are_not_stored_by_season(root: Path, capsys: pytest.CaptureFixture[str]):
    before, rows = listing(root), [{"season": 2024, "a": "x"}, {"season": None, "a": "y"}]
    said = refused(capsys, root, before, new(root, rows))
    assert "season is null in a row of the example, but --pattern season stores rows by season" in said


@pytest.mark.parametrize("name", ["quality/contracts", "sandbox/operations", "tests/contracts"])
def test_a_folder_that_is_not_a_checkout_is_refused(name: str, root: Path, capsys: pytest.CaptureFixture[str]):
    shutil.rmtree(root / name)
    before = listing(root)
    said = refused(capsys, root, before, new(root))
    assert f"is not a checkout of cbbd_etl: {name}/ is missing" in said


@pytest.mark.parametrize("file", FILES)
def test_nothing_is_overwritten(file: str, root: Path, capsys: pytest.CaptureFixture[str]):
    (root / file).parent.mkdir(exist_ok=True)
    (root / file).write_text("mine\n")
    before = listing(root)
    said = refused(capsys, root, before, new(root))
    assert "exists already" in said or "is taken" in said
    assert (root / file).read_text() == "mine\n"


def test_all_files_are_written_or_none(root: Path):
    """Trap: a disk that is full, or a file that appeared since the check, leaves half an endpoint."""
    (root / "b").write_text("mine\n")
    before = listing(root)
    with pytest.raises(BadInput, match=r"b could not be written .*; no file was written"):
        write({"a": "1", "c/d": "2", "b": "3"}, root)
    assert listing(root) == before
    assert (root / "b").read_text() == "mine\n"


def test_a_dry_run_prints_the_files_and_writes_nothing(root: Path, capsys: pytest.CaptureFixture[str]):
    before = listing(root)
    assert new(root, TOYS, "--dry-run") == 0
    printed = capsys.readouterr()
    assert listing(root) == before
    assert [line for line in printed.out.splitlines() if line.startswith("# ")] == [f"# {file}" for file in FILES]
    assert "would be written" in printed.err


def test_files_are_written_and_decisions_are_named(root: Path, capsys: pytest.CaptureFixture[str]):
    before = listing(root)
    assert new(root) == 0
    said = capsys.readouterr().out
    assert listing(root) - before == {*FILES, "tests/contracts/examples"}
    for part in (
        "--pattern season",
        "--key season,toy_id: unique in the 3 rows of the example",
        "team_id: Team",  # its description in the lake
        "describe the endpoint and these columns: toy_id, label, shine_pct",
        "tags: empty in all 3 example values: type not known, kept as text",
        "note: null in all 3 example values: type not known, kept as text",
        "shine_pct: percent? The largest value in the example is 51.5",
        "parts: one row per element?",
        "min_tier=",
        "row cap:",
        "cbbd-etl docs",
    ):
        assert part in said, part


def test_the_contract_says_what_the_example_does_not_show(root: Path):
    new(root)
    text = (root / FILES[0]).read_text()
    assert "# null in all 3 example values: type not known, kept as text\n" in text
    assert "# empty in all 3 example values: type not known, kept as text\n" in text
    assert "TODO" not in text


def test_a_second_endpoint_of_the_same_path_is_refused(root: Path, capsys: pytest.CaptureFixture[str]):
    """Trap: the registry that was imported does not know what was written a moment ago."""
    assert new(root) == 0
    capsys.readouterr()
    before = listing(root)
    assert "--path /toys is taken" in refused(capsys, root, before, new(root, name="other_toys"))
    assert "the name toys is taken" in refused(capsys, root, before, new(root, path="/other"))


def test_this_checkout_is_left_alone():
    """The tests above write to a folder of their own."""
    assert [file for file in FILES if (ROOT / file).exists()] == []
