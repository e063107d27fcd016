"""A rated season as a frame: offence, defence, net, tempo and further columns, for members and outsiders."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl

from tasks.errors import BadInput
from tasks.gold.model._carry import opposition, usual_games
from tasks.gold.model._field import LEVEL, Floats, Ints
from tasks.gold.model._graph import components
from tasks.gold.model._static import NET, PACING, PER_100, STYLE, Ridge, evidence
from tasks.gold.model.outcome import win_probability
from tasks.gold.model.parameters import OUTCOME_SD
from tasks.gold.model.season import Past, SeasonRating

FEW_GAMES = 5
EPOCH = date(1970, 1, 1)
# Columns of the ratings, in order; team_id has the type of the caller's ids.
COLUMNS = (
    "season",
    "team_id",
    "as_of_date",
    "adjusted_offence",
    "adjusted_defence",
    "net",
    "tempo",
    "uncertainty",
    "games",
    "other_games",
    "possessions",
    "strength_of_schedule",
    "rank",
    "win_expectancy",
    "home_advantage",
    "is_division_i",
    "flag",
)


def rating_table(rated: SeasonRating, day: int | None) -> pl.DataFrame:
    """One row per member and per outsider that has played, members first, best first; `COLUMNS`.

    The mean net of the members, weighted by possessions, is 0, so offence and defence have the same mean.
    """
    members = np.flatnonzero(rated.member)
    others = np.flatnonzero((rated.played > 0) & ~rated.member)
    codes = np.r_[members, others]
    net, deviation = _with_outsiders(rated, members, others)
    style, efficiency = _centred(rated, STYLE, codes)
    tempo, pace = _centred(rated, PACING, codes)
    home, away = rated.met
    counted = np.bincount(np.r_[home, away], minlength=len(rated.slot))[codes]
    ratings = np.zeros(len(rated.slot))
    ratings[codes] = net
    frame = pl.DataFrame(
        {
            "season": np.full(len(codes), rated.season, dtype=np.int64),
            "team_id": rated.games.teams.gather(codes.tolist()),
            "as_of_date": pl.Series([_morning(rated, day)] * len(codes), dtype=pl.Date),
            "adjusted_offence": (efficiency + style + net) / 2,
            "adjusted_defence": (efficiency + style - net) / 2,
            "net": net,
            "tempo": pace + tempo,
            "uncertainty": deviation,
            "games": counted.astype(np.int64),
            "other_games": (rated.played[codes] - counted).astype(np.int64),
            "possessions": rated.possessions()[codes],
            "strength_of_schedule": opposition(ratings, home, away)[codes],
            "win_expectancy": win_probability(net, np.hypot(OUTCOME_SD * PER_100, deviation)),
            "home_advantage": np.full(len(codes), rated.fields[NET.name].mean[LEVEL]),
            "is_division_i": rated.member[codes],
            "apart": _apart(rated)[codes],
        }
    )
    return _finished(frame)


def _finished(frame: pl.DataFrame) -> pl.DataFrame:
    """Adds rank and flag, and sorts. The strength of schedule of a team without a game that counts is null, not 0."""
    flag = (
        pl.when(~pl.col("is_division_i"))
        .then(pl.lit("not_division_i"))
        .when(pl.col("games") == 0)
        .then(pl.lit("no_games"))
        .when("apart")
        .then(pl.lit("disconnected"))
        .when(pl.col("games") < FEW_GAMES)
        .then(pl.lit("few_games"))
        .otherwise(pl.lit("ok"))
    )
    rank = pl.col("net").rank("min", descending=True).over("is_division_i").cast(pl.Int64)
    schedule = pl.when(pl.col("games") > 0).then("strength_of_schedule")
    frame = frame.with_columns(schedule, flag=flag, rank=pl.when("is_division_i").then(rank))
    return frame.sort("is_division_i", "net", "team_id", descending=[True, True, False]).select(COLUMNS)


def _centred(rated: SeasonRating, ridge: Ridge, codes: Ints) -> tuple[Floats, float]:
    """Values of teams relative to the members' mean (0 for outsiders), and the level of a game of average teams."""
    field = rated.fields[ridge.name]
    members = np.flatnonzero(rated.member)
    centre = _mean(field.mean[rated.slot[members]], rated.possessions()[members])
    values = np.where(rated.member[codes], field.mean[rated.slot[codes]] - centre, 0.0)
    return values, float(field.mean[LEVEL] + (1 + ridge.sign) * centre)


