"""The pointers of a catalog: the newest metadata file of each table. They are read without loading a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pyiceberg.catalog import Catalog
from pyiceberg.catalog.sql import IcebergTables, SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.table import StaticTable
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tasks.errors import LakeConflict
from tasks.lake.places import LAYERS, WAREHOUSE

Pointers = dict[str, str]  # address of the metadata file by SQL name
HIVE = ".db"  # AWS Glue's end of a database's folder


def read_pointers(catalog: Catalog, prefix: str) -> Pointers:
    """Address of the newest metadata of each table, by SQL name.

    Raises:
        ValueError: when the catalog names a file that cannot be that table's.
    """
    rows = _sqlite_rows(catalog) if isinstance(catalog, SqlCatalog) else _glue_rows(catalog, prefix)
    found = {}
    for namespace, table, address in rows:
        name = f"{namespace.removeprefix(prefix)}.{table}"
        if address is None or table_of(address) != name:
            raise ValueError(f"it names {address or 'no file'} as the metadata of {name}")
        found[name] = address
    return dict(sorted(found.items()))


def table_of(path: str) -> str | None:
    """SQL name of the table in whose folder a file is; None outside of a table.

    The folder of a layer has the prefix of the databases for which it was made: a copy may have another.
    """
    _, _, rest = f"/{path}".rpartition(f"/{WAREHOUSE}/")
    folder, _, inside = rest.partition("/")
    table, _, file = inside.partition("/")
    layer = next((item for item in LAYERS if folder.removesuffix(HIVE).endswith(item)), None)
    return f"{layer}.{table}" if layer and file else None


def place_of(address: str) -> str:
    """The lake in which a file of a table is."""
    return address[: address.rindex(f"/{WAREHOUSE}/")].removeprefix("file://")


def _sqlite_rows(catalog: SqlCatalog) -> Iterator[tuple[str, str, str | None]]:
    columns = (IcebergTables.table_namespace, IcebergTables.table_name, IcebergTables.metadata_location)
    with Session(catalog.engine) as session:
        for row in session.execute(select(IcebergTables.catalog_name, *columns)).all():
            if row[0] != catalog.name:
                raise ValueError(f"it has a table of a catalog {row[0]!r}")
            yield row[1], row[2], row[3]


def layers_of(catalog: Catalog, prefix: str) -> dict[str, str]:
    """Layer by the name of its namespace, for the layers that a lake has.

    The Glue catalog of an account has other databases too, and `cbbd_` is also the beginning of `cbbd_dev_silver`.
    """
    known = {f"{prefix}{layer}": layer for layer in LAYERS}
    return {namespace: known[namespace] for (namespace,) in catalog.list_namespaces() if namespace in known}


def _glue_rows(catalog: Any, prefix: str) -> Iterator[tuple[str, str, str | None]]:
    for namespace in layers_of(catalog, prefix):
        for page in catalog.glue.get_paginator("get_tables").paginate(DatabaseName=namespace):
            for table in page["TableList"]:
                if table.get("Parameters", {}).get("table_type", "").lower() == "iceberg":
                    yield namespace, table["Name"], table["Parameters"].get("metadata_location")


def write_sqlite(catalog: SqlCatalog, pointers: Mapping[str, str]) -> None:
    """Fill a new SQLite catalog."""
    for namespace in sorted({name.partition(".")[0] for name in pointers}):
        catalog.create_namespace_if_not_exists(namespace)
    rows = [
        {
            "catalog_name": catalog.name,
            "table_namespace": name.partition(".")[0],
            "table_name": name.partition(".")[2],
            "metadata_location": address,
            "previous_metadata_location": None,
            "iceberg_type": "TABLE",
        }
        for name, address in pointers.items()
    ]
    with Session(catalog.engine) as session:
        if rows:
            session.execute(insert(IcebergTables), rows)
        session.commit()


def write_glue(catalog: Any, prefix: str, pointers: Mapping[str, str]) -> None:
    """Set the pointers of tables in AWS Glue, one after the other; other tables stay as they are.

    Raises:
        LakeConflict: when a writer changes a table at the same time. Those before it are set; repeat the command.
    """
    from pyiceberg.catalog.glue import _construct_table_input  # noqa: PLC0415  boto3, for lakes on S3 only

    for name, address in pointers.items():
        layer, _, table = name.partition(".")
        database = f"{prefix}{layer}"
        if not catalog.namespace_exists(database):  # on AWS it exists, and a run has no permission to create one
            catalog.create_namespace_if_not_exists(database)
        metadata = StaticTable.from_metadata(address, catalog.properties).metadata
        try:
            known = catalog.glue.get_table(DatabaseName=database, Name=table)["Table"]
        except catalog.glue.exceptions.EntityNotFoundException:
            wanted = _construct_table_input(table, address, metadata.properties, metadata)
            catalog.glue.create_table(DatabaseName=database, TableInput=wanted)
            continue
        before = known["Parameters"].get("metadata_location")
        wanted = _construct_table_input(table, address, metadata.properties, metadata, known, before)
        try:
            catalog.glue.update_table(DatabaseName=database, TableInput=wanted, VersionId=known["VersionId"])
        except (catalog.glue.exceptions.ConcurrentModificationException, NoSuchTableError) as error:
            raise LakeConflict(f"another writer changed {name} meanwhile ({error}); repeat the command") from error
