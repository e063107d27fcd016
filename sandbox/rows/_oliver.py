"""Ratings of players after Dean Oliver ("Basketball on Paper"), as the API's server computes them for a game or season.

Every division by zero makes the rating null, because the server sends NaN and Infinity as null.
"""

from dataclasses import dataclass
from math import inf, isfinite, nan

from sandbox.atlas.jsnum import Number, rounded
from sandbox.game.box import BoxCounts, TeamBox

SHORTEST = 8  # minutes of a game from which the server rates a player


@dataclass(frozen=True)
class Played:
    """A player's counts and minutes, both teams in the same games, and the minutes of those games."""

    player: BoxCounts
    minutes: int
    team: TeamBox
    other: TeamBox
    game_minutes: int

    @property
    def share(self) -> float:
        """Share of the minutes that the player was on the floor."""
        return self.minutes / self.game_minutes


@dataclass(frozen=True)
class Offence:
    """Points produced, possessions, and points produced per 100 possessions; nan for a division by zero."""

    points: float
    possessions: float
    rating: float


@dataclass(frozen=True)
class _Plays:
    """Shares of the team's offensive rebounds and scoring plays, and the weight of an offensive rebound."""

    scoring: float
    board: float
    play: float
    weight: float

    @property
    def second(self) -> float:
        """Value of an offensive rebound in scoring possessions."""
        return self.weight * self.play


def usage(played: Played) -> float:
    """Share of the team's possessions that the player used while on the floor, 0-100."""
    mine, whole = _used(played.player), _used(played.team.total)
    return tenth(1000 * _div(mine * played.game_minutes, played.minutes * whole))


def offence(played: Played) -> Offence:
    """Points produced and possessions used."""
    one, team = played.player, played.team.total
    plays = _plays(played)
    made, _ = one.field_goals
    own = 1 - 0.5 * _div(one.points - one.made["free"], 2 * one.field_goals[1]) * _assisted(played)
    free = _free_possessions(one)
    kept = 1 - _div(team.off_rebounds, plays.scoring) * plays.second
    scoring = (made * own + 0.5 * _rest(played) * one.assists + free) * kept + one.off_rebounds * plays.second
    missed = (one.field_goals[1] - made) * (1 - 1.07 * plays.board) + (1 - _hit(one)) ** 2 * 0.4 * one.tried["free"]
    used = scoring + missed + one.turnovers
    points = _produced(played, own) * kept + one.off_rebounds * plays.second * _per_scoring(team)
    return Offence(tenth(10 * points), tenth(10 * used), tenth(1000 * _div(points, used)))


def defence(played: Played) -> float:
    """Points allowed per 100 possessions, from the team's defence and the player's stops."""
    one, team, other = played.player, played.team.total, played.other.total
    minutes = 5 * played.game_minutes
    board = _div(other.off_rebounds, other.off_rebounds + team.def_rebounds)
    made, tried = other.field_goals
    hit = _div(made, tried)
    weight = _div(hit * (1 - board), hit * (1 - board) + (1 - hit) * board)
    forced = weight * (1 - 1.07 * board)
    own = one.steals + one.blocks * forced + one.def_rebounds * (1 - weight)
    missed = _div(tried - made - team.blocks, minutes) * forced + _div(other.turnovers - team.steals, minutes)
    fouled = _div(_fouls(one), _fouls(team)) * 0.4 * other.tried["free"] * (1 - _rate(other)) ** 2
    stops = own + missed * played.minutes + fouled
    stopped = _div(stops * minutes, played.team.possessions * played.minutes)
    allowed = _div(100 * other.points, played.team.possessions)
    return tenth((allowed + 0.2 * (100 * _per_scoring(other) * (1 - stopped) - allowed)) * 10)


def _plays(played: Played) -> _Plays:
    team, other = played.team.total, played.other.total
    scoring = team.field_goals[0] + _free_possessions(played.player)
    board = _div(team.off_rebounds, team.off_rebounds + other.def_rebounds)
    play = _div(scoring, team.field_goals[1] + team.tried["free"] * 0.4 + team.turnovers)
    weight = _div((1 - board) * play, (1 - board) * play + board * (1 - play))
    return _Plays(scoring, board, play, weight)


def _assisted(played: Played) -> float:
    """Expected share of the player's baskets that a team-mate assisted."""
    one, team, share = played.player, played.team.total, played.share
    part = played.minutes * 5 / (played.game_minutes * 5)
    others = _div(team.assists * part - one.assists, team.field_goals[0] * part - one.field_goals[0])
    return share * 1.14 * _div(team.assists - one.assists, team.field_goals[0]) + others * (1 - share)


def _rest(played: Played) -> float:
    """Points per two field goal attempts of the team-mates, without free throws."""
    one, team = played.player, played.team.total
    points = team.points - team.made["free"] - (one.points - one.made["free"])
    return _div(points, 2 * (team.field_goals[1] - one.field_goals[1]))


def _produced(played: Played, own: float) -> float:
    """Points produced by baskets, assists and free throws, before the share of the rebounders."""
    one, team = played.player, played.team.total
    rest = team.field_goals[0] - one.field_goals[0]
    worth = _div(rest + 0.5 * (team.made["three"] - one.made["three"]), rest)
    baskets = 2 * (one.field_goals[0] + 0.5 * one.made["three"]) * own
    return baskets + 2 * worth * 0.5 * _rest(played) * one.assists + one.made["free"]


def _per_scoring(team: BoxCounts) -> float:
    """Points per scoring possession of a team."""
    free = (1 - (1 - _rate(team)) ** 2) * 0.4 * team.tried["free"]
    return _div(team.points, team.field_goals[0] + free)


def _free_possessions(one: BoxCounts) -> float:
    return (1 - (1 - _hit(one)) ** 2) * 0.4 * one.tried["free"]


def _hit(one: BoxCounts) -> float:
    """Share of free throws made; 0 without an attempt."""
    return one.made["free"] / (one.tried["free"] or 1)


def _rate(one: BoxCounts) -> float:
    return _div(one.made["free"], one.tried["free"])


def _used(c: BoxCounts) -> float:
    return c.field_goals[1] + 0.44 * c.tried["free"] + c.turnovers


def _fouls(c: BoxCounts) -> int:
    return c.fouls + c.technicals


def _div(part: float, whole: float) -> float:
    """Division as in JavaScript."""
    if whole:
        return part / whole
    return nan if not part or part != part else inf if part > 0 else -inf  # noqa: PLR0124 - nan differs from itself


def tenth(value: float) -> float:
    """A tenth of the value rounded as Math.round does; nan stays nan."""
    return rounded(value, 0) / 10 if isfinite(value) else nan


def known(value: float) -> Number | None:
    """The number as it is sent: null for nan."""
    return rounded(value, 4) if isfinite(value) else None
