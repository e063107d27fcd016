"""docs/read/engines.md: what it says was run is run here, on a folder and on S3 and Glue of moto's server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from tasks.lake.lake import Lake
from tests.recipes.pages import BLOCK, HUNG_SECONDS, OTHER, PAGES, needs
from tests.support.engine import SEASON, ingest, sandbox_settings
from tests.support.january import NOW
from tests.support.prefect_server import clean_environment
from tests.support.s3 import BUCKET, Aws

pytestmark = [pytest.mark.xdist_group("engines"), pytest.mark.slow]

TEXT = (PAGES / "engines.md").read_text(encoding="utf-8")
OF_READER = {"Polars", "PyIceberg"}  # in the environment of the reader; the others have one of their own
FOLDER = "lake in a folder"
REGION = '{"s3.region": "us-east-1"}'
CATALOG = "PYICEBERG_CATALOG__GLUE__"
ROWS = [[cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\|.*\|$", TEXT, re.MULTILINE)]
PLACES = ROWS[0][1:]
CELLS = {
    (re.sub(r"\[(.+?)\].*", r"\1", row[0]), place): cell
    for row in ROWS[2:]
    for place, cell in zip(PLACES, row[1:], strict=True)
}


def code() -> dict[tuple[str, str], tuple[str, str]]:
    """Language and code of the page by engine and place."""
    found = {}
    for section in re.split(r"^## ", TEXT, flags=re.MULTILINE)[1:]:
        engine = section.partition("\n")[0]
        for language, body in BLOCK.findall(section):
            place, _, rest = body.partition("\n")
            found[engine, place.lstrip("#- ")] = language, rest
    return found


CODE = code()


@dataclass
class Places:
    """Two lakes with the same games: in a folder, and on S3 with its tables in Glue."""

    folder: Path
    environment: dict[str, str]
    endpoint: dict[str, str]
    points: int


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    folder = tmp_path_factory.mktemp("engines")
    with pytest.MonkeyPatch.context() as patch, Aws() as aws:
        variables = aws.environment(patch)
        for lake in (str(folder / "lake"), f"s3://{BUCKET}/lake"):
            for later in (timedelta(0), timedelta(hours=1)):  # fetched twice: the folder has files of an older version
                settings = sandbox_settings(folder, NOW + later).model_copy(update={"lake": lake})
                ingest(settings, "games", refresh=bool(later))
        games = Lake.open(folder / "lake").scan("silver.fct_games").filter(pl.col("season") == SEASON)
        endpoint = {"s3.endpoint": aws.url, "s3.access-key-id": "testing", "s3.secret-access-key": "testing"}
        endpoint |= {"s3.region": "us-east-1"}
        # The catalog takes the same from variables, so that a reader's code needs no address.
        variables |= {
            f"{CATALOG}{name.upper().replace('-', '_').replace('.', '__')}": endpoint[name] for name in endpoint
        }
        variables |= {"AWS_DEFAULT_REGION": "us-east-1"}
        yield Places(folder, variables, endpoint, games.select(pl.col("home_points").sum()).collect().item())


def test_every_cell_is_a_block_that_is_run_or_a_reason():
    """Trap: a table of what works that nothing holds against what was run."""
    assert {where for where, cell in CELLS.items() if cell == "run"} == set(CODE)
    assert [cell for cell in CELLS.values() if cell != "run" and not cell.startswith("no: ")] == []


@pytest.mark.parametrize(("engine", "place"), sorted(CODE))
def test_an_engine_finds_the_points_of_the_season(engine: str, place: str, places: Places):
    python = sys.executable if engine in OF_READER else needs(OTHER)
    language, body = CODE[engine, place]
    body = body.replace("BUCKET", BUCKET).replace(REGION, str(places.endpoint))
    program = f"{body}\nprint(points)" if language == "python" else WITH_EXTENSIONS.replace("STATEMENT", body)
    variables = {} if place == FOLDER else places.environment
    done = subprocess.run(
        [python, "-c", program],
        cwd=places.folder,
        env=clean_environment(PATH=os.environ["PATH"]) | variables,
        capture_output=True,
        text=True,
        timeout=HUNG_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    assert float(done.stdout) == places.points > 0


WITH_EXTENSIONS = '''
import os
from pathlib import Path

import duckdb
import duckdb_extension_avro
import duckdb_extension_httpfs
import duckdb_extension_iceberg

connection = duckdb.connect()
for package in (duckdb_extension_httpfs, duckdb_extension_avro, duckdb_extension_iceberg):
    (file,) = Path(package.__file__).parent.rglob("*.duckdb_extension")
    connection.execute(f"load '{file}'")
if url := os.environ.get("AWS_ENDPOINT_URL"):
    place = f"endpoint '{url.removeprefix('http://')}', use_ssl false, url_style 'path', region 'us-east-1'"
    connection.execute(f"create secret (type s3, key_id 'testing', secret 'testing', {place})")
print(connection.sql("""STATEMENT""").fetchone()[0])
'''
