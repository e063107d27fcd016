"""Endpoints of no real service, with every kind of field, for tests of parsing, storing and building."""

from __future__ import annotations

from typing import Any

from quality.columns import BOOL, DATE, FLOAT, INT, STRING, TIMESTAMP, Bounds, Field, ListOf, Record
from quality.dataset import DATE_INJECTED, Endpoint, Param, Pattern, silver_table

PART = Record((Field("partId", INT, "part"), Field("label", STRING, "label", True)))
EVERY_KIND = Record(
    (
        Field("id", INT, "row", name="toy_id"),
        Field("weight", FLOAT, "weight", True),
        Field("label", STRING, "label", True),
        Field("isNew", BOOL, "new", True),
        Field("madeAt", TIMESTAMP, "when made", True),
        Field("bornOn", DATE, "when born", True),
        Field("maker", Record((Field("id", INT, "maker", True), Field("city", STRING, "city", True))), "maker", True),
        Field("marks", ListOf(INT), "marks", True),
        Field("parts", ListOf(PART), "parts", True),
    )
)
EVERY = Endpoint(
    name="every", path="/every", record=EVERY_KIND, description="Every kind of field.", pattern=Pattern.ONCE
)

BOXES = Endpoint(
    name="boxes",
    path="/boxes",
    record=Record(
        (
            Field("gameId", INT, "game"),
            Field("season", INT, "season"),
            Field("shine", FLOAT, "shine", True, unit="percent", percent=True, bounds=Bounds(ge=0, le=100)),
            Field("state", STRING, "state", values=("old", "new")),
        )
    ),
    description="Boxes.",
    params=(Param("season", "integer"), Param("startDateRange", "date-time"), Param("endDateRange", "date-time")),
    pattern=Pattern.WINDOWS,
    window_days=30,
    row_cap=50,
)
FCT_BOXES = silver_table("fct_boxes", BOXES, "Boxes.", key=("game_id",))

TICKS = Endpoint(
    name="ticks",
    path="/ticks/date",
    record=Record(
        (
            Field("id", INT, "tick", name="tick_id"),
            Field("gameId", INT, "game"),
            Field("season", INT, "season"),
            Field("startDate", TIMESTAMP, "start", name="start_at"),
        )
    ),
    description="Ticks of a day.",
    params=(Param("date", "date-time", required=True),),
    pattern=Pattern.DATES,
    inject=(DATE_INJECTED,),
)


def full(**values: Any) -> dict[str, Any]:
    """A record of `EVERY` with a value everywhere."""
    return {
        "id": 1,
        "weight": 1.5,
        "label": "Zoë's 大きい ball",
        "isNew": True,
        "madeAt": "2025-01-15T18:30:00.250Z",
        "bornOn": "2025-01-15",
        "maker": {"id": 7, "city": "Aville"},
        "marks": [1, 2],
        "parts": [{"partId": 1, "label": "lid"}],
    } | values
