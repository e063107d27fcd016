"""Checks by the one call: key, tier, quota, clock. The call has a parameter that is not valid, so it costs nothing."""

from __future__ import annotations

from tasks.completeness.quota import daily_need, quota_left
from tasks.doctor.case import Case
from tasks.doctor.finding import Finding, doubtful, fine, skipped, wrong
from tasks.errors import (
    NoConnection,
    NotOffered,
    PipelineError,
    QuotaExhausted,
    TierRequired,
    Transient,
    Unauthorized,
)
from tasks.runs.engine import require_source
from tasks.settings import KEY_PAGE
from tasks.source.probe import Probe

SKEW_DOUBTFUL, SKEW_WRONG = 30.0, 300.0  # seconds; AWS refuses signatures that are 300 s off
SANDBOX = "not needed: the sandbox"
NO_RESPONSE = "not known: the API did not respond"


def api(case: Case) -> Finding:
    """Whether the API responds."""
    probe = _probe(case)
    if probe is None:
        require_source(case.settings)
        return skipped("not called: the sandbox is in this process")
    if isinstance(probe.error, NoConnection | Transient):
        return wrong(*_parted(str(probe.error).removeprefix(f"{probe.path}: ")))
    called = f"responds in {probe.seconds:.1f} s (1 call, which the API does not count)"
    if isinstance(probe.error, NotOffered):
        return doubtful(f"{case.settings.base_url} does not know {probe.path}", "check CBBD_BASE_URL")
    return fine(called)


def key(case: Case) -> Finding:
    """Whether the API takes the key."""
    probe = _probe(case)
    if probe is None:
        return skipped("none needed: the sandbox")
    if case.settings.api_key is None:
        return wrong("CBBD_API_KEY is not set", f"set it (free keys: {KEY_PAGE}), or CBBD_SOURCE=sandbox")
    if not _is_of_api(probe):
        return skipped(NO_RESPONSE)
    if isinstance(probe.error, Unauthorized):
        return wrong(f"the API refuses it ({probe.said})", f"check CBBD_API_KEY; keys: {KEY_PAGE}")
    return fine("accepted")


def tier(case: Case) -> Finding:
    """Whether the key's tier includes every endpoint."""
    probe = _probe(case)
    if probe is None:
        return skipped(SANDBOX)
    if isinstance(probe.error, TierRequired):
        return doubtful(
            f"below {probe.tier}: {probe.endpoint} is not available, and what else needs a tier",
            "raise the tier, or leave it: runs skip what is not available",
        )
    if not _is_of_api(probe) or isinstance(probe.error, Unauthorized | QuotaExhausted):
        return skipped("not known: the API did not say")
    return fine(f"{probe.tier} or higher: it includes every endpoint")


def quota(case: Case) -> Finding:
    """Calls left this month, from the call's response or from the newest one in the lake."""
    probe = _probe(case)
    if probe is None:
        return skipped("none: the sandbox counts, but does not run out")
    reserve, need = case.settings.quota_reserve, daily_need()
    if isinstance(probe.error, QuotaExhausted):
        return doubtful("no calls left this month", "run again after the 1st, or raise the tier")
    left, said = probe.remaining, "says the API"
    if left is None:
        left, said = _left_of_lake(case), "said the newest response in the lake"
    if left is None:
        return skipped(f"not known yet: the first response says it; a daily run needs about {need} calls")
    text = f"{left:,} calls left this month, {said}; {reserve:,} reserved, a daily run needs {need}"
    if left <= reserve:
        return doubtful(text, "backfills stop until the 1st; CBBD_QUOTA_RESERVE sets the reserve")
    return fine(text)


def clock(case: Case) -> Finding:
    """Difference of this machine's clock from the API's."""
    probe = _probe(case)
    if probe is None:
        return skipped("not compared: no server is called")
    if probe.skew is None:
        return skipped("not compared: no response has a date")
    text = f"{abs(probe.skew):.0f} s {'ahead of' if probe.skew > 0 else 'behind'} the API's"
    if abs(probe.skew) < SKEW_DOUBTFUL:
        return fine("right to the second" if abs(probe.skew) < 2 else text)
    cure = "synchronise it (NTP): what is due depends on it, and AWS refuses calls of a wrong clock"
    return wrong(text, cure) if abs(probe.skew) > SKEW_WRONG else doubtful(text, cure)


def _left_of_lake(case: Case) -> int | None:
    try:
        return quota_left(case.lake, case.settings.clock()()) if case.lake is not None else None
    except PipelineError:
        return None  # the finding of another check


def _probe(case: Case) -> Probe | None:
    found: Probe | None = None if case.is_sandbox else case.probe
    return found


def _is_of_api(probe: Probe) -> bool:
    """Whether the API itself responded."""
    return not isinstance(probe.error, NoConnection | NotOffered | Transient)


def _parted(message: str) -> tuple[str, str]:
    """The fact and the cure of an error about the connection."""
    text = message.rstrip(".")
    for mark in (". ", ": "):
        fact, _, cure = text.partition(mark)
        if cure:
            return fact, cure
    return text, "check the network and CBBD_BASE_URL"
