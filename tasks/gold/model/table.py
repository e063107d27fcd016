"""Standings as a frame: offence, defence, net, tempo and further columns, for members and outsiders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import polars as pl

from tasks.errors import BadInput
from tasks.gold.model._carry import opposition, usual_games
from tasks.gold.model._graph import components
from tasks.gold.model._standing import Standing, weighted_mean
from tasks.gold.model._static import PER_100
from tasks.gold.model.arrays import Ints
from tasks.gold.model.outcome import win_probability
from tasks.gold.model.parameters import DESCRIPTIVE_SHRINK, OUTCOME_SD
from tasks.gold.model.season import Past

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
NEED_POSSESSIONS = ("adjusted_offence", "adjusted_defence", "tempo")


def rating_table(standings: Iterable[Standing], teams: pl.Series) -> pl.DataFrame:
    """One row per morning and member, and per outsider that has played; members first, best first; `COLUMNS`.

    The mean net of the members, weighted by possessions, is 0, so offence and defence have the same mean. Offence,
    defence and tempo are null where possessions are not known.

    teams: ids in the order of their codes.
    """
    columns: dict[str, list[np.ndarray]] = {}
    for standing in standings:
        for name, values in _values(standing).items():
            columns.setdefault(name, []).append(values)
    whole = {name: np.concatenate(parts) for name, parts in columns.items()} or _nothing()
    frame = pl.DataFrame({name: values for name, values in whole.items() if name != "code"})
    named = frame.with_columns(
        team_id=teams.gather(whole["code"].tolist()),
        as_of_date=pl.col("day").cast(pl.Int32).cast(pl.Date),
        **{name: pl.when("has_tempo").then(name) for name in NEED_POSSESSIONS},
    )
    return _finished(named)


def _nothing() -> dict[str, np.ndarray]:
    kinds: dict[str, type] = dict.fromkeys(("code", "day", "season", "games", "other_games"), int)
    kinds |= dict.fromkeys(("is_division_i", "apart", "has_tempo"), bool)
    names = {*COLUMNS, *kinds} - {"team_id", "as_of_date", "rank", "flag"}
    return {name: np.zeros(0, dtype=kinds.get(name, float)) for name in names}


def _values(standing: Standing) -> dict[str, np.ndarray]:
    """Arrays of one morning, one value per row of the table."""
    members = np.flatnonzero(standing.member)
    played, possessions = standing.played, standing.possessions
    codes = np.r_[members, np.flatnonzero((played > 0) & ~standing.member)]
    weights = possessions[members]
    net = standing.net[codes] - weighted_mean(standing.net[members], weights)
    centre = weighted_mean(standing.style[members], weights)
    style, efficiency = standing.style[codes] - centre, standing.efficiency + 2 * centre
    centre = weighted_mean(standing.tempo[members], weights)
    tempo, pace = standing.tempo[codes] - centre, standing.pace + 2 * centre
    inside, deviation = standing.member[codes], standing.deviation[codes]
    style, tempo = np.where(inside, style, 0.0), np.where(inside, tempo, 0.0)
    ratings = np.zeros(len(standing.member))
    ratings[codes] = net
    counted = standing.counted_games[codes]

    def every(value: object) -> np.ndarray:
        return np.full(len(codes), value)

    return {
        "code": codes,
        "season": every(standing.season).astype(np.int64),
        "day": every(_morning(standing)),
        "adjusted_offence": (efficiency + style + net) / 2,
        "adjusted_defence": (efficiency + style - net) / 2,
        "net": net,
        "tempo": pace + tempo,
        "uncertainty": deviation,
        "games": counted.astype(np.int64),
        "other_games": (played[codes] - counted).astype(np.int64),
        "possessions": possessions[codes],
        "strength_of_schedule": opposition(ratings, *standing.met)[codes],
        "win_expectancy": win_probability(net, np.hypot(OUTCOME_SD * PER_100, deviation)),
        "home_advantage": standing.home_advantage[codes],
        "is_division_i": inside,
        "apart": _apart(standing)[codes],
        "has_tempo": every(standing.has_tempo),
    }


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
    rank = pl.col("net").rank("min", descending=True).over("as_of_date", "is_division_i").cast(pl.Int64)
    schedule = pl.when(pl.col("games") > 0).then("strength_of_schedule")
    frame = frame.with_columns(schedule, flag=flag, rank=pl.when("is_division_i").then(rank))
    order = ["as_of_date", "is_division_i", "net", "team_id"]
    return frame.sort(order, descending=[False, True, True, False]).select(COLUMNS)


def _apart(standing: Standing) -> np.ndarray:
    """Teams that are not connected to the largest group by a chain of games. Only the prior relates them to it."""
    home, away = standing.met
    size = len(standing.member)
    playing = np.unique(np.r_[home, away])
    if not len(playing):
        return np.zeros(size, dtype=bool)
    label = components(home, away, size)
    largest = np.bincount(label[playing]).argmax()
    result: np.ndarray = label != largest
    return result


def _morning(standing: Standing) -> int:
    """The day of the ratings: the requested one, or the day after the last result."""
    if standing.day is not None:
        return standing.day
    return int(standing.games.day[standing.seen].max()) + 1 if len(standing.seen) else 0


def day_of(day: date) -> int:
    """Days since the epoch."""
    return (day - EPOCH) // timedelta(days=1)


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
    codes: Ints = rows["code"].to_numpy().astype(np.int64)
    values = {"net": rows["net"].to_numpy()}
    if rows.height and not rows["tempo"].has_nulls():
        both, tempo = (rows["adjusted_offence"] + rows["adjusted_defence"]).to_numpy(), rows["tempo"].to_numpy()
        efficiency, pace = float(both.mean()), float(tempo.mean())
        past.level |= {"style": efficiency, "tempo": pace}
        past.has_tempo = True
        values |= {"style": both - efficiency, "tempo": tempo - pace}
    for name, carry in past.carries.items():
        faced = rows["strength_of_schedule"].fill_null(0.0).to_numpy() if name == "net" else np.zeros(len(codes))
        rated = values.get(name, np.zeros(len(codes)))
        carry.remember(int(seasons[0]), codes, rated, np.zeros(len(codes)), faced)
        carry.usual = usual_games(rows["games"].to_numpy())


def described(table: pl.DataFrame) -> pl.DataFrame:
    """Static ratings with net shrunk: the difference of two static nets is larger than the margin to expect."""
    change = pl.col("net") * (DESCRIPTIVE_SHRINK - 1)
    shrunk = [pl.col(name) * DESCRIPTIVE_SHRINK for name in ("net", "uncertainty", "strength_of_schedule")]
    points = pl.col("adjusted_offence") + change / 2, pl.col("adjusted_defence") - change / 2
    rows = table.with_columns(*shrunk, *points)
    sd = np.hypot(OUTCOME_SD * PER_100, rows["uncertainty"].to_numpy())
    return rows.with_columns(win_expectancy=pl.Series(win_probability(rows["net"].to_numpy(), sd)))
