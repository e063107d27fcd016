"""Box scores of teams, as data that `data.js` shows on the pages of games and players."""

from __future__ import annotations

import polars as pl

from quality.wording import SITE_MARKS
from report.forms import DASH, day
from report.pages._rows import Row
from report.source import Source

TABLE = "silver.fct_game_players"
# Headings and values of the columns, in this order. A value is a number or made-attempted, as text.
COLUMNS = {
    "Min": ("minutes",),
    "Pts": ("points",),
    "FG": ("field_goals_made", "field_goals_attempted"),
    "3P": ("three_point_field_goals_made", "three_point_field_goals_attempted"),
    "FT": ("free_throws_made", "free_throws_attempted"),
    "Reb": ("rebounds_total",),
    "Ast": ("assists",),
    "Stl": ("steals",),
    "Blk": ("blocks",),
    "TO": ("turnovers",),
    "PF": ("fouls",),
}
PLAYER = "athlete_source_id"  # part of the table's key, so it is there where athlete_id is not


def of_teams(source: Source) -> dict[int, Row]:
    """By team_id: name of the team, names and athlete_id of its players, and its games with the rows of each."""
    boxes = source.boxes
    if boxes is None:
        return {}
    members = set(source.teams["team_id"])
    games = {row["game_id"]: row for row in source.games.iter_rows(named=True)}
    teams = _shown(boxes).partition_by("team_id", as_dict=True)
    return {number: _team(number, rows, games, is_member=number in members) for (number,), rows in teams.items()}


def _shown(boxes: pl.DataFrame) -> pl.DataFrame:
    """Box scores in the order of games, starters first, then by minutes; with their values as one text."""
    values = pl.concat_str(*(_value(names) for names in COLUMNS.values()), separator=" ").alias("values")
    order = boxes.sort(
        "start_at", "game_id", "starter", "minutes", PLAYER, descending=[False, False, True, True, False],
        nulls_last=True,
    )  # fmt: skip
    return order.select("team_id", "game_id", "team", PLAYER, "athlete_id", "name", "starter", values)


def _value(names: tuple[str, ...]) -> pl.Expr:
    whole = (pl.col(name).round(0).cast(pl.Int64).cast(pl.String) for name in names)
    return pl.concat_str(*whole, separator="-").fill_null("-")


def _team(number: int, rows: pl.DataFrame, games: dict[int, Row], *, is_member: bool) -> Row:
    """What a team has. A row of a game: place in `players`, whether the player started, values."""
    newest = rows.unique(PLAYER, keep="last", maintain_order=True).sort(PLAYER)
    places = {key: place for place, key in enumerate(newest[PLAYER])}
    by_game: dict[int, list[tuple[int, int, str]]] = {}
    for game, player, starts, values in rows.select("game_id", PLAYER, "starter", "values").iter_rows():
        by_game.setdefault(game, []).append((places[player], int(bool(starts)), values))
    linked = newest["athlete_id"] if is_member else [None] * newest.height
    return {
        "name": rows["team"][-1],
        "players": [list(pair) for pair in zip(newest["name"], linked, strict=True)],
        "games": [[game, *_game(number, games[game]), found] for game, found in by_game.items() if game in games],
    }


def _game(number: int, game: Row) -> tuple[str, str, str]:
    """Date, opponent and result of a game as a team sees them."""
    own, other = ("home", "away") if game["home_team_id"] == number else ("away", "home")
    mark = SITE_MARKS["neutral" if game["neutral_site"] else own]
    points, against = game[f"{own}_points"], game[f"{other}_points"]
    result = DASH if points is None else f"{'W' if points > against else 'L'} {points}{DASH}{against}"
    return day(game["game_date"]), f"{mark}{game[f'{other}_team']}", result
