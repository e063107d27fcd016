"""Which requests could bring what, and the fewest of them that bring all of it. Pure functions.

Every request is one call, whatever it brings. So the cheapest plan is the smallest set of requests that covers all
gaps; of equal ones it is the one that brings the fewest other games: `/plays/game/{id}` for one game of a day,
`/plays/date` for twenty.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

from quality.dataset import Endpoint, Pattern
from tasks.completeness.gaps import Locator, Name
from tasks.lake.raw import RawObject
from tasks.requests import Request, Window, window_of

Offers = Mapping[int, frozenset[int]]  # what each request covers, both by number


@dataclass(frozen=True)
class Candidate:
    """A request that the plan knows, and its good answers so far, oldest first."""

    endpoint: Endpoint
    request: Request
    answers: tuple[RawObject, ...] = ()


class RouteIndex:
    """Finds the requests that could bring a subject."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self.candidates = list(candidates)
        self._named: dict[Name, list[int]] = defaultdict(list)
        windows: dict[str, list[tuple[Window, int]]] = defaultdict(list)
        for number, candidate in enumerate(self.candidates):
            for name in _names(candidate):
                self._named[name].append(number)
            window = window_of(candidate.request)
            if candidate.endpoint.pattern is Pattern.WINDOWS and window is not None:
                windows[candidate.endpoint.name].append((window, number))
        self._windows = [sorted(found) for found in windows.values()]

    def of(self, locator: Locator) -> list[int]:
        """Numbers of the requests that could bring what is at a place, in order."""
        found = {number for name in locator.names for number in self._named.get(name, ())}
        if locator.start_at is not None:
            for windows in self._windows:
                before = bisect_right(windows, locator.start_at, key=lambda item: item[0].start)
                if before and locator.start_at < windows[before - 1][0].end:
                    found.add(windows[before - 1][1])
        return sorted(found)

    def answers(self, locator: Locator) -> list[RawObject]:
        """Answers so far that could have brought it, oldest first."""
        return sorted({answer for number in self.of(locator) for answer in self.candidates[number].answers})


def _names(candidate: Candidate) -> Iterator[Name]:
    endpoint, request = candidate.endpoint, candidate.request
    yield "request", request.key
    if endpoint.pattern is Pattern.DATES:
        yield "date", request.param("date")
    elif endpoint.each is not None:
        yield endpoint.each.column, request.param(endpoint.each.param)
    elif endpoint.pattern is Pattern.SEASON:
        yield "season", request.season


def cheapest(wanted: Sequence[Locator], index: RouteIndex, schedule: Iterable[Locator] = ()) -> list[Candidate]:
    """The fewest requests that cover every place that any request covers; never more than there are places.

    A set cover is hard to solve exactly, so several plans are made (the requests that cover most first, over all
    routes and along each alone; the first request of each place) and the best is taken: no worse than any of them.

    Args:
        schedule: places of all games of the season; of two plans with equal calls the one that brings fewer wins.
    """
    reached = [index.of(locator) for locator in wanted]
    burden = Counter(number for locator in schedule for number in index.of(locator))
    offers = _offers(reached)
    routes: dict[str, list[list[int]]] = {}
    for endpoint in {candidate.endpoint.name for candidate in index.candidates}:
        routes[endpoint] = [
            [n for n in numbers if index.candidates[n].endpoint.name == endpoint] for numbers in reached
        ]
    needed = {locator for locator, numbers in enumerate(reached) if numbers}
    plans = [_greedy(offers, burden)]
    for numbers in routes.values():
        if {locator for locator, some in enumerate(numbers) if some} == needed:
            plans += [_greedy(_offers(numbers), burden), {some[0] for some in numbers if some}]
    best = min((_lightened(plan, offers, burden) for plan in plans), key=lambda plan: _cost(plan, burden))
    return [index.candidates[number] for number in sorted(best)]


def _cost(plan: Iterable[int], burden: Mapping[int, int]) -> tuple[int, int]:
    chosen = list(plan)
    return len(chosen), sum(burden[number] for number in chosen)


def _offers(reached: Sequence[Sequence[int]]) -> Offers:
    offers: dict[int, set[int]] = defaultdict(set)
    for locator, numbers in enumerate(reached):
        for number in numbers:
            offers[number].add(locator)
    return {number: frozenset(places) for number, places in offers.items()}


def _greedy(offers: Offers, burden: Mapping[int, int]) -> set[int]:
    """Always the request that covers most of what is left; of equals the lightest."""
    left = set().union(*offers.values())
    heap = [(-len(places), burden[number], number) for number, places in offers.items()]
    heapify(heap)
    plan: set[int] = set()
    while left:
        count, weight, number = heappop(heap)
        fresh = len(offers[number] & left)
        if fresh == -count:
            plan.add(number)
            left -= offers[number]
        elif fresh:
            heappush(heap, (-fresh, weight, number))
    return plan


def _lightened(plan: set[int], offers: Offers, burden: Mapping[int, int]) -> set[int]:
    """The same without requests that others make needless, each replaced by the lightest that does its work."""
    by_place: dict[int, list[int]] = defaultdict(list)
    for number, places in offers.items():
        for locator in places:
            by_place[locator].append(number)
    times = Counter(locator for number in plan for locator in offers[number])
    lean = set(plan)
    for number in sorted(plan, key=lambda item: (len(offers[item]), -burden[item])):
        own = {locator for locator in offers[number] if times[locator] == 1}
        lean.discard(number)
        times.subtract(offers[number])
        if not own:
            continue
        able = [other for other in by_place[min(own)] if own <= offers[other]]
        lightest = min(able, key=lambda other: (burden[other], other))
        if lightest not in lean:
            lean.add(lightest)
            times.update(offers[lightest])
    return lean
