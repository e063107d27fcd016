"""Audits a lake: completeness with evidence, duplicates, nulls, rules, freshness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from quality.dataset import registry
from quality.expectations import Expectation
from tasks.audit._quality import tables_of
from tasks.audit.status import AuditStatus, DatasetStatus, QuarantinedGame
from tasks.completeness.due import SETTLED
from tasks.completeness.quarantined import quarantined_games
from tasks.completeness.season import SeasonView, kept_seasons
from tasks.errors import BadInput
from tasks.lake.lake import Lake
from tasks.layers.overrides import Override
from tasks.layers.rules import check_rules
from tasks.layers.words import Words


def audit_lake(
    lake: Lake,
    now: datetime,
    seasons: list[int] | None = None,
    wanted: list[Expectation] | None = None,
    overrides: Sequence[Override] = (),
    words: Words = (),
) -> AuditStatus:
    """The full audit of some seasons of a lake, without a call.

    Args:
        seasons: default: all seasons with responses of games.
        wanted: expectations to check; default: those of every dataset that the lake keeps.
        overrides: of all tables, as the run has them.
        words: an operator's words for drift.
    """
    chosen = sorted(kept_seasons(lake) if seasons is None else seasons, reverse=True)
    if not chosen:
        raise BadInput(f"{lake.location} has no season yet: run ingest first")
    status = AuditStatus(
        lake=lake.location,
        source=dict(lake.marker() or {}),
        audited_at=now,
        seasons=chosen,
        datasets=list(_datasets(lake, now, chosen, wanted, overrides, words)),
    )
    if wanted is None:
        view = SeasonView(lake, chosen[0], now, overrides, words)
        usual = (item for item in registry() if not item.opt_in)
        status.quarantined_games = [game for season in chosen for game in _aside(lake, season)]
        status.not_kept = [item.name for item in usual if not view.keeps(item)]
        status.tables = list(tables_of(lake, chosen))
        status.rules = check_rules(lake, chosen)
    status.judge()
    return status


def _aside(lake: Lake, season: int) -> Iterator[QuarantinedGame]:
    for row in quarantined_games(lake, season).sort("start_at", "game_id", nulls_last=True).iter_rows(named=True):
        yield QuarantinedGame(
            season=season,
            game_id=row["game_id"],
            start_at=row["start_at"],
            rule=row["rule"],
            column=row["column_name"],
            value=row["value"],
        )


def _datasets(
    lake: Lake,
    now: datetime,
    seasons: list[int],
    wanted: list[Expectation] | None,
    overrides: Sequence[Override],
    words: Words,
) -> Iterator[DatasetStatus]:
    for season in (*seasons, None):
        view = SeasonView(lake, season, now, overrides, words)
        for coverage in view.coverage(wanted):
            newest = max(lake.raw.objects(coverage.expectation.endpoint.name, season), default=None)
            yield DatasetStatus.of(coverage, now - SETTLED, newest.fetched_at if newest else None)
