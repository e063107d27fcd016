"""Checks a frame against the contract of its table and splits it: `check(frame, table) -> Checked`.

One query says whether any value breaks a rule of its column. Only then does Pandera validate the frame, column by
column and rule by rule, and its failure cases give the invalid rows. Its own `drop_invalid_rows` is not used: of
duplicates it drops both copies or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import pandera.polars as pa
import polars as pl

from quality.columns import Column, RowRule
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


__all__ = ["Checked", "Report", "RowRule", "SchemaMismatch", "check", "empty_quarantine", "pandera_schema"]


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
    invalid = pl.concat([_column_failures(frame, table), _rule_failures(frame, rules)])
    failures = pl.concat([invalid, _key_failures(frame, table, invalid["row"])])
    first = failures.unique(subset="row", keep="first", maintain_order=True).sort("row")
    if first.is_empty():
        return Checked(table, frame, empty_quarantine(), Report(table.qualified, frame.height, frame.height, 0, {}))
    keep = pl.int_range(frame.height, eager=True).is_in(first["row"].implode()).not_()
    by_rule = dict(first.group_by("rule").len().sort("rule").iter_rows())
    good = frame.filter(keep)
    report = Report(table.qualified, frame.height, good.height, first.height, by_rule)
    return Checked(table, good, _quarantine(frame, first, table.month_column), report)


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


@cache
def pandera_schema(table: Table) -> pa.DataFrameSchema:
    """The table's column rules as a Pandera schema: nullability, bounds, values."""
    return pa.DataFrameSchema({column.name: _pandera_column(column) for column in table.columns}, name=table.qualified)


def _pandera_column(column: Column) -> pa.Column:
    least, most, values = _limits(column)
    checks = []
    if least is not None:
        checks.append(pa.Check.ge(least))
    if most is not None:
        checks.append(pa.Check.le(most))
    if values:
        checks.append(pa.Check.isin(values))
    return pa.Column(column.dtype, checks=checks, nullable=column.nullable, required=True)


def _limits(column: Column) -> tuple[float | None, float | None, list[str]]:
    """Smallest and greatest value, in the unit of the table, and the only ones; None and [] are no limit."""
    scale = 100 if column.percent and column.unit != "percent" else 1
    bounds = (column.bounds.ge, column.bounds.le) if column.bounds else (None, None)
    least, most = (None if bound is None else bound / scale for bound in bounds)
    return least, most, [] if column.open_values else list(column.values or ())


def _keeps(column: Column) -> Iterator[pl.Expr]:
    """What Pandera requires of a column, each as one boolean; null satisfies a limit, and NaN counts as null."""
    values, (least, most, allowed) = pl.col(column.name), _limits(column)
    if not column.nullable:
        yield values.is_not_null().all()
        if column.dtype.is_float():
            yield values.is_not_nan().all()
    if least is not None:
        yield (values >= least).all()
    if most is not None:
        yield (values <= most).all()
    if allowed:
        yield values.is_in(allowed).all()


def _failures(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.select(
        pl.col("row").cast(pl.Int64), pl.col("rule").cast(pl.String), pl.col("column_name").cast(pl.String)
    )


def _no_failures() -> pl.DataFrame:
    return pl.DataFrame(schema={"row": pl.Int64, "rule": pl.String, "column_name": pl.String})


def _column_failures(frame: pl.DataFrame, table: Table) -> pl.DataFrame:
    required = [expression for column in table.columns for expression in _keeps(column)]
    if not required or frame.select(pl.all_horizontal(required)).item():
        return _no_failures()
    try:
        pandera_schema(table).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        if cases["index"].null_count():
            raise SchemaMismatch(f"{table.qualified}: {cases.filter(pl.col('index').is_null()).to_dicts()}") from errors
        return _failures(cases.rename({"index": "row", "check": "rule", "column": "column_name"}))
    return _no_failures()


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
