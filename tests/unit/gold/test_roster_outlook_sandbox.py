"""The summer after a simulated season: who returns by our account, and who is there in autumn."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

import cbbd_etl as cbb
from flows.commands.cli import main
from quality.contracts.gold_outlook import ROSTER_OUTLOOK, ROSTER_OUTLOOK_PLAYERS
from quality.dataset import Table
from tasks.build import build_gold
from tasks.gold.plan import gold_tables
from tasks.lake.lake import Lake
from tests.support.engine import SEASON, ingest, open_lake, sandbox_settings

JULY, SEPTEMBER = (datetime(2025, month, 20, 12, tzinfo=UTC) for month in (7, 9))
SUMMER = ("teams", "team_seasons", "games", "game_teams", "game_players", "rosters", "draft_picks",
          "recruiting_portal", "recruiting_players", "recruiting_teams")  # fmt: skip


TABLES = (ROSTER_OUTLOOK_PLAYERS, ROSTER_OUTLOOK)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("summer")


@pytest.fixture(scope="module")
def in_july(folder: Path) -> dict[str, pl.DataFrame]:
    """The outlook that was built in July, from a season without plays."""
    settings = sandbox_settings(folder, JULY)
    ingest(settings, *SUMMER)
    opened = open_lake(settings)
    return {table.qualified: made(opened, table) for table in gold_tables(["roster_outlook"])}


@pytest.fixture(scope="module")
def lake(folder: Path, in_july: dict[str, pl.DataFrame]) -> Lake:
    """The same lake with the rosters of autumn."""
    settings = sandbox_settings(folder, SEPTEMBER)
    ingest(settings, "team_seasons", "rosters", season=SEASON + 1)
    opened = open_lake(settings)
    for table in TABLES:
        made(opened, table)
    return opened


def made(lake: Lake, table: Table, as_of: date | None = None) -> pl.DataFrame:
    done = build_gold(lake, table, SEASON, as_of, lambda _: None)
    assert done.failed == []
    return lake.scan(table.qualified).collect().sort(table.key)


def test_the_next_roster_decides_and_everybody_has_one_place(lake: Lake):
    rows = lake.scan(ROSTER_OUTLOOK_PLAYERS.qualified).collect()
    coming = lake.scan("silver.fct_rosters").filter(pl.col("season") == SEASON + 1).collect()
    there = rows.filter(pl.col("outlook").is_in(["returns", "arrives"]), outlook_subject="athlete")
    found = there.select("team_id", athlete_id="outlook_subject_id").sort("team_id", "athlete_id")
    members = rows.select("team_id").unique()  # a team that joins the division in autumn has no outlook
    of_next = coming.join(members, on="team_id", how="semi").select("team_id", "athlete_id")
    assert_frame_equal(found, of_next.sort("team_id", "athlete_id"))
    boxes = lake.scan("silver.fct_game_players").filter(pl.col("season") == SEASON).collect()
    of_members = boxes.join(members, on="team_id")["minutes"].sum()
    teams = lake.scan(ROSTER_OUTLOOK.qualified).collect()
    assert teams["known_player_minutes"].sum() == pytest.approx(of_members)
    assert set(teams["flag"]) == {"ok"}
    assert teams["outlook_returning_minutes_pct"].is_between(0.05, 0.95).mean() > 0.8


def test_in_july_the_portal_finds_its_athletes_and_returns_are_expected(lake: Lake, in_july: dict[str, pl.DataFrame]):
    """As of a morning in July it is what was built in July; what was expected then is compared with autumn.

    Trap: the rosters of autumn, which the lake has, decide who returns on a morning in July.
    """
    autumn = lake.scan(ROSTER_OUTLOOK_PLAYERS.qualified).collect().sort(ROSTER_OUTLOOK_PLAYERS.key)
    july = made(lake, ROSTER_OUTLOOK_PLAYERS, date(2025, 7, 21))
    teams = made(lake, ROSTER_OUTLOOK, date(2025, 7, 21))
    for table, rows in zip(TABLES, (july, teams), strict=True):
        assert_frame_equal(rows, in_july[table.qualified], rel_tol=1e-9)
    assert july["as_of_date"].unique().to_list() == teams["as_of_date"].unique().to_list() == [date(2025, 7, 21)]
    assert set(teams["flag"]) == {"expected"}
    assert not teams["is_next_roster_known"].any()
    entries = lake.scan("silver.fct_recruiting_portal").collect()
    found = july.filter(outlook_reason="portal", outlook="leaves")
    assert found.filter(flag="no_athlete").height < 0.02 * entries.height
    assert found.height > 0.9 * entries.filter(pl.col("eligibility") != "Withdrawn").height
    both = july.join(autumn, on=["team_id", "outlook_subject", "outlook_subject_id"], suffix="_autumn")
    own = both.filter(pl.col("outlook").is_in(["returns", "leaves"]))
    gone = own.filter(pl.col("outlook_reason").is_in(["portal", "drafted", "out_of_eligibility"]))
    assert (gone["outlook_autumn"] == "leaves").mean() > 0.95
    back = own.filter(pl.col("outlook") == "returns")
    assert (back["outlook_autumn"] == "returns").mean() > 0.6
    assert_frame_equal(made(lake, ROSTER_OUTLOOK_PLAYERS), autumn)
    made(lake, ROSTER_OUTLOOK)


def test_the_command_prints_the_sums_and_every_player(
    lake: Lake, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
):
    name = lake.scan(ROSTER_OUTLOOK.qualified).collect().sort("returning_minutes").row(-1, named=True)["team"]
    found = cbb.outlook(name, lake=lake)
    monkeypatch.setenv("CBBD_SOURCE", "sandbox")
    monkeypatch.setenv("COLUMNS", "80")

    def printed(*options: str) -> str:
        assert main(["team", name, "--outlook", "--lake", lake.location, *options]) == 0
        return capsysbinary.readouterr().out.decode()

    page = printed()
    assert max(map(len, page.splitlines())) <= 80
    assert [player for player in found.players["name"] if player not in page] == []
    row = found.summary.row(0, named=True)
    assert f"returns: {row['returning_players']} of" in page
    told = json.loads(printed("--json"))
    assert sum(len(told[key]) for key in ("returns", "leaves", "arrives", "missing")) == found.players.height
    lines = printed("--csv").splitlines()
    assert len(lines) == found.players.height + 1


def test_a_team_outside_of_the_division_or_a_season_without_gold_is_refused(lake: Lake):
    outside = lake.scan("silver.dim_teams").join(
        lake.scan(ROSTER_OUTLOOK.qualified), on="team_id", how="anti"
    ).collect()["school"][0]  # fmt: skip
    with pytest.raises(cbb.BadInput, match="only teams of Division I"):
        cbb.outlook(outside, lake=lake)
    with pytest.raises(cbb.BadInput, match=r"roster_outlook"):
        cbb.outlook(outside, 2019, lake=lake)
