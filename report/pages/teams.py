"""A page per team of Division I: profile, four factors, résumé, rating over the season, schedule, roster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from quality.wording import SITE_MARKS
from report import links, shot_maps
from report.charts import Drawing, rating
from report.forms import DASH, Shown, day, shown
from report.page import Page
from report.pages import _lineups, _shots
from report.pages._rows import Row, by_key, conference_links, interval, linked, record, team_links
from report.pages.players import linked_players
from report.source import Source

TABLES = (
    "silver.fct_shots",
    *("gold.team_season_summary", "gold.team_resume", "gold.conference_standings", "gold.team_ratings_daily"),
    *("gold.game_predictions", "gold.market_lines_analysis", "gold.player_season_impact", "silver.fct_games"),
    *("silver.fct_rosters", "silver.dim_team_seasons", "gold.player_on_off", "gold.player_impact_adjusted"),
    *(_lineups.TABLE, _shots.TABLE),
)
FACTORS = {  # column by label, and whether the team itself wants it high
    "effective_field_goal_pct": ("Effective field goals", True),
    "turnover_pct": ("Turnovers per possession", False),
    "offensive_rebound_pct": ("Offensive rebounds", True),
    "free_throw_rate": ("Free throws per shot", True),
}
SIDES = {"offence": "Own", "defence": "Opponents'"}
FULL_BAR = 2.5  # standard deviations
QUADRANTS = (1, 2, 3, 4)
SCHEDULE = (
    Shown("game_date", "Date", "date"),
    Shown("opponent", "Opponent"),
    Shown("result", "Result"),
    Shown("predicted_margin", "Forecast", "signed", "predicted_home_margin"),
    Shown("win_probability", "Chance", "whole_percent", "home_win_probability"),
    Shown("spread", "Line", "signed"),
)
ROSTER = (
    Shown("jersey", "No."),
    Shown("name", "Player"),
    Shown("position", "Position"),
    Shown("games", "Games", "integer"),
    Shown("starts", "Starts", "integer"),
    Shown("minutes", "Minutes", "integer"),
    Shown("minutes_per_game", "per game", "tenth"),
    Shown("points_per_game", "Points", "tenth"),
    Shown("rebounds_per_game", "Rebounds", "tenth"),
    Shown("assists_per_game", "Assists", "tenth"),
    Shown("true_shooting_pct", "True shooting", "percent"),
    Shown("usage_pct", "Usage", "percent"),
    Shown("on_off_net_per100", "On/off", "signed"),
    Shown("net_impact", "Impact", "signed"),
)


def pages(source: Source) -> Iterator[Page]:
    """One page per team, by name."""
    shared = _Shared.of(source)
    for team in source.teams.iter_rows(named=True):
        yield _page(team, shared)


@dataclass(frozen=True)
class _Shared:
    """What all teams' pages are made from, by team_id."""

    season: int
    links: dict[int, str]
    conferences: dict[str, str]
    ranked: dict[int, Row]
    summaries: dict[int, Row]
    shot_maps: dict[int, Row]
    resumes: dict[int, Row]
    standings: dict[int, Row]
    division: dict[str, Row]
    ratings: dict[int, list[Row]]
    schedules: dict[int, list[Row]]
    rosters: dict[int, list[Row]]
    players: dict[int, str]
    with_lineups: set[int]
    with_shots: set[int]
    as_of: str

    @classmethod
    def of(cls, source: Source) -> _Shared:
        ratings = source.ratings if source.rankings is not None else None
        factors = [f"{side}_{name}" for side in SIDES for name in FACTORS]
        division = {}
        if source.summaries is not None:
            own = source.summaries.select(factors)
            division = {"mean": own.mean().row(0, named=True), "sd": own.std().row(0, named=True)}
        return cls(
            season=source.season,
            links=team_links(source),
            conferences=conference_links(source),
            ranked=by_key(source.rankings),
            summaries=by_key(source.summaries),
            shot_maps=shot_maps.of_teams(source.shot_bins, source.season),
            resumes=by_key(source.resumes),
            standings=by_key(source.standings),
            division=division,
            ratings={} if ratings is None else _grouped(_drawn(ratings)),
            schedules=_grouped(_schedules(source.games)),
            rosters=_grouped(_rosters(source)),
            players=linked_players(source),
            with_lineups=set(_lineups.of_teams(source)),
            with_shots={number for number, subjects in _shots.of_teams(source).items() if "offence" in subjects},
            as_of=f"Results through {day(source.results_through)}",
        )


