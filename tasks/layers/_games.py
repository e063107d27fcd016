"""Seasons of tables with rows about single games, built by days: the days whose games differ, and the rows of these.

A row is made from the rows of its game, on whatever day they are: a game that was moved may have plays of another day
than the schedule names. So a day here is one of the schedule, and its inputs are found by the ids of its games.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import polars as pl

from quality.dataset import Input, Table
from quality.derivation import DAY_OF_GAME, GAME
from tasks.lake.content import hash_by
from tasks.lake.iceberg import Days, PartitionKey
from tasks.lake.lake import Lake
from tasks.layers._days import DIGITS, Plan, Span, inputs_by_day
from tasks.layers.derived_inputs import contract_of, derivation, scan
from tasks.layers.report import fingerprint

SPAN = 28  # days of games that are built together, at most: each span costs a tenth of a second


@dataclass(frozen=True)
class Games:
    """The games of a season, and where the inputs of a table have their rows.

    Attributes:
        schedule: game_id, game_date.
        days: for each input with months, the days on which it, or the input that it is computed from, has rows of a
            game: game_id, day.
    """

    lake: Lake
    table: Table
    key: PartitionKey
    schedule: pl.DataFrame
    days: Mapping[str, pl.DataFrame]

    @classmethod
    def of(cls, lake: Lake, table: Table, key: PartitionKey) -> Games:
        """What the lake has of a season."""
        lead, *others = derivation(table).inputs
        schedule = scan(lake, lead, key, None).select(GAME, DAY_OF_GAME).collect()
        monthly = [item for item in others if item.table.month_column]
        named = {item.table.qualified: _origin(item, monthly) for item in monthly}
        days = {item: _days_of(lake, item, key) for item in set(named.values())}
        return cls(lake, table, key, schedule, {name: days[item] for name, item in named.items()})

    @property
    def by_day(self) -> dict[date, str]:
        """Fingerprint of the inputs of each day; none if a game has no day, or the days of an input are not known."""
        known = {item.table.qualified: self._known(item) for item in derivation(self.table).inputs}
        if self.schedule[DAY_OF_GAME].null_count() or None in known.values():
            return {}
        parts: dict[date, list[str]] = defaultdict(list)
        for name, of_days in known.items():
            for day, text in (of_days or {}).items():
                parts[day].append(f"{name} {text}")
        contract = contract_of(self.table, self.key)
        days = sorted(set(self.schedule[DAY_OF_GAME]))
        return {day: fingerprint(self.table, [contract, *parts[day]])[:DIGITS] for day in days}

    def _known(self, item: Input) -> dict[date, str] | None:
        """What is known of the rows of an input for the games of each day."""
        name = item.table.qualified
        return self._by_rows(item) if name not in self.days else self._by_fingerprints(item, self.days[name])

    def _by_rows(self, item: Input) -> dict[date, str]:
        rows = scan(self.lake, item, self.key, None).select(list(item.schema)).collect()
        if DAY_OF_GAME not in rows.columns:
            rows = rows.join(self.schedule, on=GAME)
        return {day: str(found) for day, found in hash_by(rows, pl.col(DAY_OF_GAME)).items()}

    def _by_fingerprints(self, item: Input, places: pl.DataFrame) -> dict[date, str] | None:
        """The days on which the games have rows, with their fingerprints; None if they are not known."""
        known: dict[date, str] = {}
        for key in map(PartitionKey.parse, self.lake.inputs(item.table)):
            if key.season == self.key.season:
                found = inputs_by_day(self.lake, item.table, key)
                if not found:
                    return None
                known |= found
        used = places.join(self.schedule, on=GAME).select(DAY_OF_GAME, "day").unique().sort(DAY_OF_GAME, "day")
        if not known.keys() >= set(used["day"]):
            return None
        days = used.group_by(DAY_OF_GAME, maintain_order=True).agg("day").iter_rows()
        return {day: " ".join(f"{other} {known[other]}" for other in found) for day, found in days}

    def frames(self, plan: Plan) -> Iterator[tuple[Span, list[pl.LazyFrame]]]:
        """Spans of the days to build, with the rows of each input for the games of these days."""
        for span in plan.spans(lambda span: (span[1] - span[0]).days + 1, SPAN):
            games = self.schedule.filter(pl.col(DAY_OF_GAME).is_between(*span)).select(GAME)
            yield span, [self._rows(item, games) for item in derivation(self.table).inputs]

    def _rows(self, item: Input, games: pl.DataFrame) -> pl.LazyFrame:
        rows = scan(self.lake, item, self.key, None).filter(pl.col(GAME).is_in(games.to_series().implode()))
        if (places := self.days.get(item.table.qualified)) is not None:
            days = Days(tuple(places.join(games, on=GAME, how="semi")["day"].unique()))
            if not days.days:  # games to come: even a scan without rows takes a part of the time of one with rows
                return pl.LazyFrame(schema=item.schema)
            rows = rows.filter(days.holds(str(item.table.month_column)))
        return rows.select(list(item.schema))


def _origin(item: Input, others: Iterable[Input]) -> Input:
    """The other input from which a table is computed day by day: it has rows on all days on which the table has some.

    So the rows of a season are searched for days once, and not once per input.
    """
    sources = [other.table for other in item.table.derivation.inputs] if item.table.derivation else []
    return next((other for other in others if other.table in sources), item)


def _days_of(lake: Lake, item: Input, key: PartitionKey) -> pl.DataFrame:
    rows = scan(lake, item, key, None).select(GAME, day=str(item.table.month_column))
    return rows.unique().collect(engine="streaming")
