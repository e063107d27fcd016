"""gold.season_forecast: how the season can still end, week by week, from what was known on each morning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from quality.contracts.gold_forecasts import SEASON_FORECAST
from tasks.gold._games import model_games, today
from tasks.gold._team_games import BUBBLE_RANK
from tasks.gold.model.arrays import Bools, Floats, Ints
from tasks.gold.model.games import Games, read_games
from tasks.gold.model.mornings import visits
from tasks.gold.model.outcome import win_probability
from tasks.gold.model.outlook import Fixtures, Outlook, outlook
from tasks.gold.model.parameters import OUTCOME_SD
from tasks.gold.model.preseason import read_preseason
from tasks.gold.model.race import Finish, Race, Tally
from tasks.gold.model.single import one_thread
from tasks.gold.model.table import day_of
from tasks.gold.model.walk import Walk
from tasks.gold.preseason import preseason_of

RUNS, RUNS_BEFORE = 10_000, 1_000  # of the newest morning, and of each earlier one
SEED = 20_030  # runs are the same each time
STEP = timedelta(days=7)
STILL_OPEN = ("scheduled", "in_progress")


@dataclass(frozen=True)
class Schedule:
    """What is known of the season's games besides their results, by row of the model's games.

    Attributes:
        teams: Division I teams of the season: team_id, code, conference_id, in order of code.
        regular: regular-season game outside of tournaments. league: such a game between two teams of one conference.
        called_off: game that has no result and is not open any more. That is known only now, so it is left out of what
            is left on the newest morning alone.
        newest: the newest morning.
    """

    games: Games
    season: int
    teams: pl.DataFrame
    regular: Bools
    league: Bools
    called_off: Bools
    newest: int

    @property
    def codes(self) -> Ints:
        """Codes of the teams."""
        return self.teams["code"].to_numpy()

    def left(self, day: int, chosen: Bools) -> Ints:
        """Rows of chosen games on or after a day."""
        games = self.games
        listed = chosen if day < self.newest else chosen & ~self.called_off
        return np.flatnonzero(listed & games.place & (games.season == self.season) & (games.day >= day))

    def played(self, day: int, chosen: Bools) -> Ints:
        """Rows of chosen games with a result before a day."""
        games = self.games
        return np.flatnonzero(chosen & games.place & games.learn & (games.season == self.season) & (games.day < day))

    def fixtures(self, rows: Ints, day: int) -> Fixtures:
        """Games as what is left on a morning."""
        games = self.games
        return Fixtures(games.home[rows], games.away[rows], games.neutral[rows], games.day[rows] - day)


@one_thread
def season_forecast(
    games: pl.LazyFrame,
    boxes: pl.LazyFrame,
    members: pl.LazyFrame,
    possessions: pl.LazyFrame,
    *before: pl.LazyFrame,
    season: int,
) -> pl.LazyFrame:
    """One row per Division I team and morning, every seven days from the first game and on the newest morning.

    Games that are left are those of the regular season on that day and later, by the schedule as it is now; pairings of
    tournaments, which depend on results, are not among them. before: rosters, player boxes and recruiting classes.
    """
    frame = model_games(games, boxes, members, possessions)
    days = forecast_days(frame.filter(season=season))
    read = read_games(frame, members.filter(pl.col("season") == season).select("team_id").collect()["team_id"])
    newest = day_of(days[-1]) if days else 0
    schedule = _schedule(read, frame["game_id"], games, members, season, newest)
    walk = Walk(read, read_preseason(preseason_of(frame, before, season), read.teams))
    parts = [
        forecast(schedule, outlook(there, season, day, _all_codes(schedule)), day, runs)
        for (day, there), runs in zip(
            visits(walk, season, [day_of(day) for day in days]),
            [*[RUNS_BEFORE] * (len(days) - 1), RUNS],
            strict=True,
        )
    ]
    nothing = pl.DataFrame(schema={column.name: column.dtype for column in SEASON_FORECAST.columns})
    return pl.concat(parts).lazy() if parts else nothing.lazy()


def forecast_days(games: pl.DataFrame) -> list[date]:
    """Every seventh day from the first game, and the morning after the last result."""
    first, last = games["game_date"].min(), today(games)
    if not isinstance(first, date):
        return []
    last = max(first, last or first)
    return sorted({*pl.date_range(first, last, STEP, eager=True).to_list(), last})


def forecast(schedule: Schedule, known: Outlook, day: int, runs: int) -> pl.DataFrame:
    """The rows of one morning."""
    seats = known.seats(schedule.codes)
    record = _Record(schedule, known, day, np.ones(len(schedule.league), dtype=bool))
    league = _Record(schedule, known, day, schedule.league)
    ahead = _expected(schedule, known, day, schedule.regular)
    conference = _expected(schedule, known, day, schedule.league)
    races = _races(schedule, known, day, runs, league)
    frame = schedule.teams.drop("code").with_columns(
        season=pl.lit(schedule.season, pl.Int64),
        as_of_date=pl.lit(day, pl.Int32).cast(pl.Date),
        simulations=pl.lit(runs, pl.Int64),
        total_wins=pl.Series(record.wins[seats]),
        total_losses=pl.Series(record.losses[seats]),
        conference_wins=pl.Series(league.wins[seats]),
        conference_losses=pl.Series(league.losses[seats]),
        expected_wins=pl.Series((record.wins + ahead.wins)[seats]),
        expected_losses=pl.Series((record.losses + ahead.losses)[seats]),
        expected_conference_wins=pl.Series((league.wins + conference.wins)[seats]),
        expected_conference_losses=pl.Series((league.losses + conference.losses)[seats]),
        expected_wins_above_bubble=pl.Series(_above_bubble(schedule, known, day)[seats]),
    )
    return frame.join(races, on="team_id", how="left", maintain_order="left")


class _Record:
    """Wins and losses of every seat in the chosen games before a day."""

    def __init__(self, schedule: Schedule, known: Outlook, day: int, chosen: Bools) -> None:
        games, rows = schedule.games, schedule.played(day, chosen)
        home, away, size = known.seats(games.home[rows]), known.seats(games.away[rows]), len(known.codes)
        won = games.margin[rows] > 0
        self.wins = np.bincount(np.where(won, home, away), minlength=size)
        self.losses = np.bincount(np.where(won, away, home), minlength=size)


@dataclass(frozen=True)
class _Ahead:
    wins: Floats
    losses: Floats


def _expected(schedule: Schedule, known: Outlook, day: int, chosen: Bools) -> _Ahead:
    """Expected wins and losses of every seat in the chosen games that are left."""
    left, size = schedule.fixtures(schedule.left(day, chosen), day), len(known.codes)
    chance, home, away = known.chances(left), known.seats(left.home), known.seats(left.away)

    wins = _by_team(size, (home, chance), (away, 1 - chance))
    return _Ahead(wins, _by_team(size, (home, 1 - chance), (away, chance)))


def _above_bubble(schedule: Schedule, known: Outlook, day: int) -> Floats:
    """Wins minus those that the bubble team would have, over results and games that are left against Division I.

    The bubble team has the strength of rank `BUBBLE_RANK` that morning.
    """
    games, size = schedule.games, len(known.codes)
    inside = np.zeros(size, dtype=bool)
    inside[known.seats(schedule.codes)] = True
    ranked = np.sort(known.mean[inside])[::-1]
    bubble = ranked[:BUBBLE_RANK][-1] if len(ranked) else 0.0
    every = np.ones(len(games.rows), dtype=bool)
    done, ahead = schedule.played(day, every), schedule.left(day, schedule.regular)
    rows = np.r_[done, ahead]
    left = schedule.fixtures(ahead, day)
    home, away = known.seats(games.home[rows]), known.seats(games.away[rows])
    won = np.r_[(games.margin[done] > 0).astype(float), known.chances(left)]
    edge = np.where(games.neutral[rows], 0.0, known.edge.mean() if size else 0.0)
    sd = np.full(len(rows), OUTCOME_SD)
    at_home = won - win_probability(bubble - known.mean[away] + edge, sd)
    visiting = (1 - won) - win_probability(bubble - known.mean[home] - edge, sd)
    both = inside[home] & inside[away]
    return _by_team(size, (home, at_home * both), (away, visiting * both))


def _by_team(size: int, *parts: tuple[Ints, Floats]) -> Floats:
    """Sums of values by seat."""
    result: Floats = np.zeros(size)
    for seats, values in parts:
        np.add.at(result, seats, values)
    return result


def _races(schedule: Schedule, known: Outlook, day: int, runs: int, record: _Record) -> pl.DataFrame:
    """Title and places of the teams of every conference, over runs of the conference games that are left."""
    left = schedule.fixtures(schedule.left(day, schedule.league), day)
    played = record.wins + record.losses
    tally = Tally(known.seats(left.home), known.seats(left.away), len(known.codes), record.wins, played)
    groups = list(schedule.teams.drop_nulls("conference_id").group_by("conference_id", maintain_order=True))
    seats = [known.seats(group["code"].to_numpy()) for _, group in groups]
    finishes = [Finish(len(found), SEED + number) for number, found in enumerate(seats)]
    for won in known.played_out(left, runs, SEED + day):
        wins = tally.wins(won)
        shares = tally.shares(wins)
        for finish, found in zip(finishes, seats, strict=True):
            finish.count(shares[:, found], wins[:, found])
    parts = [_places(group, finish.race()) for (_, group), finish in zip(groups, finishes, strict=True)]
    return pl.concat(parts) if parts else _no_places()


def _places(group: pl.DataFrame, race: Race) -> pl.DataFrame:
    places = np.arange(1, len(group) + 1)
    return pl.DataFrame(
        {
            "team_id": group["team_id"],
            "title_probability": race.title,
            "outright_title_probability": race.outright,
            "expected_conference_rank": race.places @ places,
            "conference_rank_probabilities": race.places.tolist(),
        },
        schema_overrides={"conference_rank_probabilities": pl.List(pl.Float64)},
    )


def _no_places() -> pl.DataFrame:
    schema = dict.fromkeys(("title_probability", "outright_title_probability", "expected_conference_rank"), pl.Float64)
    return pl.DataFrame(schema={"team_id": pl.Int64, **schema, "conference_rank_probabilities": pl.List(pl.Float64)})


def _schedule(
    read: Games, ids: pl.Series, games: pl.LazyFrame, members: pl.LazyFrame, season: int, newest: int
) -> Schedule:
    """The season's schedule in the order of the model's games. ids: game ids in the order of their frame."""
    named = members.filter(pl.col("season") == season)
    own = named.select("team_id", "conference_id", "conference", team="school").unique("team_id").collect()
    codes = pl.DataFrame({"team_id": read.teams, "code": np.arange(len(read.teams))})
    teams = own.join(codes, on="team_id").sort("code")
    league = dict(own.select("team_id", "conference_id").iter_rows())
    standard = pl.col("game_type").is_null() | (pl.col("game_type") == "STD")
    regular = (pl.col("season_type") == "regular") & standard
    off = ~pl.col("has_result") & ~pl.col("status").is_in(STILL_OPEN)
    sides = [
        pl.col(f"{side}_team_id").replace_strict(league, default=None, return_dtype=pl.Int64)
        for side in ("home", "away")
    ]
    same = (sides[0] == sides[1]).fill_null(value=False)
    known = games.filter(pl.col("season") == season).select(
        "game_id", regular=regular, league=regular & pl.col("conference_game") & same, called_off=off
    )
    flags = pl.DataFrame({"game_id": ids}).join(known.collect(), on="game_id", how="left", maintain_order="left")
    masks = {
        name: flags[name].fill_null(value=False).to_numpy()[read.rows] for name in flags.columns if name != "game_id"
    }
    return Schedule(read, season, teams, **masks, newest=newest)


def _all_codes(schedule: Schedule) -> Ints:
    """Teams of the season and all that they meet."""
    games = schedule.games
    rows = games.place & (games.season == schedule.season)
    return np.unique(np.r_[schedule.codes, games.home[rows], games.away[rows]])
