"""The database of Prefect's temporary server: whether it is that of the installed version, so nothing is to migrate."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing, suppress
from importlib.util import find_spec
from pathlib import Path

MIGRATIONS = "_migrations/versions/sqlite"
NAMED = re.compile(r"^(down_revision|revision)\b[^=\n]*=(.*)$", re.MULTILINE)
ID = re.compile(r"[0-9a-f]{8,}")


def is_current(database: str | None) -> bool:
    """Whether a file of SQLite has the newest revision that the installed version of Prefect knows.

    Without certainty the answer is no: then the server looks for what is to migrate, as it does by itself.

    Args:
        database: path of the file; None for a database that is no file.
    """
    if not database or not Path(database).is_file():
        return False
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"{Path(database).as_uri()}?mode=ro", uri=True)) as opened:
        found = {str(revision) for (revision,) in opened.execute("select version_num from alembic_version")}
        return len(found) == 1 and found == newest()
    return False


def newest() -> set[str]:
    """The revisions of Prefect's migrations that no other one follows, from the text of their files.

    Alembic would load every file of them, and itself, to find the same.
    """
    spec = find_spec("prefect.server.database")
    folder = Path(spec.origin).parent / MIGRATIONS if spec and spec.origin else None
    known, followed = set[str](), set[str]()
    for file in folder.glob("*.py") if folder else ():
        for name, text in NAMED.findall(file.read_text(encoding="utf-8")):
            (known if name == "revision" else followed).update(ID.findall(text))
    return known - followed
