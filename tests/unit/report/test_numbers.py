"""Numbers of the pages are those of the lake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import polars as pl

import cbbd_etl as cbb
from report import links
from report.forms import DASH, day
from report.pages import teams
from report.source import Source
from tasks.audit.audit import audit_lake
from tasks.gold.model.outcome import QUANTILE_80
from tasks.lake.lake import Lake
from tests.support.html import Element, table
from tests.unit.report.conftest import SEASON, data_of, script

Read = Callable[[str], Element]


def signed(value: float | None) -> str:
    """The number with a sign, unless it is shown as zero."""
    if value is None:
        return DASH
    text = f"{value:+.1f}"
    return "0.0" if text in {"+0.0", "-0.0"} else text


def from_data(page: Element, kind: str) -> list[Element]:
    """Places of tables of a kind from data."""
    return [item for item in page.all("div") if f"data-{kind}" in item.attributes]


def labels(site: Path, kind: str) -> list[str]:
    """Headings of a kind of table from data."""
    return [label for label, _ in script(site, links.HEADINGS)[kind]]


def test_rankings_are_those_of_the_reader(read: Read, lake: Lake):
    expected = cbb.rankings(lake=lake).to_dicts()
    before = cbb.rankings(as_of=expected[0]["as_of_date"] - timedelta(7), lake=lake)
    ranks = dict(before.select("team_id", "rank").iter_rows())
    rows = table(read(links.RANKINGS), "Teams of Division I by net rating")
    assert len(rows) == len(expected)
    for row, team in zip(rows, expected, strict=True):
        assert (row["#"], row["Team"], row["Net"]) == (str(team["rank"]), team["team"], signed(team["net"]))
        assert row["Record"] == f"{team['wins']}{DASH}{team['losses']}"
        assert row["80 % from"] == signed(team["net"] - QUANTILE_80 * team["uncertainty"])
        assert int(row["7 days"]) == ranks[team["team_id"]] - team["rank"]


def test_every_schedule_is_that_of_the_team(read: Read, lake: Lake, source: Source):
    """Trap: margin, chance and line of the home team on the page of the away team."""
    signs = set()
    for number, name in source.teams.select("team_id", "school").head(5).iter_rows():
        rows = table(read(links.of_team(number)), f"Games of {name}")
        expected = cbb.team(name, SEASON, lake=lake).schedule.to_dicts()
        assert len(rows) == len(expected) > 0
        for row, game in zip(rows, expected, strict=True):
            assert row["Date"] == day(game["game_date"])
            assert row["Opponent"].endswith(game["opponent"])
            assert row["Opponent"].startswith("@") == (game["site"] == "away")
            assert row["Forecast"] == signed(game["predicted_margin"])
            assert row["Line"].rstrip("?") == signed(game["spread"])
            chance = game["win_probability"]
            assert row["Chance"] == (DASH if chance is None else f"{chance:.0%}")
            score = f"{game['points']}{DASH}{game['opponent_points']}"
            outcome = "W" if game["won"] else "L"
            assert row["Result"] == (game["status"] if game["won"] is None else f"{outcome} {score}")
            signs.add((game["site"], row["Line"][:1]))
    assert {site for site, _ in signs} >= {"home", "away"}


def test_the_profile_of_a_team_is_that_of_gold(read: Read, source: Source):
    assert source.summaries is not None
    row = source.summaries.sort("rank").row(0, named=True)
    page = read(links.of_team(row["team_id"]))
    facts = {item.text: value.text for item, value in zip(page.all("dt"), page.all("dd"), strict=True)}
    assert facts["Rank"] == "1"
    assert facts["Home record"] == f"{row['home_wins']}{DASH}{row['home_losses']}"
    assert facts["Net"].startswith(signed(row["net"]))
    factors = {(item["Side"], item["Factor"]): item for item in table(page, next(page.all("caption")).text)}
    shown = factors["Own", "Effective field goals"]
    mean = source.summaries["offence_effective_field_goal_pct"].mean()
    assert shown["Value"] == f"{row['offence_effective_field_goal_pct']:.1%}"
    assert shown["Division"] == f"{mean:.1%}"
    assert shown["Rank"] == str(row["offence_effective_field_goal_pct_rank"])
    better = row["offence_effective_field_goal_pct"] >= mean
    assert shown["Against the division"] == ("better than the mean" if better else "worse than the mean")


def test_a_rating_is_drawn_in_the_order_of_dates_inside_its_interval(source: Source):
    """Trap: frames come in any order; a line drawn so goes back in time."""
    drawings = [page.drawings["rating"] for page in teams.pages(source)]
    assert len(drawings) == source.teams.height
    for rows in (drawing.rows for drawing in drawings):
        days = [row["date"] for row in rows]
        assert days == sorted(set(days))
        assert all(row["low"] < row["net"] < row["high"] for row in rows)
        assert rows[-1]["high"] - rows[-1]["low"] < rows[0]["high"] - rows[0]["low"], "it narrows as games are played"


def test_minutes_of_a_roster_are_those_of_the_box_scores(read: Read, lake: Lake, source: Source):
    number, name = source.teams.select("team_id", "school").row(0)
    boxes = cbb.load("fct_game_players", seasons=SEASON, lake=lake).filter(pl.col("team_id") == number)
    roster = cbb.load("fct_rosters", seasons=SEASON, lake=lake).filter(pl.col("team_id") == number)
    rows = table(read(links.of_team(number)), f"Players of {name}")
    assert {row["Player"] for row in rows} >= set(roster["name"])
    assert sum(int(row["Minutes"].replace(DASH, "0")) for row in rows) == round(boxes["minutes"].sum())


def test_a_conference_is_that_of_the_reader(read: Read, lake: Lake, source: Source):
    number, name = source.conferences.row(0)
    page = read(links.of_conference(number))
    expected = cbb.standings(name, SEASON, lake=lake)
    rows = table(page, "Standings by conference games of the regular season")
    assert [row["Team"] for row in rows] == expected["team"].to_list()
    race = table(page, "How the race can still end, from simulated seasons")
    forecast = cbb.odds(name, SEASON, lake=lake)
    assert [(row["Team"], row["Title"]) for row in race] == [
        (team, f"{chance:.1%}") for team, chance in forecast.select("team", "title_probability").iter_rows()
    ]


def test_a_slate_is_that_of_the_reader(read: Read, lake: Lake, source: Source):
    on = source.games["game_date"].mode()[0]
    rows = table(read(links.of_day(on)), f"Games of {day(on)}")
    expected = cbb.games(on, lake=lake)
    assert [(row["Away"], row["Home"]) for row in rows] == list(expected.select("away_team", "home_team").iter_rows())
    assert [row["Forecast"] for row in rows] == [signed(value) for value in expected["predicted_home_margin"]]


def test_the_bracket_is_that_of_the_reader(read: Read, lake: Lake):
    rows = table(read(links.BRACKET), "How far each team of the NCAA tournament can get")
    expected = cbb.bracket(SEASON, lake=lake)
    shown = [(row["Team"], row["Champion"]) for row in rows]
    assert shown == [(team, f"{chance:.1%}") for team, chance in expected.select("team", "champion").iter_rows()]


def test_the_market_is_that_of_the_reader(read: Read, lake: Lake, source: Source):
    page = read(links.MARKET)
    rows = table(page, "Accuracy of the closing lines, and of our forecasts on the same games")
    expected = cbb.market(SEASON, lake=lake).to_dicts()
    assert [row["Provider"] for row in rows] == [item["provider"] for item in expected]
    assert rows[0]["Error of the line"] == f"{expected[0]['spread_error']:.2f}"
    games = [int(row["Games"]) for row in table(page, "Home wins by forecast")]
    with_both = source.games.filter(pl.col("has_result") & pl.col("home_win_probability").is_not_null())
    assert sum(games) == with_both.height > 0


def test_coverage_is_that_of_the_audit(read: Read, lake: Lake, source: Source):
    """Trap: datasets on request that the lake never asked for, as gaps."""
    assert source.newest_response is not None
    status = audit_lake(lake, source.newest_response, [SEASON])
    expected = [(d.dataset, d.expected, d.present, d.unexplained) for d in status.datasets if d.season == SEASON]
    rows = table(read(links.COVERAGE), "What the season should hold, and what it holds")
    numbers = [[int(row[name].replace(",", "")) for name in ("Expected", "Complete", "Unexplained")] for row in rows]
    assert [(row["Dataset"], *found) for row, found in zip(rows, numbers, strict=True)] == expected


def test_line_ups_of_a_team_are_those_of_gold(site: Path, read: Read, lake: Lake, source: Source):
    number = source.teams["team_id"][0]
    assert [item.attributes["data-lineups"] for item in from_data(read(links.of_team(number)), "lineups")] == ["5", "2"]
    found, headings = data_of(site, number)["lineups"], labels(site, "lineups")
    table = lake.scan("gold.lineup_ratings").filter(team_id=number).sort("lineup_minutes", descending=True).collect()
    for size in (5, 2):
        gold = table.filter(lineup_size=size).head(10)
        assert len(found[str(size)]) == gold.height > 0
        for (places, values), row in zip(found[str(size)], gold.iter_rows(named=True), strict=True):
            shown = dict(zip(headings[1:], values.split(" "), strict=True))
            assert shown["Minutes"] == f"{row['lineup_minutes']:.0f}"
            assert shown["Net, shrunk"] == signed(row["shrunk_net_per100"])
            assert len(places) == size
        best = gold.row(0, named=True)
        assert ", ".join(found["names"][place] for place in found[str(size)][0][0]) == best["lineup_names"]


def test_minutes_together_are_those_of_the_pairs(site: Path, read: Read, lake: Lake, source: Source):
    """Trap: a matrix that is not symmetric, or whose players have minutes without partners."""
    number = source.teams["team_id"][0]
    assert len(from_data(read(links.of_team(number)), "together")) == 1
    found = data_of(site, number)["lineups"]
    players = [found["names"][place] for place in found["together"]["players"]]
    rows = [[int(value.replace(",", "")) for value in row.split(" ")] for row in found["together"]["minutes"]]
    assert len(players) == len(rows) == 10
    gold = lake.scan("gold.lineup_ratings").filter(team_id=number, lineup_size=2).collect()
    minutes = {frozenset(row["lineup_names"].split(", ")): row["lineup_minutes"] for row in gold.iter_rows(named=True)}
    for one, row in enumerate(rows):
        for other, value in enumerate(row):
            if one != other:
                assert value == rows[other][one] == round(minutes.get(frozenset({players[one], players[other]}), 0))
        own = sum(value for pair, value in minutes.items() if players[one] in pair)
        assert row[one] == round(own / 4)
    assert [row[place] for place, row in enumerate(rows)] == sorted(
        (row[place] for place, row in enumerate(rows)), reverse=True
    )


def test_shots_of_teams_and_players_are_those_of_gold(site: Path, read: Read, lake: Lake, source: Source):
    number = source.teams["team_id"][0]
    sides = [item.attributes["data-shots"] for item in from_data(read(links.of_team(number)), "shots")]
    assert sides == ["offence", "defence"]
    found, headings = data_of(site, number)["shots"], labels(site, "shots")
    gold = lake.scan("gold.shot_profile").filter(team_id=number).collect()
    assert sum(len(rows) for rows in found.values()) == gold.height > 0
    for row in gold.iter_rows(named=True):
        is_player = row["profile"] == "player"
        rows = found[str(row["subject_id"]) if is_player else row["profile"].removeprefix("team_")]
        shown = dict(zip(headings[1:], dict(rows)[row["shot_range"]].split(" "), strict=True))
        assert shown["Attempts"] == f"{row['shots_attempted']:,}"
        assert shown["Above expected"] == signed(row["points_above_expected"])
        if is_player:
            page = read(links.of_player(row["subject_id"]))
            assert str(row["subject_id"]) in [item.attributes["data-shots"] for item in from_data(page, "shots")]


def test_a_player_has_the_impact_of_the_newest_morning(read: Read, lake: Lake):
    """Trap: a table by morning on a page about a season."""
    impact = lake.scan("gold.player_impact_adjusted").sort("as_of_date").collect()
    newest = impact.unique("athlete_id", keep="last", maintain_order=True).sort("box_minutes").row(-1, named=True)
    facts = [item.text for item in read(links.of_player(newest["athlete_id"])).all("dt", "dd")]
    assert facts[facts.index("Adjusted impact") + 1] == signed(newest["net_impact"])
