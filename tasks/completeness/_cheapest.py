"""Which requests could fill which gaps, and the fewest requests that fill all of them. Pure functions.

Every request costs one call, whatever its size. So the cheapest plan is the smallest set of requests that covers all
gaps. Of plans of equal size, the one that fetches the fewest other games is used: `/plays/game/{id}` for one game of a
day, `/plays/date` for twenty.
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

Offers = Mapping[int, frozenset[int]]  # the gaps that each request covers, both by number
Weights = Mapping[int, int]  # the games that each request fetches, by its number


@dataclass(frozen=True)
class Candidate:
    """A possible request, and its good responses so far, oldest first."""

    endpoint: Endpoint
    request: Request
    responses: tuple[RawObject, ...] = ()


class RouteIndex:
    """Finds the requests that could fetch a subject."""

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
        """Numbers of the requests that could fetch a subject, in order."""
        found = {number for name in locator.names for number in self._named.get(name, ())}
        if locator.start_at is not None:
            for windows in self._windows:
                before = bisect_right(windows, locator.start_at, key=lambda item: item[0].start)
                if before and locator.start_at < windows[before - 1][0].end:
                    found.add(windows[before - 1][1])
        return sorted(found)

    def responses(self, locator: Locator) -> list[RawObject]:
        """Responses so far that could have had a subject, oldest first."""
        return sorted({item for number in self.of(locator) for item in self.candidates[number].responses})


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
    """The fewest requests that cover every gap that any request covers; never more requests than gaps.

    An exact set cover is expensive to compute. So several plans are made: greedy over all routes, greedy along each
    route, and the first request for each gap along each route. The best one is returned, so it is as good as any of
    them.

    Args:
        wanted: locators of the gaps.
        schedule: locators of all games of the season. Of two plans with equal calls, the one with fewer games wins.
    """
    possible = [index.of(locator) for locator in wanted]
    weights = Counter(number for locator in schedule for number in index.of(locator))
    offers = _offers(possible)
    plans = [_greedy(offers, weights), *_plans_by_route(possible, index, weights)]
    best = min((_improved(plan, offers, weights) for plan in plans), key=lambda plan: _cost(plan, weights))
    return [index.candidates[number] for number in sorted(best)]


def _plans_by_route(possible: Sequence[Sequence[int]], index: RouteIndex, weights: Weights) -> Iterator[set[int]]:
    """Plans along one route each, for routes that cover all gaps which any route covers."""
    coverable = sum(bool(numbers) for numbers in possible)
    for route in sorted({candidate.endpoint.name for candidate in index.candidates}):
        along = [_along(route, numbers, index) for numbers in possible]
        covered = [numbers for numbers in along if numbers]
        if len(covered) == coverable:
            yield _greedy(_offers(along), weights)
            yield {numbers[0] for numbers in covered}


def _along(route: str, numbers: Sequence[int], index: RouteIndex) -> list[int]:
    return [number for number in numbers if index.candidates[number].endpoint.name == route]


def _cost(plan: Iterable[int], weights: Weights) -> tuple[int, int]:
    chosen = list(plan)
    return len(chosen), sum(weights[number] for number in chosen)


def _offers(possible: Sequence[Sequence[int]]) -> Offers:
    offers: dict[int, set[int]] = defaultdict(set)
    for gap, numbers in enumerate(possible):
        for number in numbers:
            offers[number].add(gap)
    return {number: frozenset(gaps) for number, gaps in offers.items()}


def _greedy(offers: Offers, weights: Weights) -> set[int]:
    """Repeatedly take the request that covers most of the remaining gaps; of equal ones the lightest."""
    left = set().union(*offers.values())
    heap = [(-len(gaps), weights[number], number) for number, gaps in offers.items()]
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


def _improved(plan: set[int], offers: Offers, weights: Weights) -> set[int]:
    """The plan without redundant requests, and with each request replaced by the lightest one that covers the same."""
    covering = _covering(offers)
    times = Counter(gap for number in plan for gap in offers[number])
    improved = set(plan)
    for number in sorted(plan, key=lambda item: (len(offers[item]), -weights[item])):
        own = {gap for gap in offers[number] if times[gap] == 1}
        improved.discard(number)
        times.subtract(offers[number])
        lightest = _lightest(own, covering, offers, weights) if own else None
        if lightest is not None and lightest not in improved:
            improved.add(lightest)
            times.update(offers[lightest])
    return improved


def _covering(offers: Offers) -> Mapping[int, list[int]]:
    """The requests that cover each gap."""
    covering: dict[int, list[int]] = defaultdict(list)
    for number, gaps in offers.items():
        for gap in gaps:
            covering[gap].append(number)
    return covering


def _lightest(gaps: set[int], covering: Mapping[int, list[int]], offers: Offers, weights: Weights) -> int:
    """The lightest request that covers all of some gaps."""
    able = [number for number in covering[min(gaps)] if gaps <= offers[number]]
    return min(able, key=lambda number: (weights[number], number))
