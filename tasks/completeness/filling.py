"""Plans gap-fill for one dataset and season: which gaps to request now, and with which calls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from quality.calendar import EASTERN
from quality.contracts.games import FCT_GAMES
from quality.dataset import Endpoint, registry
from quality.expectations import expectations
from tasks.completeness._cheapest import Candidate, cheapest
from tasks.completeness.due import Todo
from tasks.completeness.gaps import Gap, choose
from tasks.completeness.season import Coverage, SeasonView
from tasks.errors import BadInput
from tasks.lake.lake import Lake


@dataclass(frozen=True)
class Selection:
    """The gaps that a run should fill. The default is all gaps.

    Args:
        game_ids: only gaps of these games, even if they are known to be absent.
        between: first and last US Eastern date of the games.
        refresh: include gaps that are known to be absent.
    """

    game_ids: frozenset[int] | None = None
    between: tuple[date | None, date | None] = (None, None)
    refresh: bool = False

    @property
    def is_chosen(self) -> bool:
        """Whether the user selected the gaps, so that the grace period does not apply."""
        return self.refresh or self.game_ids is not None

    def holds(self, gap: Gap) -> bool:
        """Whether a gap is selected."""
        names = dict(gap.locator.names)
        if self.game_ids is not None and names.get("game_id") not in self.game_ids:
            return False
        if self.between == (None, None):
            return True
        if gap.locator.start_at is None:
            return False
        day, (first, last) = gap.locator.start_at.astimezone(EASTERN).date(), self.between
        return (first is None or day >= first) and (last is None or day <= last)


@dataclass(frozen=True)
class Filling:
    """The gaps of one dataset and season, those to request now (`asked`), and the calls for them (`plan`)."""

    endpoint: Endpoint
    season: int | None
    coverage: list[Coverage]
    asked: list[Gap]
    plan: list[Candidate]

    @property
    def gaps(self) -> list[Gap]:
        """All gaps of the dataset and season."""
        return [gap for item in self.coverage for gap in item.gaps]

    def todos(self) -> Iterator[Todo]:
        """The calls, one list of requests per route."""
        for _, group in groupby(self.plan, key=lambda candidate: candidate.endpoint.name):
            candidates = list(group)
            requests = [candidate.request for candidate in candidates]
            yield Todo(candidates[0].endpoint, self.season, requests, requests)


def plan_filling(view: SeasonView, endpoint: Endpoint, selection: Selection, limit: int | None = None) -> Filling:
    """Plan the fewest calls for the gaps of one dataset and season.

    Args:
        limit: maximum of gaps to request, newest first.
    """
    coverage = coverage_of(view, endpoint)
    found = [gap for item in coverage for gap in item.gaps if selection.holds(gap)]
    asked = choose(found, view.now, limit, chosen=selection.is_chosen)
    plan = []
    if asked:
        schedule = view.schedule if view.season is not None else ()
        plan = cheapest([gap.locator for gap in asked], view.index(endpoint), schedule)
    return Filling(endpoint, view.season, coverage, asked, plan)


def coverage_of(view: SeasonView, endpoint: Endpoint) -> list[Coverage]:
    """Coverage of one dataset in the season, by each of its expectations."""
    return list(view.coverage([item for item in expectations(registry()) if item.endpoint is endpoint]))


def read_game_ids(path: Path, lake: Lake) -> frozenset[int]:
    """Game ids from a text file: numbers separated by white space or commas; a # starts a comment.

    Raises:
        BadInput: when the file cannot be read, contains something else, or names games that the lake does not have.
    """
    ids = frozenset(_read_numbers(path))
    if not ids:
        raise BadInput(f"--game-ids {path} names no game; leave the option out to fill all gaps")
    known = set(lake.scan(FCT_GAMES.qualified).select("game_id").collect()["game_id"])
    if unknown := sorted(ids - known):
        raise BadInput(f"--game-ids {path}: {lake.location} has no game {', '.join(map(str, unknown[:5]))}")
    return ids


def _read_numbers(path: Path) -> list[int]:
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--game-ids {path}: {error}; name a text file with one game id per line") from error
    words = [word for line in lines for word in line.partition("#")[0].replace(",", " ").split()]
    if wrong := [word for word in words if not word.isdecimal()]:
        raise BadInput(f"--game-ids {path}: {wrong[0]!r} is not a game id; valid are whole numbers, one per line")
    return [int(word) for word in words]
