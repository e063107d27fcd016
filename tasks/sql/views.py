"""Views for analysts: `infra/athena_views/*.sql`, run by Athena on AWS and by DuckDB on a lake in a folder.

A file is a comment that says what the view answers, and one SELECT in Athena's SQL. `{gold}.name` and `{silver}.name`
are its tables; the databases they are in depend on where it runs. `{gold.name:tip_off}` stands for the columns of a
table that are known at a clock (quality/clocks.py), so that a list of columns is in the contract only.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import polars as pl

from quality.clocks import CLOCKS
from quality.columns import TIMESTAMP, Column
from quality.dataset import Table, registry
from tasks.errors import BadInput, LakeUnavailable, one_line
from tasks.lake.storage import DEFAULT_REGION, FAILURES

FOLDER = Path(__file__).parents[2] / "infra" / "athena_views"
TABLE = re.compile(r"\{(\w+)\}\.(\w+)")
COLUMNS = re.compile(r"\{(\w+\.\w+):(\w+)\}")
POLL_SECONDS, DEADLINE_SECONDS = 0.5, 120.0
SQL_TYPES: dict[pl.DataType, str] = {
    pl.Int64(): "bigint",
    pl.Float64(): "double",
    pl.String(): "varchar",
    pl.Boolean(): "boolean",
    pl.Date(): "date",
    pl.Datetime("us", "UTC"): "timestamp with time zone",
}


@dataclass(frozen=True)
class View:
    """One view.

    Attributes:
        name: of the file and of the view: `v_team_dashboard`.
        question: what it answers.
        about: the comment at the head of the file: the question, what a row is, how the numbers are meant.
        select: the statement, with all columns, tables written `{gold}.name`.
    """

    name: str
    question: str
    about: str
    select: str

    @cached_property
    def tables(self) -> tuple[str, ...]:
        """Tables that it reads, `gold.team_resume`, in the order of their names."""
        return tuple(sorted({f"{layer}.{table}" for layer, table in TABLE.findall(self.select)}))

    def athena(self, prefix: str) -> str:
        """The statement that creates the view, or replaces it, in the gold database."""
        select = TABLE.sub(rf"{prefix}\1.\2", self.select)
        return f"create or replace view {prefix}gold.{self.name} as\n{select}"

    def duckdb(self) -> str:
        """The SELECT in DuckDB's SQL, on tables `gold.name`.

        Raises:
            BadInput: when it names a column that its table does not have, or is no SQL.
        """
        return translate(TABLE.sub(r"\1.\2", self.select), contracts(self.tables))


@cache
def views(folder: Path = FOLDER) -> Mapping[str, View]:
    """All views by name."""
    return {path.stem: _read(path) for path in sorted(folder.glob("*.sql"))}


def view(name: str) -> View:
    """A view by its name.

    Raises:
        BadInput: when there is none.
    """
    found = views().get(name)
    if found is None:
        raise BadInput(f"there is no view {name}; there are: {', '.join(views())}")
    return found


def _read(path: Path) -> View:
    lines = path.read_text(encoding="utf-8").splitlines()
    head = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    about = "\n".join(lines[:head])
    question, _, _ = about.removeprefix("--").strip().partition("?")
    select = COLUMNS.sub(_columns_of, "\n".join(lines[head:]).strip())
    return View(path.stem, f"{' '.join(question.split())}?", about, select)


def _columns_of(found: re.Match[str]) -> str:
    """The columns of a table that are known at a clock, one per line; a timestamp is in UTC without a zone."""
    (table,), clock = contracts([found[1]]), next((item for item in CLOCKS if item == found[2]), None)
    if clock is None:
        raise BadInput(f"{found[0]}: there is no clock {found[2]}; there are: {', '.join(CLOCKS)}")
    return ",\n    ".join(_stored(column) for column in table.known_at(clock))


def _stored(column: Column) -> str:
    if column.dtype != TIMESTAMP:
        return column.name
    return f"cast({column.name} at time zone 'UTC' as timestamp) as {column.name}_utc"


def contracts(names: Iterable[str]) -> list[Table]:
    """Contracts of tables by their SQL names.

    Raises:
        BadInput: when there is no such table.
    """
    wanted, known = list(names), registry().tables
    if unknown := [name for name in wanted if name not in known]:
        raise BadInput(f"no table {', '.join(unknown)} in the registry")
    return [known[name] for name in wanted]


def translate(sql: str, tables: Iterable[Table]) -> str:
    """A SELECT from Athena's SQL to DuckDB's.

    Types come first: 1 / 2 is 0 in Athena and 0.5 in DuckDB, and only the types of the columns decide which is meant.
    """
    from sqlglot import ErrorLevel, exp, parse_one  # noqa: PLC0415  a tenth of a second, for views only
    from sqlglot.errors import SqlglotError  # noqa: PLC0415
    from sqlglot.optimizer.annotate_types import annotate_types  # noqa: PLC0415
    from sqlglot.optimizer.qualify import qualify  # noqa: PLC0415

    schema: dict[str, Any] = {}
    for table in tables:
        schema.setdefault(table.layer, {})[table.name] = {
            column.name: SQL_TYPES[column.dtype] for column in table.columns if column.dtype in SQL_TYPES
        }
    try:
        parsed = parse_one(sql, read="athena")
        typed = annotate_types(qualify(parsed, schema=schema, dialect="athena"), schema=schema, dialect="athena")
    except SqlglotError as error:
        raise BadInput(f"the view is not what its tables can give: {error}") from error
    assert isinstance(typed, exp.Query), "a view is one SELECT"
    return typed.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)


def deploy(names: Iterable[str], prefix: str, workgroup: str, output: str | None = None) -> list[str]:
    """Create views through Athena, one after the other; the names of those that were created.

    Args:
        prefix: of the databases: `cbbd_`.
        workgroup: of Athena: who pays, and where results go.
        output: `s3://` address for Athena's results, where the workgroup names none.

    Raises:
        BadInput: when a name is unknown, before anything is created.
        LakeUnavailable: when Athena is out of reach, refuses a statement or does not end it in time.
    """
    wanted = [view(name) for name in names]
    result = {} if output is None else {"ResultConfiguration": {"OutputLocation": output}}
    try:
        athena = _client()
        for item in wanted:
            _create(athena, item, prefix, {"WorkGroup": workgroup, **result})
    except FAILURES as error:
        said = one_line(error, 500)
        raise LakeUnavailable(
            f"Athena could not be asked ({type(error).__name__}: {said}); views that are there stay as they were: "
            "check credentials, region, --workgroup and --output, then deploy again"
        ) from error
    return [item.name for item in wanted]


def _client() -> Any:
    import boto3  # noqa: PLC0415  half a second, for AWS only

    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    return boto3.client("athena", region_name=region)


def _create(athena: Any, item: View, prefix: str, options: Mapping[str, Any]) -> None:
    asked = athena.start_query_execution(
        QueryString=item.athena(prefix), QueryExecutionContext={"Database": f"{prefix}gold"}, **options
    )
    until = time.monotonic() + DEADLINE_SECONDS
    while True:
        status = athena.get_query_execution(QueryExecutionId=asked["QueryExecutionId"])["QueryExecution"]["Status"]
        if status["State"] == "SUCCEEDED":
            return
        if status["State"] in {"FAILED", "CANCELLED"}:
            reason = status.get("StateChangeReason", "no reason given")
            raise LakeUnavailable(f"Athena did not create {item.name}: {status['State']}, {reason}")
        if time.monotonic() > until:
            raise LakeUnavailable(f"Athena has not created {item.name} in {DEADLINE_SECONDS:.0f} s; deploy again")
        time.sleep(POLL_SECONDS)
