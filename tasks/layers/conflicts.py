"""ops.conflicts: facts of a season that contradict each other, from the tables and from raw."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator

import polars as pl

from quality.contracts.games import FCT_GAMES
from quality.contracts.lines import FCT_LINES
from quality.contracts.ops import CONFLICTS, QUARANTINE
from quality.contracts.teams import DIM_TEAMS
from quality.dataset import registry
from quality.rules import CONFLICT_RULES
from quality.validate import check
from tasks.lake.iceberg import PartitionKey
from tasks.lake.lake import Lake
from tasks.layers._memberships import memberships
from tasks.layers.guard import holds
from tasks.layers.report import LayerReport, fingerprint
from tasks.layers.rules import violations

SCHEMA = {column.name: column.dtype for column in CONFLICTS.columns}
READ = (FCT_GAMES, FCT_LINES, DIM_TEAMS)
KIND_OF_RULE = {"unique": "two versions", "an athlete plays for one team in a game": "athlete in both teams"}

Row = tuple[str, str, str, str, str | None]  # kind, table, key, detail, raw object


def stale_conflicts(lake: Lake, season: int, *, rebuild_all: bool = False) -> dict[PartitionKey, list[Row]]:
    """The season with its conflicts that are not in the rules' reach, if something that they are made from changed."""
    found = [*_of_quarantine(lake, season), *_of_conferences(lake, season), *_of_responses(lake, season)]
    known = lake.inputs(CONFLICTS).get(str(PartitionKey(season)))
    if known == _inputs(lake, season, found) and not rebuild_all:
        return {}
    if known is None and not found and not any(True for _ in _of_rules(lake, season)):
        return {}  # a sound season needs no table
    return {PartitionKey(season): found}


def build_conflicts(lake: Lake, key: PartitionKey, found: list[Row]) -> LayerReport:
    """Replace the conflicts of a season."""
    assert key.season is not None
    report = LayerReport(CONFLICTS.qualified, str(key))
    rows = [(key.season, *row) for row in (*found, *_of_rules(lake, key.season))]
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row").unique().sort("kind", "table_name", "key", "detail")
    with lake.replace(CONFLICTS, key, _inputs(lake, key.season, found)) as out:
        out.may_be_empty = True
        checked = check(frame, CONFLICTS)
        report.count(checked)
        out.add(checked)
    return report


def _inputs(lake: Lake, season: int, found: Iterable[Row]) -> str:
    known = [
        f"{table.qualified} {name} {value}"
        for table in READ
        for name, value in lake.inputs(table).items()
        if PartitionKey.parse(name).season in (season, None)
    ]
    rows = hashlib.sha256(repr(sorted(found, key=repr)).encode()).hexdigest()
    return fingerprint(CONFLICTS, [*known, rows, *(rule.name for rule in CONFLICT_RULES)])


def _of_rules(lake: Lake, season: int) -> Iterator[Row]:
    """Cases that break a rule about conflicts."""
    for rule, broken in violations(lake, season, CONFLICT_RULES):
        key, *others = broken.columns
        for row in broken.sort(key).iter_rows(named=True):
            detail = ", ".join(f"{name} {row[name]}" for name in others)
            yield rule.name, rule.reads[0].table.qualified, f"{key}={row[key]}", detail, None


def _of_quarantine(lake: Lake, season: int) -> Iterator[Row]:
    """Rows of silver that were rejected because another row says something else."""
    if lake.iceberg(QUARANTINE.qualified) is None:
        return
    rows = lake.scan(QUARANTINE.qualified).filter(
        pl.col("table_name").str.starts_with("silver."),
        pl.col("partition").str.starts_with(f"season={season}"),
        pl.col("rule").is_in(list(KIND_OF_RULE)),
    )
    for row in rows.collect().iter_rows(named=True):
        kind = KIND_OF_RULE[row["rule"]]
        yield kind, row["table_name"], f"{row['column_name']}={row['value']}", row["record"] or "", row["raw_object"]


def _of_conferences(lake: Lake, season: int) -> Iterator[Row]:
    """Teams in two conferences, each once."""
    rows = memberships(lake, season).rows.sort("start_season", "conference")
    rows = rows.unique(["team_id", "conference_id"], keep="first", maintain_order=True)
    for found in rows.partition_by("team_id", maintain_order=True):
        names = found["conference"].to_list()
        since = max(found["start_season"])
        chosen = found.filter(pl.col("start_season") == since)["conference"].to_list()
        detail = f"{', '.join(names)}; the membership since {since} counts: {', '.join(chosen)}"
        yield "two conferences", "silver.bridge_conference_teams", f"team_id={found['team_id'][0]}", detail, None


def _of_responses(lake: Lake, season: int) -> Iterator[Row]:
    """Games whose newer responses are held back."""
    for endpoint in registry():
        if endpoint.route_of is None and season >= endpoint.first_season:
            for hold in holds(lake, endpoint, season):
                key = "response" if hold.subject is None else f"game_id={hold.subject}"
                yield "fewer rows", endpoint.bronze, key, str(hold), hold.refused[-1].path
