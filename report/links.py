"""Paths of pages, and links to them. Links exist only where a page does."""

from __future__ import annotations

from datetime import date

INDEX = "index.html"
RANKINGS = "rankings.html"
PLAYERS = "players/index.html"
CONFERENCES = "conferences/index.html"
SLATES = "games/index.html"
BRACKET = "bracket.html"
MARKET = "market.html"
COVERAGE = "coverage.html"
TABLES = "tables.html"
HEADINGS = "data/headings.js"
# Entries of the navigation, in this order.
NAVIGATION = {
    INDEX: "Overview",
    RANKINGS: "Rankings",
    CONFERENCES: "Conferences",
    SLATES: "Games",
    PLAYERS: "Players",
    BRACKET: "Bracket",
    MARKET: "Market",
    COVERAGE: "Coverage",
    TABLES: "Tables",
}

SHORT_NAVIGATION = (INDEX, RANKINGS, SLATES)  # entries on the pages of games and players


def of_team(team_id: int) -> str:
    """Page of a team of Division I."""
    return f"teams/{team_id}.html"


def of_conference(conference_id: int) -> str:
    """Page of a conference."""
    return f"conferences/{conference_id}.html"


def of_day(on: date) -> str:
    """Page of the games of a day."""
    return f"games/{on}.html"


def of_game(game_id: int) -> str:
    """Page of a game."""
    return f"games/{game_id}.html"


def of_player(athlete_id: int) -> str:
    """Page of a player of Division I with a box score."""
    return f"players/{athlete_id}.html"


def of_data(team_id: int) -> str:
    """Tables of a team as data, which its page and those of its games and players show."""
    return f"data/{team_id}.js"
