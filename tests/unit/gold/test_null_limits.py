"""Null limits: every gold column has one or is never null; what breaks one is not published, what cannot is."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest

from quality.contracts.gold_ratings import TEAM_RATINGS_DAILY
from quality.dataset import Table, registry
from quality.nulls import Given, NullLimit
from quality.rules import GOLD_RULES, NULL_RULES, evaluate
from quality.rules.nulls import null_rule, without_values

GOLD = registry().derived("gold")


@pytest.mark.parametrize("table", GOLD, ids=lambda table: table.name)
def test_every_nullable_column_has_a_limit_and_a_reason(table: Table):
    """Trap: a column that nobody set a bound for is the one that a failed join empties."""
    nullable = {column.name for column in table.columns if column.nullable}
    assert nullable == {name for limit in table.null_limits for name in limit.columns}
    assert [name for name in nullable if not table.by_name[name].can_be_null] == []
    names = [limit.name for limit in table.null_limits]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("table", GOLD, ids=lambda table: table.name)
def test_every_number_has_bounds(table: Table):
    """Trap: what has no bound may be infinite."""
    floats = [column for column in table.columns if column.dtype == pl.Float64]
    assert [c.name for c in floats if c.bounds is None or None in (c.bounds.ge, c.bounds.le)] == []
    whole = [c for c in table.columns if c.dtype == pl.Int64 and not c.name.endswith("_id") and c.name != "season"]
    assert [c.name for c in whole if c.bounds is None] == []


@pytest.mark.parametrize("table", GOLD, ids=lambda table: table.name)
def test_no_limit_lets_everything_pass(table: Table):
    assert [limit.name for limit in table.null_limits if not 0 <= limit.at_most < 1] == []


def test_every_limit_is_a_rule_that_blocks():
    assert len(NULL_RULES) == sum(len(table.null_limits) for table in GOLD)
    assert {rule.severity for rule in NULL_RULES} == {"error"}
    assert len({rule.name for rule in GOLD_RULES}) == len(GOLD_RULES)


def judged(limit: NullLimit, frame: pl.DataFrame, *given: pl.DataFrame) -> bool:
    rule = null_rule(TEAM_RATINGS_DAILY, limit)
    return evaluate(rule, 2025, [frame.lazy(), *(item.lazy() for item in given)]).passed


SCHEDULE = NullLimit("schedule", ("strength_of_schedule",), "with games", pl.col("games") > 0)


def ratings(games: int, values: list[float | None]) -> pl.DataFrame:
    frame = pl.DataFrame({"strength_of_schedule": values}, schema={"strength_of_schedule": pl.Float64})
    return frame.with_columns(games=pl.lit(games))


def test_only_rows_that_must_have_a_value_are_judged():
    assert judged(SCHEDULE, ratings(3, [1.0, 2.0]))
    assert not judged(SCHEDULE, ratings(3, [1.0, None]))
    assert judged(SCHEDULE, ratings(0, [None, None])), "before the first game there is nothing to know"


def test_a_share_is_judged_of_enough_rows():
    some = NullLimit("schedule", ("strength_of_schedule",), "with games", pl.col("games") > 0, 0.1, enough=20)
    assert judged(some, ratings(3, [None] * 19))
    assert not judged(some, ratings(3, [None] * 3 + [1.0] * 17))
    assert judged(some, ratings(3, [None] * 2 + [1.0] * 18))


def test_a_limit_waits_for_its_input():
    """Trap: a lake without recruits never gets its players."""
    given = Given(TEAM_RATINGS_DAILY.qualified, ("variant",), pl.col("variant") == "predictive")
    limit = NullLimit("schedule", ("strength_of_schedule",), "with games", given=(given,))
    empty = ratings(3, [None])
    assert judged(limit, empty, pl.DataFrame({"variant": ["descriptive"]})), "of another kind"
    assert not judged(limit, empty, pl.DataFrame({"variant": ["descriptive", "predictive"]}))


SENT = Given(TEAM_RATINGS_DAILY.qualified, ("tempo",), pl.col("tempo").is_not_null())
MOSTLY = NullLimit("schedule", ("strength_of_schedule",), "with games", pl.col("games") > 0, 0.1, enough=20)


def test_a_quantity_that_was_never_sent_breaks_no_limit():
    """Trap: Elo ratings and totals that the source did not have kept whole tables from being published."""
    assert judged(MOSTLY, ratings(3, [None] * 40))
    assert not judged(MOSTLY, ratings(3, [None] * 39 + [1.0])), "some rows lack what others have"


def test_a_formula_has_a_value_whatever_the_source_sends():
    assert not judged(SCHEDULE, ratings(3, [None] * 40))


def test_a_failed_join_is_no_missing_source():
    """If the input has the values, a column without any of them is an error of ours."""
    limit = replace(MOSTLY, sent=(SENT,))
    empty = ratings(3, [None] * 40)
    assert judged(limit, empty, pl.DataFrame({"tempo": [None, None]}, schema={"tempo": pl.Float64}))
    assert not judged(limit, empty, pl.DataFrame({"tempo": [None, 68.5]}))


def test_columns_without_any_value_are_named():
    """In the rows that should have a value; before the season nothing is expected, and nothing is named."""
    values = {"strength_of_schedule": None, "games": 3, "adjusted_offence": 101.5, "adjusted_defence": None, "tempo": 0}
    frame = pl.DataFrame([values] * 3, schema=dict.fromkeys(values, pl.Float64))
    assert without_values(TEAM_RATINGS_DAILY, frame) == ["adjusted_defence", "strength_of_schedule"]
    assert without_values(TEAM_RATINGS_DAILY, frame.with_columns(games=pl.lit(0))) == ["adjusted_defence"]
    assert without_values(TEAM_RATINGS_DAILY, frame.clear()) == []
