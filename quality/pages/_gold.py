"""docs/gold.md, and a page per gold table: grain, point in time, formulas, columns, null limits and rules."""

from __future__ import annotations

from collections.abc import Iterator

from quality.clocks import CLOCKS, FINAL, MORNING, TIP_OFF, Clock
from quality.columns import Column
from quality.dataset import Derivation, Input, Registry, Table
from quality.markdown import code, page, table
from quality.pages._dictionary import link, path_of
from quality.rules import GOLD_RULES, NULL_RULES, Rule
from quality.wording import in_words, type_name, valid

INTRO = (
    "The tables that most people use. The page of each is generated from the contracts that check it. "
    "[gold-guide.md](gold-guide.md) covers the command, building as of a date, the SQL views and how to add a table. "
    "[ratings.md](ratings.md) explains the model behind ratings and forecasts. A table is published whole or not at "
    "all: if a value is out of bounds, a rule is broken, or more values are null than a limit allows, the previous "
    "version stays and the run fails. Numbers are never NaN or infinite."
)
NULLS = (
    "A null limit applies only to the rows that it names, and only if its inputs have rows. A season without lines, "
    "the first days of a season or a lake without recruits therefore breaks no limit. A limit of zero follows from the "
    "formula. A limit above zero was measured at the source or, where nothing was measured, estimated, with some "
    "margin; it applies only from the stated number of rows, so that a handful of cases cannot break it. It guards "
    "against partial loss: a quantity that the source never sent is null in every row, and the run warns of it."
)
WHOLE_SEASON = (
    "The season so far, up to its last result (or up to `--as-of`). The table contains outcomes: do not use it as "
    "features for games."
)


CLOCK_TEXT = (
    "Every column states when its value is known. **morning**: on the morning (US Eastern) of the row's date, from the "
    "schedule and results of earlier dates. **tip-off**: at the scheduled start of the game, as the closing lines are. "
    "**final**: later, such as results. Features of a forecast may only use columns that are known when it is made; "
    "the views `v_features_morning` and `v_features_tip_off` select them."
)


def gold_page(registry: Registry) -> str:
    """The page about all gold tables."""
    tables = sorted(registry.derived("gold"), key=lambda item: item.name)
    header = ("table", "one row per", "uses data from")
    overview = table(header, ((f"[{t.name}]({path_of(t)})", ", ".join(map(code, t.key)), _short(t)) for t in tables))
    return page("Gold tables", INTRO, overview, CLOCK_TEXT, NULLS)


def gold_table_page(item: Table, note: str) -> str:
    """The page of a gold table.

    Args:
        note: how it is computed, from the docstring of its module; it has the formulas that span columns.
    """
    assert item.derivation is not None, f"{item.qualified} is not made from other tables"
    header = ("column", "meaning", "known", "type and unit", "valid", "null")
    parts = (
        f"**Grain.** One row per {', '.join(map(code, item.key))}. **Point in time.** {_point_in_time(item)}",
        f"**Inputs.** {'; '.join(_inputs(item.derivation))}.",
        f"**Method.** {note}" if note else "",
        table(header, (_column(item, column) for column in item.columns)),
        _listed(_rules(item)),
    )
    return page(item.qualified, item.description, *filter(None, parts))


def _short(item: Table) -> str:
    if item.point_in_time is None:
        return "the season so far"
    facts = {MORNING: f"before `{item.point_in_time}`", TIP_OFF: "lines at tip-off", FINAL: "the game itself"}
    return ", ".join(facts[clock] for clock in _clocks(item))


def _clocks(item: Table) -> list[Clock]:
    """Clocks of a table's columns, from the earliest to the latest."""
    found = {item.clock_of(column.name) for column in item.columns}
    return [clock for clock in CLOCKS if clock in found]


def _point_in_time(item: Table) -> str:
    if item.point_in_time is None:
        return WHOLE_SEASON
    if _clocks(item) == [MORNING]:
        return f"A row uses only information from before its `{item.point_in_time}`; tests check every column."
    return (
        f"A column known on the morning uses only information from before `{item.point_in_time}`. The column `known` "
        "says which columns are known later; tests hold every column to its clock."
    )


def _inputs(made: Derivation) -> Iterator[str]:
    for item in made.inputs:
        yield link(item.table) + _how(item)


def _how(item: Input) -> str:
    known = (
        ("with earlier seasons", item.history),
        ("with the next season", item.ahead),
        ("optional", item.optional),
    )
    facts = [text for text, true in known if true]
    return f" ({', '.join(facts)})" if facts else ""


def _column(item: Table, column: Column) -> tuple[str, ...]:
    kind = type_name(column.dtype) + (f", {column.unit}" if column.unit else "")
    return code(column.name), column.description, _clock_name(item, column), kind, valid(column), _null(item, column)


def _clock_name(item: Table, column: Column) -> str:
    """When a column of gold is known, in words: morning, tip-off, final."""
    return (item.clock_of(column.name) or "").replace("_", "-")


def _null(item: Table, column: Column) -> str:
    if not column.nullable:
        return "never"
    limits = "; ".join(in_words(limit) for limit in item.null_limits if column.name in limit.columns)
    return f"{column.can_be_null}. Limit: {limits}"


def _rules(item: Table) -> list[Rule]:
    """Rules that are mainly about a table, without its null limits."""
    return [rule for rule in GOLD_RULES if rule.reads[0].table is item and rule not in NULL_RULES]


def _listed(rules: list[Rule]) -> str:
    lines = [f"- `{rule.name}`: {rule.description.rstrip('.')}." for rule in rules]
    return "**Rules**\n\n" + "\n".join(lines) if lines else ""
