"""What the tables lose when an operator rejects raw objects: partitions that have no response any more."""

from __future__ import annotations

from collections.abc import Iterable

from quality.dataset import Endpoint, Partition, Table
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.report import LayerReport, keep_rejects


def vanished(
    lake: Lake, table: Table, season: int | None, present: Iterable[PartitionKey], endpoints: Iterable[Endpoint] = ()
) -> list[PartitionKey]:
    """Published partitions of a season that nothing is left for, because responses were withdrawn.

    Without a withdrawn response nothing vanishes: then raw objects or tables are lost, and published rows stay.

    Args:
        present: partitions that can be built now.
        endpoints: those that the table is made from; default: any.
    """
    of_season = season if table.partition is not Partition.NONE else None
    known = {PartitionKey.parse(name) for name in lake.inputs(table)}
    gone = sorted(key for key in known - set(present) if key.season == of_season)
    return gone if gone and is_withdrawn(lake, season, endpoints) else []


def is_withdrawn(lake: Lake, season: int | None, endpoints: Iterable[Endpoint] = ()) -> bool:
    """Whether any response of a season (and of some endpoints; default: any) was withdrawn."""
    names = [endpoint.name for endpoint in endpoints] or [""]
    return any(item.season == season for name in names for item in lake.raw.withdrawn(name, season if name else None))


def clear(lake: Lake, table: Table, key: PartitionKey) -> LayerReport:
    """Remove one partition, its fingerprint and its rejected rows."""
    report = LayerReport(table.qualified, str(key))
    with lake.replace(table, key) as out:
        out.forget = True
    keep_rejects(lake, report)
    return report
