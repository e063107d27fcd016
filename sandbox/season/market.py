"""Betting lines: close to the true expectation but not equal to it, with the gaps and errors of real lines."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import erf, sqrt
from random import Random

from sandbox.atlas.atlas import Atlas
from sandbox.atlas.fixtures import Fixture
from sandbox.atlas.rng import stream
from sandbox.game.matchup import era
from sandbox.game.winprob import MARGIN_SD, expected_margin

PROVIDERS = {"teamrankings": 1, "numberfire": 2, "consensus": 3, "ESPN BET": 4, "Bovada": 5, "Draft Kings": 6}
FIRST_SEASON = 2013
# Base efficiency of a team: about 1.08 points per possession.
BASE_RATING = 108.0
HALF_POINTS = frozenset(("ESPN BET", "Draft Kings"))
REVERSED_LATELY = 0.002  # 21 of 10,371 rows of 2026
NO_PRICES = {"Draft Kings": 0.66, "ESPN BET": 0.22}  # share of lines without moneylines; 0.09 for other providers
COVERAGE = {2021: 0.94, 2022: 0.96, 2023: 0.985, 2024: 0.92, 2025: 0.935, 2026: 0.98}


@dataclass(frozen=True)
class Line:
    """The line of one provider; a negative spread favours the home team."""

    provider: str
    spread: float
    over_under: float
    home_moneyline: float | None
    away_moneyline: float | None
    spread_open: float | None
    over_under_open: float | None


def providers(season: int, day: date) -> list[str]:
    """Providers with lines on a day of a season."""
    if season < FIRST_SEASON:
        return []
    if season <= 2022:
        return ["consensus", "numberfire", "teamrankings"]
    if season <= 2025:
        return ["ESPN BET"]
    start = date(season - 1, 11, 1)
    out = ["Bovada"] if day >= start + timedelta(days=6) else []
    out += ["Draft Kings"] if day >= start + timedelta(days=24) else []
    return out + (["ESPN BET"] if day <= start + timedelta(days=32) else [])


def lines(atlas: Atlas, game: Fixture) -> list[Line]:
    """All lines of a game; [] if no provider covers it."""
    chance = 0.97 if game.away <= atlas.shape.division_one else 0.12
    if atlas.draw("covered", game.id) >= COVERAGE.get(game.season, 0.985) * chance:
        return []
    home, away = atlas.rating(game.home, game.season), atlas.rating(game.away, game.season)
    rng = stream(atlas.seed, "market", game.id)
    margin = expected_margin(home, away, neutral=game.neutral) + rng.gauss(0, 2.2)
    pace, level = era(game.season)
    possessions = pace + home.tempo + away.tempo - 2 * 68.6
    rating = 2 * (BASE_RATING + level) + home.offence + home.defence + away.offence + away.defence
    total = possessions * rating / 100 + rng.gauss(0, 2.5)
    names = providers(game.season, game.start.date())
    return [_line(atlas, game, name, margin, total) for name in names if name in names[:1] or _also(atlas, game, name)]


def _also(atlas: Atlas, game: Fixture, name: str) -> bool:
    return atlas.draw("also", name, game.id) < 0.9


def _line(atlas: Atlas, game: Fixture, name: str, margin: float, total: float) -> Line:
    rng = stream(atlas.seed, "line", name, game.id)
    half = name in HALF_POINTS or rng.random() < 0.49
    spread = _step(-margin + rng.gauss(0, 0.6), half=half)
    opening = game.season >= 2026 or (game.season == 2025 and rng.random() < 0.33)
    moved = 0.0 if rng.random() < 0.27 else rng.gauss(0, 2.0)
    prices = _prices(-spread) if rng.random() > NO_PRICES.get(name, 0.09) else (None, None)
    return Line(
        provider=name,
        spread=-spread if _reversed(atlas, game, name, rng) else spread,
        over_under=_step(total + rng.gauss(0, 0.8), half=rng.random() < 0.6),
        home_moneyline=prices[0],
        away_moneyline=prices[1],
        spread_open=_step(spread + moved, half=half) if opening else None,
        over_under_open=_step(total + rng.gauss(0, 2.0), half=rng.random() < 0.6) if opening else None,
    )


def _reversed(atlas: Atlas, game: Fixture, name: str, rng: Random) -> bool:
    """Whether the sign of a spread is wrong, as in some real lines."""
    if name == "consensus" and 2018 <= game.season <= 2023 and rng.random() < 0.015:
        return True
    return game.season >= 2026 and atlas.draw("flipped", name, game.id) < REVERSED_LATELY


def _step(value: float, *, half: bool) -> float:
    """The nearest whole number, or the nearest x.5."""
    return round(value - 0.5) + 0.5 if half else float(round(value))


def _prices(margin: float) -> tuple[float, float]:
    """American odds of both teams for an expected margin, with a bookmaker's margin of 4.5 %."""
    chance = 0.5 * (1 + erf(margin / (MARGIN_SD * sqrt(2))))
    return _american(chance), _american(1 - chance)


def _american(chance: float) -> float:
    price = min(0.985, max(0.012, chance * 1.045))
    odds = -100 * price / (1 - price) if price >= 0.5 else 100 * (1 - price) / price
    return float(5 * round(odds / 5))


def posted(game: Fixture, now: datetime) -> bool:
    """Lines are posted 36 hours before the game."""
    return now >= game.start - timedelta(hours=36)
