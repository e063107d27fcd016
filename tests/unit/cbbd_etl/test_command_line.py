"""The same answers on the command line: tables of 80 columns, JSON and CSV, one sentence for each refusal."""

from __future__ import annotations

import io
import json
import shlex
from collections.abc import Callable

import polars as pl
import pytest

import cbbd_etl as cbb
from flows.commands.cli import main
from tasks.lake.lake import Lake

Run = Callable[[str], tuple[int, str, str]]


@pytest.fixture
def run(
    january: Lake, sandbox_time: None, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Runs `cbbd-etl` with some words: exit code, standard output, standard error."""
    monkeypatch.setenv("CBBD_LAKE", january.location)
    monkeypatch.setenv("COLUMNS", "80")

    def typed(line: str) -> tuple[int, str, str]:
        code = main(shlex.split(line))
        printed = capsysbinary.readouterr()
        return code, printed.out.decode(), printed.err.decode()

    return typed


@pytest.fixture(scope="module")
def subjects(january: Lake) -> dict[str, str]:
    """A team, a player, a game and a conference of the lake."""
    best = cbb.rankings(top=1, lake=january).row(0, named=True)
    box = cbb.load("fct_game_players", lake=january).filter(pl.col("team_id") == best["team_id"])
    name, game = box.sort("points", descending=True).select("name", "game_id").row(0)
    of_player = f"'{name}' --team {best['team']}"
    return {"TEAM": best["team"], "PLAYER": of_player, "GAME": str(game), "CONF": best["conference"]}


ANSWERS = [
    ("rankings --top 5", "Ratings of season 2025, as of the morning of 2025-01-"),
    ("rankings --as-of 2024-12-10", "as of the morning of 2024-12-10"),
    ("team TEAM", "season 2025, results through 2025-01-"),
    ("player PLAYER", "season 2025, results through 2025-01-"),
    ("game GAME", "Game "),
    ("slate", "Games of 2025-01-15, season 2025"),
    ("slate 2024-12-19", "Games of 2024-12-19"),
    ("standings CONF", "results through 2025-01-"),
    ("odds CONF", "season 2025, as of the morning of 2025-01-"),
    ("odds CONF --as-of 2024-12-10", "season 2025, as of the morning of 2024-12-"),
    ("bracket", "Projected field, season 2025, as of the morning of 2025-01-"),
    ("market", "Closing lines of season 2025, results through 2025-01-"),
]


def filled(line: str, subjects: dict[str, str]) -> str:
    for word, value in subjects.items():
        line = line.replace(word, value)
    return line


@pytest.mark.parametrize(("line", "title"), ANSWERS)
def test_answers_fit_80_columns_and_say_as_of_when(run: Run, subjects: dict[str, str], line: str, title: str):
    code, out, err = run(filled(line, subjects))
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert title in lines[0]
    assert max(map(len, lines)) <= 80
    assert not [text for text in lines if "None" in text or "nan" in text.split()]


@pytest.mark.parametrize("line", [line for line, _ in ANSWERS])
def test_programs_get_the_whole_answer(run: Run, subjects: dict[str, str], line: str):
    code, out, _ = run(f"{filled(line, subjects)} --json")
    assert code == 0
    whole = json.loads(out)
    code, out, _ = run(f"{filled(line, subjects)} --csv")
    assert code == 0
    rows = pl.read_csv(io.StringIO(out), infer_schema=False)
    parts = list(whole.values()) if isinstance(whole, dict) else [whole]
    assert rows.height in [len(part) for part in parts]


def test_a_terminal_that_is_narrow_shortens_names_and_keeps_numbers(run: Run, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("COLUMNS", "66")
    _, narrow, _ = run("rankings --top 5")
    monkeypatch.setenv("COLUMNS", "100")
    _, wide, _ = run("rankings --top 5")
    assert wide.splitlines()[1].split() == narrow.splitlines()[1].split()
    for one, other in zip(narrow.splitlines()[2:7], wide.splitlines()[2:7], strict=True):
        assert one.split()[-8:] == other.split()[-8:]
        assert len(one) <= 66


def test_discovery(run: Run, january: Lake):
    code, out, _ = run("tables")
    assert code == 0
    assert max(map(len, out.splitlines())) <= 80
    rows = january.scan("silver.fct_games").collect().height
    assert f"silver.fct_games  {rows:,} rows, 2025, fetched 20" in out
    assert "\nbronze." not in out
    assert "bronze.games" in run("tables bronze")[1]
    listed = json.loads(run("tables --json")[1])
    assert {row["table"] for row in listed} >= set(january.tables())
    code, out, _ = run("describe fct_games")
    assert code == 0
    assert max(map(len, out.partition("Examples")[0].splitlines())) <= 80
    assert "grain: one row per game_id" in out
    assert json.loads(run("describe fct_games --json")[1])["key"] == ["game_id"]
    assert "rebounds_offensive" in run("columns offensive rebound")[1]
    assert run("columns offensive rebound --csv")[1].startswith("column,type,unit,meaning,tables\n")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("team", "Missing argument 'NAME'"),
        ("team zzzz", "there is no team 'zzzz'"),
        ("rankings --season 2019", "has no season 2019; its seasons: 2025"),
        ("rankings --as-of foo", "'foo' is not a day; write YYYY-MM-DD"),
        ("rankings --json --csv", "--json and --csv contradict each other"),
        ("rankings --top 0", "--top"),
        ("slate 2024-12-24", "no game on 2024-12-24; days with games near it"),
        ("slate foo", "'foo' is not a day"),
        ("game 99999999", "there is no game 99999999"),
        ("game x", "a valid integer"),
        ("player zzzz", "there is no player 'zzzz'"),
        ("standings zzzz", "there is no conference 'zzzz'"),
        ("describe fct_gamez", "did you mean silver.fct_games"),
        ("columns rebuond", "did you mean rebound"),
        ("tables gol", "the lake has no layer gol; did you mean gold?"),
        ("tables --lake /nowhere/lake", "there is no lake at /nowhere/lake"),
        ("rankigns", "did you mean rankings?"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(run: Run, subjects: dict[str, str], line: str, message: str):
    code, out, err = run(filled(line, subjects))
    assert (code, out) == (2, "")
    assert filled(message, subjects) in " ".join(err.split())
    assert err.count("\n") == 1
