"""`python flows/gold.py` as a user runs it: builds once, says what it would do, and what it cannot do."""

from __future__ import annotations

import csv

import pytest

from tests.flows.runs import SEASON, Cli

pytestmark = pytest.mark.xdist_group("gold")


def gold(cli: Cli, *args: str) -> tuple[int, str, str]:
    done = cli.flow("gold", *args)
    return done.returncode, done.stdout, done.stderr


def tables(plan: str, why: str) -> set[str]:
    """Tables of a printed plan that it gives this reason for; a long name ends with three dots."""
    return {line.split()[0] for line in plan.splitlines() if line.rstrip().endswith(why)}


def forecasts_are_shown(cli: Cli) -> None:
    """`odds` and `bracket`: a person reads a table of 80 columns, a program all rows and columns."""
    conferences = cli.query(
        "select distinct conference from gold.season_forecast where conference is not null order by 1"
    )
    name = conferences[0].strip('"')
    done = cli.etl("odds", name.lower(), "--as-of", f"{SEASON}-01-20", COLUMNS="80")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"{name}, season {SEASON}, as of the morning of {SEASON}-01-" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
    done = cli.etl("odds", name, "--format", "csv")
    teams = list(csv.DictReader(done.stdout.splitlines()))
    assert {team["conference"] for team in teams} == {name}
    assert sum(float(team["title_probability"]) for team in teams) >= 1
    done = cli.etl("odds", "no such conference")
    assert (done.returncode, name in done.stderr) == (2, True), "the error lists the names"
    done = cli.etl("odds", name, "--as-of", "tomorrow")
    assert (done.returncode, "give a day such as" in done.stderr) == (2, True)
    done = cli.etl("bracket", "--season", str(SEASON - 20))
    assert (done.returncode, "it has mornings from" in done.stderr) == (2, True)
    done = cli.etl("bracket", COLUMNS="80")
    assert (done.returncode, f"season {SEASON}" in done.stdout) == (0, True)
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_gold_from_ingest_to_query(cli: Cli, laptop: Cli) -> None:
    """One run builds, the next has nothing to do and needs no Prefect, and SQL and forecasts see the tables."""
    code, _, err = gold(cli)
    odds = cli.etl("odds", "any")
    assert (code, "there is no lake" in err) == (2, True)
    assert (odds.returncode, "there is no lake" in odds.stderr) == (2, True)
    assert cli.ingest("--endpoints", "games,game_teams,team_seasons").returncode == 0
    code, out, _ = gold(cli, "--dry-run")
    planned = tables(out, "not there yet")
    assert code == 0
    assert {"gold.team_ratings_daily", "gold.game_predictions"} <= planned
    code, out, err = gold(cli)
    assert code == 0, err
    assert "gold.team_ratings_daily" in out
    assert "waits:             gold.market_lines_analysis 2025 for silver.fct_lines" in out
    assert "to fetch for them:" in out
    code, out, _ = gold(laptop)
    assert (code, tables(out, "up to date") >= planned) == (0, True)
    best = "select team_id from gold.team_ratings_daily where rank = 1 order by as_of_date desc limit 1"
    assert len(cli.query(best)) == 1
    forecasts_are_shown(cli)
    code, _, err = gold(cli, "--season", str(SEASON - 1))
    assert (code, f"has no season {SEASON - 1}; its seasons: {SEASON}" in err) == (2, True)
    code, _, err = gold(cli, "--tables", "toys")
    assert (code, "valid are" in err, "team_ratings_daily" in err) == (2, True, True)
