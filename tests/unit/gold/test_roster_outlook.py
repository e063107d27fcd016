"""Who returns, leaves and arrives: what decides, what is only expected, and what bad input does."""

from __future__ import annotations

from datetime import UTC, date, datetime

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.contracts.gold_outlook import ROSTER_OUTLOOK, ROSTER_OUTLOOK_PLAYERS
from quality.dataset import Table
from quality.point_in_time import known_before
from quality.rules.base import HOLDS
from quality.rules.players import outlook_adds_up_to_the_team
from tests.support.outlook import LAST_GAME, MAY, SEASON, Summer, entry, listed, player, recruit

AFTER = date(2025, 4, 8)
SEPTEMBER = datetime(2025, 9, 20, 12, tzinfo=UTC)


def said(summer: Summer, athlete: int, team: int = 1) -> tuple[str, str, int | None]:
    """Outlook, reason and team elsewhere of an athlete."""
    found = summer.players().filter(team_id=team, outlook_subject="athlete", outlook_subject_id=athlete)
    return found.select("outlook", "outlook_reason", "elsewhere_team_id").row(0)


def one(**lake: list[object]) -> Summer:
    """A team with one player, athlete 7, in the second season."""
    known = {"boxes": [player(1, 7, "Ann Ash")], "rosters": [listed(SEASON, 1, 7, "Ann Ash", 2024)]}
    return Summer(**{name: [*known.get(name, []), *lake.get(name, [])] for name in known.keys() | lake.keys()})


@pytest.mark.parametrize(
    ("lake", "expected"),
    [
        ({}, ("returns", "expected", None)),
        ({"picks": [7]}, ("leaves", "drafted", None)),
        ({"picks": [None, 8]}, ("returns", "expected", None)),
        ({"portal": [entry(1, "Ann Ash", 1, None)]}, ("leaves", "portal", None)),
        ({"portal": [entry(1, "Ann Ash", 1, 2)]}, ("leaves", "portal", 2)),
        ({"portal": [entry(1, "Ann Ash", 1, None, "Withdrawn")]}, ("returns", "withdrawn", None)),
        ({"portal": [entry(1, "Ann Ash", 1, 1)]}, ("returns", "withdrawn", None)),
        ({"portal": [entry(1, "Ánn  Ash Jr.", 1, 2)]}, ("leaves", "portal", 2)),
        ({"portal": [entry(1, "Ann Ash", 2, 3)]}, ("returns", "expected", None)),
        ({"boxes": [player(2, 7, "Ann Ash", game_date=date(2025, 1, 3))]}, ("returns", "expected", None)),
        ({"boxes": [player(2, 7, "Ann Ash", game_date=date(2025, 4, 9))]}, ("leaves", "moved_on", 2)),
        ({"rosters": [listed(2026, 1, 7, "Ann Ash"), listed(2026, 2, 8, "B")]}, ("returns", "on_next_roster", None)),
        ({"rosters": [listed(2026, 1, 8, "B")]}, ("leaves", "not_on_next_roster", None)),
        ({"rosters": [listed(2026, 2, 7, "Ann Ash")]}, ("leaves", "other_team", 2)),
        ({"rosters": [listed(2026, 2, 8, "B")]}, ("returns", "expected", None)),
    ],
    ids=lambda value: str(value)[:60],
)  # fmt: skip
def test_what_is_known_decides(lake: dict[str, list[object]], expected: tuple[str, str, int | None]):
    assert said(one(**lake), 7) == expected


def test_the_next_roster_counts_more_than_portal_and_draft():
    """Trap: a player who withdrew from both was still counted as gone."""
    lake = one(picks=[7], portal=[entry(1, "Ann Ash", 1, 2)], rosters=[listed(2026, 1, 7, "Ann Ash")])
    assert said(lake, 7) == ("returns", "on_next_roster", None)


@pytest.mark.parametrize(("start", "seasons", "outlook"), [(2024, 2, "returns"), (2022, 4, "leaves"),
                                                           (2021, 4, "leaves"), (2023, 3, "returns"),
                                                           (2020, 5, "leaves")])  # fmt: skip
def test_four_seasons_are_a_career_and_2021_does_not_count(start: int, seasons: int, outlook: str):
    lake = Summer(boxes=[player(1, 7, "Ann Ash")], rosters=[listed(SEASON, 1, 7, "Ann Ash", start)])
    row = lake.players().row(0, named=True)
    assert (row["seasons_played"], row["outlook"]) == (seasons, outlook)


