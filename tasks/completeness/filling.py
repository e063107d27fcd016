"""What gap-fill does about the gaps of one dataset and season: which are asked for now, and by which calls."""

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
    """Which gaps a run is about; nothing given means all.

    Args:
        game_ids: of these games only; they are asked for though their absence is known.
        between: first and last US Eastern date of the games.
        refresh: ask also for what is known to be absent.
    """

    game_ids: frozenset[int] | None = None
    between: tuple[date | None, date | None] = (None, None)
    refresh: bool = False

    @property
    def is_chosen(self) -> bool:
        """Whether the user named the gaps, so that the grace period does not hold them back."""
        return self.refresh or self.game_ids is not None

    def holds(self, gap: Gap) -> bool:
        """Whether a gap is one of these."""
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
    """The gaps of one dataset and season, those to ask for now, and the calls that do it."""

    endpoint: Endpoint
    season: int | None
    coverage: list[Coverage]
    asked: list[Gap]
    plan: list[Candidate]

    @property
    def gaps(self) -> list[Gap]:
        """All gaps that were found."""
        return [gap for item in self.coverage for gap in item.gaps]

    def todos(self) -> Iterator[Todo]:
        """The calls, route by route."""
        for _, group in groupby(self.plan, key=lambda candidate: candidate.endpoint.name):
            candidates = list(group)
            requests = [candidate.request for candidate in candidates]
            yield Todo(candidates[0].endpoint, self.season, requests, requests)


def plan_filling(view: SeasonView, endpoint: Endpoint, selection: Selection, limit: int | None = None) -> Filling:
    """What to ask for one dataset and season now, in the fewest calls.

    Args:
        limit: gaps to ask for at most, the newest first.
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
    """What the season has of one dataset, by every expectation of it."""
    return list(view.coverage([item for item in expectations(registry()) if item.endpoint is endpoint]))


def read_game_ids(path: Path, lake: Lake) -> frozenset[int]:
    """Game ids of a text file: numbers apart by white space or commas; what follows a # is a remark.

    Raises:
        BadInput: when the file cannot be read, holds something else, or names games that the lake does not have.
    """
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"--game-ids {path}: {error}; name a text file with one game id a line") from error
    words = [word for line in lines for word in line.partition("#")[0].replace(",", " ").split()]
    if wrong := [word for word in words if not word.isdecimal()]:
        raise BadInput(f"--game-ids {path}: {wrong[0]!r} is no game id; valid are whole numbers, one a line")
    ids = frozenset(map(int, words))
    if not ids:
        raise BadInput(f"--game-ids {path} names no game; leave the option out to fill all gaps")
    known = set(lake.scan(FCT_GAMES.qualified).select("game_id").collect()["game_id"])
    if unknown := sorted(ids - known):
        raise BadInput(f"--game-ids {path}: {lake.location} has no game {', '.join(map(str, unknown[:5]))}")
    return ids
