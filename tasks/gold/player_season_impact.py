"""gold.player_season_impact: every player's season so far, as totals and as rates.

A rate is a sum divided by a sum, never a mean of rates. Rates per 100 possessions are estimates: a player's possessions
in a game are the team's possessions times the player's share of the game's minutes. Games without possessions count in
neither sum. Usage is (FGA + 0.44 FTA + TO) per minute of the player, divided by the same for the team per fifth of its
minutes.
"""

from __future__ import annotations

import polars as pl

from quality.contracts.gold_players import FEW_MINUTES, KEY, OF_THE_API, RATED, SHOTS, TOTALS

TEAM = ["season", "team_id"]
ATHLETE = list(KEY)


def player_season_impact(  # noqa: PLR0917  one frame per input
    boxes: pl.LazyFrame,
    games: pl.LazyFrame,
    possessions: pl.LazyFrame,
    stats: pl.LazyFrame,
    shooting: pl.LazyFrame,
    rosters: pl.LazyFrame,
    recruits: pl.LazyFrame,
    portal: pl.LazyFrame,
    *,
    season: int,
) -> pl.LazyFrame:
    """One row per team and athlete; box scores of games without a result do not count.

    Other data (the API's ratings, shots by kind, recruiting, transfer) is joined by ids and null where there is none.
    """
    rows = _known_games(boxes, games, possessions)
    frame = _summed(rows.drop_nulls("athlete_id")).join(_teams(rows), on=TEAM, how="left")
    frame = frame.with_columns(teams_in_season=pl.len().over("season", "athlete_id"))
    frame = _rates(frame).join(_latest(stats, OF_THE_API), on=ATHLETE, how="left")
    frame = frame.join(shots_by_kind(shooting), on=ATHLETE, how="left")
    frame = frame.join(recruited(recruits), on="athlete_id", how="left")
    frame = transferred(frame, rosters, portal, season)
    return frame.with_columns(
        pl.col(pl.UInt32).cast(pl.Int64),
        position=pl.coalesce("position", "stats_position"),
        flag=pl.when(pl.col("minutes") < FEW_MINUTES)
        .then(pl.lit("few_minutes"))
        .when(pl.col("stats_as_of_date").is_null())
        .then(pl.lit("no_season_stats"))
        .otherwise(pl.lit("ok")),
    )


def _known_games(boxes: pl.LazyFrame, games: pl.LazyFrame, possessions: pl.LazyFrame) -> pl.LazyFrame:
    """Box rows of games with a result, with the estimated possessions on the floor. Null counts become 0."""
    played = games.filter("has_result").select("game_id", "game_date")
    share = pl.col("minutes") / pl.when(pl.col("game_minutes") > 0).then("game_minutes")
    rows = boxes.join(played, on="game_id").join(possessions, on="game_id", how="left")
    return rows.with_columns(pl.col("minutes", *TOTALS).fill_null(0)).with_columns(
        possessions_on_floor=share * pl.col("rating_possessions"), used=used()
    )


def used() -> pl.Expr:
    """Possessions that end with a shot, free throws or a turnover by the player."""
    return pl.col("field_goals_attempted") + 0.44 * pl.col("free_throws_attempted") + pl.col("turnovers")


