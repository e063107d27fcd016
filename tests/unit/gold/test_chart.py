"""The picture of a team's season."""

from __future__ import annotations

from datetime import date
from xml.etree import ElementTree as ET

import polars as pl
import pytest

from tasks.errors import BadInput
from tasks.gold.chart import rating_chart

RATINGS = pl.DataFrame(
    {
        "as_of_date": [date(2024, 12, 1), date(2024, 11, 4), date(2025, 1, 3)],
        "net": [4.0, -2.0, 12.0],
        "uncertainty": [3.0, 6.0, 2.0],
    }
)
SVG = "{http://www.w3.org/2000/svg}"


def points(picture: ET.Element, kind: str) -> list[tuple[float, float]]:
    text = picture.findall(f"{SVG}{kind}")[0].attrib["points"]
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in text.split())]


def test_the_line_runs_through_the_dates_in_order_and_inside_its_interval():
    """Trap: frames come in any order; a line drawn so goes back in time."""
    picture = ET.fromstring(rating_chart(RATINGS, "Emberley & co"))
    line, band = points(picture, "polyline"), points(picture, "polygon")
    assert [x for x, _ in line] == sorted(x for x, _ in line)
    high, low = band[:3], band[3:][::-1]
    for (_, top), (_, middle), (_, bottom) in zip(high, line, low, strict=True):
        assert top < middle < bottom, "y points down"
    widths = [bottom - top for (_, top), (_, bottom) in zip(high, low, strict=True)]
    assert widths == sorted(widths, reverse=True), "the interval narrows as games are played"


def test_one_date_is_a_picture_too():
    picture = ET.fromstring(rating_chart(RATINGS.head(1), "one"))
    assert len(points(picture, "polyline")) == 1


def test_no_rating_is_refused_with_what_to_do():
    with pytest.raises(BadInput, match=r"flows/gold\.py"):
        rating_chart(RATINGS.clear(), "nobody")
