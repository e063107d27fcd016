"""gold.roster_outlook_players: who returns, leaves and arrives in the summer after a season."""

from __future__ import annotations

import polars as pl

from quality.contracts.gold_outlook import ARRIVES, LEAVES, MISSING, RETURNS
from tasks.gold.outlook.announced import announced, entries_of
from tasks.gold.outlook.people import LAST_TEAM, PLAYER, elsewhere, morning, next_roster, players_of

CAREER = 4  # seasons of eligibility
STAYS, REASON = "stays", "outlook_reason"


def roster_outlook_players(  # noqa: PLR0917  one frame per input
    members: pl.LazyFrame,
    boxes: pl.LazyFrame,
    impact: pl.LazyFrame,
    early: pl.LazyFrame,
    newest: pl.LazyFrame,
    picks: pl.LazyFrame,
    portal: pl.LazyFrame,
    recruits: pl.LazyFrame,
    *,
    season: int,
) -> pl.LazyFrame:
    """Rows of the teams of Division I in a season. Players of other teams count where they arrive."""
    box, entries, entering, drafted = (frame.collect() for frame in (boxes, portal, recruits, picks))
    before, coming = newest.filter(season=season).collect(), next_roster(early.collect(), newest.collect(), season + 1)
    people = players_of(box, impact.collect(), before, season)
    known = entries_of(entries, people, coming)
    rows = pl.concat([
        _own(people, coming, known, drafted),
        _nameless(known),
        _arriving(people, coming, announced(known, entering, coming)),
    ], how="diagonal")  # fmt: skip
    day = morning(box, before, coming, entries, entering, drafted)
    named = _named(rows, members.collect(), box, entries)
    return _flagged(named, coming).with_columns(season=pl.lit(season, pl.Int64), as_of_date=pl.lit(day, pl.Date)).lazy()


def _own(people: pl.DataFrame, coming: pl.DataFrame, entries: pl.DataFrame, picks: pl.DataFrame) -> pl.DataFrame:
    """Players of the season at their team: they return or leave, and why."""
    known = entries.drop_nulls("athlete_id").unique(["origin_id", "athlete_id"], keep="first", maintain_order=True)
    entry = known.select("athlete_id", STAYS, team_id="origin_id", goal_id="destination_id")
    last_team = people.sort(*LAST_TEAM, "team_id").group_by("athlete_id").agg(
        last_team_id=pl.col("team_id").last()
    )  # fmt: skip
    goal = coming.select("athlete_id", next_team_id="team_id").unique("athlete_id", keep="first", maintain_order=True)
    rows = (
        people.join(entry, on=PLAYER, how="left")
        .join(last_team, on="athlete_id")
        .join(goal, on="athlete_id", how="left")
        .with_columns(
            is_back=pl.struct(PLAYER).is_in(coming.select(pl.struct(PLAYER)).to_series().implode()),
            is_decided=pl.col("team_id").is_in(coming["team_id"].unique().implode()),
            is_drafted=pl.col("athlete_id").is_in(picks["athlete_id"].drop_nulls().unique().implode()),
        )
    )
    return _decided(rows).with_columns(outlook_subject=pl.lit("athlete"), outlook_subject_id="athlete_id")


def _decided(rows: pl.DataFrame) -> pl.DataFrame:
    """With outlook, reason and the team elsewhere. The next roster decides before everything else."""
    gone = pl.col(STAYS).not_().fill_null(value=False)
    reasons = (
        (pl.col("is_back"), "on_next_roster", None),
        (pl.col("is_drafted"), "drafted", None),
        (pl.col("last_team_id") != pl.col("team_id"), "moved_on", pl.col("last_team_id")),
        (gone, "portal", pl.coalesce("next_team_id", "goal_id")),
        (pl.col("next_team_id").is_not_null(), "other_team", pl.col("next_team_id")),
        (pl.col("seasons_played").fill_null(0) >= CAREER, "out_of_eligibility", None),
        (pl.col("is_decided"), "not_on_next_roster", None),
        (pl.col(STAYS).fill_null(value=False), "withdrawn", None),
    )
    why, where = pl.lit("expected"), pl.lit(None, pl.Int64)
    for holds, reason, team in reversed(reasons):
        why = pl.when(holds).then(pl.lit(reason)).otherwise(why)
        where = pl.when(holds).then(team if team is not None else pl.lit(None, pl.Int64)).otherwise(where)
    stays = pl.col(REASON).is_in(["on_next_roster", "withdrawn", "expected"])
    return rows.with_columns(why.alias(REASON), elsewhere_team_id=where).with_columns(
        outlook=pl.when(stays).then(pl.lit(RETURNS)).otherwise(pl.lit(LEAVES))
    )


