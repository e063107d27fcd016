"""Adjusted impact of players against the true strengths of a sandbox season, and against possessions not yet seen.

usage: python benchmarks/player_impact.py --lake FOLDER [--size mini] [--impact 2.0] [--update]

The lake holds the season 2025 of a sandbox with `player_impact` set, with gold.team_ratings_daily and the box scores of
2024. Every method reads the same games. The error of a method is that of the points of stints on a date, predicted from
the morning of that date, against a prediction from team ratings alone; it is the mean square per possession, and lower
is better. Stability is the correlation of the estimates of the two halves of a season, within teams.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
import polars as pl
from common import ROOT, parser, show

from quality.contracts.gold_impact import PLAYER_IMPACT_ADJUSTED
from quality.contracts.gold_ratings import PREDICTIVE
from sandbox.atlas.atlas import Atlas
from sandbox.atlas.impact import true_impacts
from tasks.gold import player_impact_adjusted as table
from tasks.gold.impact.model import Estimates, ImpactModel, Teams
from tasks.gold.impact.parameters import PRIOR, Prior
from tasks.gold.impact.units import Day, Units, days_of, units_of
from tasks.gold.model.arrays import Bools, Floats
from tasks.gold.player_on_off import games_with_floors
from tasks.lake.lake import Lake

SEASON, FIRST_DAYS, REGULAR = 2025, 25, 200  # days that are not judged; minutes of players who are
NEVER = 1e-6  # deviation that keeps a part of the model at its start
Pick = Callable[[Estimates], Floats]


@dataclass(frozen=True)
class Season:
    """What all methods read, and the truth by side, team and place (NaN for players without one)."""

    units: Units
    days: list[Day]
    before: Floats
    rated: dict[object, pl.DataFrame]
    truth: Floats

    def teams(self, day: Day) -> Teams:
        """Ratings of the morning after a day."""
        return table._teams(self.rated.get(day.date + timedelta(days=1)), self.units)[0]


@dataclass
class Outcome:
    """What a method gave: the last estimates, minutes, and the sum of squares against ratings alone."""

    impact: Floats
    deviation: Floats
    minutes: Floats
    gain: float
    cpu: float


def read(lake: Lake, atlas: Atlas) -> Season:
    """The season of a lake."""
    assert PLAYER_IMPACT_ADJUSTED.derivation is not None
    items = PLAYER_IMPACT_ADJUSTED.derivation.inputs
    games, ratings, boxes, stints, floors, pbp = (lake.scan(i.table.qualified).select(list(i.schema)) for i in items)
    rated = ratings.filter(pl.col("variant") == PREDICTIVE, pl.col("season") == SEASON).collect()
    sides = table._sides(games.filter(pl.col("season") == SEASON), rated)
    known = boxes.drop_nulls("athlete_id")
    mine = known.filter(pl.col("season") == SEASON, pl.col("minutes") > 0)
    played = mine.join(sides.lazy().select("game_id", "team_id"), on=["game_id", "team_id"]).collect()
    observed = table._observed(stints, games_with_floors(floors, pbp, games).filter("is_usable"), sides)
    units = units_of(played, observed)
    before = table._before(units, known.filter(pl.col("season") == SEASON - 1))
    by_day = {key[0]: rows for key, rows in rated.group_by("as_of_date")}
    return Season(units, days_of(units, played, observed), before, by_day, _truth(units, atlas))


def _truth(units: Units, atlas: Atlas) -> Floats:
    found = np.full((2, *units.shape), np.nan)
    for team in units.teams.tolist():
        true = true_impacts(atlas, team, SEASON) if team in atlas.division(SEASON) else {}
        for who, code, place in units.table.filter(team_id=team).select("athlete_id", "team", "place").iter_rows():
            if who in true:
                found[:, code, place] = true[who].offence, true[who].defence
    return found


def run(season: Season, days: Sequence[Day], prior: Prior, pick: Pick) -> Outcome:
    """A walk through days, with a prediction of each day from the morning before it."""
    model, gain, possessions = ImpactModel(season.before, prior), 0.0, 0.0
    begun, last, teams = time.process_time(), None, None
    for number, day in enumerate(days):
        if last is not None and teams is not None and number >= FIRST_DAYS and len(day.possessions):
            errors = [_error(day, teams, values) for values in (np.repeat(teams.strength[..., None] / 5,
                      season.units.width, axis=2), pick(last))]  # fmt: skip
            gain, possessions = gain + errors[0] - errors[1], possessions + float(day.possessions.sum())
        model.learn(day)
        teams = season.teams(day)
        last = model.estimates(teams)
    assert last is not None
    spent = time.process_time() - begun
    deviation = np.sqrt(last.variance.sum(axis=0))
    return Outcome(pick(last), deviation, model.boxes.minutes, gain / max(possessions, 1), spent)


def _error(day: Day, teams: Teams, values: Floats) -> float:
    attack = values[0][day.offence[:, None], day.attack].sum(axis=1)
    guard = values[1][day.defence[:, None], day.guard].sum(axis=1)
    expected = teams.level + teams.home * day.home + attack - guard
    return float((day.possessions * (100 * day.points / day.possessions - expected) ** 2).sum())


def raw(season: Season, days: Sequence[Day]) -> Floats:
    """Net points per 100 possessions on the floor, minus those of the team off it, by team and place."""
    sums = np.zeros((2, 2, *season.units.shape))  # points and possessions; own and the opponents'
    totals = np.zeros((2, 2, season.units.shape[0]))
    for day in days:
        for side, (team, places) in enumerate(((day.offence, day.attack), (day.defence, day.guard))):
            for kind, values in enumerate((day.points, day.possessions)):
                np.add.at(sums[kind, side], (team[:, None], places), values[:, None])
                np.add.at(totals[kind, side], team, values)
    off = totals[..., None] - sums
    with np.errstate(invalid="ignore", divide="ignore"):
        nets = [100 * (part[0, 0] / part[1, 0] - part[0, 1] / part[1, 1]) for part in (sums, off)]
    found: Floats = nets[0] - nets[1]
    return found


def correlated(one: Floats, other: Floats, where: Bools) -> str:
    """Correlation where both are known."""
    both = where & np.isfinite(one) & np.isfinite(other)
    return f"{np.corrcoef(one[both], other[both])[0, 1]:.2f}" if both.sum() > 2 else "-"


def within(values: Floats, where: Bools) -> Floats:
    """Values around the mean of the regular players of each team."""
    masked = np.where(where & np.isfinite(values), values, np.nan)
    found: Floats = values - np.array([np.nanmean(row) if np.isfinite(row).any() else 0 for row in masked])[:, None]
    return found


def main() -> None:
    """Print the table."""
    options = parser(__doc__ or "")
    options.add_argument("--lake", required=True)
    options.add_argument("--size", default="mini")
    options.add_argument("--impact", type=float, default=2.0)
    options.add_argument("--seed", type=int, default=2003)
    given = options.parse_args()
    season = read(Lake.open(given.lake), Atlas(given.seed, given.size, (), given.impact))
    middle = len(season.days) // 2
    halves = season.days[:middle], season.days[middle:]
    methods: dict[str, tuple[Prior, Pick]] = {
        "box scores": (replace(PRIOR, player_sd=NEVER), lambda found: found.box),
        "stints without box scores": (replace(PRIOR, weight_sd=NEVER, start=0), lambda found: found.impact),
        "adjusted, weights not learned": (replace(PRIOR, weight_sd=NEVER), lambda found: found.impact),
        "adjusted": (PRIOR, lambda found: found.impact),
    }
    rows = [("method", "true net", "true net within teams", "error gained", "halves", "CPU seconds")]
    whole = run(season, season.days, PRIOR, methods["adjusted"][1])
    regular = whole.minutes >= REGULAR
    true = season.truth.sum(axis=0)
    on_off = raw(season, season.days)
    split = [raw(season, half) for half in halves]
    rows.append(("raw on/off", correlated(true, on_off, regular), correlated(within(true, regular), within(on_off,
                 regular), regular), "-", correlated(split[0], split[1], regular), "-"))  # fmt: skip
    for name, (prior, pick) in methods.items():
        found = run(season, season.days, prior, pick)
        net = found.impact.sum(axis=0)
        parts = [within(run(season, half, prior, pick).impact.sum(axis=0), regular) for half in halves]
        rows.append((name, correlated(true, net, regular), correlated(within(true, regular), within(net, regular),
                     regular), f"{found.gain:.1f}", correlated(parts[0], parts[1], regular),
                     f"{found.cpu:.1f}"))  # fmt: skip
    miss = (true - whole.impact.sum(axis=0)) / whole.deviation
    inside = float((np.abs(miss[regular & np.isfinite(miss)]) < table.Z_80).mean())
    note = (
        f"{int(regular.sum())} players with {REGULAR} minutes, {len(season.days)} days; "
        f"{inside:.0%} of the true values are inside of the 80 % interval."
    )
    show("player-impact", rows, update=given.update, note=note, page=ROOT / "docs" / "players.md")


if __name__ == "__main__":
    main()
