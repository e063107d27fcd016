"""What DuckDB says of a statement that fails, in one sentence of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.sql._connection import unreadable
from tasks.sql.names import OUTSIDE, unknown_table

KIND = re.compile(r"^[A-Za-z ]+ Error: ")
LINE = re.compile(r"^LINE (\d+): (.*)$", re.MULTILINE)
NO_TABLE = re.compile(r"Table with name (\S+) does not exist")
FILE = re.compile(r'Cannot access (?:file|directory) "([^"]+)"')
REST = ("LINE ", "Please try", "Candidate functions", "Alternatively", "Stack Trace")  # what starts what we leave out
LINES, CHARACTERS = 2, 100


@contextmanager
def explained(lake: Lake) -> Iterator[None]:
    """Turn DuckDB's errors into ours: the statement is wrong, or the lake cannot be read."""
    try:
        yield
    except duckdb.IOException as error:
        raise unreadable(error) from error
    except duckdb.PermissionException as error:
        raise BadInput(f"{OUTSIDE}: {_outside(error)}") from error
    except duckdb.CatalogException as error:
        if found := NO_TABLE.search(str(error)):
            raise unknown_table(tuple(found[1].lower().split(".")), lake) from error
        raise BadInput(f"the query failed: {_said(error)}") from error
    except duckdb.Error as error:
        raise BadInput(f"the query failed: {_said(error)}") from error


def _outside(error: duckdb.PermissionException) -> str:
    """The file that a statement must not read."""
    found = FILE.search(str(error))
    return f"{found[1]} is not one of them" if found else _said(error)


def _said(error: duckdb.Error) -> str:
    """The sentence of an error, its candidates, and the line of the statement that it is about."""
    text = str(error)
    lines = [line.strip() for line in KIND.sub("", text).splitlines() if line.strip()]
    end = next((number for number, line in enumerate(lines) if number and line.startswith(REST)), len(lines))
    said = " ".join(lines[: min(end, LINES)])
    place = LINE.search(text)
    return said if place is None else f"{said} (line {place[1]}: {place[2].strip()[:CHARACTERS]})"
