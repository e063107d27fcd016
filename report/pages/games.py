"""A page per game: forecast and line, result, score and win probability by time, box scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from report import links
from report.forms import DASH, shown, tip_off
from report.page import Page
from report.pages._rows import Row, by_key, score, team_links
from report.source import Source
from report.timelines import period_ends, steps

TABLES = (
    *("silver.fct_games", "gold.game_predictions", "gold.market_lines_analysis", "silver.fct_game_players"),
    *("silver.fct_plays", "silver.fct_play_win_probability"),
)
KIND = "games"


@dataclass(frozen=True)
class _Shared:
    """What the pages of all games are made from, by game_id."""

    teams: dict[int, str]
    periods: dict[int, Row]
    minutes: dict[int, Row]
    with_boxes: set[tuple[int, int]]


def pages(source: Source) -> Iterator[Page]:
    """One page per game of the season, in the order of the tip-off."""
    minutes, boxes = source.minutes, source.boxes
    shared = _Shared(
        teams=team_links(source),
        periods=by_key(source.periods, "game_id"),
        minutes={} if minutes is None else _by_game(minutes),
        with_boxes=set() if boxes is None else set(boxes.select("game_id", "team_id").unique().iter_rows()),
    )
    for game in source.games.iter_rows(named=True):
        yield _page(game, shared)


def _by_game(minutes: pl.DataFrame) -> dict[int, Row]:
    """Lists of minutes, points and chances of each game."""
    percent = (100 * pl.col("chance")).round(0).cast(pl.Int64).alias("percent")
    lists = minutes.with_columns(percent).group_by("game_id").agg("minute", "home", "away", "percent")
    return by_key(lists, "game_id")


def _page(game: Row, shared: _Shared) -> Page:
    number, on = game["game_id"], game["game_date"]
    periods = shared.periods.get(number)
    numbers = [game[f"{side}_team_id"] for side in ("away", "home")]
    boxes = [team for team in numbers if (number, team) in shared.with_boxes]
    content = {
        "sides": [
            {"name": game[f"{side}_team"], "link": shared.teams.get(game[f"{side}_team_id"])}
            for side in ("away", "home")
        ],
        "between": "vs" if game["neutral_site"] else "at",
        "slate": {"date": on, "link": links.of_day(on)},
        "facts": _facts(game, periods),
        "charts": _charts(game, periods, shared.minutes.get(number)),
        "boxes": boxes,
        "game_id": number,
    }
    title = f"{game['away_team']} {content['between']} {game['home_team']}"
    as_of = "Final" if game["has_result"] else f"Forecast and line as known: {game['status']}"
    where = links.of_game(number)
    return Page(where, title, "game.html", content, TABLES, as_of=as_of, kind=KIND)


def _facts(game: Row, periods: Row | None) -> list[tuple[str, str]]:
    """Labels and values: result, forecast of the morning, closing line. What is not known is left out."""
    home, away = game["home_team"], game["away_team"]
    found = []
    if result := score(game["away_points"], game["home_points"]):
        sides = [(periods or {}).get(f"{side}_period_points") or () for side in ("away", "home")]
        by_period = ", ".join(f"{a}{DASH}{h}" for a, h in zip(*sides, strict=False))
        found.append(("Result", f"{result} ({by_period})" if by_period else result))
    if game["predicted_home_margin"] is not None:
        low, high = (shown(game[name], "signed") for name in ("margin_low_80", "margin_high_80"))
        chance, total = shown(game["home_win_probability"], "whole_percent"), shown(game["predicted_total"], "tenth")
        forecast = _favoured(home, away, game["predicted_home_margin"])
        found.append(
            ("Forecast", f"{forecast}; {home} wins with {chance}, 80 % of margins {low} to {high}; total {total}")
        )
    line = []
    if game["spread"] is not None:
        line.append(_favoured(home, away, -game["spread"]) + (" (doubtful)" if game["is_line_suspect"] else ""))
    if game["over_under"] is not None:
        line.append(f"over/under {shown(game['over_under'], 'tenth')}")
    found += [("Line", "; ".join(line))] if line else []
    time = tip_off(game["start_at"], to_be_determined=bool(game["start_time_tbd"]))
    return [*found, ("Tip-off", f"{time}, {game['venue']}" if game["venue"] else time)]


def _favoured(home: str, away: str, margin: float) -> str:
    """The favourite and its margin."""
    by = shown(abs(margin), "tenth")
    return "even" if by == "0.0" else f"{home if margin > 0 else away} by {by}"


def _charts(game: Row, periods: Row | None, minutes: Row | None) -> list[Row]:
    """The score by time, and the win probability where it is known: lines that `charts.js` draws.

    `steps`: changes by minute of each line. `start`: value at tip-off, of a probability the forecast of the morning.
    `ends`: minutes at which periods end.
    """
    if minutes is None or not game["has_result"]:
        return []
    home, away = game["home_team"], game["away_team"]
    at, percents = minutes["minute"], minutes["percent"]
    ends = period_ends(max(2, len((periods or {}).get("home_period_points") or ())))
    scores = {
        "ends": ends,
        "steps": [steps(at, minutes[side]) for side in ("home", "away")],
        "start": 0,
        "is_percent": False,
        "caption": f"Points by minute: solid {home}, dashed {away}",
    }
    known = {minute: percent for minute, percent in zip(at, percents, strict=True) if percent is not None}
    if not known:
        return [scores]
    forecast = game["home_win_probability"]
    start = next(iter(known.values())) if forecast is None else round(100 * forecast)
    chances = {
        "ends": ends,
        "steps": [steps(known.keys(), known.values(), start)],
        "start": start,
        "is_percent": True,
        "caption": f"Win probability of {home} by minute",
    }
    return [scores, chances]
