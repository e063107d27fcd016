"""The database of Prefect's temporary server: current or to be migrated."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from prefect.server.database import _migrations

from flows.prefect_._database import is_current, newest


def database(folder: Path, *revisions: str) -> str:
    path = folder / "prefect.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.execute("create table alembic_version (version_num varchar(32) not null)")
        made.executemany("insert into alembic_version values (?)", [(item,) for item in revisions])
    return str(path)


def heads() -> set[str]:
    """As Alembic finds them, which loads each file."""
    folder = Path(next(iter(_migrations.__path__)))
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", str(folder / "versions" / "sqlite"))
    return set(ScriptDirectory.from_config(config).get_heads())


def test_the_newest_revision_is_the_one_that_alembic_finds():
    """Trap: a new version of Prefect whose migrations are written in another way, so that none is ever made."""
    assert newest() == heads()


def test_a_database_of_this_version_needs_no_migration(tmp_path: Path):
    assert is_current(database(tmp_path, *newest()))


@pytest.mark.parametrize("revisions", [[], ["27c2b7a1c2d3"], ["27c2b7a1c2d3", "97c2b7a1c2d3"]])
def test_one_of_another_version_does(tmp_path: Path, revisions: list[str]):
    """Trap: Prefect was upgraded, and its server meets a table that lacks a column."""
    assert not is_current(database(tmp_path, *revisions))


def test_what_cannot_be_read_is_left_to_prefect(tmp_path: Path):
    empty, broken = tmp_path / "empty.db", tmp_path / "broken.db"
    empty.touch()
    broken.write_bytes(b"no database" * 1000)
    assert not any(is_current(path) for path in (None, "", ":memory:", str(tmp_path), str(empty), str(broken)))
