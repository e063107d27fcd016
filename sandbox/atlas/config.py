"""Configuration of the simulated API: seed, size, time, quota, gaps, corrections and faults. All of it is JSON."""

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal

Size = Literal["tiny", "mini", "medium", "full"]
GapKind = Literal["plays", "boxes", "tail"]
CorrectionKind = Literal["attendance", "assists", "start", "period_points"]


@dataclass(frozen=True)
class Omission:
    """Details that are missing for a share of the games, until a date or (None) permanently.

    kind: "plays" (no plays), "boxes" (no team or player box), "tail" (the last `part` of the plays is missing).
    """

    kind: GapKind
    share: float
    until: datetime | None = None
    part: float = 0.25
    season: int | None = None


@dataclass(frozen=True)
class Correction:
    """A value that is wrong for a share of the games before `at`, and correct from then on.

    kind: "attendance" (0 before), "assists" (one too few), "start" (US Eastern wall time marked as UTC, as in the
    real API until 2025), "period_points" (one point in the wrong half).
    """

    kind: CorrectionKind
    share: float
    at: datetime
    season: int | None = None


@dataclass(frozen=True)
class FaultRule:
    """One scripted fault: the requests that it hits, and what replaces or changes the regular response.

    A request matches if `path` is a prefix of its path, `contains` is part of its full URL and all `params` are
    equal. Of the matching requests, the numbers in `calls` (1 = first) are hit; () hits every request.
    action: "status" (status, body, headers), "delay" (the regular response after `seconds`), "drip" (one byte at a
    time, `seconds` apart), "truncate" (the first `keep` of the body), "content_type" (the regular body, labelled
    text/html), "body" (200 with `body`), "empty" (200 without a body), "html" (200 with a page), "disconnect",
    "edit" (the regular rows, changed by `edit`: see faults.edited), "cases" (`edit` has names of server._cases.CASES
    and the ids of the games that they change), "damage" (the regular bytes, damaged as `body` names it: DAMAGES).
    """

    action: str
    path: str = "/"
    contains: str = ""
    params: dict[str, str] = field(default_factory=dict)
    calls: tuple[int, ...] = ()
    status: int = 500
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    keep: float = 0.5
    edit: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Account:
    """One API key. tier: subscription level; calls: calls per month; blacklisted: every call is refused."""

    tier: int = 3
    calls: int = 1_000_000
    blacklisted: bool = False


@dataclass(frozen=True)
class SandboxConfig:
    """One simulated API. The same configuration and `now` give byte-identical responses.

    now: UTC; None = the wall clock.
    monthly_quota, tier: of a key without an account of its own.
    keys: accepted API keys; () = any non-empty key.
    accounts: keys with their own tier and calls; with accounts and without `keys`, other keys are refused.
    null_ratings: lineups without possessions have null ratings, as in the real API although its contract promises
    numbers; False makes them 0, which the official client can read.
    client_only: whether the API has what its official client knows and its public server does not: /teams/directory,
    the season overview of a team and the field `logos`. False: 404, and no field.
    games_from: first season with games.
    closed_stints: stints include the second in which they end: up to 18 on the floor, and lineups of 0 seconds.
    foul_turnovers: the play type Foul Turnover also from 2022 on.
    blank_shots: a few jump shots lack their value or their text.
    two_conferences: ids of teams with a second, overlapping conference membership from 2023 on. Every row that the
    server joins with memberships comes twice.
    unplaced: share of athletes without a position. They are in no player box score and no player statistics.
    player_impact: standard deviation of what players add to their team's offence, and to its defence, while on the
    floor, in points per 100 possessions (sandbox/atlas/impact.py). 0: line-ups of a team differ by shooting alone.
    """

    seed: int = 2003
    size: Size = "mini"
    now: datetime | None = None
    monthly_quota: int = 1_000_000
    tier: int = 3
    keys: tuple[str, ...] = ()
    gaps: tuple[Omission, ...] = ()
    corrections: tuple[Correction, ...] = ()
    faults: tuple[FaultRule, ...] = ()
    null_ratings: bool = True
    accounts: dict[str, Account] = field(default_factory=dict)
    client_only: bool = True
    games_from: int = 2003
    closed_stints: bool = False
    foul_turnovers: bool = False
    blank_shots: bool = True
    two_conferences: tuple[int, ...] = ()
    unplaced: float = 0.0
    player_impact: float = 0.0

    def to_json(self) -> str:
        """The configuration as JSON text; times as ISO 8601."""
        return json.dumps(asdict(self), default=_iso)

    @classmethod
    def from_json(cls, text: str) -> "SandboxConfig":
        """The configuration from JSON text. Raises ValueError for a field that does not exist."""
        raw = json.loads(text)
        parts = {"gaps": Omission, "corrections": Correction, "faults": FaultRule}
        values = {name: _value(name, value, parts) for name, value in raw.items()}
        config: SandboxConfig = _build(cls, values)
        return config


def _iso(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} has no JSON form")


def _value(name: str, value: Any, parts: dict[str, type]) -> Any:
    if name == "accounts":
        return {key: _build(Account, item) for key, item in value.items()}
    if name in parts:
        return tuple(_build(parts[name], {k: _leaf(k, v) for k, v in item.items()}) for item in value)
    return _leaf(name, value)


def _leaf(name: str, value: Any) -> Any:
    if name in {"now", "until", "at"} and value is not None:
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return tuple(value) if isinstance(value, list) else value


def _build(cls: type, values: dict[str, Any]) -> Any:
    known = {item.name for item in fields(cls)}
    if unknown := sorted(values.keys() - known):
        raise ValueError(f"{cls.__name__} has no {', '.join(unknown)}; valid: {', '.join(sorted(known))}.")
    return cls(**values)