def test_the_opening_roster_counts_and_not_a_later_one():
    """Trap: a roster that was fetched in January, after players had left, described the preseason."""
    lake = one(early=[listed(2026, 1, 7, "Ann Ash")], rosters=[listed(2026, 1, 8, "B", at=SEPTEMBER)])
    assert said(lake, 7) == ("returns", "on_next_roster", None)
    assert lake.players()["as_of_date"].unique().to_list() == [date(2025, 5, 11)]


def test_who_arrives_brings_minutes_and_impact_of_the_season():
    lake = one(
        boxes=[player(2, 8, "Bea Bay", 900), player(9, 9, "Cy Cole", 300)],
        impact=[(2, 8, AFTER, 0.2, 3.0)],
        portal=[entry(1, "Bea Bay", 2, 1), entry(2, "Cy Cole", 9, 1), entry(3, "Nobody Known", 3, 1)],
        recruits=[recruit(5, "Dee Dow", 1), recruit(6, "Eve Eck", None), recruit(7, "Far Away", 2, 70)],
    )
    rows = lake.players().filter(team_id=1, outlook="arrives")
    columns = ("outlook_subject", "outlook_subject_id", "outlook_reason", "season_minutes", "net_contribution", "flag")
    assert set(rows.select(columns).rows()) == {
        ("athlete", 8, "portal", 900.0, 3.0, "ok"),
        ("athlete", 9, "portal", 300.0, None, "no_impact"),
        ("portal_entry", 3, "portal", 0.0, None, "no_athlete"),
        ("recruit", 5, "recruit", 0.0, None, "no_athlete"),
    }
    team = lake.teams().filter(team_id=1).row(0, named=True)
    assert (team["arriving_players"], team["arriving_minutes"], team["arriving_contribution"]) == (4, 1200.0, 3.0)
    assert (team["outlook_entries_without_athlete"], team["players_without_impact"]) == (2, 2)


def test_announced_players_whom_the_next_roster_lacks_are_missing():
    lake = one(
        boxes=[player(2, 8, "Bea Bay", 900)],
        portal=[entry(1, "Bea Bay", 2, 1), entry(2, "New Name", 9, 1)],
        recruits=[recruit(5, "Dee Dow", 1), recruit(6, "Eve Eck", 1, 61)],
        rosters=[listed(2026, 1, 7, "Ann Ash"), listed(2026, 1, 50, "Dee Dow"), listed(2026, 1, 51, "New Name"),
                 listed(2026, 1, 52, "Walk On")],
    )  # fmt: skip
    rows = lake.players().filter(team_id=1)
    found = {row[0]: row[1:] for row in rows.select("name", "outlook", "outlook_reason", "outlook_subject").rows()}
    assert found == {
        "Ann Ash": ("returns", "on_next_roster", "athlete"),
        "Bea Bay": ("missing", "portal", "athlete"),
        "Dee Dow": ("arrives", "recruit", "athlete"),
        "Eve Eck": ("missing", "recruit", "athlete"),
        "New Name": ("arrives", "portal", "athlete"),
        "Walk On": ("arrives", "newcomer", "athlete"),
    }


def test_two_players_of_one_name_are_not_guessed():
    """Trap: a join by name gives both the entry of one. It is counted instead."""
    lake = Summer(
        boxes=[player(1, 7, "Ann Ash"), player(1, 8, "Ann Ash"), player(2, 9, "Ann Ash")],
        portal=[entry(1, "Ann Ash", 1, 2)],
    )
    rows = lake.players()
    assert set(rows.filter(outlook_subject="athlete")["outlook"]) == {"returns"}
    assert set(rows.filter(flag="no_athlete").select("team_id", "outlook").rows()) == {(1, "leaves"), (2, "arrives")}
    assert lake.teams().sort("team_id")["outlook_entries_without_athlete"].to_list() == [1, 1]


