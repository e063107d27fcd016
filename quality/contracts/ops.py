"""Tables about the pipeline's own work."""

from __future__ import annotations

from quality.columns import STRING, Column
from quality.dataset import Partition, Table

QUARANTINE = Table(
    name="quarantine",
    layer="ops",
    description="One row per rejected row of any table, with the rule it broke. Replaced with the partition it is of.",
    columns=(
        Column(name="table_name", dtype=STRING, description="Table that refused the row, with its layer"),
        Column(name="partition", dtype=STRING, description="Partition of that table"),
        Column(name="rule", dtype=STRING, description="Rule that the row broke first"),
        Column(name="column_name", dtype=STRING, description="Column the rule is about", nullable=True),
        Column(name="value", dtype=STRING, description="Offending value, as text", nullable=True),
        Column(name="raw_object", dtype=STRING, description="Raw object that holds the response", nullable=True),
        Column(name="record", dtype=STRING, description="The row as JSON, cut at 4,000 characters", nullable=True),
    ),
    key=(),
    partition=Partition.NONE,
)
