"""The steps of maintenance: merge small files, expire versions, correct hints, delete files. Raw is never touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from tasks.errors import LakeConflict
from tasks.lake.lake import Lake
from tasks.lake.table_files import (
    all_tables,
    compact,
    correct_hint,
    crowded,
    expire,
    orphans,
    superseded,
    wrong_hints,
)

MEGABYTE = 1_000_000

Step = Callable[[], str]
Say = Callable[[str], None]


def upkeep(lake: Lake, kept: datetime, old: datetime, say: Say, *, dry_run: bool) -> dict[str, Step]:
    """The steps by name, in order. Files that one step frees are old enough to be deleted in a later run.

    Args:
        kept: versions that were replaced before this moment are expired.
        old: unreferenced files written before this moment are deleted.
        say: takes what is worth a line while a step works.
        dry_run: only count; the lake stays as it is.
    """
    return {
        "merge small files": lambda: merge_small_files(lake, say, kept, dry_run=dry_run),
        "expire old versions": lambda: expire_old_versions(lake, kept, dry_run=dry_run),
        "correct version hints": lambda: correct_hints(lake, dry_run=dry_run),
        "delete unreferenced files": lambda: delete_orphans(lake, old, dry_run=dry_run),
    }


def merge_small_files(lake: Lake, say: Say, kept: datetime, *, dry_run: bool) -> str:
    """Merge the files of partitions that have too many; what was done, in a line.

    Args:
        kept: months that have not ended before this moment are left as they are.
    """
    partitions = before = after = saved = 0
    for item in [item for table in all_tables(lake) for item in crowded(lake, table, kept.date())]:
        files, size = item.needed, item.bytes
        if not dry_run:
            try:
                files, size = compact(lake, item)
            except LakeConflict as error:  # a writer was faster: its files are new, the next run will do
                say(f"left as it is: {error}")
                continue
        say(f"{item.table.qualified} {item.key}: {item.files} files, {files} after")
        partitions, before, after, saved = partitions + 1, before + item.files, after + files, saved + item.bytes - size
    gain = "" if dry_run else f", {saved / MEGABYTE:,.1f} MB less"
    return f"small files:       {partitions} partitions, {before:,} files become {after:,}{gain}"


def expire_old_versions(lake: Lake, before: datetime, *, dry_run: bool) -> str:
    """Expire versions that were replaced before a moment; how many, in a line."""
    counts = []
    for name in lake.tables():
        found = lake.iceberg(name)
        counts.append(expire(lake, name, before) if not dry_run else len(superseded(found, before)) if found else 0)
    tables = sum(count > 0 for count in counts)
    return f"old versions:      {sum(counts):,} of {tables} tables, replaced before {before:%Y-%m-%d %H:%M} UTC"


def correct_hints(lake: Lake, *, dry_run: bool) -> str:
    """Write the version hints that are missing or name an older version; how many, in a line."""
    wrong = list(wrong_hints(lake))
    for table in [] if dry_run else wrong:
        correct_hint(lake, table)
    return f"version hints:     {len(wrong)} missing or out of date"


def delete_orphans(lake: Lake, before: datetime, *, dry_run: bool) -> str:
    """Delete files that no version names and that were written before a moment; how many, in a line."""
    found = orphans(lake, before)
    if found and not dry_run:
        lake.delete_table_files([file.path for file in found])
    size = sum(file.bytes for file in found) / MEGABYTE
    return f"unreferenced:      {len(found):,} files, {size:,.1f} MB, written before {before:%Y-%m-%d %H:%M} UTC"
