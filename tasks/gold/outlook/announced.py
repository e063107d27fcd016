"""Everybody who is announced for a team of the next season: portal entries with a new team, and recruits."""

from __future__ import annotations

import polars as pl

from tasks.gold.outlook._names import matched

WITHDRAWN = "Withdrawn"
ANNOUNCED = pl.Schema(
    {
        **dict.fromkeys(("team_id", "subject_id", "athlete_id"), pl.Int64()),
        **dict.fromkeys(("outlook_subject", "name", "position", "outlook_reason"), pl.String()),
        "elsewhere_team_id": pl.Int64(),
        "recruit_stars": pl.Int64(),
        "recruit_rating": pl.Float64(),
    }
)


def entries_of(portal: pl.DataFrame, people: pl.DataFrame, coming: pl.DataFrame) -> pl.DataFrame:
    """Portal entries with the athlete, if one is found at the old team, or on the new team's next roster.

    Adds name, athlete_id (null if nobody is found) and stays: withdrawn, or the new team is the old one.
    """
    named = portal.with_columns(name=pl.concat_str("first_name", "last_name", separator=" "))
    for side, known in (("origin", people), ("destination", coming)):
        found = matched(named.with_columns(team_id=f"{side}_id"), "transfer_id", known)
        named = named.join(found.rename({"athlete_id": f"{side}_athlete"}), on="transfer_id", how="left")
    same = (pl.col("origin_id") == pl.col("destination_id")).fill_null(value=False)
    back = pl.col("destination_id").is_null() & (pl.col("eligibility") == WITHDRAWN).fill_null(value=False)
    return named.with_columns(athlete_id=pl.coalesce("origin_athlete", "destination_athlete"), stays=same | back)


def announced(entries: pl.DataFrame, recruits: pl.DataFrame, coming: pl.DataFrame) -> pl.DataFrame:
    """One row per team and subject, in the columns of `ANNOUNCED`; an athlete who is announced twice once."""
    moving = entries.filter(~pl.col("stays")).drop_nulls("destination_id").select(
        "athlete_id", "name", "position", team_id="destination_id", elsewhere_team_id="origin_id",
        subject_id="transfer_id", outlook_subject=pl.lit("portal_entry"), outlook_reason=pl.lit("portal"),
    )  # fmt: skip
    there = recruits.drop_nulls("committed_to_id").rename({"committed_to_id": "team_id"})
    found = matched(there.filter(pl.col("athlete_id").is_null()), "recruit_id", coming)
    joined = there.join(found, on="recruit_id", how="left", suffix="_found")
    entering = joined.select(
        "team_id", "name", "position", athlete_id=pl.coalesce("athlete_id", "athlete_id_found"),
        subject_id="recruit_id", outlook_subject=pl.lit("recruit"), outlook_reason=pl.lit("recruit"),
        recruit_stars="stars", recruit_rating="rating",
    )  # fmt: skip
    rows = pl.concat([ANNOUNCED.to_frame(), *map(_shaped, (moving, entering))])
    known = rows.drop_nulls("athlete_id").unique(["team_id", "athlete_id"], keep="first", maintain_order=True)
    return pl.concat([known, rows.filter(pl.col("athlete_id").is_null())])


def _shaped(rows: pl.DataFrame) -> pl.DataFrame:
    missing = [pl.lit(None, kind).alias(name) for name, kind in ANNOUNCED.items() if name not in rows.columns]
    return rows.with_columns(missing).select(pl.col(name).cast(kind) for name, kind in ANNOUNCED.items())
