"""docs/gold.md: every gold table with its grain, what is known when, formulas, columns, null limits and rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from quality.columns import Column
from quality.dataset import Derivation, Input, Registry, Table
from quality.dictionary import anchor, type_name, valid
from quality.markdown import code, page, percent, table
from quality.nulls import Given, NullLimit
from quality.rules import GOLD_RULES, NULL_RULES, Rule

INTRO = (
    "The tables that people come for, from the contracts that they are checked against. "
    "[gold-guide.md](gold-guide.md) has the command, building as of a date, the SQL views and how to add a table; "
    "[ratings.md](ratings.md) the model behind ratings and forecasts. A table is published whole or not at all: where "
    "a value is outside of what is valid, a rule is broken, or more is null than the limit allows, the version before "
    "stays and the run fails. No number is NaN or infinite."
)
NULLS = (
    "A limit is judged among the rows that it names, and only where they say that there must be a value: a season "
    "without lines, the first days of a season or a lake without recruits break none. Shares above zero are what is "
    "known of the source, or a judgement where nothing is, with some room, and are judged from so many rows on that a "
    "handful does not decide."
)
WHOLE_SEASON = (
    "The season so far, as of its last result (or of `--as-of`). It tells how games ended: not for features of games."
)


def gold_page(registry: Registry, notes: Callable[[Table], str]) -> str:
    """The whole page.

    Args:
        notes: how a table is made, by its module's own words; they have formulas that are of no single column.
    """
    tables = sorted(registry.derived("gold"), key=lambda item: item.name)
    header = ("table", "one row per", "known")
    overview = table(header, ((f"[{t.name}](#{anchor(t)})", ", ".join(map(code, t.key)), _short(t)) for t in tables))
    return page("Gold tables", INTRO, overview, NULLS, *(_section(item, notes(item)) for item in tables))


def _section(item: Table, note: str) -> str:
    assert item.derivation is not None, f"{item.qualified} is not made from other tables"
    columns = table(("column", "meaning", "type and unit", "valid", "null"), (_column(item, c) for c in item.columns))
    rules = [f"- `{rule.name}`: {rule.description.rstrip('.')}." for rule in _rules(item)]
    return "\n\n".join(
        part
        for part in (
            f"## {item.qualified}",
            item.description,
            f"**Grain.** One row per {', '.join(map(code, item.key))}. **Known when.** {_known(item)}",
            f"**Made from** {'; '.join(_inputs(item.derivation))}.",
            f"**How.** {note}" if note else "",
            columns,
            "**Rules**\n\n" + "\n".join(rules) if rules else "",
        )
        if part
    )


def _short(item: Table) -> str:
    return f"before `{item.point_in_time}`" if item.point_in_time else "season so far"


def _known(item: Table) -> str:
    if item.point_in_time is None:
        return WHOLE_SEASON
    return (
        f"A row tells nothing that was learned on its `{item.point_in_time}` or later; tests hold every column to it."
    )


def _inputs(made: Derivation) -> Iterator[str]:
    for item in made.inputs:
        yield code(item.table.qualified) + _how(item)


def _how(item: Input) -> str:
    said = [text for text, true in (("earlier seasons too", item.history), ("can be missing", item.optional)) if true]
    return f" ({', '.join(said)})" if said else ""


def _column(item: Table, column: Column) -> tuple[str, ...]:
    kind = type_name(column.dtype) + (f", {column.unit}" if column.unit else "")
    return code(column.name), column.description, kind, valid(column), _null(item, column)


def _null(item: Table, column: Column) -> str:
    if not column.nullable:
        return "never"
    limits = "; ".join(in_words(limit) for limit in item.null_limits if column.name in limit.columns)
    return f"{column.can_be_null}. Limit: {limits}"


def in_words(limit: NullLimit) -> str:
    """A limit as people say it."""
    share = f"at most {percent(limit.at_most)}" if limit.at_most else "none"
    few = f", from {limit.enough} rows on" if limit.at_most else ""
    there = "".join(f", where {code(item.table)} has {_seasons(item)}" for item in limit.given)
    return f"{share} {limit.when}{few}{there}"


def _seasons(item: Given) -> str:
    first, last = item.seasons
    if first == last:
        return {0: "rows of the season", -1: "rows of the season before"}[first]
    return f"usable rows of the {last - first + 1} seasons before"


def _rules(item: Table) -> list[Rule]:
    """Rules that are about a table first of all, without those that its null limits are."""
    return [rule for rule in GOLD_RULES if rule.reads[0].table is item and rule not in NULL_RULES]
