"""`python flows/gold.py` as a user runs it: builds once, says what it would do, and what it cannot do."""

from __future__ import annotations

import pytest

from tests.flows.runs import SEASON, Cli

pytestmark = pytest.mark.xdist_group("gold")


def gold(cli: Cli, *args: str) -> tuple[int, str, str]:
    done = cli.flow("gold", *args)
    return done.returncode, done.stdout, done.stderr


def tables(plan: str, why: str) -> set[str]:
    """Tables of a printed plan that it gives this reason for; a long name ends with three dots."""
    return {line.split()[0] for line in plan.splitlines() if line.rstrip().endswith(why)}


def test_gold_from_ingest_to_query(cli: Cli, laptop: Cli) -> None:
    """One run builds, the next has nothing to do and needs no Prefect, and SQL sees the tables."""
    code, _, err = gold(cli)
    assert (code, "there is no lake" in err) == (2, True)
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
    code, _, err = gold(cli, "--season", str(SEASON - 1))
    assert (code, f"has no season {SEASON - 1}; its seasons: {SEASON}" in err) == (2, True)
    code, _, err = gold(cli, "--tables", "toys")
    assert (code, "valid are" in err, "team_ratings_daily" in err) == (2, True, True)
