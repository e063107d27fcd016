"""The catalog in AWS Glue, with version hints; a module of its own, because it loads boto3 (half a second)."""

from __future__ import annotations

from typing import Any

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.table import CommitTableResponse, Table

from tasks.lake._hints import point_to


class HintingGlueCatalog(GlueCatalog):
    """A catalog in AWS Glue whose commits write the hint of the table."""

    def create_table(self, *args: Any, **kwargs: Any) -> Table:
        """Create a table and its hint."""
        made = super().create_table(*args, **kwargs)
        point_to(made.io, made.metadata_location, lambda: self._newest(made))
        return made

    def commit_table(self, table: Table, requirements: Any, updates: Any) -> CommitTableResponse:
        """Commit changes and write the hint."""
        done = super().commit_table(table, requirements, updates)
        point_to(table.io, done.metadata_location, lambda: self._newest(table))
        return done

    def _newest(self, table: Table) -> str:
        database, name = table.name()[-2:]
        found = self.glue.get_table(DatabaseName=database, Name=name)["Table"]
        return str(found["Parameters"]["metadata_location"])
