"""The audit as a Markdown report: the result first, then what to do, then all details."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from quality.markdown import code, percent, table
from quality.report import in_words
from tasks.audit.status import AuditStatus, DatasetStatus, GapStatus, TableStatus

SHOWN = 10  # gaps listed per dataset and season; status.json has more
HEADER = ("dataset", "season", "expected", "complete", "partial", "known absent", "quarantined", "unexplained")
NUMBERS = HEADER[1:]


def markdown(status: AuditStatus, picture: str = "coverage.svg") -> str:
    """The report.

    Args:
        picture: path of the heat map, relative to the report.
    """
    parts = [
        "# Data audit",
        _verdict(status),
        *_problems(status),
        f"![Coverage: seasons by datasets]({picture})",
        "## Completeness",
        "Expected: by the rules of the game and the source's coverage. Complete: it exists and agrees with the final "
        "score. Partial: it exists but is not complete, in any state. Known absent: it was requested, and the source "
        "lacks it. Unexplained: the reason is not known yet.",
        table(HEADER, map(_row, status.datasets), NUMBERS),
        *_not_kept(status),
        *_aside(status),
        *_gaps(status),
        "## Freshness",
        table(("dataset", "season", "newest response", "late"), _freshness(status), ("season", "late")),
        "Late: the game ended more than 36 hours and less than a week ago, and its details have not come yet.",
        "## Rules across tables",
        *_rules(status),
        "## Tables",
        *_tables(status.tables),
        *_sample(status),
    ]
    return "\n\n".join(parts) + "\n"


def summary_rows(status: AuditStatus) -> list[dict[str, object]]:
    """Completeness as the rows of a table."""
    return [dict(zip(HEADER, (item.dataset, *_row(item)[1:]), strict=True)) for item in status.datasets]


def _verdict(status: AuditStatus) -> str:
    expected, gaps = (sum(getattr(d, name) for d in status.datasets) for name in ("expected", "known_absent"))
    seasons = ", ".join(map(str, status.seasons))
    found = "Passed" if status.passed else "Not passed"
    return (
        f"**{found}: {status.unexplained:,} of {expected:,} expected items are missing without an explanation**, "
        f"{gaps:,} are known to be absent at the source.\n\n"
        f"Lake `{status.lake}` ({status.source.get('source', 'unknown source')}), seasons {seasons}, "
        f"{status.audited_at:%Y-%m-%d %H:%M} UTC."
    )


def _problems(status: AuditStatus) -> Iterator[str]:
    if status.problems:
        yield "\n".join(("Problems:\n", *(f"- {problem}" for problem in status.problems)))
    if status.unexplained:
        yield "`python flows/gap_fill.py --dry-run` prints the calls that would request them again."


def _row(item: DatasetStatus) -> tuple[object, ...]:
    counts = (item.expected, item.present, item.partial, item.known_absent, item.quarantined, item.unexplained)
    return code(item.dataset), item.season or "", *(f"{count:,}" for count in counts)


def _not_kept(status: AuditStatus) -> Iterator[str]:
    if status.not_kept:
        yield f"Not kept in this lake, never requested: {', '.join(map(code, status.not_kept))}."


def _aside(status: AuditStatus) -> Iterator[str]:
    """Games of the schedule that are in quarantine, and what was not requested because of it."""
    games = status.quarantined_games
    if not games:
        return
    left = sum(not game.requested for game in games)
    yield "## Schedule in quarantine"
    yield (
        f"{len(games):,} rows of the schedule broke the contract and are in `ops.quarantine`, so these games are not "
        f"expected above. Details were requested for {len(games) - left:,} of them; for {left:,} without a readable id "
        "and date nothing was requested."
    )
    rows = (
        (
            game.season,
            game.game_id or "",
            f"{game.start_at:%Y-%m-%d %H:%M}" if game.start_at else "",
            f"{game.column or ''} {game.value or ''}: {game.rule}".strip(),
            "requested" if game.requested else "not requested",
        )
        for game in games[:SHOWN]
    )
    yield table(("season", "game", "start (UTC)", "why", "details"), rows, ("season", "game"))
    if len(games) > SHOWN:
        yield f"... and {len(games) - SHOWN:,} more."


def _gaps(status: AuditStatus) -> Iterator[str]:
    for state, title in (
        ("unexplained", "Unexplained"),
        ("quarantined", "Quarantined"),
        ("known absent", "Known absent"),
    ):
        found = [(item, [gap for gap in item.gaps if gap.state == state]) for item in status.datasets]
        if any(gaps for _, gaps in found):
            yield f"## {title}"
        for item, gaps in found:
            yield from _gaps_of(item, gaps, getattr(item, state.replace(" ", "_"))) if gaps else ()


def _gaps_of(item: DatasetStatus, gaps: list[GapStatus], total: int) -> Iterator[str]:
    yield f"### {item.dataset} {item.season or ''}".rstrip() + f": {total:,}"
    yield item.statement
    yield _gap_table(item, gaps)
    if total > SHOWN:
        yield f"... and {total - min(SHOWN, len(gaps)):,} more."


def _gap_table(item: DatasetStatus, gaps: list[GapStatus]) -> str:
    rows = (
        (f"{gap.subject} {gap.about}".rstrip(), _when(gap), f"{gap.reason}{_why(gap)}", gap.evidence)
        for gap in gaps[:SHOWN]
    )
    return table((item.subject, "over (UTC)", "what", "evidence"), rows)


def _when(gap: GapStatus) -> str:
    return f"{gap.over_at:%Y-%m-%d %H:%M}" if gap.over_at.year > 1970 else ""


def _why(gap: GapStatus) -> str:
    return f": {gap.detail}" if gap.detail else ""


def _freshness(status: AuditStatus) -> Iterator[tuple[object, ...]]:
    for item in status.datasets:
        answered = f"{item.answered_at:%Y-%m-%d %H:%M}" if item.answered_at else "never"
        yield code(item.dataset), item.season or "", answered, item.late


def _rules(status: AuditStatus) -> Iterator[str]:
    broken = [rule for rule in status.rules if rule.violations]
    yield f"{len(status.rules)} checks, {len(status.rules) - len(broken)} without a violation."
    if broken:
        yield "\n".join(f"- {'holds' if rule.passed else rule.severity}: {in_words(rule)}" for rule in broken)


def _tables(tables: Iterable[TableStatus]) -> Iterator[str]:
    rows = []
    for item in tables:
        nulls = "; ".join(
            f"{n.column} {percent(n.share)} (at most {percent(n.allowed or 0)})" for n in item.nulls if n.allowed
        )
        empty = ", ".join(item.empty_columns)
        rows.append((code(item.table), item.season or "", f"{item.rows:,}", f"{item.duplicates:,}", nulls, empty))
    header = ("table", "season", "rows", "repeated keys", "nulls of limited columns", "columns without a value")
    yield table(header, rows, ("season", "rows", "repeated keys"))


def _sample(status: AuditStatus) -> Iterator[str]:
    if (sample := status.sample) is None:
        return
    yield "## Drift of settled responses"
    yield (
        f"{len(sample.sampled)} of {sample.wanted} settled requests were re-fetched with {sample.calls} calls (seed "
        f"{sample.seed}): {percent(sample.drift_rate)} of {sample.records:,} records differ from those in the lake."
    )
    rows = ((code(k.dataset), k.season, k.key, k.records_before, k.records_after, k.changed) for k in sample.sampled)
    yield table(
        ("dataset", "season", "request", "before", "after", "changed"), rows, ("season", "before", "after", "changed")
    )
