"""The lake that the report is about, and the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from report import links
from report.site import build
from report.source import Source
from tasks.build import build_gold, derive_tables
from tasks.gold.plan import gold_tables
from tasks.lake.lake import Lake
from tests.support.engine import ingest, open_lake, sandbox_settings
from tests.support.html import Element, parse
from tests.support.january import NOW, shared_january
from tests.support.lakes import copy_lake
from tests.support.once import once

SEASON = 2025


@pytest.fixture(scope="session")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """A simulated season in the middle of January, with plays and gold. No test writes into it."""

    def make(folder: Path) -> None:
        copy_lake(shared_january(tmp_path_factory).location, folder / "lake")
        settings = sandbox_settings(folder, NOW)
        ingest(settings, "rosters", "plays")
        made = open_lake(settings)
        assert derive_tables(made, [SEASON], [], lambda _: None).failed == []
        for table in gold_tables():
            assert build_gold(made, table, SEASON, None, lambda _: None).failed == [], table.name

    return open_lake(sandbox_settings(once(tmp_path_factory, "report-lake", make), NOW))


@pytest.fixture(scope="session")
def source(lake: Lake) -> Source:
    """What its pages are made from. No test changes it."""
    return Source.of(lake)


@pytest.fixture(scope="session")
def site(lake: Lake, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report in a folder. No test changes it."""
    return once(tmp_path_factory, "site", lambda folder: build(lake, SEASON, folder / "out")) / "out"


@pytest.fixture(scope="session")
def read(site: Path) -> Callable[[str], Element]:
    """A page of the report, parsed."""
    return lambda path: parse((site / path).read_text(encoding="utf-8"))


def script(site: Path, path: str) -> dict[str, Any]:
    """What a file of data calls its function with."""
    found: dict[str, Any] = orjson.loads(
        (site / path).read_text(encoding="utf-8").partition("(")[2].removesuffix(");\n")
    )
    return found


def data_of(site: Path, team: int) -> dict[str, Any]:
    """The data of a team."""
    return script(site, links.of_data(team))
