"""Shots by range of teams and players, as data that `data.js` shows."""

from __future__ import annotations

from report.cells import values
from report.forms import Shown
from report.source import Source

TABLE = "gold.shot_profile"
COLUMNS = (
    Shown("shot_range", "Range"),
    Shown("shots_made", "Made", "integer"),
    Shown("shots_attempted", "Attempts", "integer"),
    Shown("shot_pct", "Percentage", "percent"),
    Shown("shot_share_pct", "Share", "whole_percent"),
    Shown("assisted_share_pct", "Assisted", "whole_percent"),
    Shown("points_per_shot", "Points per shot", "hundredth"),
    Shown("expected_points_per_shot", "Expected", "hundredth"),
    Shown("points_above_expected", "Above expected", "signed"),
)
Shots = dict[str, list[tuple[str, str]]]


def of_teams(source: Source) -> dict[int, Shots]:
    """Rows by team_id and subject: `offence` and `defence` of the team, or the athlete_id of a player.

    A row is the text of the first column and the values of the others.
    """
    found: dict[int, Shots] = {}
    if source.shots is not None:
        for row in source.shots.iter_rows(named=True):
            subject = str(row["subject_id"]) if row["profile"] == "player" else row["profile"].removeprefix("team_")
            rows = found.setdefault(row["team_id"], {}).setdefault(subject, [])
            rows.append((row["shot_range"], values(COLUMNS[1:], row)))
    return found
