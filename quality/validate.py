"""Checks a frame against the contract of its table and splits it: `check(frame, table) -> Checked`.

One expression over all rules says whether any row is invalid. Only then Pandera, which takes several queries for each
column, validates the frame, and its failure cases give the invalid rows. Its own `drop_invalid_rows` is not used: of
duplicates it drops both copies or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import polars as pl

from quality.columns import RowRule
from quality.dataset import Table

QUARANTINE_SCHEMA: Mapping[str, pl.DataType] = {
    "rule": pl.String(),
    "column_name": pl.String(),
    "value": pl.String(),
    "raw_object": pl.String(),
    "record": pl.String(),
    "day": pl.Date(),
}

MAX_RECORD_LENGTH = 4_000  # enough to see the problem; the raw object has the whole record


__all__ = ["Checked", "Report", "RowRule", "SchemaMismatch", "check", "empty_quarantine"]


class SchemaMismatch(ValueError):
    """The frame's columns or types differ from the table's: an error in the code, not in the data."""


@dataclass(frozen=True)
class Report:
    """Row counts of a check: `rows_in == rows_out + quarantined`."""

    table: str
    rows_in: int
    rows_out: int
    quarantined: int
    by_rule: Mapping[str, int]


@dataclass(frozen=True)
class Checked:
    """The result of a validation. The lake writes nothing else.

    Attributes:
        good: rows that satisfy the contract, with columns in the order of the contract.
        quarantined: one row per rejected row: rule, column_name, value, raw_object, record (JSON), and day, its date in
            a table that is kept by days.
    """

    table: Table
    good: pl.DataFrame
    quarantined: pl.DataFrame
    report: Report


def check(frame: pl.DataFrame, table: Table, rules: Iterable[RowRule] = ()) -> Checked:
    """Split a frame into rows that satisfy the table's contract and rows that do not.

    Each rejected row is counted once, under the first rule that it breaks.

    Raises:
        SchemaMismatch: when columns or types differ from the contract.
    """
    _require_schema(frame, table)
    rules = tuple(rules)
    if not _may_fail(frame, table, rules):
        return Checked(table, frame, empty_quarantine(), Report(table.qualified, frame.height, frame.height, 0, {}))
    invalid = pl.concat([_column_failures(frame, table), _rule_failures(frame, rules)])
    failures = pl.concat([invalid, _key_failures(frame, table, invalid["row"])])
    first = failures.unique(subset="row", keep="first", maintain_order=True).sort("row")
    if first.is_empty():
        return Checked(table, frame, empty_quarantine(), Report(table.qualified, frame.height, frame.height, 0, {}))
    keep = pl.int_range(frame.height, eager=True).is_in(first["row"].implode()).not_()
    by_rule = dict(first.group_by("rule").len().sort("rule").iter_rows())
    good = frame.filter(keep)
    report = Report(table.qualified, frame.height, good.height, first.height, by_rule)
    return Checked(table, good, _quarantine(frame, first, table.day_column), report)


def empty_quarantine() -> pl.DataFrame:
    """An empty quarantine frame."""
    return pl.DataFrame(schema=dict(QUARANTINE_SCHEMA))


def _require_schema(frame: pl.DataFrame, table: Table) -> None:
    wanted = {column.name: column.dtype for column in table.columns}
    if dict(frame.schema) == wanted and frame.columns == list(wanted):
        return
    wrong = [
        f"{name}: {frame.schema.get(name, 'absent')} instead of {dtype}"
        for name, dtype in wanted.items()
        if frame.schema.get(name) != dtype
    ]
    extra = sorted(set(frame.columns) - set(wanted))
    raise SchemaMismatch(f"{table.qualified}: {'; '.join(wrong) or 'columns out of order'}; not in contract: {extra}")


def _may_fail(frame: pl.DataFrame, table: Table, rules: Iterable[RowRule]) -> bool:
    """Whether some row breaks a rule. Where a NaN leaves it open, it may."""
    columns = broken(table)
    if columns and frame.select(pl.any_horizontal(columns)).item():
        return True
    for rule in rules:
        rows = frame.with_columns(rule.of) if rule.of else frame
        if not rows.select(rule.holds.fill_null(value=False).all()).item():
            return True
    return bool(table.key) and frame.select(_same_keys(table)).item()


@cache
def broken(table: Table) -> list[pl.Expr]:
    """For each column rule of a table, whether any value breaks it. It is true wherever Pandera finds a failure."""
    found = []
    for column in table.columns:
        value, limits, values = pl.col(column.name), column.limits, column.only_values
        if not column.nullable:
            found.append(value.null_count() > 0)
            found += [value.is_nan().any()] if column.dtype.is_float() else []
        found += [(value < limits.ge).any()] if limits.ge is not None else []
        found += [(value > limits.le).any()] if limits.le is not None else []
        found += [value.is_in(list(values)).not_().any()] if values else []
    return found


def _same_keys(table: Table) -> pl.Expr:
    """Whether two rows have the same key."""
    key = pl.col(table.key[0]) if len(table.key) == 1 else pl.struct(table.key)
    return key.is_first_distinct().not_().any()


def _failures(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        pl.col("row").cast(pl.Int64), pl.col("rule").cast(pl.String), pl.col("column_name").cast(pl.String)
    )


def _no_failures() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.Int64, "rule": pl.String, "column_name": pl.String})


def _column_failures(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    from quality.column_checks import failure_cases  # noqa: PLC0415  it takes half a second; few runs have an invalid row

    cases = failure_cases(frame, table)
    if cases is None:
        return _no_failures()
    if cases["index"].null_count():
        raise SchemaMismatch(f"{table.qualified}: {cases.filter(pl.col('index').is_null()).to_dicts()}")
    return _failures(cases.rename({"index": "row", "check": "rule", "column": "column_name"}))


def _rule_failures(frame: pl.DataFrame, rules: Iterable[RowRule]) -> pl.DataFrame:
    found = [_no_failures()]
    for rule in rules:
        broken = frame.with_columns(rule.of).select(
            row=pl.int_range(pl.len()), broken=rule.holds.fill_null(value=False).not_()
        )
        rows = broken.filter("broken").with_columns(rule=pl.lit(rule.name), column_name=pl.lit(rule.column))
        found.append(_failures(rows))
    return pl.concat(found)


def _key_failures(frame: pl.DataFrame, table: Table, invalid: pl.Series) -> pl.DataFrame:
    """All valid rows of a key after its first: an invalid copy must not displace a valid one."""
    if not table.key or frame.is_empty():
        return _no_failures()
    valid = frame.select(pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), pl.struct(table.key).alias("key"))
    valid = valid.filter(~pl.col("row").is_in(invalid.implode()))
    rows = valid.filter(~pl.col("key").is_first_distinct()).with_columns(
        rule=pl.lit("unique"), column_name=pl.lit(", ".join(table.key))
    )
    return _failures(rows)


def _quarantine(frame: pl.DataFrame, failures: pl.DataFrame, day: str | None) -> pl.DataFrame:
    rows = frame[failures["row"]]
    values = [
        str(rows[name][position]) if name in rows.columns else None
        for position, name in enumerate(failures["column_name"])
    ]
    raw = rows["raw_object"] if "raw_object" in rows.columns else pl.Series([None] * rows.height, dtype=pl.String)
    return pl.DataFrame(
        {
            "rule": failures["rule"],
            "column_name": failures["column_name"],
            "value": pl.Series(values, dtype=pl.String),
            "raw_object": raw,
            "record": rows.select(pl.struct(pl.all()).struct.json_encode().str.slice(0, MAX_RECORD_LENGTH)).to_series(),
            "day": rows[day] if day else pl.Series([None] * rows.height, dtype=pl.Date),
        },
        schema=dict(QUARANTINE_SCHEMA),
    )
