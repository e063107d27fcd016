"""Tables as data, one file per team: box scores, shots, line-ups. The script `data.js` shows them on the pages.

Every box score is on two pages, that of the game and that of the player. As HTML the 240,000 rows of a season would
take about 30 MB (an estimate), the other tables 11.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from report import links
from report.forms import Shown
from report.page import Data
from report.pages import _boxes, _lineups, _shots
from report.pages.tables import meanings
from report.source import Source

Headings = list[tuple[str, str]]


def files(source: Source) -> Iterator[Data]:
    """The headings, then one file per team with any of the tables, by team_id."""
    yield Data(links.HEADINGS, "headings", _headings())
    kinds = {"boxes": _boxes.of_teams(source), "shots": _shots.of_teams(source), "lineups": _lineups.of_teams(source)}
    for number in sorted(set().union(*kinds.values())):
        content = {kind: found[number] for kind, found in kinds.items() if number in found}
        yield Data(links.of_data(number), "team", {"id": number, **content})


def _headings() -> dict[str, Headings]:
    """Label and meaning of the columns of each kind of table."""
    meant = meanings((_boxes.TABLE, _shots.TABLE, _lineups.TABLE))
    of_boxes = [(label, "; ".join(meant[name] for name in names)) for label, names in _boxes.COLUMNS.items()]
    return {
        "boxes": of_boxes,
        "shots": _labels(_shots.COLUMNS, meant),
        "lineups": _labels(_lineups.COLUMNS, meant),
    }


def _labels(columns: tuple[Shown, ...], meant: Mapping[str, str]) -> Headings:
    return [(column.label, meant[column.name or column.key]) for column in columns]
