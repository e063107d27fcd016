"""`cbbd-etl quota`: the calls of a month, for people."""

from __future__ import annotations

from datetime import UTC, datetime

from flows.commands._quota import month_lines
from tasks.completeness.quota import Month, need_until_month_ends

NOW = datetime(2025, 3, 10, 12, tzinfo=UTC)


def test_the_month_in_words():
    lines = month_lines(Month({"plays": 300}, 812, NOW, 12), NOW, 100)
    need = need_until_month_ends(NOW)
    assert "March 2025" in lines[0]
    assert "300 by this lake" in lines[0]
    assert any("12 by others" in line for line in lines)
    assert any("812, said at 2025-03-10 12:00 UTC" in line for line in lines)
    assert any(line.startswith("free for backfills") and line.endswith("712") for line in lines)
    assert lines[-1] == f"CBBD_QUOTA_RESERVE={need} would reserve enough for every day of this month"
    assert "more than is left" in month_lines(Month({"plays": 300}, 20, NOW), NOW, 100)[-1]
    assert any("not known" in line for line in month_lines(Month({}), NOW, 100))
