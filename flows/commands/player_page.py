"""How a player is printed: season line, impact, game log, shots by range."""

from __future__ import annotations

from typing import Any

import cbbd_etl as cbb
from flows.commands._pages import BOX, through
from flows.terminal.sheet import Row, Section, Sheet, Shown, number, shown_number, shown_pair, text
from quality.wording import SITE_MARKS

RANGES = (
    text("range", "shot_range"),
    Shown("made", lambda row: shown_pair(row["shots_made"], row["shots_attempted"]), is_number=True),
    number("%", "shot_pct", ".1f", 100),
    number("share", "shot_share_pct", ".0f", 100),
    number("assisted", "assisted_share_pct", ".0f", 100),
    number("points", "points_per_shot", ".2f"),
    number("expected", "expected_points_per_shot", ".2f"),
    number("above", "points_above_expected", "+.1f"),
)


def player_sheet(found: cbb.Player) -> Sheet:
    """Season line and game log of a player."""
    log = (
        text("date", "game_date"),
        Shown("opponent", lambda row: f"{SITE_MARKS[row['site']]}{row['opponent']}", is_flexible=True),
        *BOX,
    )
    facts = [fact for row in found.line.iter_rows(named=True) for fact in _season_line(row)]
    title = f"{found.name} ({found.team}), season {found.season}, {through(found)}"
    facts += [_impact_line(row) for row in found.impact.iter_rows(named=True)]
    sections = [Section("line", found.line, facts=facts), Section("log", found.log, log, "Games")]
    notes = ["@ away, vs neutral; fg, 3p, ft: made-attempted"]
    if found.impact.height:
        notes.append("impact: points per 100 possessions above an average player, with its 80 % interval")
    if found.shots.height:
        sections.append(Section("shots", found.shots, RANGES, "Shots"))
        notes.append("above: points above what range and opponents lead to expect")
    if found.similar.height:
        sections.append(Section("similar", found.similar, (), "Similar seasons", _similar_lines(found.similar)))
        notes.append("apart: standard deviations of the season; both: unusual in both; other: the other has + or -")
    return Sheet(title, tuple(sections), tuple(notes))


def _impact_line(row: Row) -> str:
    """The adjusted impact of the newest morning."""
    parts = (("net", "net_impact"), ("offence", "offence_impact"), ("defence", "defence_impact"))
    values = ", ".join(f"{name} {shown_number(row[column], '+.1f')}" for name, column in parts)
    ends = " to ".join(shown_number(row[f"net_impact_{end}_80"], "+.1f") for end in ("low", "high"))
    flag = "" if row["flag"] == "ok" else f", {row['flag']}"
    return f"impact {values} ({ends}{flag}); on/off {shown_number(row['on_off_net_per100'], '+.1f')}"


def _season_line(row: Row) -> list[str]:
    """Averages of a season with one team."""
    per_game = (("points", "points"), ("rebounds", "rebounds_total"), ("assists", "assists"), ("min", "minutes"))
    scale = 1 / max(row["games"], 1)
    means = ", ".join(f"{name} {shown_number(row[column], '.1f', scale)}" for name, column in per_game)
    lines = [f"{row['games']} games, {row['starts'] or 0} starts; per game: {means}"]
    shots = (("fg", "field_goals"), ("3p", "three_point_field_goals"), ("ft", "free_throws"))
    lines.append("; ".join(f"{name} {_share(row[f'{c}_made'], row[f'{c}_attempted'])}" for name, c in shots))
    if "usage_pct" in row:
        rating = f"offensive rating {shown_number(row['offensive_rating'], '.1f')}"
        lines[1] += f"; usage {shown_number(row['usage_pct'], '.1f', 100)} %; {rating}"
    return lines


def _share(made: float | None, attempted: float | None) -> str:
    if made is None or not attempted:
        return shown_pair(made, attempted)
    return f"{shown_pair(made, attempted)} ({100 * made / attempted:.1f} %)"


def _similar_lines(rows: Any) -> list[str]:
    """A line per similar season, with the rates in which the two agree and differ."""
    lines = []
    for row in rows.iter_rows(named=True):
        line = f"{row['similar_name']} ({row['similar_team']} {row['similar_season']})"
        line += f", {row['profile_distance']:.2f} apart"
        for word, name in (("both", "alike_rates"), ("other", "different_rates")):
            line += f"; {word}: {', '.join(row[name])}" if row[name] else ""
        lines.append(line)
    return lines
