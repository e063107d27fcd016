"""The coverage heat map, seasons by datasets, as an SVG.

The colour of a cell is the share of complete data. Colour is never the only sign: each cell has its number, and an
unexplained gap has a mark. The scale is one hue from light to dark, which works for all kinds of colour vision.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from quality.expectations import Subject
from tasks.audit.status import AuditStatus, DatasetStatus

CELL_WIDTH, CELL_HEIGHT, GAP = 64, 26, 3
LEFT, TOP, MARGIN, HEADING = 210, 92, 20, 30
GROUPS = {
    Subject.SCHEDULED: "share of the games",
    Subject.PLAYED: "share of the games",
    Subject.TEAM: "share of the Division I teams",
    Subject.REQUEST: "share of the requests",
}
NOT_EXPECTED = "\u2013"
NO_SEASON = "lists without seasons"
# Lower bound of the share, fill, text colour. Steps are finer near 100 %, where most seasons are.
SCALE = (
    (1.0, "#08519c", "#ffffff"),
    (0.98, "#2f79b9", "#ffffff"),
    (0.95, "#6baed6", "#08213d"),
    (0.8, "#a6cde6", "#08213d"),
    (0.5, "#cfe1f2", "#08213d"),
    (0.0, "#eef4fa", "#08213d"),
)
STYLE = """
.page { fill: #ffffff } .ink { fill: #1b1f24 } .faint { fill: #5b6570 } .none { fill: none; stroke: #c3cad2 }
.mark { fill: #d95f02; stroke: #ffffff; stroke-width: 1.5 } .frame { fill: none; stroke: #d95f02; stroke-width: 2 }
text { font: 12px system-ui, sans-serif } .title { font-size: 18px; font-weight: 600 }
@media (prefers-color-scheme: dark) {
  .page { fill: #14181d } .ink { fill: #e8ecf1 } .faint { fill: #9aa5b1 } .none { stroke: #3c4651 }
  .mark { stroke: #14181d }
}
"""


def heat_map(status: AuditStatus) -> str:
    """The SVG: one row per dataset in groups, one column per season, newest on the left. Other datasets come last."""
    body, bottom = _body(status)
    width = max(LEFT + len(status.seasons) * (CELL_WIDTH + GAP) + MARGIN, 640)
    height = bottom + 64
    title = f"Coverage of {_seasons(status.seasons)}"
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="title about"><title id="title">{title}</title>',
        f'<desc id="about">{escape(_summary(status))}</desc><style>{STYLE}</style>',
        f'<rect class="page" width="{width}" height="{height}"/>',
        _text(MARGIN, 32, title, "ink title"),
        _text(MARGIN, 52, _summary(status), "faint"),
    ]
    years = (_text(_x(n) + CELL_WIDTH / 2, TOP - 10, str(y), "ink", "middle") for n, y in enumerate(status.seasons))
    return "\n".join([*head, *years, *body, *_legend(bottom + 24), "</svg>"]) + "\n"


def _body(status: AuditStatus) -> tuple[list[str], int]:
    """Headings and rows, and the y coordinate of their end."""
    parts, y = [], TOP
    for heading, items in _groups(status.datasets).items():
        parts.append(_text(MARGIN, y + 14, heading, "faint"))
        y += HEADING - 8
        for name in dict.fromkeys(item.dataset for item in items):
            own = {item.season: item for item in items if item.dataset == name}
            columns = [None] if None in own else status.seasons
            parts.append(_text(LEFT - 10, y + 17, name, "ink", "end"))
            parts += [_cell(_x(column), y, own.get(season)) for column, season in enumerate(columns)]
            y += CELL_HEIGHT + GAP
        y += 8
    return parts, y


def _groups(datasets: Iterable[DatasetStatus]) -> dict[str, list[DatasetStatus]]:
    groups: dict[str, list[DatasetStatus]] = {heading: [] for heading in (*GROUPS.values(), NO_SEASON)}
    for item in datasets:
        groups[GROUPS[Subject(item.subject)] if item.season else NO_SEASON].append(item)
    return {heading: items for heading, items in groups.items() if items}


def _x(column: int) -> int:
    return LEFT + column * (CELL_WIDTH + GAP)


def _text(x: float, y: float, text: str, style: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{style}" text-anchor="{anchor}">{escape(text)}</text>'


def _seasons(seasons: list[int]) -> str:
    return f"season {seasons[0]}" if len(seasons) == 1 else f"seasons {seasons[-1]} to {seasons[0]}"


def _summary(status: AuditStatus) -> str:
    return f"{status.unexplained:,} unexplained gaps on {status.audited_at:%Y-%m-%d %H:%M} UTC"


def percent(item: DatasetStatus) -> str:
    """The share as shown in a cell; 100 only if nothing is missing."""
    if item.share is None:
        return "-"
    shown = f"{100 * item.share:.1f}"
    return "100" if item.share == 1 else min(shown, "99.9", key=float)


def _cell(x: int, y: int, item: DatasetStatus | None) -> str:
    if item is None or item.share is None:
        box = f'<rect x="{x}" y="{y}" width="{CELL_WIDTH}" height="{CELL_HEIGHT}" rx="3" class="none"/>'
        dash = _text(x + CELL_WIDTH / 2, y + 17, NOT_EXPECTED, "faint", "middle")
        return f"<g><title>not expected</title>{box}{dash}</g>"
    share = item.share
    fill, ink = next((fill, ink) for least, fill, ink in SCALE if share >= least)
    title = (
        f"{item.dataset} {item.season or ''}: {item.present:,} of {item.expected:,} complete, "
        f"{item.known_absent:,} known absent, {item.unexplained:,} unexplained"
    )
    box = f'<rect x="{x}" y="{y}" width="{CELL_WIDTH}" height="{CELL_HEIGHT}" rx="3" fill="{fill}"/>'
    number = (
        f'<text x="{x + CELL_WIDTH / 2:g}" y="{y + 17}" text-anchor="middle" style="fill:{ink}">{percent(item)}</text>'
    )
    return f"<g><title>{escape(title)}</title>{box}{number}{_mark(x, y) if item.unexplained else ''}</g>"


def _mark(x: int, y: int) -> str:
    frame = f'<rect x="{x + 1}" y="{y + 1}" width="{CELL_WIDTH - 2}" height="{CELL_HEIGHT - 2}" rx="3" class="frame"/>'
    return f'{frame}<circle cx="{x + CELL_WIDTH - 3}" cy="{y + 3}" r="5" class="mark"/>'


def _legend(y: int) -> Iterable[str]:
    yield _text(MARGIN, y + 14, "% complete:", "ink")
    x = MARGIN + 120
    for least, fill, ink in reversed(SCALE):
        label = "100" if least == 1 else f"{100 * least:g}+"
        yield f'<rect x="{x}" y="{y}" width="44" height="20" rx="3" fill="{fill}"/>'
        yield f'<text x="{x + 22}" y="{y + 14}" text-anchor="middle" style="fill:{ink}">{label}</text>'
        x += 47
    yield f'<circle cx="{x + 14}" cy="{y + 10}" r="5" class="mark"/>' + _text(x + 25, y + 14, "unexplained", "ink")
    yield _text(x + 118, y + 14, f"{NOT_EXPECTED}  not expected", "ink")
