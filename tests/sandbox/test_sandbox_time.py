"""What the API knows at a moment: seasons in progress, gaps, corrections."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox import Correction, Omission, Sandbox, SandboxConfig

from .conftest import AFTER_2025, getter

JANUARY = datetime(2025, 1, 20, 12, tzinfo=UTC)


def test_mid_season_only_the_past_is_final_and_brackets_are_unknown():
    get = getter(Sandbox(SandboxConfig(now=JANUARY)))
    rows = get("/games", season=2025)
    for row in rows:
        begun = row["startDate"] <= "2025-01-20T12"
        assert row["status"] in (
            {"final", "in_progress", "cancelled", "postponed"} if begun else {"scheduled", "cancelled"}
        )
    assert not any("Tournament" in (row["gameNotes"] or "") for row in rows)
    last = max(row["startDate"] for row in get("/games/teams", season=2025))
    assert last <= "2025-01-20T12"


def test_time_can_pass_and_results_never_change(games):
    sandbox = Sandbox(SandboxConfig(now=JANUARY))
    get = getter(sandbox)
    early = {row["id"]: row for row in get("/games", season=2025) if row["status"] == "final"}
    sandbox.now = AFTER_2025
    late = {row["id"]: row for row in get("/games", season=2025)}
    assert late == {row["id"]: row for row in games}
    assert all(late[number] == row for number, row in early.items())
    sandbox.now = JANUARY
    assert {row["id"]: row for row in get("/games", season=2025) if row["status"] == "final"} == early


def test_tournament_rounds_appear_when_the_last_one_is_over(games):
    sandbox = Sandbox(SandboxConfig(now=datetime(2025, 4, 2, tzinfo=UTC)))
    names = [row["gameNotes"] or "" for row in getter(sandbox)("/games", season=2025, tournament="NCAA")]
    assert sum("Final Four" in name for name in names) == 2
    assert not any("National Championship" in name for name in names)
    assert any("National Championship" in (game["gameNotes"] or "") for game in games)


def test_a_game_in_progress_has_part_of_its_plays_and_score(games):
    game = next(g for g in games if g["startDate"] > "2025-01-10" and g["status"] == "final")
    now = datetime.fromisoformat(game["startDate"]) + timedelta(minutes=80)
    get = getter(Sandbox(SandboxConfig(now=now)))
    live = next(row for row in get("/games", season=2025, status="in_progress") if row["id"] == game["id"])
    assert 0 < live["homePoints"] < game["homePoints"]
    assert live["homeWinner"] is None
    plays = get(f"/plays/game/{game['id']}")
    assert max(play["homeScore"] for play in plays) == live["homePoints"]
    box = next(row for row in get("/games/teams", season=2025, team=live["homeTeam"]) if row["gameId"] == game["id"])
    assert box["teamStats"]["points"]["total"] == live["homePoints"]


def test_lines_appear_a_day_and_a_half_before():
    get = getter(Sandbox(SandboxConfig(now=JANUARY)))
    for row in get("/lines", season=2025):
        if datetime.fromisoformat(row["startDate"]) > JANUARY + timedelta(hours=36):
            assert row["lines"] == []


@pytest.mark.parametrize("kind", ["plays", "boxes"])
def test_details_are_missing_until_their_date_or_for_ever(kind):
    later, never = Omission(kind, 0.1, until=AFTER_2025), Omission(kind, 0.05)
    sandbox = Sandbox(SandboxConfig(now=AFTER_2025 - timedelta(days=1), gaps=(later, never)))
    late, lost = (sandbox.world.affected(gap, 2025) for gap in (later, never))
    assert 20 < len(late) < 90
    counts = [sandbox.world.row_counts(2025, "game_teams", "plays")]
    assert _missing(sandbox, kind) == late | lost
    sandbox.now = AFTER_2025
    assert _missing(sandbox, kind) == lost
    counts.append(sandbox.world.row_counts(2025, "game_teams", "plays"))
    assert counts[0]["game_teams"] + counts[0]["plays"] < counts[1]["game_teams"] + counts[1]["plays"]


def _missing(sandbox: Sandbox, kind: str) -> set[int]:
    """Ids of games that a rule hits now, if (and only if) the API has no such details of them."""
    get, finals = getter(sandbox), {g.id for g in sandbox.world.season(2025).games if g.status == "final"}
    rules = [gap for gap in sandbox.config.gaps if gap.until is None or sandbox.now < gap.until]
    hit = {number for rule in rules for number in sandbox.world.affected(rule, 2025)}
    if kind == "boxes":
        assert finals - {row["gameId"] for row in get("/games/teams", season=2025)} == hit & finals
    else:
        asked = sorted(finals)[::9] + sorted(hit & finals)[:20]
        assert {number for number in asked if not get(f"/plays/game/{number}")} == hit & set(asked)
    return hit


def test_the_tail_of_plays_can_be_missing():
    gap = Omission("tail", 0.2, part=0.25)
    sandbox = Sandbox(SandboxConfig(now=AFTER_2025, gaps=(gap,)))
    affected = sandbox.world.affected(gap, 2025)
    game = next(g for g in sandbox.world.season(2025).games if g.id in affected and g.status == "final")
    plays = getter(sandbox)(f"/plays/game/{game.id}")
    assert "End Game" not in {play["playType"] for play in plays}
    assert len(plays) == int(0.75 * game.result.rows)


def test_corrections_change_the_value_on_their_date():
    kinds = ("attendance", "assists", "start", "period_points")
    rules = tuple(Correction(kind, 0.2, at=AFTER_2025) for kind in kinds)
    sandbox = Sandbox(SandboxConfig(now=AFTER_2025 - timedelta(seconds=1), corrections=rules))
    before = _values(sandbox)
    sandbox.now = AFTER_2025
    after = _values(sandbox)
    for rule in rules:
        changed = {number for number in after[rule.kind] if before[rule.kind][number] != after[rule.kind][number]}
        assert changed
        assert changed <= sandbox.world.affected(rule, 2025)


def _values(sandbox: Sandbox) -> dict[str, dict[int, object]]:
    get = getter(sandbox)
    games, boxes = get("/games", season=2025), get("/games/teams", season=2025)
    starts = [game["startDate"] for game in games]
    assert starts == sorted(starts)
    return {
        "attendance": {g["id"]: g["attendance"] for g in games},
        "start": {g["id"]: g["startDate"] for g in games},
        "period_points": {g["id"]: g["homePeriodPoints"] for g in games},
        "assists": {b["gameId"]: b["teamStats"]["assists"] for b in boxes},
    }