def _grouped(frame: pl.DataFrame) -> dict[int, list[Row]]:
    """Rows by team_id, in their order."""
    found: dict[int, list[Row]] = {}
    for row in frame.iter_rows(named=True):
        found.setdefault(row.pop("team_id"), []).append(row)
    return found


def _page(team: Row, shared: _Shared) -> Page:
    number = team["team_id"]
    summary, resume = shared.summaries.get(number), shared.resumes.get(number)
    drawn = shared.ratings.get(number, [])
    content = {
        "team": linked(team, conference=shared.conferences.get(team["conference"])),
        "facts": _facts(shared.ranked.get(number), summary, shared.standings.get(number), resume),
        "factors": _factors(summary, shared.division) if summary else [],
        "quadrants": [_quadrant(summary, quadrant) for quadrant in QUADRANTS] if summary else [],
        "resume": resume,
        "shot_maps": shared.shot_maps.get(number),
        "schedule_columns": SCHEDULE,
        "schedule": [
            linked(row, opponent=shared.links.get(row["opponent_id"]), result=links.of_game(row["game_id"]))
            for row in shared.schedules.get(number, [])
        ],
        "lineup_sizes": list(_lineups.MOST) if number in shared.with_lineups else [],
        "shot_sides": list(SIDES) if number in shared.with_shots else [],
        "roster_columns": ROSTER,
        "roster": [linked(row, name=shared.players.get(row["athlete_id"])) for row in shared.rosters.get(number, [])],
    }
    drawings = {"rating": _rating(team["school"], drawn)} if drawn else {}
    return Page(links.of_team(number), team["school"], "team.html", content, TABLES, drawings, shared.as_of)


def _facts(ranked: Row | None, summary: Row | None, standing: Row | None, resume: Row | None) -> list[tuple[str, str]]:
    """Labels and values of the profile."""
    found: list[tuple[str, str]] = []
    if ranked:
        change = shown(ranked["net"] - ranked["net_before"], "signed") if ranked["net_before"] is not None else None
        week = f" ({change} in 7 days)" if change else ""
        found += [
            ("Rank", shown(ranked["rank"])),
            ("Net", shown(ranked["net"], "signed") + week),
            ("Offence", shown(ranked["adjusted_offence"], "tenth")),
            ("Defence", shown(ranked["adjusted_defence"], "tenth")),
            ("Tempo", shown(ranked["tempo"], "tenth")),
            ("AP poll", shown(ranked["ap_rank"])),
        ]
    if summary:
        kinds = ("total", "conference", "home", "away", "neutral", "close")
        found += [(f"{kind.capitalize()} record", record(summary, kind)) for kind in kinds]
    if standing and standing["conference_rank"]:
        found.append(("Conference place", shown(standing["conference_rank"])))
    if resume:
        found.append(("Wins above bubble", shown(resume["wins_above_bubble"], "signed")))
    return found


def _factors(summary: Row, division: dict[str, Row]) -> list[Row]:
    """The four factors of a team and its opponents, each beside the mean of Division I.

    A bar begins in the middle, which is the mean, and goes to the right where the team is better. It is full at
    FULL_BAR standard deviations of the division. `start` and `width` are shares of the whole bar, 0-1.
    """
    rows = []
    for side, whose in SIDES.items():
        for name, (label, is_high_good) in FACTORS.items():
            column = f"{side}_{name}"
            value, mean, sd = summary[column], division["mean"][column], division["sd"][column]
            if value is None:
                continue
            better = (value - mean) * (1 if is_high_good == (side == "offence") else -1)
            width = min(abs(better) / (FULL_BAR * sd), 1.0) / 2 if sd else 0.0
            rows.append(
                {
                    "side": whose,
                    "label": label,
                    "value": value,
                    "mean": mean,
                    "rank": summary[f"{column}_rank"],
                    "is_better": better >= 0,
                    "start": round(0.5 if better >= 0 else 0.5 - width, 4),
                    "width": round(width, 4),
                }
            )
    return rows


