"""Tables about the work of the pipeline itself."""

from __future__ import annotations

from quality.columns import DATE, INT, STRING, TIMESTAMP, Column
from quality.dataset import Partition, Table

QUARANTINE = Table(
    name="quarantine",
    layer="ops",
    description="One row per rejected row of any table, with the rule that it broke. A rebuild of a partition, or of "
    "days of it, replaces its rows.",
    columns=(
        Column(name="table_name", dtype=STRING, description="Table that rejected the row, with its layer"),
        Column(name="partition", dtype=STRING, description="Partition of that table"),
        Column(name="rule", dtype=STRING, description="First rule that the row broke"),
        Column(name="column_name", dtype=STRING, description="Column that the rule checks", nullable=True),
        Column(name="value", dtype=STRING, description="Offending value, as text", nullable=True),
        Column(name="raw_object", dtype=STRING, description="Raw object that holds the response", nullable=True),
        Column(
            name="record", dtype=STRING, description="The row as JSON, truncated at 4,000 characters", nullable=True
        ),
        Column(
            name="day",
            dtype=DATE,
            nullable=True,
            description="Day of the row in a table with months, which are rebuilt by days; null in other tables",
        ),
    ),
    key=(),
    partition=Partition.NONE,
)

CORRECTIONS = Table(
    name="corrections",
    layer="ops",
    description="One row per value of a silver table that a later response changed, and per value of "
    "`overrides.yaml` that overrides the source. Computed from the raw responses, so a rebuild gives the same rows.",
    columns=(
        Column(name="table_name", dtype=STRING, description="Silver table of the value, with its layer"),
        Column(
            name="season", dtype=INT, description="Season of the row; null if the table has no season", nullable=True
        ),
        Column(
            name="month",
            dtype=DATE,
            nullable=True,
            description="First day of the month whose responses were compared, for tables that have rows only for "
            "games that were played; null if the responses of the whole season were compared, and for an override",
        ),
        Column(
            name="key",
            dtype=STRING,
            description="Key of the changed row, such as `game_id=123 team_id=4`. If the same value changed in 20 or "
            "more rows of a game: the game",
        ),
        Column(
            name="column_name",
            dtype=STRING,
            description="Changed column; null if the whole row was removed",
            nullable=True,
        ),
        Column(name="old", dtype=STRING, description="Value before, as text", nullable=True),
        Column(name="new", dtype=STRING, description="Value after, as text", nullable=True),
        Column(
            name="origin",
            dtype=STRING,
            description="Origin of the change: the source, or an override of ours",
            values=("source", "override"),
        ),
        Column(name="reason", dtype=STRING, description="Reason for an override", nullable=True),
        Column(
            name="first_seen",
            dtype=TIMESTAMP,
            description="Time of the first response with the new value, or without the row; for an override, of the "
            "response whose value it replaces",
        ),
        Column(
            name="last_seen",
            dtype=TIMESTAMP,
            description="Time of the newest response that confirms the change",
        ),
        Column(name="raw_object", dtype=STRING, description="Raw object with the change", nullable=True),
    ),
    key=(),
    partition=Partition.SEASON,
)

CONFLICTS = Table(
    name="conflicts",
    layer="ops",
    description="One row per contradiction in a season: cases that break a rule about conflicts, rows that were "
    "rejected because another row has the same key, teams in two conferences, and responses that are held back. A "
    "season is computed whole, so a rebuild gives the same rows.",
    columns=(
        Column(name="season", dtype=INT, description="Season, named after the year it ends in (2024-25 is 2025)"),
        Column(
            name="kind",
            dtype=STRING,
            description="A rule of docs/rules.md, or: two versions, athlete in both teams, two conferences, fewer rows",
        ),
        Column(name="table_name", dtype=STRING, description="Table that has the contradiction, with its layer"),
        Column(name="key", dtype=STRING, description="What it is about, such as `game_id=123`"),
        Column(name="detail", dtype=STRING, description="The values that contradict each other, and which one counts"),
        Column(name="raw_object", dtype=STRING, description="Raw object with the rejected value", nullable=True),
    ),
    key=(),
    partition=Partition.SEASON,
)
