"""gold.conference_standings: rank in each conference by regular-season conference games."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import polars as pl

from tasks.gold._team_games import newest_ratings, records, team_games, with_ratings

Games = Mapping[tuple[int, int], int]  # wins of a team against an opponent
TEAM = ["season", "team_id"]
UNPLAYED = 0.5  # share of wins without a game


def conference_standings(members: pl.LazyFrame, ratings: pl.LazyFrame, games: pl.LazyFrame) -> pl.LazyFrame:
    """One row per Division I team of the season; the rank is null for a team without a conference."""
    rows = team_games(games, members)
    league = rows.filter("is_conference")
    counted = records(rows, {"total": pl.lit(value=True), "conference": pl.col("is_conference")})
    margins = league.group_by(TEAM).agg(conference_average_margin=pl.col("margin").mean())
    teams = with_ratings(members, newest_ratings(ratings, games)).join(counted, on=TEAM, how="left")
    teams = teams.join(margins, on=TEAM, how="left").with_columns(pl.col("^.*_(wins|losses)$").fill_null(0))
    table, wins = teams.collect(), _wins(league)
    places = [row for _, group in table.drop_nulls("conference_id").group_by("season", "conference_id")
              for row in _places(group, wins)]  # fmt: skip
    schema = {"team_id": pl.Int64, "conference_rank": pl.Int64, "tie_break": pl.String}
    placed = table.join(pl.DataFrame(places, schema=schema, orient="row"), on="team_id", how="left")
    played = pl.col("conference_wins") + pl.col("conference_losses")
    return placed.lazy().with_columns(
        pl.col("tie_break").fill_null("none"),
        conference_win_pct=pl.when(played > 0).then(pl.col("conference_wins") / played),
        games_behind=_behind(),
    )


def _behind() -> pl.Expr:
    lead = pl.col("conference_wins") - pl.col("conference_losses")
    first = lead.sort_by("conference_rank").first().over("season", "conference_id")
    return pl.when(pl.col("conference_rank").is_not_null()).then((first - lead) / 2)


def _wins(league: pl.LazyFrame) -> dict[tuple[int, int], int]:
    won = league.group_by("team_id", "opponent_id").agg(pl.col("is_win").sum().cast(pl.Int64)).collect()
    return {(team, opponent): wins for team, opponent, wins in won.iter_rows()}


def _places(group: pl.DataFrame, wins: Games) -> list[tuple[int, int, str]]:
    nets = dict(group.select("team_id", pl.col("net").fill_null(float("-inf"))).iter_rows())
    order = standings(nets, wins)
    return [(team, place, reason) for place, (team, reason) in enumerate(order, start=1)]


def standings(nets: Mapping[int, float], wins: Games) -> list[tuple[int, str]]:
    """Teams of one conference from first to last, each with the tie-break against teams with an equal share of wins.

    Args:
        nets: net rating by team, for all teams of the conference.
        wins: wins of a team over another, in both directions, for each pair that has played.
    """
    levels = _split(nets, lambda team: _share(team, nets, wins))
    return [placed for level in levels for placed in _break_tie(level, "none", levels, nets, wins)]


def _break_tie(
    tied: list[int], reason: str, levels: list[list[int]], nets: Mapping[int, float], wins: Games
) -> list[tuple[int, str]]:
    """Order of tied teams. Teams that are still tied after a step start again with the first step."""
    if len(tied) == 1:
        return [(tied[0], reason)]
    groups, why = _by_records(tied, levels, wins)
    if len(groups) > 1:
        return [placed for group in groups for placed in _break_tie(group, why, levels, nets, wins)]
    by_net = _split(tied, nets.__getitem__)
    return [(team, "net" if len(group) == 1 else "team_id") for group in by_net for team in sorted(group)]


def _by_records(tied: list[int], levels: list[list[int]], wins: Games) -> tuple[list[list[int]], str]:
    """Groups of tied teams by their games with each other, otherwise by their games with the best teams."""

    def against(others: Iterable[int]) -> list[list[int]]:
        return _split(tied, lambda team: _share(team, others, wins))

    if len(groups := against(tied)) > 1:
        return groups, "head_to_head"
    different = (groups for level in levels if len(groups := against(level)) > 1)
    return next(different, [tied]), "record_against_top"


def _share(team: int, others: Iterable[int], wins: Games) -> float:
    """Share of wins of a team in its games against others."""
    met = [other for other in others if other != team]
    won = sum(wins.get((team, other), 0) for other in met)
    lost = sum(wins.get((other, team), 0) for other in met)
    return won / (won + lost) if won + lost else UNPLAYED


def _split(teams: Iterable[int], value: Callable[[int], float]) -> list[list[int]]:
    """Teams in groups of equal value, the highest first."""
    groups: dict[float, list[int]] = {}
    for team in teams:
        groups.setdefault(value(team), []).append(team)
    return [groups[key] for key in sorted(groups, reverse=True)]
