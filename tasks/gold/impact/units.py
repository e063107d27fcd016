"""Players of a season by team and place, and their stints and box scores as arrays of days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from tasks.gold.model.arrays import Floats, Ints

BOX = (
    *("minutes", "points", "field_goals_attempted", "free_throws_attempted", "assists", "turnovers", "steals"),
    *("blocks", "rebounds_offensive", "rebounds_defensive", "fouls"),
)
PLAYER = ["team_id", "athlete_id"]


@dataclass(frozen=True)
class Units:
    """Players in order of team and first appearance.

    Attributes:
        table: team_id, athlete_id, team (code 0 to teams - 1), place (within the team, from 0), name.
        teams: team ids by code.
        width: greatest number of players of a team.
    """

    table: pl.DataFrame
    teams: Ints
    width: int

    @property
    def shape(self) -> tuple[int, int]:
        """Teams and places."""
        return len(self.teams), self.width


@dataclass(frozen=True)
class Day:
    """What one date brought.

    Attributes:
        date: US Eastern.
        played: codes of the teams with a game.
        team, place, box: box scores, as codes, places, and the counts of BOX.
        offence, defence: code of the team with the ball and of the other one, by stint.
        attack, guard: places of the five players of each, shape (stints, 5).
        possessions, points, home: of the team with the ball, without garbage time; home is 1, 0 (neutral) or -1.
    """

    date: date
    played: Ints
    team: Ints
    place: Ints
    box: Floats
    offence: Ints
    defence: Ints
    attack: Ints
    guard: Ints
    possessions: Floats
    points: Floats
    home: Floats


def units_of(boxes: pl.DataFrame, stints: pl.DataFrame) -> Units:
    """Every player with minutes in a box score or a stint."""
    seen = [
        boxes.select(*PLAYER, "game_date", "name"),
        stints.explode("athlete_ids", "athlete_names").select(
            "team_id", "game_date", athlete_id="athlete_ids", name="athlete_names"
        ).select(*PLAYER, "game_date", "name"),
    ]  # fmt: skip
    first = pl.concat(seen).group_by(PLAYER).agg(pl.col("game_date").min(), pl.col("name").drop_nulls().max())
    table = first.sort("team_id", "game_date", "athlete_id").with_columns(
        team=pl.col("team_id").rank("dense").cast(pl.Int64) - 1,
        place=pl.int_range(pl.len()).over("team_id").cast(pl.Int64),
    )
    width = 1 if table.is_empty() else int(table["place"].to_numpy().max()) + 1
    return Units(table.drop("game_date"), table["team_id"].unique().sort().to_numpy(), width)


def days_of(units: Units, boxes: pl.DataFrame, stints: pl.DataFrame) -> list[Day]:
    """Box scores and stints by date, in order."""
    placed = boxes.join(units.table.select(*PLAYER, "team", "place"), on=PLAYER, maintain_order="left")
    rows = _coded(units, stints)
    found = []
    for day in sorted(set(boxes["game_date"]) | set(stints["game_date"])):
        box, stint = placed.filter(game_date=day), rows.filter(game_date=day)
        found.append(
            Day(
                date=day,
                played=np.unique(np.r_[box["team"].to_numpy(), stint["offence"].to_numpy()]),
                team=box["team"].to_numpy(),
                place=box["place"].to_numpy(),
                box=box.select(BOX).fill_null(0).to_numpy().astype(np.float64),
                offence=stint["offence"].to_numpy(),
                defence=stint["defence"].to_numpy(),
                attack=_fives(stint["attack"]),
                guard=_fives(stint["guard"]),
                possessions=stint["possessions"].to_numpy().astype(np.float64),
                points=stint["points"].to_numpy().astype(np.float64),
                home=stint["home"].to_numpy().astype(np.float64),
            )
        )
    return found


def _fives(places: pl.Series) -> Ints:
    return places.explode(empty_as_null=False).to_numpy().astype(np.int64).reshape(-1, 5)


def _coded(units: Units, stints: pl.DataFrame) -> pl.DataFrame:
    """Stints with codes and places instead of ids: offence, defence, attack and guard (lists of five)."""
    codes = units.table.select("team_id", "team").unique()
    rows = stints.with_row_index("row").join(codes.rename({"team": "offence"}), on="team_id", maintain_order="left")
    other = codes.rename({"team_id": "opponent_id", "team": "defence"})
    rows = rows.join(other, on="opponent_id", maintain_order="left")
    for column, team, name in (("athlete_ids", "offence", "attack"), ("opponent_athlete_ids", "defence", "guard")):
        people = rows.select("row", team, athlete_id=column).explode("athlete_id")
        places = units.table.select("team", "athlete_id", "place").rename({"team": team})
        found = people.join(places, on=[team, "athlete_id"], maintain_order="left")
        fives = found.group_by("row", maintain_order=True).agg(pl.col("place").alias(name))
        rows = rows.join(fives, on="row", maintain_order="left")
    return rows.sort("game_date", "row")
