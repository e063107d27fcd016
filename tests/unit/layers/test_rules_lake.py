"""Rules across tables on a lake: of the seasons asked for, and of what the lake has."""

from __future__ import annotations

from datetime import date
from typing import Any

from quality.contracts.game_teams import GAME_TEAMS
from quality.contracts.games import FCT_GAMES, GAMES
from quality.contracts.plays import FCT_PLAYS, PLAYS
from quality.rules import RULES
from tasks.lake.lake import Lake
from tasks.layers.rules import check_rules, seasons_of, violations
from tests.support.lakes import built, keep, request_of
from tests.support.records import record
from tests.support.seasons import AWAY, HOME


def game(number: int, **values: Any) -> dict[str, Any]:
    sides = {
        f"{side}{name}": value for side, points in (("home", 80), ("away", 70)) for name, value in sides_of(points)
    }
    shared = {"seasonLabel": "20242025", "status": "final", "homeTeamId": HOME, "awayTeamId": AWAY}
    return record(GAMES.record, number) | shared | sides | {"awayWinner": False} | values


def sides_of(points: int) -> list[tuple[str, Any]]:
    return [("Points", points), ("PeriodPoints", [30, points - 30]), ("Winner", True)]


def test_rules_run_on_what_the_lake_has(lake: Lake):
    """Only rules whose tables are there; nothing else stops them."""
    keep(lake, request_of(GAMES, 2025), [game(1), game(2, startDate="2025-02-15T18:30:00.000Z")])
    built(lake, GAMES)
    results = {result.rule: result for result in check_rules(lake, seasons_of(lake))}
    assert results.keys() == {rule.name for rule in RULES if {r.table for r in rule.reads} == {FCT_GAMES}}
    assert all(result.passed for result in results.values())
    assert results["periods_add_up_to_score"].checked == 2


def test_rules_that_share_a_scan_judge_as_each_alone(lake: Lake):
    """Trap: aggregates of one name in two rules, and a game that only one of the rules judges."""
    keep(
        lake,
        request_of(GAMES, 2025),
        [game(number, status="final" if number < 3 else "scheduled") for number in range(4)],
    )
    wrong = {"homeScore": 80, "awayScore": 69, "scoringPlay": True, "scoreValue": 150}
    right = wrong | {"awayScore": 70}
    values = {0: wrong, 1: right | {"scoreValue": 149}, 2: right, 7: right}
    plays = [record(PLAYS.record, number, gameId=number) | value for number, value in values.items()]
    keep(lake, request_of(PLAYS, 2025, date(2025, 1, 15)), plays)
    built(lake, GAMES)
    built(lake, PLAYS)
    rules = [rule for rule in RULES if FCT_PLAYS in {item.table for item in rule.reads} and len(rule.reads) == 2]
    together = {result.rule: result for result in check_rules(lake, [2025], rules)}
    for rule in rules:
        assert check_rules(lake, [2025], [rule]) == [together[rule.name]]
    found = {name: (result.checked, result.violations) for name, result in together.items()}
    assert found["last_play_is_the_score"] == (3, 1)
    assert found["scoring_plays_add_up_to_score"] == (3, 1)
    assert found["games_of_plays_are_known"] == (4, 1)
    assert [rule.name for rule, broken in violations(lake, 2025, rules) if broken.height] == list(found)


def test_seasons_are_judged_apart(lake: Lake):
    keep(lake, request_of(GAMES, 2025), [game(1)])
    keep(lake, request_of(GAMES, 2024), [game(2, season=2024, seasonLabel="nonsense")])
    built(lake, GAMES, 2025)
    built(lake, GAMES, 2024)
    rule = next(rule for rule in RULES if rule.name == "season_label_names_both_years")
    found = {result.season: (result.checked, result.passed) for result in check_rules(lake, [2025, 2024], [rule])}
    assert found == {2024: (1, False), 2025: (1, True)}
    assert seasons_of(lake) == [2024, 2025]


def test_a_broken_row_in_a_lake_is_found(lake: Lake):
    """Values that are each valid and together cannot be: no contract of one table sees that."""
    keep(lake, request_of(GAMES, 2025), [game(number) for number in range(20)])
    boxes = [record(GAME_TEAMS.record, number) for number in range(20)]
    pair = [{"teamId": HOME, "opponentId": AWAY}, {"teamId": AWAY, "opponentId": HOME}]
    sides = [pair[number % 2] | {"gameId": number // 2} for number in range(20)]
    keep(lake, request_of(GAME_TEAMS, 2025), [box | side for box, side in zip(boxes, sides, strict=True)])
    built(lake, GAMES)
    built(lake, GAME_TEAMS)
    results = {result.rule: result for result in check_rules(lake, [2025])}
    assert results["games_of_game_teams_are_known"].passed
    assert results["box_points_are_the_score"].violations == 20
    assert results["box_points_are_the_score"].fails_the_run
    assert "score" in results["box_points_are_the_score"].sample[0]


def test_a_lake_of_an_older_contract_is_no_obstacle(lake: Lake):
    """A table that lacks a column that a rule reads is not judged by it; its next build brings the column."""
    keep(lake, request_of(GAMES, 2025), [game(1)])
    built(lake, GAMES)
    with lake.iceberg(FCT_GAMES.qualified).update_schema() as update:  # type: ignore[union-attr]
        update.delete_column("season_label")
    judged = {result.rule for result in check_rules(lake, [2025])}
    assert "season_label_names_both_years" not in judged
    assert "periods_add_up_to_score" in judged
