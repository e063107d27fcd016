"""All modules that hold operations: importing this one registers all of them."""

from tasks.sandbox import (  # noqa: F401
    ops_board,
    ops_draft,
    ops_floor,
    ops_games,
    ops_people,
    ops_ratings,
    ops_static,
    ops_stats,
)