def _quadrant(summary: Row, quadrant: int) -> Row:
    kind = f"quadrant_{quadrant}"
    return {"quadrant": quadrant, "wins": summary[f"{kind}_wins"], "losses": summary[f"{kind}_losses"]}


def _drawn(ratings: pl.DataFrame) -> pl.DataFrame:
    """Rows of the rating chart: date (ISO), net and the ends of its interval, to two decimals."""
    low, high = interval(pl.col("net"), pl.col("uncertainty"))
    date = pl.col("as_of_date").dt.to_string("%Y-%m-%d").alias("date")
    return ratings.select(
        "team_id", date, pl.col("net").round(2), low.round(2).alias("low"), high.round(2).alias("high")
    )


def _rating(name: str, rows: list[Row]) -> Drawing:
    last = rows[-1]
    net, low, high = (shown(last[key], "signed") for key in ("net", "low", "high"))
    title = f"{name}: net rating over the season, {net} on {last['date']}, 80 % interval from {low} to {high}"
    return Drawing(rating, title, rows)


def _schedules(games: pl.DataFrame) -> pl.DataFrame:
    """Each game twice, once from the side of each team: margins, chance and spread are those of the team."""
    return pl.concat([_side(games, "home", "away", 1), _side(games, "away", "home", -1)]).sort("start_at", "game_id")


def _side(games: pl.DataFrame, own: str, other: str, sign: int) -> pl.DataFrame:
    chance = pl.col("home_win_probability")
    mark = pl.when("neutral_site").then(pl.lit("neutral")).otherwise(pl.lit(own)).replace_strict(SITE_MARKS)
    points, against = pl.col(f"{own}_points"), pl.col(f"{other}_points")
    outcome = pl.when(points > against).then(pl.lit("W ")).otherwise(pl.lit("L "))
    result = pl.concat_str(outcome, points, pl.lit(DASH), against)  # null without points
    return games.select(
        pl.col(f"{own}_team_id").alias("team_id"),
        "game_date",
        pl.concat_str(mark, f"{other}_team").alias("opponent"),
        pl.col(f"{other}_team_id").alias("opponent_id"),
        pl.coalesce(result, "status").alias("result"),
        (sign * pl.col("predicted_home_margin")).alias("predicted_margin"),
        (chance if sign == 1 else 1 - chance).alias("win_probability"),
        (sign * pl.col("spread")).alias("spread"),
        "is_line_suspect",
        "start_at",
        "game_id",
    )


def _rosters(source: Source) -> pl.DataFrame:
    """Athletes of each team, the one with most minutes first: the roster with its sums of the season's box scores."""
    roster, players = source.rosters, source.players
    key, facts = ["team_id", "athlete_id"], ("name", "position")
    schema: dict[str, pl.DataType] = dict.fromkeys(key, pl.Int64()) | dict.fromkeys((*facts, "jersey"), pl.String())
    named = pl.DataFrame(schema=schema) if roster is None else roster.select(*schema).sort(*schema)
    found = named.unique(key, keep="first", maintain_order=True)
    if players is not None:
        found = found.join(players, key, "full", coalesce=True, suffix="_box")
        found = found.with_columns(pl.coalesce(name, f"{name}_box").alias(name) for name in facts)
    for more, column in ((source.on_off, "on_off_net_per100"), (source.impacts, "net_impact")):
        if more is not None:
            found = found.join(more.select(*key, column), key, "left")
    return _with_columns(found, ROSTER).sort("minutes", "name", descending=[True, False], nulls_last=True)


def _with_columns(frame: pl.DataFrame, columns: tuple[Shown, ...]) -> pl.DataFrame:
    """team_id, athlete_id and the shown columns; one that the frame lacks is null."""
    known = set(frame.columns)
    return frame.select(
        "team_id", "athlete_id", *(c.key if c.key in known else pl.lit(None).alias(c.key) for c in columns)
    )
