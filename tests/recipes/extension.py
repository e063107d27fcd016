"""Run by another Python: `statement.sql` in a DuckDB with the extensions that its packages bring; prints the rows.

Then it opens `lake.duckdb`, which the DuckDB of the reader wrote: a newer version.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import duckdb_extension_avro
import duckdb_extension_iceberg

with duckdb.connect() as connection:
    for package in (duckdb_extension_avro, duckdb_extension_iceberg):
        (file,) = Path(package.__file__).parent.rglob("*.duckdb_extension")
        connection.execute(f"load '{file}'")
    for row in connection.sql(Path("statement.sql").read_text()).fetchall():
        print(*row, sep="\t")  # noqa: T201
with duckdb.connect("lake.duckdb", read_only=True) as connection:
    assert connection.sql("select count(*) from gold.v_team_dashboard").fetchall() > [(0,)]
