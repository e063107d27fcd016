"""Rules about team tables of gold, checked on new rows: every win is another team's loss, and every team has a row."""

from __future__ import annotations

import polars as pl

from quality.contracts.gold_team_seasons import CONFERENCE_STANDINGS, TEAM_RESUME, TEAM_SEASON_SUMMARY
from quality.contracts.gold_teams import TEAM_POWER_RANKINGS
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Table
from quality.rules.base import HOLDS, Reads, Rule

# Over all teams, the number of these wins equals the number of those losses.
MIRRORED = {
    **{f"{kind}_wins": f"{kind}_losses" for kind in ("division", "conference", "neutral", "close")},
    "home_wins": "away_losses",
    "away_wins": "home_losses",
}
CLOSE = 1e-6  # points: rounding error of a sum of some thousand margins
_QUADRANTS = tuple(f"quadrant_{number}" for number in (1, 2, 3, 4))


def wins_are_losses(teams: pl.LazyFrame) -> pl.LazyFrame:
    """Over all teams, the wins of each kind of record equal the corresponding losses."""
    totals = [
        teams.select(record=pl.lit(won), wins=pl.col(won).sum(), losses=pl.col(lost).sum())
        for won, lost in MIRRORED.items()
    ]
    return pl.concat(totals).with_columns((pl.col("wins") == pl.col("losses")).alias(HOLDS))


def margins_cancel(teams: pl.LazyFrame) -> pl.LazyFrame:
    """The mean margin of all teams, weighted by games, is 0."""
    games = pl.col("division_wins") + pl.col("division_losses")
    total = teams.select(total_margin=(pl.col("average_margin").fill_null(0.0) * games).sum())
    return total.with_columns((pl.col("total_margin").abs() < CLOSE).alias(HOLDS))


def quadrants_make_the_record(teams: pl.LazyFrame) -> pl.LazyFrame:
    """Wins and losses of the four quadrants add up to the record against Division I teams."""
    sums = [
        pl.sum_horizontal(f"{quadrant}_{kind}" for quadrant in _QUADRANTS) == pl.col(f"division_{kind}")
        for kind in ("wins", "losses")
    ]
    return teams.with_columns(pl.all_horizontal(sums).alias(HOLDS))


def one_row_per_member(rows: pl.LazyFrame, members: pl.LazyFrame) -> pl.LazyFrame:
    """Every Division I team of the season has a row and no other team has one; the key makes ids unique."""
    found = rows.select("team_id", in_table=pl.lit(value=True))
    both = members.select("team_id", is_member=pl.lit(value=True)).join(found, on="team_id", how="full", coalesce=True)
    return both.with_columns((pl.col("in_table") & pl.col("is_member")).alias(HOLDS))


def places_are_whole(rows: pl.LazyFrame, group: str, place: str) -> pl.LazyFrame:
    """The places of a group are 1 to n without gaps or ties."""
    placed = (
        rows.drop_nulls(place).group_by(group).agg(teams=pl.len(), places=pl.col(place).n_unique(), last=pl.max(place))
    )
    whole = (pl.col("places") == pl.col("teams")) & (pl.col("last") == pl.col("teams"))
    return placed.with_columns(whole.alias(HOLDS))


def conference_places(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Places in each conference are 1 to n."""
    return places_are_whole(rows, "conference_id", "conference_rank")


def power_places(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Power ranks of each morning are 1 to n."""
    return places_are_whole(rows, "as_of_date", "power_rank")


def _member_rule(table: Table) -> Rule:
    return Rule(
        name=f"{table.name}_has_every_team",
        description=f"{table.qualified} has one row per Division I team of the season and no other rows.",
        per="team",
        reads=(Reads(table, ("team_id",)), Reads(DIM_TEAM_SEASONS, ("team_id",))),
        judge=one_row_per_member,
    )


_QUADRANT_RECORDS = tuple(f"{name}_{kind}" for name in (*_QUADRANTS, "division") for kind in ("wins", "losses"))

TEAM_RULES: tuple[Rule, ...] = (
    Rule(
        name="wins_are_losses",
        description="Over all Division I teams, wins equal losses, and home wins equal away losses.",
        per="kind of record",
        reads=(Reads(TEAM_SEASON_SUMMARY, (*MIRRORED, *(lost for lost in MIRRORED.values()))),),
        judge=wins_are_losses,
    ),
    Rule(
        name="margins_cancel",
        description="The mean margin of all Division I teams, weighted by games, is 0.",
        per="season",
        reads=(Reads(TEAM_SEASON_SUMMARY, ("average_margin", "division_wins", "division_losses")),),
        judge=margins_cancel,
    ),
    *(
        Rule(
            name=f"{table.name}_quadrants",
            description=f"In {table.qualified}, the quadrants add up to the record against Division I teams.",
            per="team",
            reads=(Reads(table, ("team_id", *_QUADRANT_RECORDS)),),
            judge=quadrants_make_the_record,
        )
        for table in (TEAM_SEASON_SUMMARY, TEAM_RESUME)
    ),
    *(_member_rule(table) for table in (TEAM_SEASON_SUMMARY, TEAM_RESUME, CONFERENCE_STANDINGS)),
    Rule(
        name="conference_places",
        description="Places in a conference are 1 to the number of its teams, without gaps or ties.",
        per="conference",
        reads=(Reads(CONFERENCE_STANDINGS, ("conference_id", "conference_rank")),),
        judge=conference_places,
    ),
    Rule(
        name="power_places",
        description="Power ranks of a morning are 1 to the number of its teams, without gaps or ties.",
        per="morning",
        reads=(Reads(TEAM_POWER_RANKINGS, ("as_of_date", "power_rank")),),
        judge=power_places,
    ),
)