def _summed(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Totals per athlete, and name and position from the last box. Totals over games with possessions end in _p."""
    in_team = ["game_id", "team_id"]
    counted = pl.col("possessions_on_floor").is_not_null()
    rows = rows.with_columns(
        team_minutes=pl.col("minutes").sum().over(in_team), team_used=pl.col("used").sum().over(in_team)
    )
    return rows.group_by(ATHLETE).agg(
        pl.col("name", "position").sort_by("game_date", "game_id").drop_nulls().last(),
        pl.col("minutes", "used", "team_minutes", "team_used", *TOTALS).sum(),
        games=pl.col("game_id").n_unique(),
        starts=pl.col("starter").fill_null(value=False).sum().cast(pl.Int64),
        possessions_on_floor=pl.col("possessions_on_floor").sum(),
        **{f"{total}_p": pl.col(total).filter(counted).sum() for total in RATED.values()},
    )


def _teams(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.group_by(TEAM).agg(
        team=pl.col("team").min(),
        team_games=pl.col("game_id").n_unique(),
        unidentified_box_rows=pl.col("athlete_id").is_null().sum(),
    )


def over(part: pl.Expr, whole: pl.Expr, times: float = 1) -> pl.Expr:
    """A quotient that is null where the divisor is 0 or null."""
    return times * part / pl.when(whole > 0).then(whole)


def _rates(frame: pl.LazyFrame) -> pl.LazyFrame:
    minutes, floor = pl.col("minutes"), pl.col("possessions_on_floor")
    made = [("field_goals", 1), ("three_point_field_goals", 1), ("free_throws", 1)]
    tried = pl.col("field_goals_attempted")
    rates = {f"{name}_per_game": over(pl.col(total), pl.col("games")) for name, total in RATED.items()}
    rates |= {f"{name}_per40": over(pl.col(total), minutes, 40) for name, total in RATED.items()}
    rates |= {f"{name}_per100": over(pl.col(f"{total}_p"), floor, 100) for name, total in RATED.items()}
    rates |= {f"{kind}_pct": over(pl.col(f"{kind}_made"), pl.col(f"{kind}_attempted")) for kind, _ in made}
    weighted = pl.col("field_goals_made") + 0.5 * pl.col("three_point_field_goals_made")
    return frame.with_columns(
        minutes_per_game=over(minutes, pl.col("games")),
        usage_pct=over(pl.col("used") * pl.col("team_minutes") / 5, minutes * pl.col("team_used")),
        effective_field_goal_pct=over(weighted, tried),
        true_shooting_pct=over(pl.col("points"), 2 * (tried + 0.44 * pl.col("free_throws_attempted"))),
        **rates,
    ).with_columns(possessions_on_floor=pl.when(floor > 0).then(floor))


def _latest(stats: pl.LazyFrame, columns: tuple[str, ...]) -> pl.LazyFrame:
    """The API's row from the last day on which it was captured."""
    last = stats.filter(pl.col("as_of") == pl.col("as_of").max().over(ATHLETE))
    return last.select(*ATHLETE, *columns, stats_position="position", stats_as_of_date="as_of")


def shots_by_kind(shooting: pl.LazyFrame) -> pl.LazyFrame:
    """Tracked shots at the rim, jumpers and threes: made, attempted, share made, and share of all tracked shots."""
    last = shooting.filter(pl.col("as_of") == pl.col("as_of").max().over(ATHLETE))
    summed = {
        f"{kind}_{what}": pl.sum_horizontal(f"{shots}_{what}" for shots in kinds)
        for kind, kinds in SHOTS.items()
        for what in ("made", "attempted")
    }
    tracked = pl.sum_horizontal(f"{kind}_attempted" for kind in SHOTS)
    rates = {f"{kind}_pct": over(pl.col(f"{kind}_made"), pl.col(f"{kind}_attempted")) for kind in SHOTS}
    rates |= {f"{kind}_share_pct": over(pl.col(f"{kind}_attempted"), tracked) for kind in SHOTS}
    return last.select(*ATHLETE, **summed).with_columns(**rates)


def recruited(recruits: pl.LazyFrame) -> pl.LazyFrame:
    """The recruit who became an athlete; of several, the one of the latest class. Recruit and athlete ids differ."""
    known = recruits.drop_nulls("athlete_id").sort("year", "recruit_id", descending=[True, False])
    return known.unique("athlete_id", keep="first", maintain_order=True).select(
        "athlete_id", *(pl.col(name).alias(f"recruit_{name}") for name in ("year", "stars", "rating", "ranking"))
    )


def transferred(frame: pl.LazyFrame, rosters: pl.LazyFrame, portal: pl.LazyFrame, season: int) -> pl.LazyFrame:
    """The previous team of each athlete, from rosters, and the entry of the transfer portal, if it is unambiguous.

    An athlete who was on two rosters in the last earlier season and is still on one of them has not transferred. Portal
    entries have teams but no athlete. An entry is assigned if it is the only one from the old team to the new one in
    the spring before, and only one athlete moved between the two.
    """
    before = rosters.filter(pl.col("season") < season)
    last = before.filter(pl.col("season") == pl.col("season").max().over("athlete_id"))
    last = last.select("athlete_id", previous_team_id="team_id").sort("previous_team_id")
    pairs = frame.select("athlete_id", "team_id").join(last, on="athlete_id")
    stayed = (pl.col("previous_team_id") == pl.col("team_id")).fill_null(value=False)
    pairs = pairs.sort(stayed, descending=True, maintain_order=True)
    pairs = pairs.unique(["athlete_id", "team_id"], keep="first", maintain_order=True)
    frame = frame.join(pairs, on=["athlete_id", "team_id"], how="left")
    way = ["previous_team_id", "team_id"]
    frame = frame.with_columns(is_transfer=pl.col("previous_team_id") != pl.col("team_id"))
    entries = portal.filter(pl.col("year") == season - 1, pl.col("origin_id") != pl.col("destination_id"))
    entries = entries.group_by(previous_team_id="origin_id", team_id="destination_id").agg(
        portal_entries=pl.len(), portal_stars=pl.col("stars").first(), portal_rating=pl.col("rating").first()
    )
    frame = frame.join(entries, on=way, how="left").with_columns(pl.col("portal_entries").fill_null(0))
    certain = (pl.col("portal_entries") == 1) & (pl.col("athlete_id").n_unique().over(way) == 1)
    return frame.with_columns(pl.when(certain).then(name).alias(name) for name in ("portal_stars", "portal_rating"))
