"""gold.player_impact_adjusted: every player's adjusted impact on the mornings after games of the team."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import numpy as np
import polars as pl

from quality.contracts.gold_impact import FEW_POSSESSIONS, PLAYER_IMPACT_ADJUSTED
from quality.contracts.gold_ratings import PREDICTIVE
from tasks.gold.impact.model import Estimates, ImpactModel, Teams
from tasks.gold.impact.units import BOX, PLAYER, Day, Units, days_of, units_of
from tasks.gold.model.arrays import Floats
from tasks.gold.model.outcome import QUANTILE_80
from tasks.gold.player_on_off import games_with_floors

USUAL_LEVEL, USUAL_HOME = 104.0, 1.5  # points per 100 possessions, where the ratings have none
KNOWN = pl.col("athlete_ids").list.len() > 0, pl.col("opponent_athlete_ids").list.len() > 0


def player_impact_adjusted(
    games: pl.LazyFrame,
    ratings: pl.LazyFrame,
    boxes: pl.LazyFrame,
    stints: pl.LazyFrame,
    floors: pl.LazyFrame,
    game_pbp: pl.LazyFrame,
    *,
    season: int,
) -> pl.LazyFrame:
    """Rows of all mornings of a season. Only games between teams with ratings count, as in the ratings themselves."""
    rated = ratings.filter(pl.col("variant") == PREDICTIVE, pl.col("season") == season).collect()
    sides = _sides(games.filter(pl.col("season") == season), rated)
    earlier = boxes.filter(pl.col("season") == season - 1, pl.col("athlete_id").is_not_null())
    now = boxes.filter(pl.col("season") == season).drop_nulls("athlete_id").join(
        sides.select("game_id", "team_id").lazy(), on=["game_id", "team_id"]
    )  # fmt: skip
    played = now.filter(pl.col("minutes") > 0).collect()
    usable = games_with_floors(floors, game_pbp, games).filter("is_usable")
    observed = _observed(stints, usable, sides)
    units = units_of(played, observed)
    model = ImpactModel(_before(units, earlier))
    days = days_of(units, played, observed)
    parts = list(_mornings(model, days, units, rated))
    rows = pl.concat(parts) if parts else pl.DataFrame(schema=SCHEMA)
    named = sides.group_by("team_id").agg(pl.col("team").min())
    return rows.lazy().join(named.lazy(), on="team_id").with_columns(season=pl.lit(season, pl.Int64))


def _sides(games: pl.LazyFrame, rated: pl.DataFrame) -> pl.DataFrame:
    """Two rows per game that counts: game_id, team_id, team, and whether at home: 1, 0 (neutral) or -1."""
    members = rated["team_id"].unique().implode()
    both = [pl.col(f"{side}_team_id").is_in(members) for side in ("home", "away")]
    counted = games.filter(pl.col("has_result"), *both)
    at_home = pl.when(pl.col("neutral_site").fill_null(value=False)).then(0)
    return pl.concat(
        counted.select(
            "game_id", team_id=f"{side}_team_id", team=f"{side}_team", home=at_home.otherwise(where).cast(pl.Int64)
        )
        for side, where in (("home", 1), ("away", -1))
    ).collect()


def _observed(stints: pl.LazyFrame, usable: pl.LazyFrame, sides: pl.DataFrame) -> pl.DataFrame:
    """Stints with both line-ups and a possession outside of garbage time."""
    counts = {
        name: pl.col(f"stint_{all_}") - pl.col(f"stint_garbage_time_{name}")
        for name, all_ in (("possessions", "offence_possessions"), ("points", "points"))
    }
    kept = stints.filter(*KNOWN).join(usable, on=["game_id", "team_id"], how="semi").with_columns(**counts)
    where = sides.select("game_id", "team_id", "home").lazy()
    return kept.filter(pl.col("possessions") > 0).join(where, on=["game_id", "team_id"]).collect()


def _before(units: Units, earlier: pl.LazyFrame) -> Floats:
    """Box counts of the season before, whatever the team was, so that transfers keep their past."""
    totals = earlier.group_by("athlete_id").agg(pl.col(BOX).fill_null(0).sum()).collect()
    placed = units.table.join(totals, on="athlete_id")
    found = np.zeros((*units.shape, len(BOX)))
    found[placed["team"].to_numpy(), placed["place"].to_numpy()] = placed.select(BOX).to_numpy()
    return found


SCHEMA = {name: PLAYER_IMPACT_ADJUSTED.by_name[name].dtype for name in (
    *("team_id", "athlete_id", "athlete", "as_of_date", "box_minutes", "minutes_share_pct", "impact_possessions"),
    *("offence_impact", "defence_impact", "net_impact", "net_impact_sd", "net_impact_low_80", "net_impact_high_80"),
    *("box_offence_impact", "box_defence_impact", "team_net", "flag"),
)}  # fmt: skip


def _mornings(model: ImpactModel, days: list[Day], units: Units, rated: pl.DataFrame) -> Iterator[pl.DataFrame]:
    standing = {key[0]: rows for key, rows in rated.group_by("as_of_date")}
    for day in days:
        model.learn(day)
        morning = day.date + timedelta(days=1)
        teams, known = _teams(standing.get(morning), units)
        yield _rows(units, day, morning, model, model.estimates(teams), known)


def _teams(rated: pl.DataFrame | None, units: Units) -> tuple[Teams, Floats]:
    """Ratings of a morning by team code, and 1 for the teams that have one (0 for the others)."""
    size = len(units.teams)
    strength, uncertainty, known = np.zeros((2, size)), np.full(size, 10.0), np.zeros(size)
    if rated is None or rated.is_empty():
        return Teams(strength, uncertainty, USUAL_LEVEL, USUAL_HOME), known
    offence, defence = pl.col("adjusted_offence"), pl.col("adjusted_defence")
    half = (pl.col("net") - pl.col("net").mean()) / 2  # before the ratings know possessions
    sides = rated.select(
        "team_id",
        "uncertainty",
        (offence - offence.mean()).fill_null(half).alias("attack"),
        (defence.mean() - defence).fill_null(half).alias("guard"),
    )
    placed = pl.DataFrame({"team_id": units.teams}).join(sides, on="team_id", how="left", maintain_order="left")
    there = placed["attack"].is_not_null().to_numpy()
    for side, name in enumerate(("attack", "guard")):
        strength[side, there] = placed[name].to_numpy()[there]
    uncertainty[there] = placed["uncertainty"].to_numpy()[there]
    known[there] = 1.0
    level = rated["adjusted_offence"].drop_nulls().to_numpy()
    home = float(rated["home_advantage"].to_numpy().mean()) / 2
    return Teams(strength, uncertainty, float(level.mean()) if len(level) else USUAL_LEVEL, home), known


def _rows(units: Units, day: Day, morning: date, model: ImpactModel, found: Estimates, known: Floats) -> pl.DataFrame:
    people = units.table.filter(pl.col("team").is_in(day.played.tolist()))
    at = people["team"].to_numpy(), people["place"].to_numpy()
    impact = found.impact[:, at[0], at[1]]
    sd = np.sqrt(found.variance[:, at[0], at[1]].sum(axis=0))
    net, possessions = impact.sum(axis=0), found.possessions[0][at]
    flag = pl.when(pl.col("known") == 0).then(pl.lit("no_team_rating")).when(pl.col("impact_possessions") == 0)
    flag = flag.then(pl.lit("box_only")).when(pl.col("impact_possessions") < FEW_POSSESSIONS)
    athlete = pl.coalesce("name", pl.concat_str(pl.lit("athlete "), "athlete_id"))
    rows = people.select(*PLAYER, athlete=athlete).with_columns(
        as_of_date=pl.lit(morning),
        box_minutes=pl.Series(model.boxes.minutes[at]),
        minutes_share_pct=pl.Series(model.boxes.shares[at] / 5),
        impact_possessions=pl.Series(possessions.round().astype(np.int64)),
        offence_impact=pl.Series(impact[0]),
        defence_impact=pl.Series(impact[1]),
        net_impact=pl.Series(net),
        net_impact_sd=pl.Series(sd),
        net_impact_low_80=pl.Series(net - QUANTILE_80 * sd),
        net_impact_high_80=pl.Series(net + QUANTILE_80 * sd),
        box_offence_impact=pl.Series(found.box[0][at]),
        box_defence_impact=pl.Series(found.box[1][at]),
        team_net=pl.Series(found.team[at[0]]),
        known=pl.Series(known[at[0]]),
    )
    there = rows.filter((pl.col("box_minutes") > 0) | (pl.col("impact_possessions") > 0))
    return there.with_columns(flag=flag.then(pl.lit("few_possessions")).otherwise(pl.lit("ok"))).select(list(SCHEMA))
