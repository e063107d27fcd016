"""Which tables and views of the lake a statement names, and what may be meant by a name that is not there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import duckdb

from quality.dataset import registry
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.sql._statement import Path, Statement
from tasks.sql.views import View, views

OURS = re.compile(r"\w+")  # every name of a layer, table and view
MEMORY = "memory"  # DuckDB's name of the database that the tables are registered in
SHOWN, SIMILAR = 3, 0.6
OUTSIDE = "a query reads the tables of the lake and nothing else"
LIST = '"show tables" lists all'


@dataclass
class Wanted:
    """What a statement reads: tables by SQL name, `silver.fct_games`, and views for analysts.

    Attributes:
        is_all: they are all that the lake has, because the statement does not name what it reads.
    """

    tables: set[str] = field(default_factory=set)
    views: list[View] = field(default_factory=list)
    is_all: bool = False

    @property
    def all_tables(self) -> list[str]:
        """The tables, those behind the views included."""
        return sorted(self.tables | {name for view in self.views for name in view.tables})

    @property
    def only(self) -> str | None:
        """Name of the one table or view that is read; None when there are several or none."""
        names = [*self.tables, *(view.name for view in self.views)]
        return names[0] if len(names) == 1 and not self.is_all else None


def wanted_by(statement: Statement, lake: Lake, connection: duckdb.DuckDBPyConnection) -> Wanted:
    """Tables and views that a statement names; all when it may read any.

    Raises:
        BadInput: when the lake does not have one of them.
    """
    found = Wanted()
    for path in sorted(statement.names or ()):
        if _found(found, path, lake) or (len(path) == 1 and path[0] in statement.own):
            continue
        if _is_internal(path, connection):
            return everything(lake)
        raise unknown_table(path, lake)
    return everything(lake) if statement.names is None else found


def everything(lake: Lake) -> Wanted:
    """All tables, and the views whose tables are there."""
    tables = set(lake.tables())
    return Wanted(tables, [view for view in views().values() if tables.issuperset(view.tables)], is_all=True)


def table_of(statement: Statement, lake: Lake) -> Wanted:
    """The table or view of a `describe`; its layer may be left out.

    Raises:
        BadInput: when there is none, or one in several layers.
    """
    (path,) = statement.names or [()]
    found = Wanted()
    if _found(found, path, lake):
        return found
    name = ".".join(path)
    named = [known for known in lake.tables() if known.partition(".")[2] == name]
    if len(named) != 1:
        raise unknown_table(path, lake)
    return Wanted({named[0]})


def table_named(name: str, lake: Lake) -> str:
    """SQL name of a table, `silver.fct_games`, from itself or from `fct_games`. Bronze is named with its layer.

    Raises:
        BadInput: when the lake has no such table.
    """
    path = tuple(name.strip().lower().split("."))
    known = ".".join(path) if len(path) == 2 else ""
    if OURS.fullmatch(known.replace(".", "_")) and lake.iceberg(known) is not None:
        return known
    layers = [item for item in lake.tables() if len(path) == 1 and item.partition(".")[2] == path[0]]
    found = [item for item in layers if not item.startswith("bronze.")]
    if len(found) != 1:
        raise unknown_table(path, lake)
    return found[0]


def _found(found: Wanted, path: Path, lake: Lake) -> bool:
    """Whether the lake has a table or a view of a name; adds it to what was found."""
    layer, name = ("main", *path)[-2:] if len(path) < 3 or path[0] == MEMORY else ("", "")
    if layer in {"main", "gold"} and (view := views().get(name)):
        _require_tables(view, lake)
        found.views.append(view)
        return True
    table = f"{layer}.{name}"
    if OURS.fullmatch(layer) and OURS.fullmatch(name) and layer != "main" and lake.iceberg(table) is not None:
        found.tables.add(table)
        return True
    return False


def _require_tables(view: View, lake: Lake) -> None:
    if missing := [name for name in view.tables if lake.iceberg(name) is None]:
        raise BadInput(
            f"{view.name} needs {', '.join(missing)}, which {lake.location} does not have; "
            "`python flows/ingest.py` and `python flows/gold.py` build what is missing"
        )


def _is_internal(path: Path, connection: duckdb.DuckDBPyConnection) -> bool:
    """Whether a name is a view of DuckDB's own catalog, such as `duckdb_tables`."""
    names = connection.execute("select view_name from duckdb_views() where internal").fetchall()
    return len(path) == 1 and path in names


def unknown_table(path: Path, lake: Lake) -> BadInput:
    """Error for a table that the lake does not have, with what may have been meant."""
    name = ".".join(path)
    known = [*lake.tables(), *(f"gold.{view}" for view in views())]
    if meant := nearest(name, known, 1.0):
        return BadInput(f"there is no table {name}; did you mean {_or(meant)}?")
    if not all(map(OURS.fullmatch, path)):  # a file, as DuckDB lets one be named in the place of a table
        return BadInput(f"{OUTSIDE}: {name} is not one of them; {LIST}")
    if later := nearest(name, registry().tables, 1.0):
        build = "flows/gold.py" if later[0].startswith("gold.") else "flows/ingest.py"
        return BadInput(f"{later[0]} is not in this lake yet: `python {build}` builds it")
    if meant := nearest(name, known, SIMILAR):
        return BadInput(f"there is no table {name}; did you mean {_or(meant)}? {LIST}")
    meant = nearest(name, [item for item in known if item.partition(".")[0] == name.partition(".")[0]], 0)
    return BadInput(f"there is no table {name}; " + (f"the nearest are {', '.join(meant)}; " if meant else "") + LIST)


def nearest(name: str, known: Iterable[str], similar: float) -> list[str]:
    """At most three names that are most like one, bronze last; likeness 1 is the same name in another layer."""
    names = list(known)
    likeness = {item: _likeness(name, item) for item in names}
    found = (item for item in names if likeness[item] >= similar)
    return sorted(found, key=lambda item: (-likeness[item], item.startswith("bronze.")))[:SHOWN]


def _likeness(name: str, known: str) -> float:
    """How alike two names are: 1 when they differ by layer and kind (`fct_`, `v_`) alone."""
    bare, table = name.rpartition(".")[2], known.rpartition(".")[2]
    kindless = table.partition("_")[2]
    if bare in {table, kindless}:
        return 1.0
    pairs = ((name, known), (bare, table), (bare, kindless))
    return 0.99 * max(SequenceMatcher(None, *pair).ratio() for pair in pairs)


def _or(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
