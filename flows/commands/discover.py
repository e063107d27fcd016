"""`cbbd-etl tables`, `describe` and `columns`: what a lake has, from the registry."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import orjson
import typer

import cbbd_etl as cbb
from flows.commands._shared import CsvOption, JsonOption, LakeOption, lake_for_reading, lake_path
from flows.terminal.sheet import Row, Section, Sheet, form_of, print_text, sheet_console
from flows.terminal.shell import OK
from tasks.errors import BadInput, did_you_mean
from tasks.settings import load_settings


def run_tables(
    layer: Annotated[
        str | None, typer.Argument(metavar="[LAYER]", help="bronze, silver, gold or ops; default: all but bronze")
    ] = None,
    json: JsonOption = False,
    csv: CsvOption = False,
    lake: LakeOption = None,
) -> int:
    """List the tables of the lake: rows, seasons, newest response, meaning."""
    form, opened = form_of(json=json, csv=csv), lake_for_reading(lake)
    found = _of_layer(cbb.tables(lake=opened), layer)
    if form != "table":
        Sheet("", [Section("tables", found)]).print(form)
        return OK
    console = sheet_console()
    for row in found.iter_rows(named=True):
        if layer is not None or not row["table"].startswith("bronze."):
            console.print(_head_of_table(row), style="bold", markup=False)
            console.print(f"  {row['meaning'].partition('. ')[0]}", markup=False, no_wrap=True, overflow="ellipsis")
    more = "" if layer else "; `cbbd-etl tables bronze` lists bronze"
    console.print(f"{opened.location}; times of the newest responses are UTC{more}", markup=False, style="dim")
    return OK


def _of_layer(found: Any, layer: str | None) -> Any:
    if layer is None:
        return found
    layers = dict.fromkeys(name.partition(".")[0] for name in found["table"])
    if layer not in layers:
        raise BadInput(f"the lake has no layer {layer}{did_you_mean(layer, layers)}; it has: {', '.join(layers)}")
    return found.filter([name.startswith(f"{layer}.") for name in found["table"]])


def _head_of_table(row: Row) -> str:
    """Name, rows, seasons and newest response of a table; a view has its name only."""
    if row["rows"] is None:
        return f"{row['table']} (view)"
    facts = [f"{row['rows']:,} {'row' if row['rows'] == 1 else 'rows'}"]
    facts += [row["seasons"]] if row["seasons"] else []
    facts += [f"fetched {row['fetched_at']:%Y-%m-%d %H:%M}"] if row["fetched_at"] else []
    return f"{row['table']}  {', '.join(facts)}"


def run_columns(
    search: Annotated[list[str], typer.Argument(metavar="WORD...", help="For example: offensive rebound")],
    json: JsonOption = False,
    csv: CsvOption = False,
) -> int:
    """Find columns by words of their name or meaning, and the tables that have them."""
    form = form_of(json=json, csv=csv)
    wanted = " ".join(search)
    found = cbb.columns(wanted)
    if form != "table":
        Sheet("", [Section("columns", found)]).print(form)
        return OK
    console = sheet_console()
    for row in found.iter_rows(named=True):
        unit = f", {row['unit']}" if row["unit"] else ""
        console.print(f"{row['column']} ({row['type']}{unit})", style="bold", markup=False)
        print_text(console, row["meaning"], indent="  ")
        print_text(console, f"in {', '.join(row['tables'])}", "dim", "  ")
    console.print(f"{found.height} column{'s' * (found.height != 1)} with {wanted!r}", markup=False)
    return OK


def run_describe(
    table: Annotated[str, typer.Argument(metavar="TABLE", help="For example: fct_games, or gold.v_team_dashboard")],
    json: JsonOption = False,
    csv: CsvOption = False,
    lake: LakeOption = None,
) -> int:
    """Show what a table is: grain, key, columns with unit, null rule and meaning, examples."""
    form = form_of(json=json, csv=csv)
    exists = lake is not None or load_settings(lake=lake_path(lake)).find_lake() is not None
    found = cbb.describe(table, lake=lake_for_reading(lake) if exists else None)
    if form == "json":
        sys.stdout.buffer.write(orjson.dumps(found.to_dict()) + b"\n")
    elif form == "csv":
        Sheet("", [Section("columns", found.columns)]).print(form)
    else:
        _print(found)
    return OK


def _print(found: cbb.Description) -> None:
    console = sheet_console()
    console.print(found.table, style="bold", markup=False)
    print_text(console, found.meaning)
    lines = [f"grain: {found.grain}" if found.grain else "", found.facts or ""]
    if found.point_in_time:
        lines.append(f"point in time: a row uses only information from before its {found.point_in_time}")
    for line in filter(None, lines):
        print_text(console, line)
    console.print(f"\n{found.columns.height} columns", style="bold")
    for row in found.columns.iter_rows(named=True):
        console.print(_head(row), markup=False, style="bold")
        for line in filter(None, (row["meaning"], _rules(row))):
            print_text(console, line, indent="  ")
    console.print("\nExamples", style="bold")
    for line in found.examples:
        console.print(f"  {line}", markup=False, soft_wrap=True)


def _head(row: Row) -> str:
    return f"{row['column']} ({row['type']}{', ' + row['unit'] if row['unit'] else ''})"


def _rules(row: Row) -> str:
    """Null rule and valid values of a column, where there are any."""
    null = "" if row["null"] in {"", "never"} else f"null: {row['null']}"
    valid = f"valid: {row['valid']}" if row["valid"] else ""
    return "; ".join(filter(None, (null, valid))).replace("`", "")
