"""How the roster outlook of a team is printed: sums, then the players who return, arrive, leave or are missing."""

from __future__ import annotations

import cbbd_etl as cbb
from flows.terminal.sheet import NOTHING, Row, Section, Sheet, Shown, number, shown_number, text

TITLES = {"returns": "Returns", "arrives": "Arrives", "leaves": "Leaves", "missing": "Announced, but not on the roster"}
WORDS = {
    "on_next_roster": "on the next roster",
    "expected": "expected",
    "withdrawn": "withdrew from the portal",
    "drafted": "drafted",
    "portal": "portal",
    "out_of_eligibility": "four seasons played",
    "other_team": "other roster",
    "moved_on": "moved in the season",
    "not_on_next_roster": "not on the next roster",
    "recruit": "recruit",
    "newcomer": "new on the roster",
}
# Words for several players.
COUNTED = WORDS | {"portal": "by portal", "out_of_eligibility": "after four seasons", "recruit": "recruits"}
COLUMNS = (
    text("player", "name", is_flexible=True),
    Shown("pos", lambda row: "".join(word[0] for word in (row["position"] or NOTHING).split())),
    number("min", "season_minutes", ".0f"),
    number("impact", "net_impact", "+z.1f"),
    number("worth", "net_contribution", "+z.1f"),
    Shown("why", lambda row: _why(row), is_flexible=True),  # noqa: PLW0108  defined below
)
NOTES = (
    "min: minutes of the season, of those who arrive elsewhere; impact: points per 100 possessions above an average "
    "player; worth: impact x share of the team's time, which sums to the net rating of a team",
    "value: worth above that of reserves, at least 0",
)
FLAGS = {
    "no_impact": "no estimate",
    "undecided": "no new team yet",
    "two_rosters": "on two rosters",
    "no_athlete": "athlete not known",
}


def outlook_sheet(found: cbb.Outlook) -> Sheet:
    """Sums and players of a team's next season."""
    row = found.summary.row(0, named=True)
    sections = [Section("summary", found.summary, facts=_facts(row))]
    for outlook, title in TITLES.items():
        rows = found.players.filter(outlook=outlook)
        sections.append(Section(outlook, rows, COLUMNS if rows.height else (), title))
    head = f"{found.name}, roster after season {found.season}, as known on the morning of {found.as_of}"
    return Sheet(head, sections, NOTES, found.players)


def _facts(row: Row) -> list[str]:
    basis = "the roster of the next season is known" if row["is_next_roster_known"] else (
        "the roster of the next season is not known: players return unless draft, portal or eligibility say otherwise"
    )  # fmt: skip
    returning, leaving = row["returning_players"], row["leaving_players"]
    lines = [
        basis,
        f"returns: {returning} of {returning + leaving} players, "
        f"{_pct(row['outlook_returning_minutes_pct'])} of the minutes, {_pct(row['outlook_returning_impact_pct'])} of "
        f"the value; worth {_points(row['returning_contribution'])} of the net rating "
        f"{_points(row['outlook_team_net'])}",
        f"leaves: {leaving} ({_counts(row, 'leaving', leaving)}); worth {_points(row['leaving_contribution'])}",
        f"arrives: {row['arriving_players']} ({_counts(row, 'arriving', row['arriving_players'])}); "
        f"{row['arriving_minutes']:.0f} minutes elsewhere, worth {_points(row['arriving_contribution'])} there; class "
        f"{shown_number(row['next_class_rating'], '.1f')}",
    ]
    doubts = {
        "players_without_impact": "with minutes, but no estimate",
        "outlook_entries_without_athlete": "whose athlete is not known",
    }
    unknown = [f"{row[name]} {words}" for name, words in doubts.items() if row[name]]
    return [*lines, f"counted as 0: {', '.join(unknown)}"] if unknown else lines


def _counts(row: Row, side: str, total: int) -> str:
    kinds = {"leaving": ("drafted", "portal", "out_of_eligibility"), "arriving": ("portal", "recruit")}[side]
    counts = {kind: row[f"{kind}_{side}_players"] for kind in kinds}
    known = [f"{count} {COUNTED[kind]}" for kind, count in counts.items() if count]
    rest = total - sum(counts.values())
    return ", ".join([*known, *([f"{rest} other"] if rest else [])]) or "nobody"


def _pct(value: float | None) -> str:
    return NOTHING if value is None else f"{100 * value:.0f} %"


def _points(value: float | None) -> str:
    return shown_number(value, "+z.1f")


def _why(row: Row) -> str:
    """The reason, the team that the player comes from or leaves for, and a mark for a flag."""
    words = WORDS[row["outlook_reason"]]
    team = row["elsewhere_team"]
    if team is not None:
        words = f"{words}, {'from' if row['outlook'] in {'arrives', 'missing'} else 'to'} {team}"
    if row["recruit_stars"] is not None:
        words = f"{words}, {row['recruit_stars']} stars"
    return words if row["flag"] == "ok" else f"{words}, {FLAGS[row['flag']]}"
