"""Tables made from inputs of another granularity, of earlier seasons, of some of their columns; and without some."""

from __future__ import annotations

import dataclasses
import pkgutil
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from quality.clocks import FINAL
from quality.columns import DATE, INT
from quality.dataset import Derivation, Input, Partition, Table, registry
from tasks.errors import BadInput
from tasks.gold.plan import plan_gold
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers.derive import build_derived
from tasks.layers.derived_inputs import stale_derived
from tests.support.lakes import rows
from tests.support.tables import DAYS, S2024, S2025, TOYS, column, days, replace, toys

JANUARY, FEBRUARY = date(2025, 1, 5), date(2025, 2, 9)
MONTHS = [PartitionKey(2025, day.replace(day=1)) for day in (JANUARY, FEBRUARY)]


def table(make: Callable[..., pl.LazyFrame], *of: Table | Input, partition: Partition = Partition.SEASON) -> Table:
    """A gold table: season, id and, by month, the day."""
    dated = partition is Partition.MONTH
    return Table(
        name="made",
        layer="gold",
        clock=FINAL,
        description="Made.",
        columns=(column("season"), column("id"), *((column("day", DATE),) if dated else ())),
        key=("season", "id"),
        partition=partition,
        month_column="day" if dated else None,
        sort=("id",),
        derivation=Derivation(of=of, make=make),
    )


def refresh(lake: Lake, made: Table, **options: Any) -> list[str]:
    """Build what is stale: the partitions that were."""
    stale = stale_derived(lake, made, **options)
    for key in stale:
        build_derived(lake, made, key, **options)
    assert stale_derived(lake, made, **options) == {}
    return [str(key) for key in stale]


def by_month(lake: Lake, *dates: date, season: int = 2025) -> None:
    for month in {day.replace(day=1) for day in dates}:
        part = [day for day in dates if day.replace(day=1) == month]
        replace(lake, PartitionKey(season, month), days(season, *part), table=DAYS, inputs=repr(part))


def dated_with_toys(dated: pl.LazyFrame, known: pl.LazyFrame) -> pl.LazyFrame:
    return dated.join(known.select("season", toys=pl.len().over("season")).unique(), on="season").with_columns(
        id=pl.col("id") + 1_000_000 * pl.col("toys")
    )


