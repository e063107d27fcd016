"""docs/read/: every block of code of every page is run, and all tools find the same.

Trap: a glob over the data files of a table, which counts rows twice once a partition has been replaced.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import polars as pl
import pytest
import sqlglot

import cbbd_etl as cbb
from tasks.lake.lake import Lake
from tests.recipes.pages import OTHER, PAGES, Answers, Page, needs

pytestmark = [pytest.mark.xdist_group("recipes"), pytest.mark.slow]

Pages = Callable[[str], Page]
LANGUAGES = {
    "athena": {"sql"},
    "duckdb": {"console", "sql"},
    "excel": {"console"},
    "pandas": {"console", "python"},
    "polars": {"python"},
    "r": {"console", "r"},
    "spark": {"console", "properties", "python"},  # properties: the page says that they were not run
}
ICEBERG = "iceberg_scan("


def same_boxes(found: pl.DataFrame, boxes: pl.DataFrame) -> bool:
    return (found.height, found["points"].sum()) == (boxes.height, boxes["points"].sum())


def answers_of(frames: list[pl.DataFrame]) -> Answers:
    """Answers from the frames of the 25 best, the schedule and the errors."""
    top, schedule, errors = frames
    return Answers(
        top["team"].to_list(),
        schedule["game_id"].to_list(),
        dict(errors.select("provider", "spread_error").iter_rows()),
    )


def test_every_page_is_here_and_has_no_block_that_nothing_runs(page: Pages):
    assert {path.stem for path in PAGES.glob("*.md")} == {*LANGUAGES, "engines"}, "engines: test_engines"
    assert {name: {kind for kind, _ in page(name).blocks} for name in LANGUAGES} == LANGUAGES


def test_the_trap_of_globs_is_there(lake: Lake):
    folder = Path(lake.location) / "warehouse" / "silver" / "fct_games"
    current = pl.scan_iceberg(str(folder)).select(pl.len()).collect().item()
    assert pl.scan_parquet(folder / "data/**/*.parquet").select(pl.len()).collect().item() == 2 * current


def test_polars(page: Pages, truth: Answers, boxes: pl.DataFrame):
    polars = page("polars")
    polars.run_python("frame[name].to_list()").assert_same(truth)
    assert same_boxes(pl.read_parquet(polars.folder / "box.parquet"), boxes)


def test_pandas(page: Pages, truth: Answers, boxes: pl.DataFrame):
    pytest.importorskip("pandas", reason="pandas is not installed: make setup")
    pandas = page("pandas")
    pandas.run_commands()
    pandas.run_python("frame[name].tolist()").assert_same(truth)
    assert same_boxes(pl.read_csv(pandas.folder / "box.csv", infer_schema_length=None), boxes)


def test_duckdb(page: Pages, truth: Answers, boxes: pl.DataFrame, monkeypatch: pytest.MonkeyPatch):
    duck = page("duckdb")
    duck.run_commands()
    monkeypatch.chdir(duck.folder)
    top, schedule, copy, errors = (sql for sql in duck.code("sql") if ICEBERG not in sql)
    with duckdb.connect("lake.duckdb", read_only=True) as connection:
        connection.execute(copy)
        answers_of([connection.sql(sql).pl() for sql in (top, schedule, errors)]).assert_same(truth)
    assert same_boxes(pl.read_parquet("box.parquet"), boxes)


def test_duckdb_reads_the_lake_and_an_export_with_its_iceberg_extension(page: Pages, truth: Answers):
    python, duck = needs(OTHER), page("duckdb")
    duck.run_commands()
    (sql,) = (sql for sql in duck.code("sql") if ICEBERG in sql)
    (duck.folder / "statement.sql").write_text(sql)
    printed = duck.run(python, str(Path(__file__).with_name("extension.py"))).splitlines()
    errors = {provider: float(error) for provider, error in (line.split("\t") for line in printed)}
    assert errors == pytest.approx(truth.errors, rel=1e-9)


def test_athena(page: Pages, lake: Lake, truth: Answers, boxes: pl.DataFrame):
    """Athena itself is not here: its SQL, translated for DuckDB, runs on the lake."""
    statements = [sql.replace("cbbd_", "") for sql in page("athena").code("sql")]
    frames = [
        cbb.query(sqlglot.transpile(sql, read="athena", write="duckdb")[0], lake=lake.location) for sql in statements
    ]
    top, schedule, box, errors = frames
    answers_of([top, schedule, errors]).assert_same(truth)
    assert same_boxes(box, boxes)


def test_excel(page: Pages, truth: Answers, boxes: pl.DataFrame):
    excel = page("excel")
    excel.run_commands()
    names = ("top25", "schedule", "errors")
    answers_of([pl.read_csv(excel.folder / f"{name}.csv") for name in names]).assert_same(truth)
    assert same_boxes(pl.read_csv(excel.folder / "box.csv", infer_schema_length=None), boxes)


def test_r(page: Pages, truth: Answers, boxes: pl.DataFrame):
    rscript, r = needs("Rscript"), page("r")
    r.run_commands()
    names = ("top25", "schedule", "errors")
    written = [f'write.csv({name}, "{name}.csv", row.names = FALSE)' for name in names]
    written.append('write.csv(readRDS("box.rds"), "box.csv", row.names = FALSE)')
    (r.folder / "recipes.R").write_text("\n".join([*r.code("r"), "options(digits = 15)", *written]))
    r.run(rscript, "recipes.R")
    answers_of([pl.read_csv(r.folder / f"{name}.csv", null_values="NA") for name in names]).assert_same(truth)
    assert same_boxes(pl.read_csv(r.folder / "box.csv", null_values="NA", infer_schema_length=None), boxes)


def test_spark(page: Pages, truth: Answers, boxes: pl.DataFrame):
    python, _ = needs(OTHER), needs("java")
    spark = page("spark")
    spark.run_commands()
    spark.run_python("[row[name] for row in frame.select(name).collect()]", python).assert_same(truth)
    (file,) = (spark.folder / "box").glob("*.csv")
    assert same_boxes(pl.read_csv(file, infer_schema_length=None), boxes)
