"""The catalog in AWS Glue, with version hints; a module of its own, because it loads boto3 (half a second)."""

from __future__ import annotations

from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.table import Table

from tasks.lake._hints import Hinting


class HintingGlueCatalog(Hinting, GlueCatalog):
    """A catalog in AWS Glue whose commits write the hint of the table."""

    def newest(self, table: Table) -> str:
        """Address of the newest metadata file."""
        database, name = table.name()[-2:]
        found = self.glue.get_table(DatabaseName=database, Name=name)["Table"]
        return str(found["Parameters"]["metadata_location"])
