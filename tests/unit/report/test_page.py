"""One page: forms of numbers, names with characters of HTML, drawings."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from report.charts import Drawing, calibration, monthly_error, rating
from report.forms import DASH, Shown, shown, tip_off
from report.page import Page
from tests.support.html import Element, parse, table
from tests.unit.report.test_output import FRAME

ROOT = Path(__file__).parents[3]
HOSTILE = '<script>alert(1)</script> & "Sons" \'n co'
RATING = [{"date": f"2025-01-{day:02}", "net": 1.5 * day, "low": day - 4.0, "high": day + 9.0} for day in range(1, 30)]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (None, "signed", DASH),
        (0.04, "signed", "0.0"),
        (-0.04, "signed", "0.0"),
        (-0.06, "signed", "-0.1"),
        (0, "change", "0"),
        (3, "change", "+3"),
        (12345, "integer", "12,345"),
        (0.9996, "percent", "100.0%"),
        (0.9996, "share", "99.9%"),
        (1.0, "share", "100.0%"),
        (date(2025, 1, 5), "date", "5 Jan 2025"),
        ("0-0", "text", "0-0"),
    ],
)
def test_values_as_text(value: object, form: str, text: str):
    """Trap: a minus before a zero; 100 % of what is nearly complete."""
    assert shown(value, form) == text


def test_tip_off_is_eastern_time():
    """Trap: a game at midnight UTC is one of the evening before."""
    assert tip_off(datetime(2025, 1, 16, 0, 30, tzinfo=UTC), to_be_determined=False) == "7:30 PM"
    assert tip_off(datetime(2025, 7, 15, 16, 5, tzinfo=UTC), to_be_determined=False) == "12:05 PM"
    assert tip_off(datetime(2025, 1, 15, 5, 0, tzinfo=UTC), to_be_determined=True) == "TBD"


def hostile_page() -> Page:
    content = {
        "columns": [Shown("rank", "#", "integer"), Shown("team", "Team"), Shown("conference", "Conference")],
        "rows": [{"rank": 1, "team": HOSTILE, "team_link": "teams/1.html", "conference": HOSTILE}],
        "conferences": [HOSTILE],
    }
    return Page("rankings.html", HOSTILE, "rankings.html", content, (), {}, HOSTILE)


def test_names_are_text_never_markup():
    page = parse(hostile_page().text(FRAME | {"lake": HOSTILE, "meanings": {"team": HOSTILE}}))
    assert table(page, "Teams of Division I by net rating") == [{"#": "1", "Team": HOSTILE, "Conference": HOSTILE}]
    scripts = list(page.all("script"))
    assert [item.attributes for item in scripts] == [{"src": "site.js"}]
    row = next(next(page.all("tbody")).all("tr"))
    assert row.attributes["data-conference"] == HOSTILE
    assert [item.text for item in page.all("option")] == ["all", HOSTILE]


def test_a_title_of_a_drawing_is_text_never_markup():
    svg = parse(str(Drawing(rating, HOSTILE, RATING).svg()))
    assert next(svg.all("svg")).attributes["aria-label"] == HOSTILE
    assert not list(svg.all("script"))


def drawn(drawing: Drawing) -> Element:
    return next(parse(str(drawing.svg())).all("svg"))


def test_a_drawing_has_its_rows_and_the_colours_of_the_page():
    rows = [{"month": f"2025-0{month}-01", "market": 9.0, "ours": 10.0 + month} for month in (1, 2, 3)]
    svg = drawn(Drawing(monthly_error, "errors", rows))
    fills = {item.attributes.get(name) for item in svg.all() for name in ("fill", "stroke")} - {None}
    assert "var(--accent)" in fills
    assert not [fill for fill in fills if fill and fill.startswith("#") and fill != "#000"]
    assert {"Jan", "Feb", "Mar"} <= {item.text for item in svg.all("text")}


def test_two_drawings_of_a_page_share_no_id():
    """Trap: numbers of clip paths that depend on how many charts were drawn before."""
    bins = [{"forecast": 0.3, "won": 0.25, "games": 8}]
    assert str(Drawing(rating, "a", RATING).svg()) == str(Drawing(rating, "a", RATING).svg())
    for drawing in (Drawing(rating, "a", RATING), Drawing(calibration, "b", bins)):
        assert not [item for item in drawn(drawing).all() if "id" in item.attributes]


DRAWS = """
import sys
from report.charts import Drawing, rating

days = [f"2024-{month}-{day:02}" for month in (11, 12) for day in range(1, 31)]
rows = [{"date": day, "net": 1.0 * place, "low": place - 4.0, "high": place + 4.0} for place, day in enumerate(days)]
sys.stdout.write(Drawing(rating, "a", rows).svg())
"""


def test_the_time_zone_of_the_machine_moves_no_axis():
    """Trap: a date without a time is midnight UTC for the library, which then shows it in local time."""
    drawn_in = [
        subprocess.run(
            [sys.executable, "-c", DRAWS], cwd=ROOT, env=os.environ | {"TZ": zone}, capture_output=True, check=True
        ).stdout
        for zone in ("Asia/Tokyo", "America/Los_Angeles")
    ]
    assert drawn_in[0] == drawn_in[1]
    assert b"Dec" in drawn_in[0]


def test_a_line_goes_through_its_values():
    """Trap: steps between points that are rounded one by one, so that the end of a line drifts."""
    days = [f"2025-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(1, 29)]
    nets = [0.37 * place % 7 for place in range(len(days))]
    rows = [{"date": on, "net": net, "low": net - 4, "high": net + 4} for on, net in zip(days, nets, strict=True)]
    paths = drawn(Drawing(rating, "a", rows)).all("path")
    data = next(path.attributes["d"] for path in paths if "stroke" in path.attributes)
    start, _, steps = data.removeprefix("M").partition("l")
    x, y = map(float, start.split(","))
    found = [(x, y)]
    for across, down in re.findall(r"(-?\d*\.?\d+) ?(-?\d*\.?\d+)", steps):
        x, y = x + float(across), y + float(down)
        found.append((x, y))
    assert len(found) == len(rows)
    scale = (found[-1][1] - found[0][1]) / (nets[-1] - nets[0])
    assert all(abs(at - found[0][1] - scale * (net - nets[0])) < 0.3 for (_, at), net in zip(found, nets, strict=True))
    assert [round(after[0] - before[0]) > 0 for before, after in pairwise(found)] == [True] * (len(rows) - 1)
