"""Reader of a lake: data frames and answers. It needs neither the pipeline nor Prefect.

    import cbbd_etl as cbb

    cbb.tables()                                     # what there is
    cbb.load("fct_plays", seasons=[2024, 2025])      # a Polars DataFrame; lazy=True: a LazyFrame
    cbb.query("select count(*) from silver.fct_games")
    cbb.rankings(), cbb.team("Duke"), cbb.games("2025-01-15")
    cbb.export(out="files")                           # Parquet for other tools

Every function takes `lake`: a folder or `s3://bucket/prefix`. Default: the setting CBBD_LAKE, else `./lake`. Public are
the names in `__all__` and nothing else; a release that changes one of them says so in CHANGELOG.md.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cbbd_etl._api import (
        BadInput,
        Description,
        Export,
        Game,
        LakeUnavailable,
        Outlook,
        Player,
        Team,
        bracket,
        columns,
        describe,
        export,
        game,
        games,
        load,
        market,
        odds,
        outlook,
        player,
        preseason,
        query,
        rankings,
        schedule,
        standings,
        tables,
        team,
    )

__all__ = [
    "BadInput",
    "Description",
    "Export",
    "Game",
    "LakeUnavailable",
    "Outlook",
    "Player",
    "Team",
    "bracket",
    "columns",
    "describe",
    "export",
    "game",
    "games",
    "load",
    "market",
    "odds",
    "outlook",
    "player",
    "preseason",
    "query",
    "rankings",
    "schedule",
    "standings",
    "tables",
    "team",
]


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used: `import cbbd_etl` itself loads no library."""
    if name not in __all__:
        raise AttributeError(f"cbbd_etl has no {name}; it has: {', '.join(__all__)}")
    return getattr(import_module("cbbd_etl._api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
