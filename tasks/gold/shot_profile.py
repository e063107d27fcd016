"""gold.shot_profile: shots of teams and players by range, and points against what range and opponent give."""

from __future__ import annotations

import polars as pl

from quality.contracts.gold_shots import ALL_RANGES, FEW_SHOTS

LEAST_ADDED, MOST_ADDED = 20.0, 5_000.0  # bounds of the attempts that are added to shrink a percentage
SUBJECT = ["season", "team_id", "profile", "subject_id"]
COUNTS = ("attempted", "made", "assisted", "located", "points", "expected", "shrunk")


def shot_profile(shots: pl.LazyFrame, games: pl.LazyFrame, game_pbp: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of a season so far. Only games with a result and usable plays count."""
    names = pl.concat(
        games.select(team_id=f"{side}_team_id", team=f"{side}_team") for side in ("home", "away")
    ).group_by("team_id").agg(pl.col("team").drop_nulls().min())  # fmt: skip
    usable = games.filter("has_result").join(game_pbp.filter("is_pbp_usable"), on="game_id", how="semi")
    cells = _cells(shots.join(usable, on="game_id", how="semi"))
    own = cells.with_columns(expected=pl.col("attempted") * pl.col("value") * pl.col("allowed_pct"))
    against = cells.with_columns(expected=pl.col("attempted") * pl.col("value") * pl.col("shooter_pct"))
    parts = [
        own.with_columns(profile=pl.lit("team_offence"), subject_id="team_id", subject=pl.lit(None, pl.String)),
        against.with_columns(profile=pl.lit("team_defence"), subject=pl.lit(None, pl.String), team_id="opponent_id",
                             subject_id="opponent_id"),
        own.filter(pl.col("shooter_id").is_not_null()).with_columns(
            profile=pl.lit("player"), subject_id="shooter_id", subject="shooter"
        ),
    ]  # fmt: skip
    columns = [*SUBJECT, "game_id", "shot_range", "subject", "attempted", "made", "assisted", "located", "points",
               "expected", "value"]  # fmt: skip
    ranges = pl.concat([part.select(columns) for part in parts])
    rows = _with_totals(_shrunk(_summed(ranges)))
    named = rows.join(names.collect(), on="team_id", how="left")
    team = pl.coalesce("team", pl.concat_str(pl.lit("team "), "team_id"))
    player = pl.coalesce("subject", pl.concat_str(pl.lit("athlete "), "subject_id"))
    whose = pl.when(pl.col("profile") == "player").then(player).otherwise(team)
    return _rated(named.with_columns(team=team, subject=whose)).lazy()


def _cells(shots: pl.LazyFrame) -> pl.DataFrame:
    """Shots by game, team, shooter and range, with the shrunk percentages of the shooter and of the opponent."""
    cells = shots.group_by(
        "season", "game_id", "team_id", "opponent_id", "shot_range", shooter_id="shot_info_shooter_id"
    ).agg(
        pl.col("shot_value").max().alias("value"),
        pl.col("shot_info_shooter_name").drop_nulls().max().alias("shooter"),
        attempted=pl.len().cast(pl.Int64),
        made=pl.col("is_shot_made").sum().cast(pl.Int64),
        assisted=pl.col("is_shot_assisted").sum().cast(pl.Int64),
        located=pl.col("shot_info_location_x").is_not_null().sum().cast(pl.Int64),
        points=(pl.col("is_shot_made") * pl.col("shot_value")).sum().cast(pl.Float64),
    ).collect()  # fmt: skip
    for who, name in (("opponent_id", "allowed_pct"), ("shooter_id", "shooter_pct")):
        cells = cells.join(shrunk_by(cells, who, name), on=[who, "shot_range"], how="left", nulls_equal=True)
    return cells


def shrunk_by(cells: pl.DataFrame, who: str, name: str) -> pl.DataFrame:
    """Percentage by subject and range, with the percentage of all added for as many attempts as the spread allows.

    The spread of the true percentages is estimated by the method of moments (Kleinman, 1973): the spread between
    subjects minus what chance gives. Shots without a subject get the percentage of all.
    """
    sums = cells.group_by(who, "shot_range").agg(pl.col("attempted", "made").sum())
    league = pl.col("made").sum().over("shot_range") / pl.col("attempted").sum().over("shot_range")
    sums = sums.with_columns(league=league)
    known = pl.col(who).is_not_null()
    size = pl.col("attempted").filter(known).sum()
    gaps = (pl.col("attempted") * (pl.col("made") / pl.col("attempted") - pl.col("league")) ** 2).filter(known).sum()
    chance = pl.col("league").first() * (1 - pl.col("league").first())
    spare = size - (pl.col("attempted") ** 2).filter(known).sum() / pl.when(size > 0).then(size)
    spread = (gaps - (known.sum() - 1) * chance) / pl.when(spare > 0).then(spare)
    added = pl.when(spread > 0).then(chance / spread).fill_nan(None).fill_null(MOST_ADDED)
    counts = sums.group_by("shot_range").agg(added=added.clip(LEAST_ADDED, MOST_ADDED))
    shrunk = (pl.col("made") + pl.col("added") * pl.col("league")) / (pl.col("attempted") + pl.col("added"))
    found = sums.join(counts, on="shot_range")
    return found.select(who, "shot_range", pl.when(known).then(shrunk).otherwise("league").alias(name))


def _summed(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by(*SUBJECT, "shot_range").agg(
        pl.col("subject").drop_nulls().max(),
        pl.col("game_id").unique().alias("games"),
        pl.col("value").max(),
        pl.col("attempted", "made", "assisted", "located", "points", "expected").sum(),
    )


def _shrunk(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds `shrunk`: points with the shrunk percentage of the subject among its kind."""
    parts = []
    for (_,), part in rows.group_by("profile"):
        own = shrunk_by(part.with_columns(who=pl.struct("team_id", "subject_id")), "who", "shrunk_pct")
        parts.append(
            part.with_columns(who=pl.struct("team_id", "subject_id"))
            .join(own, on=["who", "shot_range"])
            .with_columns(shrunk=pl.col("attempted") * pl.col("value") * pl.col("shrunk_pct"))
            .drop("who", "shrunk_pct")
        )
    return pl.concat(parts) if parts else rows.with_columns(shrunk=pl.lit(None, pl.Float64))


def _with_totals(rows: pl.DataFrame) -> pl.DataFrame:
    """Adds a row per subject over all ranges, and the number of games and the subject's attempts to each row."""
    totals = rows.group_by(SUBJECT).agg(
        pl.col("subject").drop_nulls().max(),
        pl.col("games").explode().unique(),
        pl.col("value").max(),
        pl.col(COUNTS).sum(),
        shot_range=pl.lit(ALL_RANGES),
    )
    both = pl.concat([rows, totals.select(rows.columns)])
    whole = totals.select(*SUBJECT, whole="attempted")
    return both.join(whole, on=SUBJECT).with_columns(shot_games=pl.col("games").list.len().cast(pl.Int64))


def _rated(rows: pl.DataFrame) -> pl.DataFrame:
    tried = pl.col("attempted")
    few = pl.when(tried < FEW_SHOTS).then(pl.lit("few_shots")).otherwise(pl.lit("ok"))
    return rows.rename({"made": "shots_made", "located": "shots_located"}).with_columns(
        shots_attempted=tried,
        shot_pct=pl.col("shots_made") / tried,
        shot_share_pct=tried / pl.col("whole"),
        assisted_share_pct=pl.col("assisted") / pl.when(pl.col("shots_made") > 0).then("shots_made"),
        points_per_shot=pl.col("points") / tried,
        expected_points_per_shot=pl.col("expected") / tried,
        points_above_expected=pl.col("points") - pl.col("expected"),
        shrunk_points_per_shot=pl.col("shrunk") / tried,
        flag=few,
    )
