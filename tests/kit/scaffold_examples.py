"""Invented responses of endpoints that do not exist, and the options under which they become endpoints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Rows = list[dict[str, Any]]

TOYS: Rows = [
    {
        "id": 7,
        "season": 2024,
        "teamId": 3,
        "label": 'A "red" ball',
        "shinePct": 51.5,
        "heft": 3,
        "isNew": True,
        "madeAt": "2024-11-02T18:30:00.000Z",
        "bornOn": "2024-01-02",
        "maker": {"id": 1, "city": "Aville", "rating": None},
        "marks": [1, 2],
        "tags": [],
        "parts": [{"partId": 1, "label": "lid", "size": 1.5}],
        "note": None,
    },
    {
        "id": 8,
        "season": 2024,
        "teamId": 3,
        "label": None,
        "shinePct": 12,
        "heft": 3.5,
        "isNew": False,
        "madeAt": None,
        "bornOn": "2024-01-03",
        "maker": None,
        "marks": None,
        "tags": [],
        "parts": [],
        "note": None,
    },
    {"id": 9, "season": 2024, "teamId": 4, "label": "blue", "shinePct": 0, "heft": 3, "isNew": False}
    | {"madeAt": "2024-11-04T18:30:00Z", "bornOn": "2024-01-03", "marks": [], "tags": [], "parts": [], "note": None},
]
GAME = {"gameId": 41, "season": 2024, "startDate": "2024-01-05T00:30:00.000Z", "homeTeamId": 1, "homeTeam": "Aville"}
WEATHER: Rows = [
    GAME | {"gameId": 41 + n, "temperature": 10.5 + n, "sky": "clear", "status": "final"} for n in range(3)
]
ODDITIES: Rows = [
    {"First Name": "x", "3pt": 1, "class": "a", "fetchedAt": 1, "unknownFields": True, "date": "noon", "a": 2**40},
    {"First Name": "y", "3pt": 2, "class": "a", "fetchedAt": 2, "unknownFields": None, "date": "dawn", "a": -1},
]


@dataclass(frozen=True)
class Case:
    """An endpoint to draft."""

    name: str
    path: str
    rows: Rows
    pattern: str | None = None
    params: tuple[str, ...] = ()
    key: str | None = None


CASES = [
    Case("toys", "/toys", TOYS),
    Case("toy_lists", "/toy/lists", TOYS, "once"),
    Case("team_toys", "/team/toys", TOYS, "season", ("team", "conference", "label"), "season,team_id,team_toy_id"),
    Case("toy_years", "/toy/years", [{"year": 2024, "ranking": n, "label": None} for n in (1, 2)]),
    Case("weather", "/weather", WEATHER, "windows", ("team", "seasonType", "status", "sky")),
    Case("weather_dates", "/weather/dates", WEATHER, "dates"),
    Case("weather_season", "/weather/season", WEATHER, "season", ("team",), "game_id"),
    Case("weather_year", "/weather/year", [{"gameId": 1, "year": 2024, "sky": "clear"}], None, (), "year,game_id"),
    Case("season_moods", "/seasons/moods", [{"season": 2024, "mood": "good"}], None, (), "season"),
    Case("game_weather", "/games/{gameId}/weather", [{"period": 1, "sky": "clear"}, {"period": 2, "sky": "rain"}]),
    Case("team_moods", "/teams/{teamId}/moods", [{"mood": "good", "season": 2024}], "each"),
    Case("school_moods", "/schools/moods", [{"mood": "good"}, {"mood": "bad"}], None, ("team!", "season:integer!")),
    Case("league_moods", "/leagues/moods", [{"conference": "A", "mood": "good"}], "each", ("conference",)),
    Case("player_moods", "/players/{playerId}/moods", [{"athleteId": 3, "season": 2024, "mood": 1}], "each"),
    Case("oddities", "/oddities", ODDITIES),
    Case("states", "/states", [{"name": "Aland", "abbreviation": "AL"}] * 2),
]
