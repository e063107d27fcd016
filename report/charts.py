"""Charts: Altair describes them, vl-convert draws them as SVG. Their colours are those of the page's style sheet.

Altair validates a description in 50 ms, Vega-Lite compiles it in as many. So each chart is described and compiled once
per process; a drawing puts its rows into the compiled form.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import vl_convert as vlc
from markupsafe import Markup, escape

Described = alt.LayerChart | alt.FacetChart  # what Altair says that `layer` returns
Describe = Callable[[], Described]

WIDTH, HEIGHT = 440, 230  # CSS pixels; the style sheet scales a chart to the width of the page
DATA = "rows"
AXIS = {
    "labelColor": "var(--faint)",
    "titleColor": "var(--faint)",
    "gridColor": "var(--line)",
    "domainColor": "var(--line)",
    "labelFontSize": 12,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
    "titlePadding": 10,
    "ticks": False,
}
NAMESPACES = re.compile(r' (?:xmlns(?::xlink)?|version)="[^"]*"')  # HTML knows the namespace of an inline SVG
FRAMES = re.compile(r'<path class="(?:background|foreground)"[^>]*/>')  # without a colour
# Default values, and names of parts, which nobody is read: the chart as a whole is an image with a description.
NEEDLESS = re.compile(
    r' (?:opacity="1"|pointer-events="none"|font-family="sans-serif"|(?:class|role|aria-[a-z]+)="[^"]*")'
)
PATHS = re.compile(r' (?:d|transform)="[^"]*"')
FRACTIONS = re.compile(r"(\.\d)\d+")  # a tenth of a pixel is enough
LINES = re.compile(r"(?<=M)[-\d.,]+(?:L[-\d.,]+)+")  # M0,220.7L2.8,181.7L5.6,181.2


@dataclass(frozen=True)
class Drawing:
    """A chart with its rows.

    Attributes:
        chart: describes the chart; one of the functions of this module.
        title: description for readers who cannot see the chart.
        rows: data with the columns that the chart names; dates as ISO text.
    """

    chart: Describe
    title: str
    rows: Sequence[Mapping[str, Any]]

    def svg(self) -> Markup:
        """The chart as an inline SVG element."""
        description = deepcopy(_compiled(self.chart))
        next(item for item in description["data"] if item["name"] == DATA)["values"] = list(self.rows)
        text = NEEDLESS.sub("", FRAMES.sub("", NAMESPACES.sub("", vlc.vega_to_svg(description))))
        text = PATHS.sub(lambda path: LINES.sub(_steps, FRACTIONS.sub(r"\1", path[0])), text)
        return Markup(text.replace("<svg", f'<svg role="img" aria-label="{escape(self.title)}"', 1))  # noqa: S704  Vega escapes texts


def _steps(line: re.Match[str]) -> str:
    """The points of a line as steps in tenths of a pixel, which are a third shorter: 0,220.7l2.8-39 2.8-.5."""
    start, *others = line[0].split("L")
    x, y = _tenths(start)
    steps = []
    for point in others:
        to_x, to_y = _tenths(point)
        steps.append(f"{_short(to_x - x)}{'' if to_y < y else ' '}{_short(to_y - y)}")
        x, y = to_x, to_y
    return f"{start}l{' '.join(steps)}"


def _tenths(point: str) -> tuple[int, int]:
    x, y = point.split(",")
    return round(10 * float(x)), round(10 * float(y))


def _short(tenths: int) -> str:
    """A number of tenths as SVG needs it: 28 is 2.8, 390 is 39, -5 is -.5."""
    return f"{tenths / 10:g}".replace("0.", ".", 1) if abs(tenths) < 10 else f"{tenths / 10:g}"


@cache
def _compiled(chart: Describe) -> dict[str, Any]:
    sized = chart().properties(width=WIDTH, height=HEIGHT, background="transparent")
    styled = sized.configure_view(stroke=None).configure_axis(**AXIS)
    made: dict[str, Any] = vlc.vegalite_to_vega(styled.to_dict())
    return made


def _base() -> alt.Chart:
    return alt.Chart(alt.NamedData(name=DATA))


def _by_date(column: str) -> alt.Chart:
    """A chart over dates. They are UTC for the library: in local time the machine's time zone would move the axis."""
    axis = alt.Axis(format="%b", tickCount="month", grid=False)
    return _base().encode(alt.X(f"{column}:T", title=None, axis=axis, scale=alt.Scale(type="utc")))


def rating() -> Described:
    """Net rating by date with its interval. Columns: date, net, low, high; points per 100 possessions."""
    days = _by_date("date")
    title = "net, points per 100 possessions"
    band = days.mark_area(color="var(--band)").encode(alt.Y("low:Q", title=title), alt.Y2("high:Q"))
    line = days.mark_line(color="var(--accent)", strokeWidth=2).encode(alt.Y("net:Q"))
    return alt.layer(band, line)


def calibration() -> Described:
    """Share of wins by forecast. Columns: forecast and won (both 0-1), games (number behind the point)."""
    axis = alt.Axis(format=".0%", tickCount=5)
    scale = alt.Scale(domain=[0, 1])
    forecast = alt.X("forecast:Q", title="forecast for the home team", axis=axis, scale=scale)
    both = _base().encode(forecast)
    perfect = both.mark_line(color="var(--faint)", strokeDash=[4, 3]).encode(alt.Y("forecast:Q", scale=scale))
    won = both.mark_point(color="var(--accent)", filled=True, opacity=1)
    size = alt.Size("games:Q", legend=None, scale=alt.Scale(range=[20, 200]))
    return alt.layer(perfect, won.encode(alt.Y("won:Q", title="won", axis=axis), size))


def monthly_error() -> Described:
    """Mean absolute error by month. Columns: month (ISO day), market and ours (points)."""
    months = _by_date("month")
    value = alt.Scale(zero=False)
    market = months.mark_line(color="var(--faint)", point={"color": "var(--faint)"}, strokeDash=[4, 3])
    ours = months.mark_line(color="var(--accent)", point={"color": "var(--accent)"})
    return alt.layer(
        market.encode(alt.Y("market:Q", title="mean error, points", scale=value)), ours.encode(alt.Y("ours:Q"))
    )


def usage() -> Described:
    """Usage against true shooting, a point per player. Columns: usage and shooting (0-1). Lines: the means."""
    axis, value = alt.Axis(format=".0%", tickCount=6, grid=False), alt.Scale(zero=False)
    points = _base().mark_circle(color="var(--accent)", opacity=0.45, size=22)
    lines = _base().mark_rule(color="var(--faint)", strokeDash=[4, 3])
    across, up = (
        alt.X("usage:Q", title="usage", axis=axis, scale=value),
        alt.Y("shooting:Q", title="true shooting", axis=axis, scale=value),
    )
    return alt.layer(
        points.encode(across, up),
        lines.encode(alt.X("mean(usage):Q", title="usage")),
        lines.encode(alt.Y("mean(shooting):Q", title="true shooting")),
    )
