"""Market lines by hand: pushes, pick'ems, turned signs, medians, chances without the bookmaker's share."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from quality.contracts.gold_lines import CONSENSUS, MARKET_LINES_ANALYSIS
from quality.validate import check
from tasks.gold.market_lines_analysis import market_lines_analysis

START = datetime(2025, 1, 15, 23, tzinfo=UTC)
assert MARKET_LINES_ANALYSIS.derivation is not None
LINES, GAMES, FORECASTS = (item.schema for item in MARKET_LINES_ANALYSIS.derivation.inputs)


def line(provider: str, spread: float | None = None, **more: Any) -> dict[str, Any]:
    known = {"season": 2025, "game_id": 1, "provider": provider, "start_at": START, "spread": spread}
    known |= {"fetched_at": START - timedelta(hours=3), "is_spread_pick_em": None if spread is None else spread == 0}
    return dict.fromkeys(LINES) | known | more


def analysed(
    *lines: dict[str, Any], points: tuple[int, int] = (75, 70), has_result: bool = True, ours: float | None = None
) -> pl.DataFrame:
    game = {"season": 2025, "game_id": 1, "game_date": date(2025, 1, 15), "home_team_id": 1, "away_team_id": 2}
    game |= {"home_team": "Home", "away_team": "Away"} | {
        "has_result": has_result,
        "home_points": points[0],
        "away_points": points[1],
    }
    frames = (pl.LazyFrame(list(lines), schema=LINES), pl.LazyFrame([game], schema=GAMES))
    told = [] if ours is None else [(2025, 1, "predictive", ours), (2025, 1, "market", -ours)]
    frames = (*frames, pl.LazyFrame(told, schema=FORECASTS, orient="row"))
    rows = market_lines_analysis(*frames).select(list(MARKET_LINES_ANALYSIS.by_name)).collect()
    assert check(rows, MARKET_LINES_ANALYSIS).good.height == rows.height
    return rows


def of(rows: pl.DataFrame, provider: str) -> dict[str, Any]:
    return rows.row(by_predicate=pl.col("provider") == provider, named=True)


@pytest.mark.parametrize(("spread", "result"), [(-4.5, "won"), (-5.0, "push"), (-5.5, "lost")])
def test_a_push_is_neither_won_nor_lost(spread: float, result: str):
    """Home wins by 5."""
    assert of(analysed(line("A", spread)), "A")["home_spread_result"] == result


@pytest.mark.parametrize(("total", "result"), [(144.5, "over"), (145.0, "push"), (145.5, "under")])
def test_a_total_has_three_outcomes(total: float, result: str):
    assert of(analysed(line("A", over_under=total)), "A")["total_result"] == result


def test_a_pick_em_is_a_spread_of_0():
    """Trap: the API sends 0 as null, and the game would have no spread."""
    row = of(analysed(line("A", None, over_under=140.0, is_spread_pick_em=True, spread_open=2.0)), "A")
    assert (row["spread_close"], row["spread_move"], row["home_spread_result"]) == (0.0, -2.0, "won")


def test_the_share_of_the_bookmaker_is_taken_out_in_proportion():
    """-150 and +130 quote 0.6 and 100/230."""
    row = of(analysed(line("A", home_moneyline=-150.0, away_moneyline=130.0)), "A")
    assert row["home_implied_probability"] == pytest.approx(0.6 / (0.6 + 100 / 230))
    assert row["bookmaker_margin_pct"] == pytest.approx(0.6 + 100 / 230 - 1)
    assert row["home_moneyline_result"] == "won"


@pytest.mark.parametrize("odds", [0.0, 99.0, -50.0])
def test_a_moneyline_that_is_no_price_says_nothing(odds: float):
    row = of(analysed(line("A", home_moneyline=odds, away_moneyline=130.0)), "A")
    assert row["home_implied_probability"] is None
    assert row["home_moneyline_result"] is None


def test_the_consensus_is_the_median_without_turned_signs_and_summaries():
    """Traps: one provider picked by chance; a turned sign averaged in; a provider named consensus counted twice."""
    turned = line("C", 4.0, is_spread_sign_suspect=True)
    rows = analysed(line("A", -3.0), line("B", -4.0), turned, line("consensus", -9.0))
    median = of(rows, CONSENSUS)
    assert (median["spread_close"], median["line_providers"], median["is_consensus"]) == (-3.5, 3, True)
    assert of(rows, "C")["is_spread_sign_suspect"] is True
    assert rows.height == 5


def test_the_sources_own_consensus_counts_where_it_is_alone():
    assert of(analysed(line("consensus", -9.0)), CONSENSUS)["spread_close"] == -9.0


def test_a_provider_unknown_so_far_is_one_like_others():
    assert of(analysed(line("Brand New Book", -1.5)), CONSENSUS)["spread_close"] == -1.5


def test_nothing_is_decided_before_the_result():
    """Trap: a scheduled game carries 0-0, which covers every spread of an underdog."""
    row = of(analysed(line("A", 3.5, over_under=140.0), points=(0, 0), has_result=False), "A")
    assert {row[name] for name in ("cover_margin", "home_spread_result", "total_result")} == {None}


def test_a_line_fetched_after_the_start_says_so():
    rows = analysed(line("A", -3.0), line("B", -3.0, fetched_at=START + timedelta(days=9)))
    assert [of(rows, name)["is_line_fetched_early"] for name in ("A", "B", CONSENSUS)] == [True, False, False]


def test_a_line_of_the_other_team_is_marked_and_left_out():
    """Trap: spread and moneylines agree and belong to the other team, so no sign is suspect."""
    rows = analysed(line("A", 14.0, home_moneyline=900.0, away_moneyline=-1400.0), line("B", -13.0), ours=15.0)
    assert [of(rows, name)["is_sides_suspect"] for name in ("A", "B", CONSENSUS)] == [True, False, None]
    assert of(rows, CONSENSUS)["spread_close"] == -13.0


@pytest.mark.parametrize(("spread", "ours", "suspect"), [(6.0, 6.0, True), (5.0, 5.0, False), (30.0, 3.0, False)])
def test_sides_are_suspect_only_far_from_our_forecast(spread: float, ours: float, suspect: bool):
    """|f - line| > |f + line| + 10: a surprise alone, or a close game, is no proof."""
    assert of(analysed(line("A", spread), ours=ours), "A")["is_sides_suspect"] is suspect


def test_without_a_forecast_no_sides_are_judged():
    assert of(analysed(line("A", 14.0)), "A")["is_sides_suspect"] is None
