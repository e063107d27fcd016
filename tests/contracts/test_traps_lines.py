"""Traps of betting lines: a 0 that is sent as null, and spreads whose sign is turned round."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality.contracts.lines import EVEN_POINTS, FCT_LINES, LINES
from sandbox import Sandbox, SandboxConfig
from tasks.lake.lake import Lake
from tests.support.lakes import built, keep, request_of
from tests.support.records import record

PICK_EM, SIGN = "is_spread_pick_em", "is_spread_sign_suspect"
EVEN, FAVOURED, OUTSIDER = (-110.0, -110.0), (-200.0, 170.0), (170.0, -200.0)
NOTHING: dict[str, Any] = dict.fromkeys(
    ("spread", "overUnder", "homeMoneyline", "awayMoneyline", "spreadOpen", "overUnderOpen")
)


def quote(
    spread: float | None,
    total: float | None = None,
    prices: tuple[Any, Any] = (None, None),
    opened: float | None = None,
) -> dict[str, Any]:
    values = {"spread": spread, "overUnder": total, "spreadOpen": opened}
    return NOTHING | values | {"homeMoneyline": prices[0], "awayMoneyline": prices[1], "provider": "Anybook"}


def flags(lake: Lake, *quotes: dict[str, Any]) -> list[Any]:
    """(spread, pick'em, sign suspect) of each quote, raw to silver."""
    games = [record(LINES.record, number, lines=[item]) for number, item in enumerate(quotes, 1)]
    keep(lake, request_of(LINES, 2025), games)
    built(lake, LINES)
    found = lake.scan(FCT_LINES.qualified).sort("game_id").select("spread", PICK_EM, SIGN).collect()
    return found.rows()


@pytest.mark.parametrize(
    ("sent", "is_pick_em"),
    [
        (quote(None, 141.5, EVEN), True),
        (quote(None, 141.5), True),
        (quote(None, None, EVEN), True),
        (quote(None, 141.5, EVEN, opened=-1.5), True),
        (quote(None, 141.5, FAVOURED), False),
        (quote(None, None, OUTSIDER), False),
        (quote(None, 141.5, opened=-12.5), False),
        (quote(-3.5, 141.5, EVEN), False),
        (quote(0.0, 141.5), True),
        (quote(None), None),
        (quote(None, None, (-110.0, None)), None),
        (quote(None, opened=-1.5), None),
    ],
)
def test_a_null_spread_stays_null_and_says_whether_it_means_0(
    lake: Lake, sent: dict[str, Any], is_pick_em: bool | None
):
    """Trap: the server sends 0 as null, and null is also what it sends when there is no spread."""
    assert [row[:2] for row in flags(lake, sent)] == [(sent["spread"], is_pick_em)]


@pytest.mark.parametrize(
    ("sent", "is_suspect"),
    [
        (quote(5.5, None, FAVOURED), True),
        (quote(-5.5, None, OUTSIDER), True),
        (quote(-5.5, None, FAVOURED), False),
        (quote(5.5, None, OUTSIDER), False),
        (quote(EVEN_POINTS, None, FAVOURED), False),
        (quote(5.5, None, EVEN), False),
        (quote(5.5), None),
        (quote(5.5, None, (-200.0, None)), None),
        (quote(None, None, FAVOURED), None),
    ],
)
def test_a_spread_against_its_moneylines_is_flagged_and_kept(lake: Lake, sent: dict[str, Any], is_suspect: bool | None):
    """Trap: 1-2 % of the consensus spreads of 2018-2023 have the sign turned round, unnoticed."""
    assert [(row[0], row[2]) for row in flags(lake, sent)] == [(sent["spread"], is_suspect)]


odds = st.none() | st.floats(-9000, -100) | st.floats(100, 9000)
points = st.none() | st.floats(-60, 60).map(lambda value: round(value * 2) / 2).filter(bool)


@given(spread=points, opened=points, total=st.none() | st.just(140.5), home=odds, away=odds)
def test_turning_a_line_round_turns_no_flag(spread: Any, opened: Any, total: Any, home: Any, away: Any):
    """Seen from the other side it is the same line; and a spread is never both a pick'em and of the wrong sign."""
    mirrored = [None if value is None else -value for value in (spread, opened)]
    rows = [
        {"spread": spread, "spread_open": opened, "home_moneyline": home, "away_moneyline": away},
        {"spread": mirrored[0], "spread_open": mirrored[1], "home_moneyline": away, "away_moneyline": home},
    ]
    schema = {name: pl.Float64() for name in (*rows[0], "over_under")}
    frame = pl.DataFrame([row | {"over_under": total} for row in rows], schema=schema)
    flagged = {item.column.name: item.expr for item in FCT_LINES.derived if item.column.name != "game_date"}
    one, other = frame.select(**flagged).rows()
    assert one == other
    assert one != (True, True)


@pytest.mark.parametrize("season", [2018, 2026])
def test_flags_of_a_simulated_season_are_the_truth(lake: Lake, season: int):
    """Every pick'em is found and no other null; every turned sign that prices can show is found and nothing else."""
    sandbox = Sandbox(SandboxConfig(now=datetime(2026, 5, 1, tzinfo=UTC)))
    with sandbox.client() as client:
        keep(lake, request_of(LINES, season), client.get("/lines", params={"season": season}).json())
    built(lake, LINES, season)
    found = lake.scan(FCT_LINES.qualified).collect()
    assert found.filter(pl.col(PICK_EM))["spread"].null_count() == found["spread"].null_count() > 0
    suspects = found.filter(pl.col(SIGN))
    assert suspects["provider"].unique().to_list() == (["consensus"] if season == 2018 else [])
    priced = found.filter(pl.col("spread").is_not_null() & pl.col("home_moneyline").is_not_null())
    assert suspects.height <= 0.02 * priced.height
    wrong = priced.filter((pl.col("spread") > 4) & (pl.col("home_moneyline") < -150))
    assert set(wrong["game_id"]) <= set(suspects["game_id"])


def test_games_without_lines_are_no_rows_and_nothing_is_filled_in(lake: Lake):
    keep(
        lake, request_of(LINES, 2025), [record(LINES.record, 1, lines=[]), record(LINES.record, 2, lines=[quote(None)])]
    )
    built(lake, LINES)
    (row,) = lake.scan(FCT_LINES.qualified).collect().rows(named=True)
    assert (row["game_id"], row["spread"], row["over_under"], row["home_moneyline"]) == (2, None, None, None)
