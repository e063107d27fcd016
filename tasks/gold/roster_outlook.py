"""gold.roster_outlook: how much of each team returns for the next season, and what arrives."""

from __future__ import annotations

from datetime import date

import polars as pl

from quality.contracts.gold_outlook import ARRIVES, LEAVES, MISSING, RETURNS
from tasks.gold.outlook.people import eastern, morning_after, next_roster

TEAM = ["season", "team_id"]
COUNTED = {"returning": RETURNS, "leaving": LEAVES, "arriving": ARRIVES, "missing": MISSING}


def roster_outlook(
    players: pl.LazyFrame,
    impact: pl.LazyFrame,
    early: pl.LazyFrame,
    newest: pl.LazyFrame,
    classes: pl.LazyFrame,
    *,
    season: int,
) -> pl.LazyFrame:
    """One row per team with a row in gold.roster_outlook_players."""
    known, rated = next_roster(early.collect(), newest.collect(), season + 1), classes.collect()
    rows = players.collect()
    fetched = eastern(rated)
    days = (rows["as_of_date"].max(), None if fetched is None else morning_after(fetched))
    day = max((day for day in days if isinstance(day, date)), default=None)
    sums = rows.group_by(TEAM).agg(pl.col("team").first(), **_counts(), **_sums())
    sums = sums.join(_nets(impact, rows), on="team_id", how="left")
    found = sums.join(rated.select("team_id", next_class_rating="rating"), on="team_id", how="left")
    return _rated(found).with_columns(
        as_of_date=pl.lit(day, pl.Date),
        is_next_roster_known=pl.col("team_id").is_in(known["team_id"].unique().implode()),
    ).with_columns(flag=_flag()).lazy()  # fmt: skip


def _nets(impact: pl.LazyFrame, players: pl.DataFrame) -> pl.DataFrame:
    """team_id and outlook_team_net of the last morning that the rows of players use, for teams with a rating."""
    known = impact.filter(pl.col("as_of_date") <= pl.lit(players["as_of_date"].max(), pl.Date))
    last = known.filter(pl.col("as_of_date") == pl.col("as_of_date").max().over("team_id"))
    rated = last.filter(pl.col("flag") != "no_team_rating").group_by("team_id")
    return rated.agg(outlook_team_net=pl.col("team_net").first()).collect()


def _is(value: str, reason: str | None = None) -> pl.Expr:
    held = pl.col("outlook") == value
    return held if reason is None else held & (pl.col("outlook_reason") == reason)


def _counts() -> dict[str, pl.Expr]:
    counts = {f"{name}_players": _is(value) for name, value in COUNTED.items()}
    for name, value, reasons in (
        ("leaving", LEAVES, ("drafted", "portal", "out_of_eligibility")),
        ("arriving", ARRIVES, ("portal", "recruit")),
    ):
        counts |= {f"{reason}_{name}_players": _is(value, reason) for reason in reasons}
    counts["players_without_impact"] = pl.col("flag") == "no_impact"
    counts["outlook_entries_without_athlete"] = pl.col("flag") == "no_athlete"
    return {name: holds.sum().cast(pl.Int64) for name, holds in counts.items()}


def _sums() -> dict[str, pl.Expr]:
    own = _is(RETURNS) | _is(LEAVES)
    minutes, worth, value = (pl.col(name) for name in ("season_minutes", "net_contribution", "value_above_reserves"))
    return {
        "known_player_minutes": minutes.filter(own).sum(),
        "returning_minutes": minutes.filter(_is(RETURNS)).sum(),
        "arriving_minutes": minutes.filter(_is(ARRIVES)).sum(),
        "estimates": worth.filter(own).count(),
        **{f"{name}_contribution": worth.filter(_is(COUNTED[name])).sum()
           for name in ("returning", "leaving", "arriving")},
        "own_value": value.filter(own).sum(),
        "returning_value": value.filter(_is(RETURNS)).sum(),
        "arriving_value_above_reserves": value.filter(_is(ARRIVES)).sum(),
    }  # fmt: skip


def _rated(rows: pl.DataFrame) -> pl.DataFrame:
    own = [pl.when(pl.col("estimates") > 0).then(name).alias(name)
           for name in ("returning_contribution", "leaving_contribution")]  # fmt: skip
    return rows.with_columns(
        *own,
        outlook_returning_minutes_pct=_share("returning_minutes", "known_player_minutes"),
        outlook_returning_impact_pct=_share("returning_value", "own_value"),
    )


def _share(part: str, whole: str) -> pl.Expr:
    return (pl.col(part) / pl.when(pl.col(whole) > 0).then(whole)).clip(0.0, 1.0)


def _flag() -> pl.Expr:
    nobody = pl.when(pl.col("known_player_minutes") <= 0).then(pl.lit("no_minutes"))
    flag = nobody.when((pl.col("estimates") == 0) | pl.col("outlook_team_net").is_null()).then(pl.lit("no_impact"))
    return flag.when(~pl.col("is_next_roster_known")).then(pl.lit("expected")).otherwise(pl.lit("ok"))