def _mean(values: Floats, weights: Floats) -> float:
    if not len(values):
        return 0.0
    return float(np.average(values, weights=weights)) if weights.any() else float(values.mean())


def _with_outsiders(rated: SeasonRating, members: Ints, others: Ints) -> tuple[Floats, Floats]:
    """Net and its standard deviation for members, then for outsiders.

    An outsider is rated by its games against members. Those games do not affect the members' ratings.
    """
    field, process = rated.fields[NET.name], NET.process
    net, _ = _centred(rated, NET, members)
    size = len(rated.slot)
    mean, variance = np.zeros(size), np.zeros(size)
    mean[members], variance[members] = net, np.diag(field.cov)[rated.slot[members]]
    games = rated.games
    mixed = rated.seen[rated.member[games.home[rated.seen]] != rated.member[games.away[rated.seen]]]
    seen = evidence(NET, games, mixed, (games.home[mixed], games.away[mixed]))
    host = rated.member[seen.block.home]
    outsider, member = np.where(host, (seen.block.away, seen.block.home), (seen.block.home, seen.block.away))
    result = (seen.result - field.mean[LEVEL] * seen.block.common) * np.where(host, -1.0, 1.0) + mean[member]
    weight = 1.0 / (seen.noise + variance[member])
    precision = 1.0 / process.outsider_sd**2 + np.bincount(outsider, weights=weight, minlength=size)
    pull = process.outsider_mean / process.outsider_sd**2 + np.bincount(
        outsider, weights=weight * result, minlength=size
    )
    mean[others], variance[others] = (pull / precision)[others], 1.0 / precision[others]
    codes = np.r_[members, others]
    return mean[codes], np.sqrt(variance[codes])


def _apart(rated: SeasonRating) -> np.ndarray:
    """Teams that are not connected to the largest group by a chain of games. Only the prior relates them to it."""
    home, away = rated.met
    label = components(home, away, len(rated.slot))
    playing = np.unique(np.r_[home, away])
    if not len(playing):
        return np.zeros(len(rated.slot), dtype=bool)
    largest = np.bincount(label[playing]).argmax()
    result: np.ndarray = label != largest
    return result


def _morning(rated: SeasonRating, day: int | None) -> date:
    """The date of the ratings: the requested day, or the day after the last result."""
    if day is None:
        day = int(rated.games.day[rated.seen].max()) + 1 if len(rated.seen) else 0
    return EPOCH + timedelta(days=day)


def recall(past: Past, prior: pl.DataFrame, teams: pl.Series, before: int | None) -> None:
    """Store a season in `past` from its final ratings, as if its games were available.

    Raises:
        BadInput: the prior is not of one season before `before`.
    """
    seasons = prior["season"].unique().to_list()
    if len(seasons) != 1 or (before is not None and seasons[0] >= before):
        raise BadInput(f"A prior must have the ratings of one season before {before}; this one has {sorted(seasons)}.")
    ids = pl.DataFrame({"team_id": teams}).with_row_index("code")
    rows = prior.filter("is_division_i").with_columns(pl.col("team_id").cast(teams.dtype)).join(ids, on="team_id")
    codes = rows["code"].to_numpy().astype(np.int64)
    offence, defence = rows["adjusted_offence"].to_numpy(), rows["adjusted_defence"].to_numpy()
    efficiency, pace = float((offence + defence).mean()), float(rows["tempo"].to_numpy().mean())
    values = {
        "net": offence - defence,
        "style": offence + defence - efficiency,
        "tempo": rows["tempo"].to_numpy() - pace,
    }
    past.level |= {"style": efficiency, "tempo": pace}
    for name, carry in past.carries.items():
        faced = rows["strength_of_schedule"].fill_null(0.0).to_numpy() if name == "net" else np.zeros(len(codes))
        carry.remember(int(seasons[0]), codes, values[name], np.zeros(len(codes)), faced)
        carry.usual = usual_games(rows["games"].to_numpy())
