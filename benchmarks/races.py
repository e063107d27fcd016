"""Brier score of forecast conference titles on real seasons that are not in this repository, beside two baselines.

Run: python benchmarks/races.py GAMES.parquet [--seasons 2013,2014]. The file is that of benchmarks/accuracy.py. It has
no conferences, so they are inferred: teams that share opponents from 8 January to 22 February. The regular season ends
on 8 March. Baselines: equal chances for all teams of a conference, and equal chances for its leaders so far.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from accuracy import read

from tasks.gold.model.games import Games, read_games
from tasks.gold.model.mornings import visits
from tasks.gold.model.outlook import outlook
from tasks.gold.model.table import day_of
from tasks.gold.model.walk import Walk
from tasks.gold.season_forecast import RUNS, Schedule, forecast

SMALLEST = 6  # teams of a conference
SHARED = 0.4  # share of opponents that two teams of a conference have in common
BANDS = (0.02, 0.1, 0.25, 0.5, 0.75)


def conferences(games: pl.DataFrame, season: int) -> dict[object, int]:
    """Number of the conference of each team, by its opponents in January and February."""
    inside = games.filter(pl.col("game_date").is_between(date(season, 1, 8), date(season, 2, 22)), season=season)
    met: dict[object, set[object]] = defaultdict(set)
    for home, away in inside.select("home_team_id", "away_team_id").iter_rows():
        met[home].add(away)
        met[away].add(home)
    group = {team: number for number, team in enumerate(met)}
    for team, opponents in met.items():
        for other in opponents:
            shared = len((opponents | {team}) & (met[other] | {other}))
            if shared > SHARED * min(len(opponents), len(met[other])) and group[team] != group[other]:
                old, new = group[other], group[team]
                group = {name: new if number == old else number for name, number in group.items()}
    sizes = pl.Series(list(group.values())).value_counts()
    large = set(sizes.filter(pl.col("count") >= SMALLEST)[sizes.columns[0]].to_list())
    return {team: number for team, number in group.items() if number in large}


def schedule_of(games: pl.DataFrame, read: Games, season: int) -> Schedule:
    """The season's games as a forecast reads them."""
    league = conferences(games, season)
    codes = {team: code for code, team in enumerate(read.teams)}
    rows = [(team, number, codes[team], "", "") for team, number in league.items() if team in codes]
    teams = pl.DataFrame(rows, schema=["team_id", "conference_id", "code", "conference", "team"], orient="row")
    sides = [
        pl.col(f"{side}_team_id").replace_strict(league, default=None, return_dtype=pl.Int64)
        for side in ("home", "away")
    ]
    regular = (pl.col("season") == season) & (pl.col("game_date") <= date(season, 3, 8))
    inside = regular & (pl.col("game_date") > date(season - 1, 12, 1)) & ~pl.col("neutral_site").fill_null(value=False)
    masks = games.select(regular=regular, league=(inside & (sides[0] == sides[1])).fill_null(value=False))
    regular_rows, league_rows = (masks[name].to_numpy()[read.rows] for name in masks.columns)
    nothing = np.zeros(len(read.rows), dtype=bool)
    return Schedule(read, season, teams.sort("code"), regular_rows, league_rows, nothing, sys.maxsize)


def judged(games: pl.DataFrame, season: int) -> pl.DataFrame:
    """Forecast titles of three mornings, what happened, and the baselines, by team."""
    read_ = read_games(games.filter(pl.col("season") <= season))
    schedule = schedule_of(games.filter(pl.col("season") <= season), read_, season)
    mornings = [date(season - 1, 12, 1), date(season, 1, 1), date(season, 2, 1), date(season, 3, 9)]
    codes = np.arange(len(read_.teams))
    tables = [
        forecast(schedule, outlook(there, season, day, codes), day, RUNS)
        for day, there in visits(Walk(read_), season, [day_of(day) for day in mornings])
    ]
    won = tables[-1].select("team_id", won=(pl.col("title_probability") > 0.5).cast(pl.Float64))
    rows = pl.concat(tables[:-1]).join(won, on="team_id")
    over = ("conference_id", "as_of_date")
    ahead = pl.col("conference_wins") - pl.col("conference_losses")
    leads = (ahead == ahead.max().over(over)).cast(pl.Float64)
    return rows.with_columns(equal=1 / pl.len().over(over), leaders=leads / leads.sum().over(over))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the scores and the calibration by morning."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("games", type=Path)
    parser.add_argument("--seasons", default="2013,2014")
    chosen = parser.parse_args(arguments)
    games = read(chosen.games).with_columns(pl.col("season").cast(pl.Int64))
    rows = pl.concat([judged(games, int(season)) for season in chosen.seasons.split(",")])
    rows = rows.with_columns(morning=pl.col("as_of_date").dt.strftime("%-d %B"))
    names = {"forecast": "title_probability", "leaders": "leaders", "equal": "equal"}
    scores = [((pl.col(name) - pl.col("won")) ** 2).mean().round(4).alias(label) for label, name in names.items()]
    by = rows.group_by("morning", maintain_order=True)
    table = by.agg(pl.len(), *scores)
    chance = pl.col("title_probability")
    rows = rows.with_columns(pl.Series("band", np.digitize(rows["title_probability"].to_numpy(), BANDS)))
    bands = rows.group_by("morning", "band", maintain_order=True).agg(pl.len(), chance.mean(), pl.col("won").mean())
    with pl.Config(tbl_rows=40, tbl_hide_dataframe_shape=True, tbl_hide_column_data_types=True):
        sys.stdout.write(f"{table}\n{bands.sort('morning', 'title_probability')}\n")


if __name__ == "__main__":
    main()
