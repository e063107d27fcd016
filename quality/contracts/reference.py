"""Small lists that other tables refer to: venues, line providers, play types."""

from __future__ import annotations

from quality.columns import STRING, Field, Record
from quality.dataset import Endpoint, Pattern, silver_table
from quality.vocabulary import CITY, NAME, SOURCE_ID, STATE, ident

VENUES = Endpoint(
    name="venues",
    path="/venues",
    description="Venues.",
    record=Record(
        (
            ident("venue_id", "Venue id"),
            SOURCE_ID.null(),
            NAME,
            CITY,
            STATE,
            Field("country", STRING, "Country of the venue", True).decor(),
        )
    ),
    pattern=Pattern.ONCE,
)

DIM_VENUES = silver_table("dim_venues", VENUES, "One row per venue.", key=("venue_id",))

LINE_PROVIDERS = Endpoint(
    name="line_providers",
    path="/lines/providers",
    description="Sportsbooks and other providers of betting lines.",
    record=Record((ident("provider_id", "Provider id"), NAME)),
    pattern=Pattern.ONCE,
)

DIM_LINES_PROVIDERS = silver_table(
    "dim_lines_providers",
    LINE_PROVIDERS,
    "One row per provider of betting lines; lines refer to it by name.",
    key=("provider_id",),
)

PLAY_TYPES = Endpoint(
    name="play_types",
    path="/plays/types",
    description="Play types.",
    record=Record((ident("play_type_id", "Play type id"), NAME)),
    pattern=Pattern.ONCE,
)

DIM_PLAY_TYPES = silver_table(
    "dim_play_types",
    PLAY_TYPES,
    "One row per play type. Names repeat (two JumpShot, two TipShot), and plays refer to types by name only.",
    key=("play_type_id",),
)
