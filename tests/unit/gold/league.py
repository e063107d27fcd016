"""Invented leagues with known strengths: results come from the model that the ratings assume, or nearly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

EFFICIENCY, PACE, EDGE = 102.0, 68.0, 4.0  # points per 100 possessions, possessions, home edge per 100


@dataclass(frozen=True)
class League:
    """Games, and the truth: one row per team with offence, defence (per 100, around 0), net and tempo."""

    games: pl.DataFrame
    truth: pl.DataFrame


def league(
    seed: int,
    teams: int = 24,
    rounds: int = 24,
    season: int = 2012,
    noise: float = 10.0,
    first_team: int = 100,
    *,
    net: np.ndarray | None = None,
) -> League:
    """Every round pairs all teams at random on one date; a fifth of the games on neutral ground.

    noise: sd of one team's points per 100 possessions. Points are whole numbers, without ties. net: true strengths,
    half of them offence and half defence; without it, both at random.
    """
    rng = np.random.default_rng(seed)
    offence, defence, tempo = rng.normal(0, 7, teams), rng.normal(0, 7, teams), rng.normal(0, 2.5, teams)
    if net is not None:
        offence, defence = net / 2, -net / 2
    offence, defence, tempo = offence - offence.mean(), defence - defence.mean(), tempo - tempo.mean()
    order = np.concatenate([rng.permutation(teams)[: teams // 2 * 2].reshape(-1, 2) for _ in range(rounds)])
    home, away = order.T
    games = len(order)
    neutral = rng.random(games) < 0.2
    possessions = np.round(PACE + tempo[home] + tempo[away] + rng.normal(0, 2, games))
    edge = np.where(neutral, 0.0, EDGE / 2)
    scored = EFFICIENCY + offence[home] + defence[away] + edge + rng.normal(0, noise, games)
    allowed = EFFICIENCY + offence[away] + defence[home] - edge + rng.normal(0, noise, games)
    points = np.round(scored * possessions / 100), np.round(allowed * possessions / 100)
    frame = pl.DataFrame(
        {
            "season": season,
            "game_id": np.arange(games) + season * 100_000,
            "game_date": [date(season - 1, 11, 10) + timedelta(days=3 * int(k // (teams // 2))) for k in range(games)],
            "home_team_id": home + first_team,
            "away_team_id": away + first_team,
            "neutral_site": neutral,
            "home_points": (points[0] + (points[0] == points[1])).astype(int),
            "away_points": points[1].astype(int),
            "possessions": possessions,
            "minutes": 40.0,
        }
    )
    ids = np.arange(teams) + first_team
    truth = pl.DataFrame({"team_id": ids, "offence": offence, "defence": defence, "tempo": tempo})
    return League(frame, truth.with_columns(net=pl.col("offence") - pl.col("defence")))


def seasons(seed: int, count: int = 3, teams: int = 24) -> pl.DataFrame:
    """Several seasons of one league, each with strengths of its own."""
    return pl.concat([league(seed + k, teams, season=2012 + k).games for k in range(count)])


@dataclass(frozen=True)
class Summers:
    """Seasons whose strengths follow those of the season before and, in part, who returns."""

    games: pl.DataFrame
    preseason: pl.DataFrame
    net: dict[int, np.ndarray]  # by season, in the order of team ids

    def before(self, season: int) -> pl.DataFrame:
        """Preseason rows of earlier seasons."""
        return self.preseason.filter(pl.col("season") < season)


def summers(seed: int, effect: float, count: int = 5, teams: int = 100, rounds: int = 24) -> Summers:
    """Net is 0.8 of last season's, `effect` per standard deviation of returning minutes, and chance (sd 4).

    A tenth of the shares is not known. Recruiting ratings are there too and tell nothing.
    """
    rng = np.random.default_rng(seed)
    games, rows, truth = [], [], {}
    net = rng.normal(0, 12, teams)
    for season in range(2012, 2012 + count):
        share = rng.beta(3, 2, teams)
        standard = (share - share.mean()) / share.std()
        net = 0.8 * net + effect * standard + rng.normal(0, 4, teams)
        truth[season] = net = net - net.mean()
        games.append(league(seed + season, teams, rounds, season, net=net).games)
        known = [None if gone else value for gone, value in zip(rng.random(teams) < 0.1, share, strict=True)]
        ratings = rng.gamma(2, 10, teams)
        columns = {"returning_minutes_pct": known, "recruiting_class_rating": ratings}
        rows.append(pl.DataFrame({"season": season, "team_id": np.arange(teams) + 100, **columns}))
    return Summers(pl.concat(games), pl.concat(rows), truth)


def numbers(frame: pl.DataFrame) -> pl.DataFrame:
    """The float columns, for comparisons and for the search after NaN."""
    return frame.select(pl.col(pl.Float64))
