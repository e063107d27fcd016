"""What the rows of a simulated operation describe: games, teams, or something the simulated world does not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kit.scaffold._contract import Contract
from kit.scaffold._invent import Invention
from quality.contracts.games import FCT_GAMES
from quality.contracts.teams import DIM_TEAM_SEASONS
from quality.dataset import Pattern
from sandbox.operations.games import seasons
from sandbox.operations.people import requested_years
from tasks.requests import SEASON_PARAMS

Names = frozenset[str]
ROWS = 10
OF_NO_SEASON = {"season": "2025", "year": "2025", "seasonLabel": '"20242025"'}
OF_A_SEASON = {"season": "season", "year": "season", "seasonLabel": 'f"{season - 1}{season}"'}
OF_A_TEAM = OF_A_SEASON | {"teamId": "number", "team": "team.school", "conference": "league.abbreviation"}
OF_A_GAME = {
    name: f'game["{name}"]'
    for name in (
        *("season", "seasonLabel", "seasonType", "tournament", "startDate", "startTimeTbd", "neutralSite"),
        *("conferenceGame", "gameType", "status", "homeTeamId", "homeTeam", "homeConference", "awayTeamId"),
        *("awayTeam", "awayConference", "venue", "city", "state"),
    )
} | {
    "year": 'game["season"]',
    "gameId": "number",
    "teamId": 'game["homeTeamId"]',
    "team": 'game["homeTeam"]',
    "conference": 'game["homeConference"]',
    "opponentId": 'game["awayTeamId"]',
    "opponent": 'game["awayTeam"]',
    "opponentConference": 'game["awayConference"]',
    "isHome": "True",
}
SIDES = frozenset({"team", "conference"})
GAME_IDS, TEAM_IDS = frozenset({"game_id"}), frozenset({"team_id", "team"})
GAME_FILTERS = frozenset(
    {*SEASON_PARAMS, "startDateRange", "endDateRange", "date", "seasonType", "status", "tournament"}
)


@dataclass(frozen=True)
class StubSubject:
    """The loop that yields the rows.

    Attributes:
        rows: how many rows there are, in words.
        known: expressions for values of the simulated world, by API name.
        loop: makes the lines of the loop from the names that the row uses.
        depth: indentation levels of the row.
        filters: parameters that the loop compares.
        ids: columns that are unique within a response.
    """

    rows: str
    known: Mapping[str, str]
    loop: Callable[[Names], list[str]]
    depth: int
    filters: frozenset[str]
    ids: frozenset[str]

    def has_key(self, contract: Contract) -> bool:
        """Whether keys are unique within a response."""
        return Invention(self.known, contract.key).invents_key(contract.fields) or bool(self.ids & {*contract.key})


def subject_of(contract: Contract) -> StubSubject:
    """The subject that fits the requests and the key."""
    requests, key = contract.requests, {*contract.key}
    table = requests.each.table if requests.each else ""
    if requests.pattern in (Pattern.WINDOWS, Pattern.DATES) or table == FCT_GAMES.name:
        return _games(contract)
    if requests.pattern is Pattern.SEASON and key & GAME_IDS:
        return _games(contract)
    is_about_teams = requests.pattern is Pattern.SEASON and key & TEAM_IDS
    return _teams(contract) if is_about_teams or table == DIM_TEAM_SEASONS.name else _numbers(contract)


def _games(contract: Contract) -> StubSubject:
    params = {param.name for param in contract.requests.params}
    found = "games(world, args)"
    if contract.requests.season == "year":
        found = 'games(world, {**args, "season": args.get("year", 0)})'
    if "gameId" in params:
        found = 'filter(None, [find_game(world, args.get("gameId", 0))])'
    before = []
    if contract.requests.pattern is Pattern.DATES:
        before = ['    window = {"startDateRange": args["date"], "endDateRange": args["date"] + timedelta(days=1)}']
        found = "games(world, window)"
    fits = " and either(world, found.fixture, args)" if params & SIDES else ""

    def loop(used: Names) -> list[str]:
        values = {"number": "found.id", "game": "game_row(world, found)"}
        needed = [name for name in values if name in used] or ["number"]
        return [
            *before,
            f"    for found in {found}:",
            f'        if found.status == "final"{fits}:',
            f"            {', '.join(needed)} = {', '.join(values[name] for name in needed)}",
        ]

    return StubSubject("one a game that was played", OF_A_GAME, loop, 3, GAME_FILTERS | SIDES | {"gameId"}, GAME_IDS)


def _teams(contract: Contract) -> StubSubject:
    years = _years(contract)
    by_id = any(param.name == "teamId" for param in contract.requests.params)
    fits = ' and number == args.get("teamId", number)' if by_id else ""

    def loop(used: Names) -> list[str]:
        teams = "number, team in world.atlas.teams.items()" if "team" in used else "number in world.atlas.teams"
        return [
            f"    for season in {years}:",
            f"        for {teams}:",
            "            league = conference(world, number, season)",
            f"            if league is not None and team_fits(world, number, season, args){fits}:",
        ]

    return StubSubject("one a team of Division I", OF_A_TEAM, loop, 4, SIDES | {"teamId", *SEASON_PARAMS}, TEAM_IDS)


def _numbers(contract: Contract) -> StubSubject:
    count = ROWS if Invention(OF_A_SEASON, contract.key).invents_key(contract.fields) else 1
    years, own = _years(contract), frozenset(contract.key)

    def alone(used: Names) -> list[str]:
        return [f"    for {_number(used)} in range(1, {count + 1}):"]

    def of_player(used: Names) -> list[str]:
        head = f"for season in {years}:" if "season" in used else f"if {years}:"
        number = ['    number = args.get("playerId", 0)'] if "number" in used else []
        return [*number, f"    {head}"]

    def of_season(used: Names) -> list[str]:
        numbers = f"range(100 * season + 1, 100 * season + {count + 1})"
        return [f"    for season in {years}:", f"        for {_number(used)} in {numbers}:"]

    if not contract.requests.season:
        return StubSubject(f"{count}", OF_NO_SEASON, alone, 2, frozenset(), own)
    if contract.requests.each is not None:
        return StubSubject("one a player", OF_A_SEASON, of_player, 2, frozenset({*SEASON_PARAMS, "playerId"}), own)
    return StubSubject(f"{count} a season", OF_A_SEASON, of_season, 3, frozenset(SEASON_PARAMS), own)


def _number(used: Names) -> str:
    return "number" if "number" in used else "_"


def _years(contract: Contract) -> str:
    return f"{(requested_years if contract.requests.season == 'year' else seasons).__name__}(world, args)"
