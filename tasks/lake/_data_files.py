"""Writes a frame as data files of a table. PyIceberg's writer copies the frame once for each partition that it has."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import count
from uuid import uuid4

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.io import FileIO
from pyiceberg.io.pyarrow import (  # the one writer that splits a frame by partition, and its parts
    _dataframe_to_data_files,
    bin_pack_arrow_table,
    write_file,
)
from pyiceberg.manifest import DataFile
from pyiceberg.partitioning import PartitionFieldValue, PartitionKey
from pyiceberg.table import TableProperties, WriteTask
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.transforms import IdentityTransform, MonthTransform

IN_ORDER = (IdentityTransform, MonthTransform)  # what is between two values is between their partitions


def data_files(metadata: TableMetadata, rows: pa.Table, io: FileIO) -> Iterable[DataFile]:
    """Data files with the rows, in their order.

    Rows of one partition, which is what a build writes, and of a table without partitions are written without a copy of
    them.

    Args:
        rows: at least one, in the table's schema.
    """
    key = _only_partition(metadata, rows)
    if key is None and not metadata.spec().is_unpartitioned():
        return _dataframe_to_data_files(metadata, rows, io, write_uuid=uuid4())
    size = metadata.properties.get(TableProperties.WRITE_TARGET_FILE_SIZE_BYTES)
    limit = int(size) if size else TableProperties.WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT
    schema, numbers, name = metadata.schema(), count(), uuid4()
    tasks = (
        WriteTask(write_uuid=name, task_id=next(numbers), schema=schema, record_batches=batches, partition_key=key)
        for batches in bin_pack_arrow_table(rows, limit)
    )
    return write_file(io=io, table_metadata=metadata, tasks=tasks)


def _only_partition(metadata: TableMetadata, rows: pa.Table) -> PartitionKey | None:
    """The partition of all rows; None without exactly one, or if the bounds of a column do not determine it."""
    spec, schema = metadata.spec(), metadata.schema()
    if spec.is_unpartitioned() or not all(isinstance(field.transform, IN_ORDER) for field in spec.fields):
        return None
    values = []
    for field in spec.fields:
        column = rows[schema.find_column_name(field.source_id)]
        if column.null_count:
            return None
        ends = pc.min_max(column)
        both = pa.array([ends["min"].as_py(), ends["max"].as_py()], column.type)
        first, last = field.transform.pyarrow_transform(schema.find_field(field.source_id).field_type)(both).to_pylist()
        if first != last:
            return None
        values.append(PartitionFieldValue(field=field, value=first))
    return PartitionKey(field_values=values, partition_spec=spec, schema=schema)
