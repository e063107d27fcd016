"""The object of /teams/{teamId}/season/{season}/overview: a season of one team, from the same sums as other rows."""

from datetime import datetime
from typing import Any

from sandbox.atlas.days import EASTERN
from sandbox.atlas.fixtures import Game
from sandbox.atlas.jsnum import ratio
from sandbox.atlas.times import iso
from sandbox.game import events as ev
from sandbox.game.box import BoxCounts, TeamBox
from sandbox.game.units import Unit
from sandbox.rows import ratings, rows
from sandbox.rows._boxes import effective, split, true_shooting
from sandbox.rows._overview_players import player_rows
from sandbox.rows.polls import ballots
from sandbox.rows.shooting import team_shots
from sandbox.rows.totals import TeamSum, team_sums
from sandbox.season.world import World

Row = dict[str, Any]
BUCKETS = {
    "at_rim": (ev.LAYUP, ev.DUNK, ev.TIP),
    "two_point_jumper": (ev.JUMPER,),
    "three_point_jumper": (ev.THREE,),
    "unknown": (),
}


def overview(world: World, team: int, season: int) -> Row | None:
    """The overview; None for a team outside Division I or a season that is not announced."""
    league = rows.conference(world, team, season)
    if season not in world.years() or league is None:
        return None
    mine = [game for game in world.walk([season]) if team in {game.fixture.home, game.fixture.away}]
    done = [game for game in mine if game.result]
    total = _total(world, done, team, season)
    coverage = _coverage(len(done), total.boxed)
    return {
        "formatVersion": 2,
        "teamId": team,
        "season": season,
        "seasonLabel": rows.label(season),
        "generatedAt": iso(world.now),
        "team": _team(world, team, {"id": league.id, "name": league.name, "abbreviation": league.abbreviation}),
        "record": _record(done, total, team),
        "ratings": _ratings(world, team, season),
        "efficiency": _efficiency(total, coverage),
        "shooting": _shooting(world, done, team, season),
        "players": {"rows": player_rows(world, team, season, done), "coverage": coverage},
        "schedule": {"games": [_game(world, game, team) for game in mine]},
        "sources": _sources(done),
    }


def _total(world: World, done: list[Game], team: int, season: int) -> TeamSum:
    return next((one for one in team_sums(world, done) if one.team == team), TeamSum(season, team))


def _team(world: World, team: int, league: Row) -> Row:
    school = world.atlas.teams[team]
    return {
        "sourceId": school.source_id,
        "school": school.school,
        "mascot": school.mascot,
        "conference": league,
    }


def _coverage(eligible: int, covered: int) -> Row:
    """Number of games behind the numbers, and the reason if some are missing."""
    reason = None
    if not covered:
        reason = "no_source_rows" if eligible else "no_games"
    elif covered < eligible:
        reason = "incomplete_inputs"
    state = "available" if reason is None else "partial" if covered else "unavailable"
    return {"state": state, "reason": reason, "eligibleGames": eligible, "coveredGames": covered}


def _record(done: list[Game], total: TeamSum, team: int) -> Row:
    league = [game for game in done if game.fixture.conference_game]
    wins = sum(_won(game, team) for game in league)
    return {
        "overall": {"games": total.games, "wins": total.wins, "losses": total.games - total.wins, "unresolved": 0},
        "conference": {"games": len(league), "wins": wins, "losses": len(league) - wins, "unresolved": 0},
        "unknownEligibilityGames": 0,
        "unknownConferenceGames": 0,
        "complete": True,
    }


def _won(game: Game, team: int) -> bool:
    return ((game.home_points or 0) > (game.away_points or 0)) == (game.fixture.home == team)


def _ratings(world: World, team: int, season: int) -> Row:
    rated = ratings.adjusted(world, season)
    place = next((k for k, one in enumerate(rated) if one.team == team), None)
    adjusted = None
    if place is not None:
        one = rated[place]
        offence = ratings.ranks([other.offence for other in rated])[place]
        defence = ratings.ranks([other.defence for other in rated], low_first=True)[place]
        net = ratings.ranks([other.net for other in rated])[place]
        adjusted = {
            "offense": {"value": one.offence, "rank": offence},
            "defense": {"value": one.defence, "rank": defence},
            "net": {"value": one.net, "rank": net},
            "population": len(rated),
        }
    return {
        "adjusted": adjusted,
        "elo": dict(ratings.elo(world, season)).get(team),
        "srs": dict(ratings.srs(world, season)).get(team),
        "polls": _polls(world, team, season),
    }


