"""How answers are printed: which columns of each, in 80 columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cbbd_etl as cbb
from flows.terminal.sheet import Row, Section, Sheet, Shown, number, pair, shown_number, shown_pair, text
from quality.calendar import EASTERN
from quality.contracts.gold_forecasts import ROUNDS
from quality.wording import SITE_MARKS

FORECAST = "forecast: expected margin and chance to win, of the morning of the game"
LINE = "line: closing spread, median of the providers, negative if favoured; ?: a doubtful one is left out"
SHOTS = (
    pair("fg", "field_goals_made", "field_goals_attempted"),
    pair("3p", "three_point_field_goals_made", "three_point_field_goals_attempted"),
    pair("ft", "free_throws_made", "free_throws_attempted"),
)
BOX = (
    number("min", "minutes", ".0f"),
    number("pts", "points"),
    number("reb", "rebounds_total", ".0f"),
    number("ast", "assists"),
    number("stl", "steals"),
    number("blk", "blocks"),
    number("to", "turnovers"),
    *SHOTS,
)


def rankings_sheet(found: Any) -> Sheet:
    """Ratings of a morning."""
    columns = (
        number("#", "rank"),
        text("team", "team", is_flexible=True),
        text("conf", "conference", is_flexible=True),
        pair("record", "wins", "losses"),
        number("net", "net", "+.1f"),
        number("off", "adjusted_offence", ".1f"),
        number("def", "adjusted_defence", ".1f"),
        number("tempo", "tempo", ".1f"),
        number("sos", "strength_of_schedule", "+.1f"),
        number("ap", "ap_rank"),
    )
    title = f"Ratings of season {found['season'][0]}, as of the morning of {found['as_of_date'][0]}"
    notes = ("net, off, def, sos: points per 100 possessions; tempo: possessions per 40 minutes",)
    return Sheet(title, [Section("rankings", found, columns)], notes)


def through(found: cbb.Team | cbb.Player) -> str:
    return f"results through {found.as_of}" if found.as_of else "no results yet"


def team_sheet(found: cbb.Team) -> Sheet:
    """Profile and schedule of a team."""
    profile = found.profile.row(0, named=True)
    conference = f" ({profile['conference']})" if profile.get("conference") else ""
    columns = (
        text("date", "game_date"),
        Shown("opponent", lambda row: f"{SITE_MARKS[row['site']]}{row['opponent']}", is_flexible=True),
        Shown("result", _result),
        number("forecast", "predicted_margin", "+.1f"),
        number("win %", "win_probability", ".0f", 100),
        Shown("line", _line, is_number=True),
        number("game", "game_id"),
    )
    title = f"{found.name}{conference}, season {found.season}, {through(found)}"
    sections = (
        Section("profile", found.profile, facts=_profile(profile)),
        Section("schedule", found.schedule, columns, "Schedule"),
    )
    return Sheet(title, sections, (f"@ away, vs neutral; {FORECAST}", LINE))


def _profile(row: Row) -> list[str]:
    """Facts of a team, a line per subject. Without gold only the record is known."""
    lines = [f"record {shown_pair(row['total_wins'], row['total_losses'])}"]
    if "rank" not in row:
        return [*lines, "ratings, resume and four factors need gold: `cbbd-etl gold`"]
    conference, *by_site = (f"{kind} {_record(row, kind)}" for kind in ("conference", "home", "away", "neutral"))
    place = f", place {row['conference_rank']}" if row["conference_rank"] else ""
    lines[0] += f" ({conference}{place}), {', '.join(by_site)}"
    rating = (("off", "adjusted_offence"), ("def", "adjusted_defence"), ("tempo", "tempo"))
    others = ", ".join(f"{name} {shown_number(row[column], '.1f')}" for name, column in rating)
    lines.append(f"rank {shown_number(row['rank'])}, net {shown_number(row['net'], '+.1f')}, {others}")
    quadrants = (("Q1", "quadrant_1"), ("Q2", "quadrant_2"), ("Q3-4", "quadrant_3_4"))
    records = ", ".join(f"{name} {_record(row, kind)}" for name, kind in quadrants)
    above = f"wins above bubble {shown_number(row['wins_above_bubble'], '+.1f')}"
    polls = f"AP {shown_number(row['ap_rank'])}, coaches {shown_number(row['coaches_rank'])}"
    return [*lines, f"{records}; {above}; {polls}", _factors(row, "offence"), _factors(row, "defence")]


def _record(row: Row, kind: str) -> str:
    return shown_pair(row[f"{kind}_wins"], row[f"{kind}_losses"])


def _factors(row: Row, side: str) -> str:
    names = (("eFG", "effective_field_goal_pct"), ("turnovers", "turnover_pct"), ("rebounds", "offensive_rebound_pct"))
    shares = ", ".join(f"{name} {shown_number(row[f'{side}_{column}'], '.1f', 100)} %" for name, column in names)
    return f"{side}: {shares}, FT rate {shown_number(row[f'{side}_free_throw_rate'], '.2f')}"


def _result(row: Row) -> str:
    if row["won"] is None:
        return str(row["status"])
    return f"{'W' if row['won'] else 'L'} {shown_pair(row['points'], row['opponent_points'])}"


def _line(row: Row) -> str:
    return shown_number(row["spread"], "+.1f") + ("?" if row["is_line_suspect"] else "")


def slate_sheet(found: Any) -> Sheet:
    """Games of a day."""
    columns = (
        Shown("ET", lambda row: "TBD" if row["start_time_tbd"] else f"{row['start_at'].astimezone(EASTERN):%H:%M}"),
        text("away", "away_team", is_flexible=True),
        Shown("home", lambda row: row["home_team"] + (" (n)" if row["neutral_site"] else ""), is_flexible=True),
        Shown("score", lambda row: shown_pair(row["away_points"], row["home_points"]) if row["has_result"] else ""),
        number("forecast", "predicted_home_margin", "+.1f"),
        number("win %", "home_win_probability", ".0f", 100),
        Shown("line", _line, is_number=True),
        number("total", "over_under", ".1f"),
        number("game", "game_id"),
    )
    title = f"Games of {found['game_date'][0]}, season {found['season'][0]}"
    notes = ("score: away-home; forecast, win %, line: of the home team; (n) neutral site", FORECAST, LINE)
    return Sheet(title, [Section("games", found, columns)], notes)


def game_sheet(found: cbb.Game) -> Sheet:
    """A game with its box scores."""
    row = found.summary.row(0, named=True)
    score = shown_pair(row["away_points"], row["home_points"]) if row["has_result"] else row["status"]
    where = f"{row['venue'] or 'venue unknown'}{' (neutral)' if row['neutral_site'] else ''}"
    low, high = shown_number(row["margin_low_80"], "+.1f"), shown_number(row["margin_high_80"], "+.1f")
    margin, chance = shown_number(row["predicted_home_margin"], "+.1f"), row["home_win_probability"]
    facts = (
        f"{row['away_team']} at {row['home_team']}: {score}",
        f"{row['game_date']}, {where}",
        f"forecast: home {margin} (80 % between {low} and {high}), wins {shown_number(chance, '.0f', 100)} %",
        f"line: home {_line(row)}, total {shown_number(row['over_under'], '.1f')}",
    )
    team = (text("team", "team", is_flexible=True), *_team_columns())
    sections = [Section("summary", found.summary, facts=facts)]
    sections += [Section("teams", found.teams, team if found.teams.height else (), "Teams")]
    sections += [Section("players", found.players, _player_columns() if found.players.height else (), "Players")]
    return Sheet(f"Game {row['game_id']}, season {row['season']}", sections, (FORECAST,))


def _team_columns() -> Sequence[Shown]:
    return (
        pair("fg", "field_goals_made", "field_goals_attempted"),
        pair("3p", "threes_made", "threes_attempted"),
        pair("ft", "free_throws_made", "free_throws_attempted"),
        number("reb", "rebounds", ".0f"),
        number("ast", "assists"),
        number("to", "turnovers", ".0f"),
        number("fouls", "fouls", ".0f"),
    )


def _player_columns() -> Sequence[Shown]:
    return text("team", "team", is_flexible=True), text("player", "name", is_flexible=True), *BOX


def standings_sheet(found: Any) -> Sheet:
    """Standings of a conference."""
    columns = (
        number("#", "conference_rank"),
        text("team", "team", is_flexible=True),
        pair("conf", "conference_wins", "conference_losses"),
        number("behind", "games_behind", ".1f"),
        pair("all", "total_wins", "total_losses"),
        number("margin", "conference_average_margin", "+.1f"),
        number("net", "net", "+.1f"),
        number("rank", "rank"),
        text("tie break", "tie_break", is_flexible=True),
    )
    title = f"{found['conference'][0]}, season {found['season'][0]}, results through {found['results_through'][0]}"
    notes = ("net: points per 100 possessions; rank: of Division I",)
    return Sheet(title, [Section("standings", found, columns)], notes)


def odds_sheet(found: Any) -> Sheet:
    """A conference race."""
    columns = (
        text("team", "team", is_flexible=True),
        pair("conf", "conference_wins", "conference_losses"),
        number("wins", "expected_conference_wins", ".1f"),
        number("losses", "expected_conference_losses", ".1f"),
        number("title %", "title_probability", ".1f", 100),
        number("alone %", "outright_title_probability", ".1f", 100),
        number("place", "expected_conference_rank", ".1f"),
    )
    notes = (
        f"conference games; wins, losses and place: expected at the end, over {found['simulations'][0]:,} seasons",
        "title: best record, also a shared one; alone: not shared",
    )
    return Sheet(f"{found['conference'][0]}, {_forecast_of(found)}", [Section("odds", found, columns)], notes)


def bracket_sheet(found: Any) -> Sheet:
    """The NCAA tournament. Rounds that are over, or that a small field does not have, are left out."""
    open_rounds = [name for name in reversed(ROUNDS) if found[name].null_count() == 0 and not (found[name] == 1).all()]
    rounds = [number(_round(name), name, ".1f", 100) for name in open_rounds[-5:] or ROUNDS[:1]]
    columns = (text("team", "team", is_flexible=True), text("region", "region"), number("seed", "seed"), *rounds)
    field = "Drawn field" if found["is_field_drawn"].all() else "Projected field"
    notes = (f"probability in % to play in each round, over {found['simulations'][0]:,} tournaments",)
    return Sheet(f"{field}, {_forecast_of(found)}", [Section("bracket", found, columns)], notes)


def _round(name: str) -> str:
    """A round by its number of teams, which is narrower than its name; the last two by name."""
    teams = 2 ** ROUNDS.index(name)
    return f"last {teams}" if teams > 2 else name


def _forecast_of(found: Any) -> str:
    return f"season {found['season'][0]}, as of the morning of {found['as_of_date'][0]}"


def market_sheet(found: Any) -> Sheet:
    """How good the lines are."""
    columns = (
        text("provider", "provider", is_flexible=True),
        number("games", "games", ","),
        number("error", "spread_error", ".2f"),
        number("ours", "model_margin_error", ".2f"),
        number("Brier", "moneyline_brier", ".3f"),
        number("ours", "model_brier", ".3f"),
        number("fav %", "favourite_cover_pct", ".1f", 100),
        number("over %", "over_pct", ".1f", 100),
        number("margin %", "bookmaker_margin_pct", ".1f", 100),
    )
    title = f"Closing lines of season {found['season'][0]}, results through {found['results_through'][0]}"
    notes = (
        "error: mean absolute error of the margin, points; ours: our forecasts on the same games",
        "Brier: of the chance to win; 0 is perfect, 0.25 a coin. fav %: favourites that covered",
    )
    return Sheet(title, [Section("market", found, columns)], notes)
