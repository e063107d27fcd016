"""`cbbd-etl rankings`, `team`, `player`, ...: answers of the reader package, printed."""

from __future__ import annotations

from typing import Annotated

import typer

import cbbd_etl as cbb
from flows.commands import _pages as pages
from flows.commands._outlook_page import outlook_sheet
from flows.commands._shared import CsvOption, JsonOption, LakeOption, SeasonOption, lake_for_reading
from flows.commands.player_page import player_sheet
from flows.terminal.sheet import form_of
from flows.terminal.shell import OK

DAY = "YYYY-MM-DD"
ConferenceArgument = Annotated[list[str], typer.Argument(metavar="CONFERENCE", help="For example: big ten, acc")]
ForecastOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar=DAY, help="The newest forecast up to this morning; default: the newest"),
]


def run_rankings(
    season: SeasonOption = None,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="Number of teams")] = 25,
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", metavar=DAY, help="Ratings of this morning, US Eastern; default: the newest"),
    ] = None,
    json: JsonOption = False,
    csv: CsvOption = False,
    lake: LakeOption = None,
) -> int:
    """Rank the teams of Division I by our rating."""
    form = form_of(json=json, csv=csv)
    found = cbb.rankings(season, top=top, as_of=as_of, lake=lake_for_reading(lake))
    pages.rankings_sheet(found).print(form)
    return OK


def run_team(
    name: Annotated[list[str], typer.Argument(metavar="NAME", help="For example: uconn, st johns, miami fl")],
    season: SeasonOption = None,
    outlook: Annotated[
        bool, typer.Option("--outlook", help="The roster of the next season instead: who returns, arrives and leaves")
    ] = False,
    json: JsonOption = False,
    csv: CsvOption = False,
    lake: LakeOption = None,
) -> int:
    """Show a team: profile, schedule with results and forecasts. CSV has the schedule; with --outlook the players."""
    form = form_of(json=json, csv=csv)
    if outlook:
        outlook_sheet(cbb.outlook(" ".join(name), season, lake=lake_for_reading(lake))).print(form)
        return OK
    pages.team_sheet(cbb.team(" ".join(name), season, lake=lake_for_reading(lake))).print(form)
    return OK


def run_player(
    name: Annotated[list[str], typer.Argument(metavar="NAME", help="Name or a part of it")],
    season: SeasonOption = None,
    team: Annotated[
        str | None, typer.Option("--team", metavar="NAME", help="Team, where several players can be meant")
    ] = None,
    json: JsonOption = False,
    csv: CsvOption = False,
    lake: LakeOption = None,
) -> int:
    """Show a player: season line, game log. CSV has the log."""
    form = form_of(json=json, csv=csv)
    found = cbb.player(" ".join(name), season, team=team, lake=lake_for_reading(lake))
    player_sheet(found).print(form)
    return OK


def run_game(
    game_id: Annotated[int, typer.Argument(metavar="ID", help="Game id; `cbbd-etl slate` lists them")],
    json: JsonOption = False,
    csv: CsvOption = False,
    lake: LakeOption = None,
) -> int:
    """Show a game: result, forecast, line, box scores. CSV has the box score of the teams."""
    form = form_of(json=json, csv=csv)
    pages.game_sheet(cbb.game(game_id, lake=lake_for_reading(lake))).print(form)
    return OK


def run_slate(
    on: Annotated[
        str | None,
        typer.Argument(metavar=f"[{DAY}]", help="Default: today, else the next day with games, else the last"),
    ] = None,
    json: JsonOption = False,
    csv: CsvOption = False,
    lake: LakeOption = None,
) -> int:
    """Show the games of a day with forecast, line and chance."""
    form = form_of(json=json, csv=csv)
    pages.slate_sheet(cbb.games(on, lake=lake_for_reading(lake))).print(form)
    return OK


def run_standings(
    conference: ConferenceArgument,
    season: SeasonOption = None,
    json: JsonOption = False,
    csv: CsvOption = False,
    lake: LakeOption = None,
) -> int:
    """Show the standings of a conference."""
    form = form_of(json=json, csv=csv)
    found = cbb.standings(" ".join(conference), season, lake=lake_for_reading(lake))
    pages.standings_sheet(found).print(form)
    return OK


def run_odds(
    conference: ConferenceArgument,
    season: SeasonOption = None,
    as_of: ForecastOption = None,
    json: JsonOption = False,
    csv: CsvOption = False,
    lake: LakeOption = None,
) -> int:
    """Show how a conference race can still end: expected record, title odds and expected place of each team."""
    form = form_of(json=json, csv=csv)
    found = cbb.odds(" ".join(conference), season, as_of=as_of, lake=lake_for_reading(lake))
    pages.odds_sheet(found).print(form)
    return OK


def run_bracket(
    season: SeasonOption = None,
    as_of: ForecastOption = None,
    json: JsonOption = False,
    csv: CsvOption = False,
    lake: LakeOption = None,
) -> int:
    """Show how far each team of the NCAA tournament can get, from the field as drawn or a projected one."""
    form = form_of(json=json, csv=csv)
    pages.bracket_sheet(cbb.bracket(season, as_of=as_of, lake=lake_for_reading(lake))).print(form)
    return OK


def run_market(
    season: SeasonOption = None, json: JsonOption = False, csv: CsvOption = False, lake: LakeOption = None
) -> int:
    """Show how accurate the closing lines are, by provider, and our forecasts on the same games."""
    form = form_of(json=json, csv=csv)
    pages.market_sheet(cbb.market(season, lake=lake_for_reading(lake))).print(form)
    return OK