def test_an_athlete_of_two_teams_has_a_row_at_each_and_one_place_to_return_to():
    lake = Summer(
        boxes=[player(1, 7, "Ann Ash", 200, game_date=date(2024, 12, 1)), player(2, 7, "Ann Ash", 500)],
        impact=[(1, 7, date(2024, 12, 2), 0.1, 2.0), (2, 7, AFTER, 0.2, -1.0)],
    )
    assert said(lake, 7, 1) == ("leaves", "moved_on", 2)
    assert said(lake, 7, 2) == ("returns", "expected", None)
    assert lake.teams()["known_player_minutes"].to_list() == [200.0, 500.0]


def test_an_athlete_on_two_next_rosters_is_flagged_on_both():
    both = [listed(2026, team, 7, "Ann Ash") for team in (1, 2)]
    lake = one(rosters=both, impact=[(1, 7, AFTER, 0.2, 1.0)])
    found = set(lake.players().select("team_id", "outlook", "flag").rows())
    assert found == {(1, "returns", "two_rosters"), (2, "arrives", "two_rosters")}


def test_without_impact_sums_are_null_and_minutes_remain():
    team = one(boxes=[player(1, 8, "Bea Bay", 0)]).teams().row(0, named=True)
    assert team["outlook_returning_minutes_pct"] == 1
    names = ("returning_contribution", "leaving_contribution", "outlook_returning_impact_pct", "next_class_rating")
    assert [team[name] for name in names] == [None] * 4
    assert (team["flag"], team["players_without_impact"], team["arriving_contribution"]) == ("no_impact", 1, 0.0)


def test_a_team_without_minutes_is_flagged():
    team = Summer(boxes=[player(2, 8, "B")], rosters=[listed(SEASON, 1, 7, "Ann Ash")]).teams().row(0, named=True)
    assert (team["flag"], team["outlook_returning_minutes_pct"], team["returning_players"]) == ("no_minutes", None, 1)


def test_the_class_of_the_next_season_counts_from_its_fetch():
    teams = Summer(boxes=[player(1, 7, "Ann Ash")], classes=[(1, 55.0, MAY)]).teams()
    assert teams.select("next_class_rating", "as_of_date").row(0) == (55.0, date(2025, 5, 11))


def test_reserves_are_worth_nothing_and_the_share_is_of_what_is_above_them():
    """Nine players: the ninth is the reserve, one of the others leaves."""
    names = {number: f"Player {chr(64 + number)}" for number in range(1, 10)}
    lake = Summer(
        boxes=[player(1, number, name, 1000 - 50 * number) for number, name in names.items()],
        impact=[(1, number, AFTER, 0.1, -2.0 if number == 9 else 2.0) for number in names],
        picks=[1],
    )
    rows = lake.players()
    assert rows.filter(outlook_subject_id=9)["value_above_reserves"].item() == 0
    assert rows.filter(outlook_subject_id=1)["value_above_reserves"].item() == pytest.approx(5 * 0.1 * 4)
    team = lake.teams().row(0, named=True)
    assert team["outlook_returning_impact_pct"] == pytest.approx(7 / 8)
    assert team["returning_contribution"] == pytest.approx(5 * 0.1 * (7 * 2 - 2))


def test_a_later_estimate_than_the_games_is_not_used():
    """As of a morning, games after it are gone; the estimates of later mornings lie in the lake still."""
    lake = one(impact=[(1, 7, AFTER, 0.2, 1.0), (1, 7, date(2025, 4, 20), 0.2, 9.0)])
    assert lake.players()["net_impact"].to_list() == [1.0]


def test_the_rule_finds_a_team_that_does_not_add_up():
    """The rating is that of the last morning with games; a later one, of a lake that goes on, is not used."""
    for net, holds in ((1.0, True), (1.1, False)):
        lake = one(impact=[(1, 7, AFTER, 0.2, 1.0)], nets=[(1, AFTER, net), (1, date(2025, 6, 1), 9.0)])
        teams = lake.teams()
        assert teams.filter(team_id=1)["outlook_team_net"].to_list() == [net]
        assert outlook_adds_up_to_the_team(teams.lazy()).collect()[HOLDS].to_list() == [holds]


