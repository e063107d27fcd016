"""The calendar of a season in US Eastern time, and tip-off times."""

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

EASTERN = ZoneInfo("America/New_York")

# Weights of tip-off hours (US Eastern), from ten public seasons: evenings on weekdays, all day on weekends.
WEEKDAY_HOURS = {
    11: 15,
    12: 35,
    13: 35,
    14: 75,
    15: 30,
    16: 55,
    17: 85,
    18: 330,
    19: 1380,
    20: 770,
    21: 460,
    22: 300,
    23: 90,
}
WEEKEND_HOURS = {
    11: 45,
    12: 215,
    13: 260,
    14: 570,
    15: 285,
    16: 460,
    17: 205,
    18: 170,
    19: 260,
    20: 130,
    21: 60,
    22: 35,
    23: 5,
}
MIDWEEK_DAYS = (21, 23, 28, 28)
WEEKEND_DAYS = (16, 67, 17)


def opening_day(season: int) -> date:
    """The first day: since 2019 a Monday in early November, before that a Friday around 11 November."""
    if season >= 2019:
        return _on_or_after(date(season - 1, 11, 25 if season == 2021 else 3), 2 if season == 2021 else 0)
    return _on_or_after(date(season - 1, 11, 8), 4)


def selection_sunday(season: int) -> date:
    """The day on which the NCAA field is announced."""
    return _on_or_after(date(season, 3, 11), 6)


def _on_or_after(day: date, weekday: int) -> date:
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def half_weeks(season: int) -> list[list[date]]:
    """The season up to selection Sunday, as alternating windows Monday-Thursday and Friday-Sunday."""
    first, last = opening_day(season), selection_sunday(season)
    monday = first - timedelta(days=first.weekday())
    out = []
    while monday < last:
        week = [monday + timedelta(days=k) for k in range(7)]
        for window in (week[:4], week[4:]):
            days = [day for day in window if day >= first and (day.month, day.day) not in {(12, 24), (12, 25)}]
            if days:
                out.append(days)
        monday += timedelta(days=7)
    return out


def pick_day(window: list[date], rng: Random) -> date:
    """A day of a window, drawn by the weekday profile of real seasons."""
    weights = [(MIDWEEK_DAYS + WEEKEND_DAYS)[day.weekday()] for day in window]
    return rng.choices(window, weights)[0]


def tip_off(day: date, rng: Random) -> datetime:
    """A tip-off time on a day (US Eastern) as UTC; about a quarter of all games start at exactly 00:00:00Z."""
    hours = WEEKEND_HOURS if day.weekday() >= 5 else WEEKDAY_HOURS
    hour = rng.choices(list(hours), list(hours.values()))[0]
    chance = rng.random()
    full = 0.88 if hour == 19 else 0.74
    minute = 0 if chance < full else 30 if chance < 0.95 else rng.choice((5, 8, 15, 45))
    return eastern(day, hour, minute)


def eastern(day: date, hour: int, minute: int = 0) -> datetime:
    """Eastern wall time as UTC."""
    return datetime.combine(day, time(hour, minute), EASTERN).astimezone(UTC)