def test_months_are_made_from_their_season(lake: Lake):
    """A month of plays needs the season's games, in each of its slices of days."""
    made = table(dated_with_toys, DAYS, Input(TOYS, ("season", "id")), partition=Partition.MONTH)
    by_month(lake, JANUARY, date(2025, 1, 31), FEBRUARY)
    assert refresh(lake, made) == [], "the season's games are not there yet"
    replace(lake, S2024, toys(2024, 9))
    assert refresh(lake, made) == []
    replace(lake, S2025, toys(2025, 1, 2))
    assert refresh(lake, made) == list(map(str, MONTHS))
    assert {number // 1_000_000 for number in rows(lake, made, "id")} == {2}
    assert len(rows(lake, made, "id")) == 3


def test_a_change_makes_again_what_it_feeds_and_nothing_else(lake: Lake):
    made = table(dated_with_toys, DAYS, Input(TOYS, ("season", "id")), partition=Partition.MONTH)
    by_month(lake, JANUARY, FEBRUARY)
    replace(lake, S2025, toys(2025, 1))
    refresh(lake, made)
    replace(lake, S2024, toys(2024, 9), inputs="other season")
    assert refresh(lake, made) == []
    by_month(lake, FEBRUARY, date(2025, 2, 20))
    assert refresh(lake, made) == ["season=2025/month=2025-02"]
    replace(lake, S2025, toys(2025, 1, 2), inputs="y")
    assert stale_derived(lake, made) == dict.fromkeys(MONTHS, "changed: silver.toys")


DATED_TOYS = dataclasses.replace(DAYS, name="dated_toys", partition=Partition.SEASON, month_column=None)
SAME_DAYS = Input(DATED_TOYS, ("season", "id", "day"), same_days="day")


def test_a_month_follows_the_rows_of_its_own_days_only(lake: Lake):
    """Trap: the schedule changes every day, and every month of a season's plays was rebuilt for it."""
    made = table(dated_with_toys, DAYS, SAME_DAYS, partition=Partition.MONTH)
    by_month(lake, JANUARY, FEBRUARY)

    def known(*dates: date, inputs: str) -> None:
        replace(lake, S2025, days(2025, *dates), table=DATED_TOYS, inputs=inputs)

    assert refresh(lake, made) == [], "the season's rows are not there yet"
    known(JANUARY, FEBRUARY, inputs="first")
    assert refresh(lake, made) == list(map(str, MONTHS))
    assert {number // 1_000_000 for number in rows(lake, made, "id")} == {1}, "each month reads its own day"
    known(JANUARY, FEBRUARY, inputs="the same rows from another response")
    assert refresh(lake, made) == []
    known(JANUARY, FEBRUARY, FEBRUARY + timedelta(days=1), inputs="a day more")
    assert stale_derived(lake, made) == {MONTHS[1]: "changed: silver.dated_toys"}
    assert refresh(lake, made) == [str(MONTHS[1])]
    assert sorted(number // 1_000_000 for number in rows(lake, made, "id")) == [1, 2]


@pytest.mark.parametrize("item", [(DAYS, ("day",), "day"), (DATED_TOYS, ("id",), "day"), (TOYS, ("id",), "day")])
def test_only_a_table_without_months_can_be_read_by_days(item: tuple[Table, tuple[str, ...], str]):
    of, columns, day = item
    with pytest.raises(ValueError, match="name a date column that is read, of a table without months"):
        Input(of, columns, same_days=day)


def test_a_season_is_made_from_its_months(lake: Lake):
    made = table(lambda dated: dated.select("season", "id"), DAYS)
    by_month(lake, JANUARY, FEBRUARY)
    by_month(lake, date(2024, 1, 5), season=2024)
    assert refresh(lake, made) == ["season=2024", "season=2025"]
    by_month(lake, FEBRUARY, date(2025, 2, 20))
    assert refresh(lake, made) == ["season=2025"]
    assert len(rows(lake, made, "id")) == 4


def with_history(frame: pl.LazyFrame, *, season: int) -> pl.LazyFrame:
    """As many rows as there are toys up to the season."""
    return frame.select(pl.lit(season, dtype=INT).alias("season"), "id")


def test_earlier_seasons_come_along_where_history_is_asked_for(lake: Lake):
    made = table(with_history, Input(TOYS, ("id",), history=True))
    for season in (2023, 2024, 2025):
        replace(lake, PartitionKey(season), toys(season, season))
    assert len(refresh(lake, made)) == 3
    assert rows(lake, made, "season", "id") == [
        (2023, 2023), (2024, 2023), (2024, 2024), (2025, 2023), (2025, 2024), (2025, 2025),
    ]  # fmt: skip
    replace(lake, S2024, toys(2024, 7), inputs="y")
    assert refresh(lake, made) == ["season=2024", "season=2025"], "later seasons depend on it, earlier ones do not"


def with_the_next(frame: pl.LazyFrame, *, season: int) -> pl.LazyFrame:
    """As many rows as there are toys of the season and the next one."""
    return frame.select(pl.lit(season, dtype=INT).alias("season"), "id")


def test_the_next_season_comes_along_and_is_planned_for_the_season_before(lake: Lake):
    """Trap: a run in autumn builds the new season, and the outlook of the one before never saw the new rosters."""
    made = table(with_the_next, Input(TOYS, ("id",), ahead=True))
    for season in (2023, 2024):
        replace(lake, PartitionKey(season), toys(season, season))
    assert [step.season for step in plan_gold(lake, [made], [2024])] == [2024], "2023 was never asked for"
    assert len(refresh(lake, made)) == 2
    assert rows(lake, made, "season", "id") == [(2023, 2023), (2023, 2024), (2024, 2024)]
    replace(lake, S2025, toys(2025, 2025))
    assert sorted(map(str, stale_derived(lake, made))) == ["season=2024", "season=2025"]
    assert [step.season for step in plan_gold(lake, [made], [2025])] == [2024, 2025]
    refresh(lake, made)
    assert [step.season for step in plan_gold(lake, [made], [2025])] == [2025]


def test_an_optional_input_may_be_missing_and_may_come_later(lake: Lake):
    made = table(
        lambda toys, dated: pl.concat([toys.select("season", "id"), dated.select("season", "id")]),
        TOYS, Input(DAYS, ("season", "id"), optional=True),
    )  # fmt: skip
    replace(lake, S2025, toys(2025, 1))
    refresh(lake, made)
    assert rows(lake, made, "id") == [1]
    by_month(lake, JANUARY)
    assert stale_derived(lake, made) == {S2025: "changed: silver.days"}
    refresh(lake, made)
    assert len(rows(lake, made, "id")) == 2


def test_only_named_columns_reach_the_maker(lake: Lake):
    """Memory is bounded by what is named, so a column used without being named must not work by chance."""
    seen: list[list[str]] = []

    def look(frame: pl.LazyFrame) -> pl.LazyFrame:
        seen.append(frame.collect_schema().names())
        return frame

    replace(lake, S2025, toys(2025, 1))
    refresh(lake, table(look, Input(TOYS, ("id", "season"))))
    assert seen == [["id", "season"]]
    with pytest.raises(ValueError, match=r"silver\.toys has no column nothing"):
        Input(TOYS, ("nothing",))


def test_an_older_input_says_what_to_do(lake: Lake):
    """Trap: a lake whose silver was built by an older release, and gold is built first."""
    replace(lake, S2025, toys(2025, 1))
    newer = Table(name="toys", layer="silver", description="Toys.", columns=(*TOYS.columns, column("new")), key=("id",))
    with pytest.raises(BadInput, match=r"silver\.toys .* was built before it had new; run flows/ingest\.py"):
        refresh(lake, table(lambda frame: frame, newer))


def test_a_new_version_of_the_maker_makes_everything_again(lake: Lake):
    made = table(lambda frame: frame, Input(TOYS, ("season", "id")))
    replace(lake, S2025, toys(2025, 1))
    assert list(stale_derived(lake, made).values()) == ["not there yet"]
    refresh(lake, made)
    assert made.derivation is not None
    later = dataclasses.replace(made, derivation=dataclasses.replace(made.derivation, version=2))
    assert list(stale_derived(lake, later).values()) == ["changed: contract"]


def test_a_plan_says_what_is_built_because_of_another_build(lake: Lake):
    """Trap: a dry run that calls a table up to date although what it is made from is about to change."""
    one = table(lambda frame: frame, Input(TOYS, ("season", "id")))
    other = dataclasses.replace(table(lambda frame: frame, one), name="other")
    assert [step.why for step in plan_gold(lake, [one, other], [2025])] == [
        "waits for silver.toys",
        "waits for gold.made",
    ]
    replace(lake, S2025, toys(2025, 1))
    assert [step.why for step in plan_gold(lake, [one, other], [2025])] == ["not there yet", "after gold.made"]
    assert [refresh(lake, made) for made in (one, other)] == [["season=2025"]] * 2
    assert [step.why for step in plan_gold(lake, [one, other], [2025])] == ["up to date"] * 2
    replace(lake, S2025, toys(2025, 2), inputs="y")
    found = plan_gold(lake, [one, other], [2025])
    assert [step.why for step in found] == ["changed: silver.toys", "after gold.made"]


DERIVED = [*registry().derived("silver"), *registry().derived("gold")]


@pytest.mark.parametrize("made", DERIVED, ids=lambda made: made.qualified)
def test_every_maker_is_there(made: Table):
    """A contract names its maker as text, so that quality does not import tasks: the text must lead somewhere."""
    assert made.derivation is not None
    make = made.derivation.make
    assert callable(pkgutil.resolve_name(make) if isinstance(make, str) else make)


def test_tables_come_after_what_they_are_made_from():
    for layer in ("silver", "gold"):
        done: set[str] = set()
        for made in registry().derived(layer):
            assert made.derivation is not None
            before = {other.qualified for other in made.derivation.tables if other.layer == layer and other.derivation}
            assert before <= done
            done.add(made.qualified)