@pytest.mark.parametrize("table", [ROSTER_OUTLOOK_PLAYERS, ROSTER_OUTLOOK], ids=lambda table: table.name)
def test_as_of_a_morning_later_responses_say_nothing(table: Table):
    """A portal entry and a roster count from their fetch on: the portal has no dates of its own."""
    june = datetime(2025, 6, 20, 12, tzinfo=UTC)
    lake = one(portal=[entry(1, "Ann Ash", 1, 2, at=june)], rosters=[listed(2026, 2, 7, "Ann Ash", at=SEPTEMBER)])

    def of(day: date) -> Summer:
        parts = {"rosters": "silver.fct_rosters", "portal": "silver.fct_recruiting_portal"}
        known = {name: _known(getattr(lake, name), table_name, day) for name, table_name in parts.items()}
        return Summer(boxes=lake.boxes, **known)

    days = (date(2025, 6, 20), date(2025, 6, 21), date(2025, 9, 20), date(2025, 9, 21))
    if table is ROSTER_OUTLOOK_PLAYERS:
        assert [said(of(day), 7)[1] for day in days] == ["expected", "portal", "portal", "portal"]
        assert [said(of(day), 7, 2)[1] for day in days[1:]] == ["portal"] * 3
    else:
        known = [of(day).teams().filter(team_id=2)["is_next_roster_known"].to_list() for day in days]
        assert known == [[], [False], [False], [True]]
    made = [of(day).players() if table is ROSTER_OUTLOOK_PLAYERS else of(day).teams() for day in days]
    assert [rows["as_of_date"].max() for rows in made] == [date(2025, 5, 11), days[1], days[1], days[3]]


def _known(rows: list[dict[str, object]], name: str, day: date) -> list[dict[str, object]]:
    from quality.dataset import registry  # noqa: PLC0415

    frame = pl.DataFrame(rows, schema_overrides={"fetched_at": pl.Datetime("us", "UTC")})
    return known_before(frame.lazy(), registry().tables[name], day).collect().to_dicts()


NAMES = st.sampled_from(["Ann Ash", "Bea Bay", "Cy Cole", "", "  ", "Ann  Ash II", "Ånn Ash"])
TEAMS = st.sampled_from([1, 2, 3, 9, None])


@settings(max_examples=60, deadline=None)
@given(
    boxes=st.lists(st.tuples(st.sampled_from([1, 2, 3, 9]), st.integers(1, 6), NAMES, st.integers(0, 900)), min_size=1,
                   max_size=8),
    moves=st.lists(st.tuples(NAMES, TEAMS, TEAMS, st.sampled_from(["Withdrawn", "TBD", None])), max_size=5),
    young=st.lists(st.tuples(NAMES, TEAMS, st.sampled_from([None, 1, 2, 20, 21])), max_size=4),
    after=st.lists(st.tuples(st.sampled_from([1, 2, 9]), st.sampled_from([1, 2, 3, 20, 30]), NAMES), max_size=5),
    picks=st.lists(st.sampled_from([None, 1, 2, 99]), max_size=3),
)  # fmt: skip
def test_whatever_is_sent_minutes_add_up_and_nothing_is_counted_twice(
    boxes: list, moves: list, young: list, after: list, picks: list
):
    lake = Summer(
        boxes=[player(*row) for row in boxes],
        portal=[entry(number, name, *sides) for number, (name, *sides) in enumerate(moves)],
        recruits=[recruit(number, *row) for number, row in enumerate(young)],
        rosters=[listed(2026, *row) for row in after],
        picks=picks,
    )
    rows, teams = lake.players(), lake.teams()
    assert not rows.select(ROSTER_OUTLOOK_PLAYERS.key).is_duplicated().any()
    of_members = sum(minutes for team, _, _, minutes in boxes if team in {1, 2, 3})
    own = rows.filter(pl.col("outlook").is_in(["returns", "leaves"]))
    assert own["season_minutes"].sum() == pytest.approx(of_members)
    assert teams["known_player_minutes"].sum() == pytest.approx(of_members)
    counts = teams.select(pl.sum_horizontal(pl.col(f"{name}_players") for name in ("returning", "leaving", "arriving",
                                                                                   "missing")).sum())  # fmt: skip
    assert counts.item() == rows.height
    if not after:
        assert not rows.filter(outlook="returns")["outlook_subject_id"].is_duplicated().any()


def test_the_season_so_far_is_dated_by_its_last_game():
    assert one().players()["as_of_date"].to_list() == [date(2025, 5, 11)]
    assert Summer(boxes=[player(1, 7, "Ann Ash")]).players()["as_of_date"].to_list() == [AFTER]
    assert LAST_GAME < AFTER
