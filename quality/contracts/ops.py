"""Tables about the pipeline's own work."""

from __future__ import annotations

from quality.columns import DATE, INT, STRING, TIMESTAMP, Column
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

CORRECTIONS = Table(
    name="corrections",
    layer="ops",
    description="One row per value of a silver table that changed when the source was asked again, and per value of "
    "`overrides.yaml` that replaces the source's. Computed from the raw responses, so a rebuild gives the same rows.",
    columns=(
        Column(name="table_name", dtype=STRING, description="Silver table of the value, with its layer"),
        Column(name="season", dtype=INT, description="Season of the row; null where the table has none", nullable=True),
        Column(
            name="month",
            dtype=DATE,
            nullable=True,
            description="First day of the month whose answers were compared, of tables with rows of played games only; "
            "null where those of the whole season were, and of an override",
        ),
        Column(
            name="key",
            dtype=STRING,
            description="Row that changed, such as `game_id=123 team_id=4`; of a value that changed alike in 20 or "
            "more rows of a game, the game",
        ),
        Column(name="column_name", dtype=STRING, description="Column; null where the whole row is gone", nullable=True),
        Column(name="old", dtype=STRING, description="Value before, as text", nullable=True),
        Column(name="new", dtype=STRING, description="Value after, as text", nullable=True),
        Column(
            name="origin",
            dtype=STRING,
            description="Who changed it: the source, or an override of ours",
            values=("source", "override"),
        ),
        Column(name="reason", dtype=STRING, description="Of an override: why", nullable=True),
        Column(
            name="first_seen",
            dtype=TIMESTAMP,
            description="When the first response with the new value, or without the row, came; of an override, the "
            "response whose value it replaces",
        ),
        Column(
            name="last_seen",
            dtype=TIMESTAMP,
            description="When the newest response that still says so came",
        ),
        Column(name="raw_object", dtype=STRING, description="Raw object that says so", nullable=True),
    ),
    key=(),
    partition=Partition.SEASON,
)