def _polls(world: World, team: int, season: int) -> Row:
    """The team's place in the latest poll of each kind."""
    found: Row = {}
    for ballot in ballots(world, season):
        place = next((k for k, vote in enumerate(ballot.teams[:25], start=1) if vote[0] == team), None)
        found[ballot.poll] = {
            "state": "ranked" if place else "unranked",
            "rank": place,
            "seasonType": ballot.season_type,
            "week": ballot.week,
            "date": iso(ballot.at) if ballot.dated else None,
        }
    missing = {"state": "unavailable", "rank": None, "seasonType": None, "week": None, "date": None}
    return {poll: found.get(poll, missing) for poll in ("ap", "coaches")}


def _efficiency(total: TeamSum, coverage: Row) -> Row:
    paced = total.mine.possessions + total.theirs.possessions
    return {
        "offense": _unit(total.mine, total),
        "defense": _unit(total.theirs, total),
        "pace": ratio(40 * paced, 2 * total.minutes),
        "paceGames": total.boxed,
        "coverage": coverage,
    }


def _unit(box: TeamBox, total: TeamSum) -> Row:
    c = box.total
    known = total.boxed > 0
    rebounds = c.off_rebounds + c.def_rebounds
    return {
        "points": c.points if known else None,
        "possessions": box.possessions or None,
        "rawRating": ratio(c.points, box.possessions, 100),
        "effectiveFieldGoalPct": effective(c),
        "turnoverPct": ratio(c.turnovers, box.possessions, 100),
        "offensiveReboundPct": ratio(c.off_rebounds, rebounds, 100),
        "freeThrowRate": ratio(c.tried["free"], c.field_goals[1], 100),
        "boxScore": _box(box, total.minutes) if known else None,
    }


def _lines(c: BoxCounts) -> Row:
    rebounds = c.off_rebounds + c.def_rebounds
    return {
        "fieldGoals": split(*c.field_goals),
        "twoPointFieldGoals": split(c.made["two"], c.tried["two"]),
        "threePointFieldGoals": split(c.made["three"], c.tried["three"]),
        "freeThrows": split(c.made["free"], c.tried["free"]),
        "rebounds": {"offensive": c.off_rebounds, "defensive": c.def_rebounds, "total": rebounds},
    }


def _box(box: TeamBox, minutes: int) -> Row:
    c = box.total
    return {
        **_lines(c),
        "assists": c.assists,
        "steals": c.steals,
        "blocks": c.blocks,
        "turnovers": c.turnovers,
        "fouls": c.fouls + c.technicals,
        "minutes": minutes,
        "teamTurnovers": box.team_turnovers,
        "technicalFouls": c.technicals,
        "flagrantFouls": 0,
        "pointsInPaint": box.in_paint,
        "pointsOffTurnovers": box.off_turnovers,
        "fastBreakPoints": box.fast_break,
        "trueShootingPct": true_shooting(c),
    }


def _shooting(world: World, done: list[Game], team: int, season: int) -> Row:
    unit = team_shots(world, done).get((season, team), Unit())
    coverage = _coverage(len(done), sum(world.served_plays(game) is not None for game in done))
    buckets = []
    for key, kinds in BUCKETS.items():
        made, tried = unit.sums(*kinds)
        shares = {"attemptPct": ratio(tried, unit.shots, 100), "fieldGoalPct": ratio(made, tried, 100)}
        buckets.append({"key": key, "attempts": tried, "made": made, **shares})
    return {"trackedAttempts": unit.shots, "buckets": buckets, "coverage": coverage}


def _game(world: World, game: Game, team: int) -> Row:
    fixture, home = game.fixture, game.fixture.home == team
    start = world.served_start(fixture)
    other = fixture.away if home else fixture.home
    points = (game.home_points, game.away_points) if home else (game.away_points, game.home_points)
    venue = world.atlas.venues.get(fixture.venue or -1)
    return {
        "id": game.id,
        "opponentId": other,
        "opponent": world.atlas.teams[other].school,
        "opponentHasProfile": world.atlas.conference_id(other, fixture.season) is not None,
        "startDate": iso(start),
        "calendarDate": start.astimezone(EASTERN).date().isoformat(),
        "startTimeTbd": world.time_unknown(fixture),
        "location": "neutral" if fixture.neutral else "home" if home else "away",
        "status": game.status,
        "seasonType": fixture.season_type,
        "gameType": fixture.game_type,
        "eligibility": "counted",
        "conferenceGame": fixture.conference_game,
        "teamPoints": points[0],
        "opponentPoints": points[1],
        "result": ("W" if _won(game, team) else "L") if game.result else None,
        "venue": venue.name if venue else None,
    }


def _sources(done: list[Game]) -> Row:
    last: datetime | None = max((game.start for game in done), default=None)
    text = iso(last) if last else None
    return {"latestFinalStartDate": text, "leaderboardUpdatedAt": text, "notes": []}