def _nameless(entries: pl.DataFrame) -> pl.DataFrame:
    """Portal entries of whom no athlete is known, at the team that they leave."""
    gone = entries.filter(pl.col("athlete_id").is_null(), ~pl.col(STAYS)).drop_nulls("origin_id")
    return gone.select(
        "name", "position", team_id="origin_id", elsewhere_team_id="destination_id", outlook_subject_id="transfer_id",
        outlook_subject=pl.lit("portal_entry"), outlook=pl.lit(LEAVES), outlook_reason=pl.lit("portal"),
    )  # fmt: skip


def _arriving(people: pl.DataFrame, coming: pl.DataFrame, said: pl.DataFrame) -> pl.DataFrame:
    """New players of each team: those on its next roster, and the announced ones that it lacks or that are early."""
    new = coming.join(people, on=PLAYER, how="anti").select(*PLAYER, "name", "position")
    facts = said.select(*PLAYER, REASON, "elsewhere_team_id", "recruit_stars", "recruit_rating")
    listed = new.join(facts, on=PLAYER, how="left").with_columns(outlook=pl.lit(ARRIVES))
    others = said.join(new, on=PLAYER, how="anti").join(people, on=PLAYER, how="anti")
    decided = pl.col("team_id").is_in(coming["team_id"].unique().implode())
    others = others.with_columns(outlook=pl.when(decided).then(pl.lit(MISSING)).otherwise(pl.lit(ARRIVES)))
    rows = pl.concat([listed, others], how="diagonal")
    rows = rows.join(elsewhere(people, rows.drop_nulls("athlete_id")), on=PLAYER, how="left")
    is_known = pl.col("athlete_id").is_not_null()
    was = pl.when(pl.col("from_team_id").is_not_null()).then(pl.lit("other_team")).otherwise(pl.lit("newcomer"))
    return rows.with_columns(
        pl.coalesce(REASON, was).alias(REASON),
        elsewhere_team_id=pl.coalesce("elsewhere_team_id", "from_team_id"),
        outlook_subject=pl.when(is_known).then(pl.lit("athlete")).otherwise("outlook_subject"),
        outlook_subject_id=pl.coalesce("athlete_id", "subject_id"),
    )


def _named(rows: pl.DataFrame, members: pl.DataFrame, boxes: pl.DataFrame, portal: pl.DataFrame) -> pl.DataFrame:
    """Rows of the members, with the names of both teams."""
    parts = [members.select("team_id", team="school"), boxes.select("team_id", "team")]
    parts += [portal.select(team_id=f"{side}_id", team=f"{side}_name") for side in ("origin", "destination")]
    names = pl.concat(parts).drop_nulls().unique("team_id", keep="first", maintain_order=True)
    there = names.join(members.select("team_id").unique(), on="team_id", how="semi")
    other = names.rename({"team_id": "elsewhere_team_id", "team": "elsewhere_team"})
    found = rows.join(there, on="team_id").join(other, on="elsewhere_team_id", how="left")
    unnamed = pl.concat_str(pl.lit("team "), "elsewhere_team_id")
    return found.with_columns(pl.coalesce("elsewhere_team", unnamed).alias("elsewhere_team"))


def _flagged(rows: pl.DataFrame, coming: pl.DataFrame) -> pl.DataFrame:
    twice = coming.filter(pl.col("athlete_id").is_duplicated())["athlete_id"].unique().implode()
    rows = rows.with_columns(pl.col("season_minutes").fill_null(0.0))
    undecided = (pl.col(REASON) == "portal") & pl.col("elsewhere_team_id").is_null()
    no_impact = (pl.col("season_minutes") > 0) & pl.col("net_impact").is_null()
    nameless = pl.when(pl.col("outlook_subject") != "athlete").then(pl.lit("no_athlete"))
    doubtful = nameless.when(no_impact).then(pl.lit("no_impact")).when(pl.col("outlook_subject_id").is_in(twice))
    flag = doubtful.then(pl.lit("two_rosters")).when(undecided).then(pl.lit("undecided"))
    return rows.with_columns(flag=flag.otherwise(pl.lit("ok")))
