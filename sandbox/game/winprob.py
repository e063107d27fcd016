"""Win probability of the home team during a game, the excitement index, and Elo."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from math import exp, sqrt

from sandbox.atlas.atlas import Rating
from sandbox.game import events as ev
from sandbox.game.matchup import HOME_EDGE

MARGIN_SD = 11.6
ELO_K, ELO_HOME = 24.0, 60.0


def expected_margin(home: Rating, away: Rating, *, neutral: bool) -> float:
    """Expected margin of the home team: difference of net ratings and home advantage, times expected possessions."""
    possessions = home.tempo + away.tempo - 68.6
    edge = 0.0 if neutral else 2 * HOME_EDGE
    return (home.net - away.net + edge) * possessions / 100


def win_chance(lead: float, expected: float, played: int) -> float:
    """Win probability of the home team with `lead` points after `played` seconds (normal margins, logistic form)."""
    left = max(0.0, 1 - played / ev.REGULATION)
    if left == 0.0:
        left = 0.02 if lead == 0 else 0.0005
    z = (lead + expected * left) / (MARGIN_SD * sqrt(left))
    return 1 / (1 + exp(-1.702 * max(-20.0, min(20.0, z))))


def excitement(log: Iterable[ev.Event], expected: float) -> float:
    """Sum of the absolute changes in win probability at each score."""
    total, last, score = 0.0, win_chance(0, expected, 0), (0, 0)
    for event in log:
        if event.made and (event.home, event.away) != score:
            score = (event.home, event.away)
            now = win_chance(score[0] - score[1], expected, ev.elapsed(event.period, event.seconds))
            total += abs(now - last)
            last = now
    return total


def elo_start(last_season: Rating) -> float:
    """Elo before the first game of a season: the value that last season's strength leads to."""
    return 1500 + 14.5 * last_season.net


def elo_change(home: float, away: float, margin: int, *, neutral: bool) -> float:
    """Elo points that the home team gains and the away team loses; they grow with the margin, less for favourites."""
    edge = home - away + (0.0 if neutral else ELO_HOME)
    chance = 1 / (1 + 10 ** (-edge / 400))
    favoured = edge if margin > 0 else -edge
    scale: float = (abs(margin) + 3) ** 0.8 / (7.5 + 0.006 * max(-400.0, favoured))
    return ELO_K * scale * ((1.0 if margin > 0 else 0.0) - chance)


def wall_clock(start: datetime, period: int, seconds: int) -> datetime:
    """Wall-clock time of an event: 2.5 s per second of play, plus 15 minutes at half-time."""
    breaks = 0 if period == 1 else 900 + 180 * (period - 2)
    return start + timedelta(seconds=int(240 + 2.5 * ev.elapsed(period, seconds)) + breaks)
