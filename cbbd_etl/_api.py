"""All public names of the package in one place; `cbbd_etl/__init__.py` hands them out."""

from cbbd_etl._discovery import Description, columns, describe, tables
from cbbd_etl._export import Export, export
from cbbd_etl._forecasts import bracket, odds
from cbbd_etl._games import Game, game, games, schedule
from cbbd_etl._load import load, query
from cbbd_etl._market import market
from cbbd_etl._outlook import Outlook, outlook
from cbbd_etl._players import Player, player
from cbbd_etl._preseason import preseason
from cbbd_etl._teams import Team, rankings, standings, team
from tasks.errors import BadInput, LakeUnavailable

__all__ = [
    "BadInput",
    "Description",
    "Export",
    "Game",
    "LakeUnavailable",
    "Outlook",
    "Player",
    "Team",
    "bracket",
    "columns",
    "describe",
    "export",
    "game",
    "games",
    "load",
    "market",
    "odds",
    "outlook",
    "player",
    "preseason",
    "query",
    "rankings",
    "schedule",
    "standings",
    "tables",
    "team",
]
